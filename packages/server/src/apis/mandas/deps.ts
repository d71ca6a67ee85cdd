import type { mandas } from '@flowwire/contract/mandas';
import type { EventLog, RunService, RunStore, StartRun, WorkflowStore } from '@flowwire/engine';
import type { Handlers } from '@flowwire/koa';
import type { Audit } from '../../audit/audit-log.ts';
import type { Principal } from '../../identity/principal.ts';
import type { CheckSchema } from '../definition-faults.ts';

/** What the operations of this API need of the rest of the server: services and ports only. */
export interface MandasDeps {
  readonly service: RunService;
  readonly runs: RunStore;
  readonly log: EventLog;
  readonly workflows: WorkflowStore;
  readonly audit: Audit;
  readonly checkSchema: CheckSchema;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How runs and tasks go on: their pool, and how long they may take. */
  readonly background: Required<Pick<StartRun, 'pool' | 'timeoutMs'>>;
}

export type AllHandlers = Handlers<typeof mandas, Principal>;

/** Some of the API's operations. */
export type Part<OperationId extends keyof AllHandlers> = Pick<AllHandlers, OperationId>;
