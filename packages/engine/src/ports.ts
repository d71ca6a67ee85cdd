import type { WorkflowDefinition } from './definition/types.ts';
import type {
  FinalState,
  JsonObject,
  NodeFinished,
  QuestionReply,
  RunError,
  RunEvent,
  StoredEvent,
  TokenUsage,
} from './events.ts';
import type { RunState } from './run-state.ts';

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
}

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

export interface NewRun extends RunFields, RunPlan {
  /** Of the workflow's version and the inputs; by it `findReusable` finds the run. */
  readonly cacheKey: string;
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
  create(
    run: NewRun,
  ): Promise<
    | { readonly outcome: 'created'; readonly run: RunSummary }
    | { readonly outcome: 'repeated'; readonly run: RunSummary }
    | { readonly outcome: 'conflict' }
  >;
  /** Undefined when the run is unknown or another tenant's. */
  get(tenantId: string, runId: string): Promise<RunSummary | undefined>;
  /** What the run keeps to go on with; undefined when it is unknown. The tenant is the caller's to check. */
  plan(runId: string): Promise<RunPlan | undefined>;
  /** Newest first, about 1 MiB of JSON text a page. Throws InvalidCursorError. */
  list(tenantId: string, filter: RunFilter, page: PageRequest): Promise<Page<RunSummary>>;
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
  /** The tenant's queued runs, next one first, with their place among all; pages as `list`. */
  queued(
    tenantId: string,
    filter: Pick<RunFilter, 'workflowId'>,
    page: PageRequest,
  ): Promise<Page<{ readonly run: RunSummary; readonly position: number }>>;
  /** How many runs of the tenant, or of all, are in each state that is not final. */
  countActive(tenantId?: string): Promise<Readonly<Record<ActiveState, number>>>;
  /**
   * Deletes events of ended runs, and then the runs, as the policy says; in small steps, at most `limit` runs.
   * Answers how many runs it touched; 0 when there is nothing left to do.
   */
  prune(policy: RetentionPolicy, now: number, limit: number): Promise<number>;
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

/** A run that waits for its turn. */
export interface Job {
  readonly runId: string;
  readonly tenantId: string;
  readonly priority: number;
}

/** How a subflow is named in `Run.subflows`. */
export const subflowKey = (workflowId: string, version: number | undefined): string =>
  version === undefined ? workflowId : `${workflowId}@${version}`;

/** One version of a workflow. Versions are never changed. */
export interface StoredWorkflow {
  readonly id: string;
  readonly tenantId: string;
  /** From 1, dense. */
  readonly version: number;
  readonly definition: WorkflowDefinition;
  /** The text that the version was imported from, where it was not native. */
  readonly source?: WorkflowSource;
  /** Of the workflow. */
  readonly createdAt: number;
  /** Of this version. */
  readonly updatedAt: number;
  readonly latestVersion: number;
  /** The version that is published; absent while none is. */
  readonly publishedVersion?: number;
}

export interface WorkflowSource {
  readonly format: 'dify' | 'astron' | 'mandas';
  readonly text: string;
}

export interface NewWorkflow {
  readonly id: string;
  readonly tenantId: string;
  readonly definition: WorkflowDefinition;
  readonly source?: WorkflowSource;
  readonly createdAt: number;
}

export interface WorkflowStore {
  /** Stores version 1. Throws when the tenant has a workflow of that id. */
  create(workflow: NewWorkflow): Promise<StoredWorkflow>;
  /**
   * Adds a version. With `after`, only if that is still the newest one: `conflict` otherwise.
   * Undefined when the workflow is unknown.
   */
  addVersion(
    workflow: NewWorkflow,
    after?: number,
  ): Promise<
    | { readonly outcome: 'added'; readonly workflow: StoredWorkflow }
    | { readonly outcome: 'conflict' }
    | undefined
  >;
  /** A version: the newest one without `version`. */
  get(tenantId: string, workflowId: string, version?: number): Promise<StoredWorkflow | undefined>;
  /** The version that runs: the published one, else the newest. */
  current(tenantId: string, workflowId: string): Promise<StoredWorkflow | undefined>;
  /** Publishes a version; without one, takes the workflow off. Undefined when workflow or version is unknown. */
  publish(
    tenantId: string,
    workflowId: string,
    version: number | undefined,
  ): Promise<StoredWorkflow | undefined>;
  /** Newest versions of all workflows, newest workflow first, about 1 MiB of JSON text a page. Throws InvalidCursorError. */
  list(tenantId: string, page: PageRequest, filter?: WorkflowFilter): Promise<Page<StoredWorkflow>>;
  /** Newest first. Throws InvalidCursorError. */
  versions(tenantId: string, workflowId: string, page: PageRequest): Promise<Page<StoredWorkflow>>;
  /** Deletes a workflow with all versions; its runs stay. Answers whether there was one. */
  delete(tenantId: string, workflowId: string): Promise<boolean>;
}

export interface WorkflowFilter {
  /** Part of the name or description, upper or lower case. */
  readonly search?: string;
}

/** What a conversation is between two runs. */
export interface Conversation {
  readonly variables: JsonObject;
  /** Oldest first. */
  readonly history: readonly ChatTurn[];
}

export interface ConversationStore {
  /** Empty for one that is not known. `turns` is how many of the newest are answered. */
  load(tenantId: string, conversationId: string, turns: number): Promise<Conversation>;
  /** Sets variables, the others stay; idempotent. */
  setVariables(tenantId: string, conversationId: string, variables: JsonObject, now: number): Promise<void>;
  /** Adds what a run said, once per run. */
  addTurns(
    tenantId: string,
    conversationId: string,
    runId: string,
    turns: readonly ChatTurn[],
    now: number,
  ): Promise<void>;
}

/** Secrets of a tenant, encrypted where they are kept. Values are never listed, logged or answered. */
export interface SecretStore {
  /** The values of those that exist. */
  read(tenantId: string, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  set(tenantId: string, name: string, value: string, now: number): Promise<void>;
  list(tenantId: string): Promise<readonly { readonly name: string; readonly updatedAt: number }[]>;
  /** Answers whether there was one. */
  delete(tenantId: string, name: string): Promise<boolean>;
}

/** When a workflow runs by itself. */
export interface Schedule {
  readonly id: string;
  readonly tenantId: string;
  readonly workflowId: string;
  /** Five or six fields (seconds first), or a name such as `@daily`. */
  readonly cron: string;
  /** An IANA time zone. */
  readonly timeZone: string;
  readonly inputs: JsonObject;
  /** What happens when the run before has not ended: leave this one out, run both, or cancel that one. */
  readonly overlap: 'skip' | 'allow' | 'cancel_previous';
  /** What happens with times at which no server ran: nothing, one run, or one for each, at most 100. */
  readonly missed: 'skip' | 'run_once' | 'run_all';
  readonly enabled: boolean;
  /** The next time, in milliseconds since the epoch; absent when there is none or it is not enabled. */
  readonly nextAt?: number;
  readonly lastAt?: number;
  readonly lastRunId?: string;
  /** Why the last time did not start a run. */
  readonly lastError?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ScheduleStore {
  create(schedule: Schedule): Promise<void>;
  get(tenantId: string, scheduleId: string): Promise<Schedule | undefined>;
  /** Newest first. Throws InvalidCursorError. */
  list(tenantId: string, page: PageRequest): Promise<Page<Schedule>>;
  /** Replaces it; undefined when it is gone. */
  update(schedule: Schedule): Promise<Schedule | undefined>;
  delete(tenantId: string, scheduleId: string): Promise<boolean>;
  /** Enabled ones whose `nextAt` has come, oldest first. */
  due(now: number, limit: number): Promise<readonly Schedule[]>;
  /** Moves `nextAt` on, if it still is `from`: whoever does it may start the run. Answers whether it did. */
  advance(scheduleId: string, from: number, nextAt: number | undefined): Promise<boolean>;
  /** What became of a time. */
  record(
    scheduleId: string,
    outcome: { readonly at: number; readonly runId?: string; readonly error?: string },
  ): Promise<void>;
}

export interface StatsQuery {
  readonly workflowId?: string;
  /** Exclusive, as all bounds of created times. */
  readonly createdAfter: number;
  readonly createdBefore: number;
  readonly groupBy: readonly ('workflow' | 'node' | 'day')[];
}

/** Milliseconds that half, and 95 of 100, do not exceed: values that occurred (nearest rank). */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

/** Figures of a group of runs. What cannot be told because none has ended is absent. */
export interface RunFigures {
  readonly runs: number;
  readonly byState: Readonly<Record<RunState, number>>;
  /** The share that succeeded of those that ended. */
  readonly successRate?: number;
  /** From the first claim to the end. */
  readonly elapsedMs?: Percentiles;
  /** From the creation to the first claim. */
  readonly queuedMs?: Percentiles;
  readonly tokens: TokenUsage;
}

export interface NodeFigures {
  readonly workflowId: string;
  readonly nodeId: string;
  readonly nodeType: string;
  readonly title: string;
  /** How often it ended in runs that have ended; each time for itself inside a loop. */
  readonly runs: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly retries: number;
  readonly elapsedMs?: Percentiles;
  readonly tokens: TokenUsage;
}

export interface Stats {
  readonly totals: RunFigures;
  /** The 100 with the most runs, most first. `name` is absent when the workflow is gone. */
  readonly byWorkflow?: readonly {
    readonly workflowId: string;
    readonly name?: string;
    readonly figures: RunFigures;
  }[];
  /** The 500 that ran most often, most first. */
  readonly byNode?: readonly NodeFigures[];
  /** Days (UTC, `2026-11-20`) with runs, in order. */
  readonly byDay?: readonly { readonly date: string; readonly figures: RunFigures }[];
}

export interface StatsStore {
  read(tenantId: string, query: StatsQuery): Promise<Stats>;
}

/**
 * Which run is next: higher priority first, then first come, of the tenants that have fewer runs under way
 * than they may. Durable truth is the run's own state.
 */
export interface JobQueue {
  /** Throws QueueFullError when as many runs wait as the queue can hold. */
  enqueue(job: Job): Promise<void>;
  /** Takes out a job that waits, so that it holds no place; one under way goes on. */
  remove(runId: string): Promise<void>;
  /** Calls `work` for each job, at most `concurrency` at once. Called once, at boot. */
  process(work: (job: Job) => Promise<void>): void;
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
  /** Somebody wants something of the run: a cancel, a pause, an answer. Its worker, wherever it is, should look. */
  commanded(runId: string): void;
  onCommanded(runId: string, listener: () => void): () => void;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A picture that a model is shown: a URL (http, https or data). */
export interface ModelImage {
  readonly url: string;
}

export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: JsonObject;
}

export type ModelMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string; readonly images?: readonly ModelImage[] }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ModelToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly name: string; readonly content: string };

/** Something that the model may ask for in place of an answer. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
}

export interface ModelRequest {
  /** The provider's default when undefined. */
  readonly model?: string;
  readonly messages: readonly ModelMessage[];
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxOutputTokens?: number;
  readonly stop?: readonly string[];
  readonly tools?: readonly ModelTool[];
  /** JSON Schema of an answer that is to be JSON. The provider is asked for it, and may yet answer otherwise. */
  readonly answerSchema?: JsonObject;
}

export type ModelChunk =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'tool_call'; readonly call: ModelToolCall }
  | {
      readonly type: 'finish';
      /** The model that answered; `offline` for the built-in one. */
      readonly model: string;
      readonly tokens: TokenUsage;
      /** `stop`, `length`, `tool_calls`, `content_filter`, or the provider's own word. */
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
