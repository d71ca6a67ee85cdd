import type { workflowExecution } from '@flowwire/contract/workflow-execution';
import type {
  EventLog,
  RunService,
  RunStore,
  ScheduleService,
  SchemaProblem,
  SecretStore,
  StatsStore,
  WorkflowStore,
} from '@flowwire/engine';
import type { Handlers } from '@flowwire/koa';
import type { Audit } from '../../audit/audit-log.ts';
import type { Principal } from '../../identity/principal.ts';

/** What the operations of this API need of the rest of the server: services and ports only. */
export interface WorkflowExecutionDeps {
  readonly service: RunService;
  readonly schedules: ScheduleService;
  readonly runs: RunStore;
  readonly log: EventLog;
  readonly workflows: WorkflowStore;
  readonly secrets: SecretStore;
  readonly stats: StatsStore;
  readonly audit: Audit;

  /** What is wrong with a JSON Schema. */
  readonly checkSchema: (schema: object) => readonly SchemaProblem[];
  readonly now: () => number;
  readonly defaults: { readonly timeoutMs: number; readonly disconnectGraceMs: number };
  /** How many runs can be under way at once, of all tenants. */
  readonly runConcurrency: number;
  /** How many of one tenant in the same pool, or outside of pools. */
  readonly laneConcurrency: (pool: string | undefined) => number;
}

export type AllHandlers = Handlers<typeof workflowExecution, Principal>;

/** Some of the API's operations. */
export type Part<OperationId extends keyof AllHandlers> = Pick<AllHandlers, OperationId>;
