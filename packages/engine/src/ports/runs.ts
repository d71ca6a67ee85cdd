import type { WorkflowDefinition } from '../definition/types.ts';
import type {
  FinalState,
  JsonObject,
  NodeFinished,
  QuestionReply,
  RunError,
  RunEvent,
  StoredEvent,
  TokenUsage,
} from '../events.ts';
import type { RunState } from '../run-state.ts';
import type { CountedPage, OffsetRequest, Page, PageRequest } from './page.ts';
import type { Job } from './queue.ts';

/** One thing that was said in a conversation. */
export interface ChatTurn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** What a run takes over from an earlier one of the same workflow: the outputs of its nodes. */
export interface Reuse {
  readonly runId: string;
  /** Nodes at the top whose outputs are not taken, nor those of what follows them. Empty for a cached result. */
  readonly except: readonly string[];
}

/** What a run is, from its creation on. Times are milliseconds since the epoch. */
interface RunFields {
  readonly id: string;
  readonly tenantId: string;
  readonly workflowId: string;
  /** Of the workflow. Editing the workflow never changes a run that exists. */
  readonly version: number;
  readonly userId: string;
  readonly inputs: JsonObject;
  readonly priority: number;
  /** From the first claim on, pauses and waits included; the run ends as timed_out after it. */
  readonly timeoutMs: number;
  readonly onDisconnect: 'cancel' | 'continue';
  readonly disconnectGraceMs: number;
  readonly createdAt: number;
  /** The conversation that it is a part of, as the caller names it. */
  readonly conversationId?: string;
  readonly reuse?: Reuse;
  /** Absent for a run of a stored workflow. */
  readonly kind?: OneOff;
  /** Of a tenant's runs in the same pool no more are under way at once than the queue has room for there. */
  readonly pool?: string;
}

/**
 * A run of a definition that was handed over for it alone. `task`: for what comes of it; `trial`: to try something
 * out.
 */
export type OneOff = 'task' | 'trial';

/** What the nodes of a run are. */
export interface RunPlan {
  readonly definition: WorkflowDefinition;
  /** The definitions of its subflows, by `subflowKey`; absent where there are none. */
  readonly subflows?: Readonly<Record<string, WorkflowDefinition>>;
  /** What was said before, where the caller brings it along; else the conversation has it. */
  readonly history?: readonly ChatTurn[];
}

/** A run's whole record. */
export interface Run extends RunFields, RunPlan {
  readonly state: RunState;
  readonly outputs?: JsonObject;
  readonly error?: RunError;
  readonly tokens: TokenUsage;
  readonly steps: number;
  /** When it last began to wait for its turn. */
  readonly queuedAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** The seq of the last committed event; 0 before the first. */
  readonly lastSeq: number;
  /** Grows with each claim; writes of earlier claims are refused. */
  readonly epoch: number;
  readonly cancelRequested: boolean;
  readonly pauseRequested: boolean;
  /** Events up to this seq are no longer kept; 0 while all are. */
  readonly prunedSeq: number;
}

export type RunSummary = Omit<Run, keyof RunPlan>;

/** A run in a list that has as many as were asked for, however long they are: some may lack what they are long by. */
export type ListedRun = Omit<RunSummary, 'inputs'> & Partial<Pick<RunSummary, 'inputs'>>;

export interface NewRun extends RunFields, RunPlan {
  /** Of the workflow's version and the inputs; by it `findReusable` finds the run. */
  readonly cacheKey: string;
  /** Creates at most one run per tenant and key for 24 h. */
  readonly idempotency?: Idempotency;
}

/** A key that a request is repeated with, and what tells whether it is the same request. */
export interface Idempotency {
  readonly key: string;
  readonly fingerprint: string;
}

/** What became of an earlier request with the same idempotency key: `conflict` when it was another request. */
export type Repeated =
  | { readonly outcome: 'repeated'; readonly run: RunSummary }
  | { readonly outcome: 'conflict' };

export interface RunFilter {
  /** All kinds when absent. */
  readonly kind?: 'workflow' | OneOff;
  readonly workflowId?: string;
  readonly states?: readonly RunState[];
  readonly createdAfter?: number;
  readonly createdBefore?: number;
}

/** The right to write one run's log, until the run is claimed again. */
export interface Lease {
  readonly runId: string;
  readonly epoch: number;
}

/** What an append changes of the run's record, in the same transaction as the events. */
export interface RunChange {
  readonly state?: RunState;
  /** With state waiting or paused: when the run is queued again by itself, to expire or to time out. */
  readonly wakeAt?: number;
  /**
   * With state waiting or paused: how many answers the worker has seen. In the same transaction the store makes the
   * state `queued` instead (and `queuedAt` now) if something was asked meanwhile: a cancel, an answer more than
   * that, for waiting a pause, for paused that the wish to pause was taken back. So no wish gets lost.
   */
  readonly answersSeen?: number;
  /** With a final state: every node that ended, for statistics. */
  readonly nodes?: readonly NodeFinished[];
  readonly outputs?: JsonObject;
  readonly error?: RunError;
  readonly tokens?: TokenUsage;
  readonly steps?: number;
  readonly finishedAt?: number;
}

/**
 * Thrown by `append` when the run was claimed again, or is no longer running: the caller must stop at once and write
 * nothing.
 */
export class FencedError extends Error {
  override readonly name = 'FencedError';
  constructor(lease: Lease) {
    super(`run ${lease.runId} no longer belongs to its claim of epoch ${lease.epoch}`);
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
  create(run: NewRun): Promise<{ readonly outcome: 'created'; readonly run: RunSummary } | Repeated>;
  /** What `create` would answer at `now` instead of storing a run with this key; undefined when it would store it. */
  findRepeated(tenantId: string, idempotency: Idempotency, now: number): Promise<Repeated | undefined>;
  /** Undefined when the run is unknown or another tenant's. */
  get(tenantId: string, runId: string): Promise<RunSummary | undefined>;
  /** What the run keeps to go on with; undefined when it is unknown. The tenant is the caller's to check. */
  plan(runId: string): Promise<RunPlan | undefined>;
  /** Newest first, about 1 MiB of JSON text a page. Throws InvalidCursorError. */
  list(tenantId: string, filter: RunFilter, page: PageRequest): Promise<Page<RunSummary>>;
  /**
   * Newest first. Once the inputs, outputs and errors of a page have about 1 MiB of JSON text together, the runs
   * behind have none of them.
   */
  listCounted(tenantId: string, filter: RunFilter, page: OffsetRequest): Promise<CountedPage<ListedRun>>;
  /** Takes a queued run for `owner`: running, epoch + 1. Undefined when it is not queued. */
  claim(runId: string, owner: string, now: number): Promise<Run | undefined>;
  /** Gives a running run back to the queue, as queued at `now`. A stale lease changes nothing. */
  release(lease: Lease, now: number): Promise<void>;
  /**
   * Marks the wish durably. A waiting or paused run is queued again, so that a worker ends it. The answer is the
   * run as it now stands; undefined when unknown.
   */
  requestCancel(tenantId: string, runId: string): Promise<RunSummary | undefined>;
  /**
   * Marks the wish of a run that is queued, running or waiting; a paused or ended one is unchanged. A waiting run
   * is queued again, so that a worker pauses it.
   */
  requestPause(tenantId: string, runId: string): Promise<RunSummary | undefined>;
  /** Takes the wish to pause back, and queues a paused run again. The answer is the run as it now stands. */
  resume(tenantId: string, runId: string, now: number): Promise<RunSummary | undefined>;
  /**
   * Keeps the first answer to a question; `repeated` when there is one already. A waiting run is queued again.
   * Whether the question is open and takes the answer is the caller's to check. Undefined when the run is
   * unknown or has ended.
   */
  answer(
    tenantId: string,
    runId: string,
    answer: RunAnswer,
    now: number,
  ): Promise<{ readonly outcome: 'kept' | 'repeated'; readonly run: RunSummary } | undefined>;
  /** All answers that were kept for a run. */
  answers(runId: string): Promise<readonly RunAnswer[]>;
  /** Queues the waiting and paused runs again whose `wakeAt` has come, oldest first. */
  wake(now: number, limit: number): Promise<readonly Job[]>;
  /** The newest run with this key that succeeded at `since` or later and reused no other one. */
  findReusable(
    tenantId: string,
    workflowId: string,
    cacheKey: string,
    since: number,
  ): Promise<RunSummary | undefined>;
  /** Queues again what other owners left running; answers all queued runs, first to run first. */
  recover(owner: string): Promise<readonly Job[]>;
  /** The tenant's queued runs, next one first, with their places; pages as `list`. */
  queued(tenantId: string, filter: QueueFilter, page: PageRequest): Promise<Page<QueuedRun>>;
  /** How many runs of the tenant, or of all, are in each state that is not final. */
  countActive(
    tenantId?: string,
    filter?: Pick<RunFilter, 'kind' | 'workflowId'>,
  ): Promise<Readonly<Record<ActiveState, number>>>;
  /**
   * Deletes events of ended runs, and then the runs, as the policy says; in small steps, at most `limit` runs.
   * Answers how many runs it touched; 0 when there is nothing left to do.
   */
  prune(policy: RetentionPolicy, now: number, limit: number): Promise<number>;
}

export interface QueueFilter extends Pick<RunFilter, 'kind' | 'workflowId'> {
  readonly runId?: string;
}

/** A run and its places, 1 being next, whatever is listed. Runs of other pools hold none: they have room of their own. */
export interface QueuedRun {
  readonly run: RunSummary;
  /** Among the queued runs of all tenants in its pool, or outside of pools. */
  readonly position: number;
  /** The same among the tenant's own. */
  readonly positionInTenant: number;
}

export type ActiveState = Exclude<RunState, FinalState>;

export interface RunAnswer {
  readonly questionId: string;
  readonly reply: Exclude<QuestionReply, { readonly type: 'expired' }>;
}

/** What is kept of runs that have ended. Undefined keeps for ever. */
export interface RetentionPolicy {
  /** Milliseconds from a run's end until its events are deleted; its record stays. */
  readonly eventsMs?: number;
  /** Milliseconds from a run's end until the whole run is deleted. */
  readonly runsMs?: number;
  /** How many ended runs of a tenant keep their events, the newest ones. */
  readonly eventsOfRuns?: number;
}

/** How a subflow is named in `Run.subflows`. */
export const subflowKey = (workflowId: string, version: number | undefined): string =>
  version === undefined ? workflowId : `${workflowId}@${version}`;
