import type { WorkflowDefinition } from './definition/types.ts';
import type { JsonObject, RunError, RunEvent, StoredEvent, TokenUsage } from './events.ts';
import type { RunState } from './run-state.ts';

/** A run's whole record. Times are milliseconds since the epoch. */
export interface Run {
  readonly id: string;
  readonly tenantId: string;
  readonly workflowId: string;
  readonly userId: string;
  /** A snapshot: editing the workflow never changes a run that exists. */
  readonly definition: WorkflowDefinition;
  readonly inputs: JsonObject;
  readonly state: RunState;
  readonly priority: number;
  /** From the claim on; the run ends as timed_out after it. Recovery does not begin it again. */
  readonly timeoutMs: number;
  readonly onDisconnect: 'cancel' | 'continue';
  readonly disconnectGraceMs: number;
  readonly outputs?: JsonObject;
  readonly error?: RunError;
  readonly tokens: TokenUsage;
  readonly steps: number;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** The seq of the last committed event; 0 before the first. */
  readonly lastSeq: number;
  /** Grows with each claim; writes of earlier claims are refused. */
  readonly epoch: number;
  readonly cancelRequested: boolean;
}

export type RunSummary = Omit<Run, 'definition'>;

export interface NewRun {
  readonly id: string;
  readonly tenantId: string;
  readonly workflowId: string;
  readonly userId: string;
  readonly definition: WorkflowDefinition;
  readonly inputs: JsonObject;
  readonly priority: number;
  readonly timeoutMs: number;
  readonly onDisconnect: 'cancel' | 'continue';
  readonly disconnectGraceMs: number;
  readonly createdAt: number;
  /** Creates at most one run per tenant and key for 24 h; `fingerprint` tells whether it is the same request. */
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
}

export interface RunFilter {
  readonly workflowId?: string;
  readonly states?: readonly RunState[];
  readonly createdAfter?: number;
  readonly createdBefore?: number;
}

export interface PageRequest {
  /** How many at most; long items make shorter pages. */
  readonly limit: number;
  /** The opaque cursor of an earlier page. */
  readonly cursor?: string;
}

/** Thrown by lists for a cursor that no earlier page gave. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/** The right to write one run's log, until the run is claimed again. */
export interface Lease {
  readonly runId: string;
  readonly epoch: number;
}

/** What an append changes of the run's record, in the same transaction as the events. */
export interface RunChange {
  readonly state?: RunState;
  readonly outputs?: JsonObject;
  readonly error?: RunError;
  readonly tokens?: TokenUsage;
  readonly steps?: number;
  readonly finishedAt?: number;
}

/** Thrown by `append` when the run was claimed again: the caller must stop at once and write nothing. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
  constructor(lease: Lease) {
    super(`run ${lease.runId} was claimed again after epoch ${lease.epoch}`);
  }
}

/** Append-only events per run. Rows are never updated; a run's seq is dense from 1. */
export interface EventLog {
  /**
   * Writes `events` as seq `firstSeq`, `firstSeq + 1`, ... and applies `change`, in one transaction.
   * Resolves after the commit, then readers are woken. Appends of one run commit in call order.
   * Throws FencedError if the lease is stale, or the store's own error: then nothing was written.
   */
  append(lease: Lease, firstSeq: number, events: readonly RunEvent[], change?: RunChange): Promise<void>;
  /**
   * Events with a seq above `after`, in order: at most `limit`, and about 256 KiB of JSON text, but at least
   * one if there is one. A page that is shorter than `limit` need not be the last; an empty one is.
   */
  read(runId: string, after: number, limit: number): Promise<readonly StoredEvent[]>;
  /** All of a run's events of these types, in order. For types that a run has few of, not for text. */
  readTypes(runId: string, types: readonly RunEvent['type'][]): Promise<readonly StoredEvent[]>;
}

export interface RunStore {
  /**
   * Stores a queued run. With an idempotency key that is known, nothing is stored and the answer says
   * whether the earlier request was the same.
   */
  create(
    run: NewRun,
  ): Promise<
    | { readonly outcome: 'created'; readonly run: RunSummary }
    | { readonly outcome: 'repeated'; readonly run: RunSummary }
    | { readonly outcome: 'conflict' }
  >;
  /** Undefined when the run is unknown or another tenant's. */
  get(tenantId: string, runId: string): Promise<RunSummary | undefined>;
  /** The definition that the run keeps; undefined when the run is unknown. The tenant is the caller's to check. */
  definition(runId: string): Promise<WorkflowDefinition | undefined>;
  /** Newest first, about 1 MiB of JSON text a page. Throws InvalidCursorError. */
  list(tenantId: string, filter: RunFilter, page: PageRequest): Promise<Page<RunSummary>>;
  /** Takes a queued run for `owner`: running, epoch + 1. Undefined when it is not queued. */
  claim(runId: string, owner: string, now: number): Promise<Run | undefined>;
  /** Gives a running run back to the queue. A stale lease changes nothing. */
  release(lease: Lease): Promise<void>;
  /** Marks the wish durably. The answer is the run as it now stands; undefined when unknown. */
  requestCancel(tenantId: string, runId: string): Promise<RunSummary | undefined>;
  /** Queues again what other owners left running; answers all queued runs, first to run first. */
  recover(owner: string): Promise<readonly { readonly runId: string; readonly priority: number }[]>;
}

export interface StoredWorkflow {
  readonly id: string;
  readonly tenantId: string;
  readonly version: number;
  readonly definition: WorkflowDefinition;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface WorkflowStore {
  create(workflow: StoredWorkflow): Promise<void>;
  get(tenantId: string, workflowId: string): Promise<StoredWorkflow | undefined>;
  /** Newest first, about 1 MiB of JSON text a page. Throws InvalidCursorError. */
  list(tenantId: string, page: PageRequest): Promise<Page<StoredWorkflow>>;
}

/** Which run is next. Higher priority first, then first come. Durable truth is the run's own state. */
export interface JobQueue {
  /** Throws QueueFullError when as many runs wait as the queue can hold. */
  enqueue(job: { readonly runId: string; readonly priority: number }): Promise<void>;
  /** Takes out a job that waits, so that it holds no place; one under way goes on. */
  remove(runId: string): Promise<void>;
  /** Calls `work` for each job, at most `concurrency` at once. Called once, at boot. */
  process(work: (runId: string) => Promise<void>): void;
  /** Whether `enqueue` would take another job now. */
  hasRoom(): boolean;
  /** Stops starting jobs; resolves when those under way have returned. */
  stop(): Promise<void>;
  /** How many wait, and how many are under way. */
  counts(): { readonly waiting: number; readonly active: number };
}

export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

/** Hints between writers, readers and workers. A lost hint costs time, never data. */
export interface Wake {
  /** Events up to `seq` of a run are committed. */
  appended(runId: string, seq: number): void;
  onAppended(runId: string, listener: (seq: number) => void): () => void;
  /** Somebody wants the run cancelled; its worker, wherever it is, should look. */
  cancelRequested(runId: string): void;
  onCancelRequested(runId: string, listener: () => void): () => void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface ModelRequest {
  /** The provider's default when undefined. */
  readonly model?: string;
  readonly messages: readonly { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }[];
  readonly temperature?: number;
  readonly maxOutputTokens?: number;
}

export type ModelChunk =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'finish';
      /** The model that answered; `offline` for the built-in one. */
      readonly model: string;
      readonly tokens: TokenUsage;
      readonly finishReason: string;
    };

/** A language model. The last chunk of a complete answer is always `finish`. */
export interface ModelProvider {
  /** Throws ModelError, or the signal's reason. */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelChunk>;
}

/** A model call that failed. `retryAfterMs` is what the provider asked for. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  constructor(
    message: string,
    options: { code: string; retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}
