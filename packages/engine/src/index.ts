export { systemClock } from './clock.ts';
export type { Reference, RunFacts } from './definition/references.ts';
export { isWorkflowDefinition } from './definition/schema.ts';
export type { Finding, FindingCode } from './definition/subject.ts';
export type * from './definition/types.ts';
export { validateDefinition } from './definition/validate.ts';
export { walkNodes } from './definition/walk.ts';
export {
  InvalidInputsError,
  NodeError,
  type SchemaProblem,
  type ValidateSchema,
} from './errors.ts';
export type * from './events.ts';
export { withoutCredentials } from './formats/astron/credentials.ts';
export {
  type AstronFlowDescription,
  type AstronNodeDescription,
  type AstronSource,
  astronValuesOf,
  describeAstronFlow,
} from './formats/astron/describe.ts';
export * from './formats/import.ts';
export {
  type DefinitionFormat,
  type DefinitionImport,
  detectFormat,
  importDefinition,
} from './formats/index.ts';
export { toMermaid } from './formats/mermaid.ts';
export { exportYaml } from './formats/native.ts';
export { newId } from './ids.ts';
export { createOfflineModel } from './models/offline.ts';
export {
  type CodeSandbox,
  type CodeSandboxSettings,
  createCodeSandbox,
} from './nodes/code/sandbox.ts';
export type { AllowedAddresses } from './nodes/http/address-guard.ts';
export { decodeText } from './nodes/http/response-body.ts';
export {
  createHttpSender,
  type HttpRequest,
  type HttpResponse,
  type HttpSender,
  type HttpSenderSettings,
} from './nodes/http/sender.ts';
export type { NodeServices } from './nodes/node-type.ts';
export { createNoMail, createSmtpSender } from './nodes/notify/smtp.ts';
export * from './ports.ts';
export { type ExecuteDeps, executeRun, StopRun } from './run/execute.ts';
export { createSeenValues, type SeenValues } from './run/seen-values.ts';
export { nextTurn } from './run/turns.ts';
export * from './run-state.ts';
export type { Reader } from './service/follow.ts';
export type {
  AnswerOutcome,
  CommandOutcome,
  OneOffOutcome,
  OpenQuestion,
  RunDefaults,
  StartOneOff,
  StartOutcome,
  StartRun,
} from './service/requests.ts';
export { createRetention, type Retention } from './service/retention.ts';
export { createRunService, type RunService, type RunServiceDeps } from './service/run-service.ts';
export {
  createScheduleService,
  InvalidScheduleError,
  type ScheduleRequest,
  type ScheduleService,
} from './service/schedules.ts';
export { resolveSubflows, UnknownSubflowError } from './service/subflows.ts';
