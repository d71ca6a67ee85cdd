import type { astron } from '@flowwire/contract/astron';
import type {
  CodeSandbox,
  EventLog,
  RunService,
  RunStore,
  SchemaProblem,
  WorkflowStore,
} from '@flowwire/engine';
import type { Handlers } from '@flowwire/koa';
import type { Audit } from '../../audit/audit-log.ts';
import type { FileStore } from '../../files/file-store.ts';
import type { LocalFiles } from '../../files/local-files.ts';
import type { FlowStore } from '../../flows/flow-store.ts';
import type { IdempotencyStore } from '../../idempotency/idempotency-store.ts';
import type { AppStore } from '../../identity/app-store.ts';
import type { KeyStore } from '../../identity/key-store.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Errors } from './errors.ts';

/** What the operations of this API need of the rest of the server: services and ports only. */
export interface AstronDeps {
  readonly service: RunService;
  readonly runs: RunStore;
  readonly log: EventLog;
  readonly workflows: WorkflowStore;
  readonly flows: FlowStore;
  readonly apps: AppStore;
  readonly keys: KeyStore;
  readonly files: FileStore;
  readonly localFiles: LocalFiles;
  /** Told why files could not be stored. */
  readonly onStorageError: (error: unknown) => void;
  readonly audit: Audit;
  /** Keeps which question a request with a key has answered. */
  readonly idempotency: IdempotencyStore;
  /** Names this process; another name for each boot. */
  readonly owner: string;
  readonly code: CodeSandbox;
  /** What is wrong with a JSON Schema. */
  readonly checkSchema: (schema: object) => readonly SchemaProblem[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly errors: Errors;
  /** Told which run an answer of this `sid` tells of. */
  readonly onAnswer: (sid: string, runId: string) => void;
  /** Milliseconds without a frame until a stream is sent a ping. */
  readonly pingMs: number;
  readonly defaults: { readonly timeoutMs: number; readonly disconnectGraceMs: number };
}

export type AllHandlers = Handlers<typeof astron, Principal>;

/** Some of the API's operations. */
export type Part<OperationId extends keyof AllHandlers> = Pick<AllHandlers, OperationId>;
