export { systemClock } from './clock.ts';
export { isWorkflowDefinition } from './definition/schema.ts';
export type { Finding, FindingCode } from './definition/subject.ts';
export type * from './definition/types.ts';
export { validateDefinition } from './definition/validate.ts';
export {
  InvalidInputsError,
  NodeError,
  type SchemaProblem,
  type ValidateSchema,
} from './errors.ts';
export type * from './events.ts';
export { newId } from './ids.ts';
export { createOfflineModel } from './models/offline.ts';
export {
  type CodeSandbox,
  type CodeSandboxSettings,
  createCodeSandbox,
} from './nodes/code/sandbox.ts';
export type { NodeServices } from './nodes/executor.ts';
export type { AllowedAddresses } from './nodes/http/address-guard.ts';
export { createHttpSender, type HttpSender, type HttpSenderSettings } from './nodes/http/sender.ts';
export * from './ports.ts';
export { type ExecuteDeps, executeRun, StopRun } from './run/execute.ts';
export * from './run-state.ts';
export type { Reader } from './service/follow.ts';
export {
  createRunService,
  type RunDefaults,
  type RunService,
  type RunServiceDeps,
  type StartOutcome,
  type StartRun,
} from './service/run-service.ts';
