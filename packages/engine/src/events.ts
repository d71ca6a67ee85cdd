/** Tokens that a node or a run used, as the model's provider counts them. */
export interface TokenUsage {
  readonly prompt: number;
  readonly completion: number;
}

/** Why a node or a run failed. `code` is stable and for programs, `message` is for people. */
export interface RunError {
  readonly code: string;
  readonly message: string;
  /** The node at fault, where it was one node. */
  readonly nodeId?: string;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * New values of variables, by target: `vars.name`, or `<id of a loop>.name` for the loop around the node.
 * Each is the whole value, so that applying it twice changes nothing.
 */
export type VariableChanges = Readonly<Record<string, JsonValue>>;

/**
 * Where in the run a node is: absent at the top, else the ids of the containers around it with the number
 * of the time that each runs its graph, such as `each[3]` or `outer[0].inner[2]`.
 */
interface InScope {
  readonly scope?: string;
}

export interface RunStarted {
  readonly type: 'run_started';
  readonly workflowId: string;
  readonly inputs: JsonObject;
  /** The run whose outputs are used again, for a restart or a cached result. */
  readonly reusedFrom?: string;
}

export interface NodeStarted extends InScope {
  readonly type: 'node_started';
  readonly nodeId: string;
  readonly nodeType: string;
  readonly title: string;
  /** The order of starting, from 1. */
  readonly index: number;
  /** From 1. */
  readonly attempt: number;
  /** The node whose edge led here; absent for the start node. */
  readonly predecessorId?: string;
}

/** A piece of text for the person who waits, in the order of the answer's template. */
export interface TextDelta extends InScope {
  readonly type: 'text_delta';
  /** The node and output field that wrote the text; for literal text the responder itself. */
  readonly nodeId: string;
  readonly field: string;
  readonly text: string;
  /** The answer or end node whose template places this text, and the template's segment, from 0. */
  readonly responderId: string;
  readonly segment: number;
}

/** A piece of a model's reasoning, told as it comes; it is no part of the answer. */
export interface ReasoningDelta extends InScope {
  readonly type: 'reasoning_delta';
  readonly nodeId: string;
  readonly text: string;
}

/**
 * An unfinished node begins again: after a failed attempt, or because the process that ran it died.
 * Readers discard that node's text_delta and reasoning_delta events with a seq of `discardFromSeq` or more.
 */
export interface NodeRetry extends InScope {
  readonly type: 'node_retry';
  readonly nodeId: string;
  /** The attempt that begins, from 2. */
  readonly attempt: number;
  readonly reason: 'error' | 'recovered';
  readonly error?: RunError;
  readonly discardFromSeq: number;
  readonly delayMs: number;
}

export interface NodeFinished extends InScope {
  readonly type: 'node_finished';
  readonly nodeId: string;
  readonly nodeType: string;
  readonly title: string;
  readonly index: number;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly outputs: JsonObject;
  readonly error?: RunError;
  /** The outcome whose edges are taken: undefined for plain success. */
  readonly handle?: string;
  /** From the node's first start to its end, over all attempts. */
  readonly elapsedMs: number;
  readonly tokens: TokenUsage;
  readonly attempts: number;
  readonly variables?: VariableChanges;
  /** What its code printed. */
  readonly logs?: string;
  /** Its outputs are those of an earlier run: it did not run in this one. */
  readonly reused?: true;
}

/** A node asks a person. The run waits once nothing else can go on. */
export interface QuestionAsked extends InScope {
  readonly type: 'question_asked';
  readonly questionId: string;
  readonly nodeId: string;
  readonly title: string;
  readonly question: string;
  readonly choices?: readonly { readonly id: string; readonly label: string }[];
  readonly allowText: boolean;
  /** It may be passed over: the reply is then `skipped`. */
  readonly optional?: true;
  /** The id of the choice that any answer chooses which is none. Absent: such answers are refused. */
  readonly fallback?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** The first answer to a question, or that nobody gave one in time. */
export interface QuestionAnswered extends InScope {
  readonly type: 'question_answered';
  readonly questionId: string;
  readonly nodeId: string;
  readonly reply: QuestionReply;
}

export type QuestionReply =
  | { readonly type: 'choice'; readonly choice: string }
  | { readonly type: 'text'; readonly text: string }
  /** The person passes over the question, which then answers its default. */
  | { readonly type: 'skipped' }
  /** The person gives the question up: its node fails. */
  | { readonly type: 'given_up' }
  | { readonly type: 'expired' };

/** Somebody has paused the run; no node is at work. */
export interface RunPaused {
  readonly type: 'run_paused';
}

/** The run goes on after a pause. */
export interface RunResumed {
  readonly type: 'run_resumed';
}

/** The finished share of the graph that can still be reached. Never falls; 100 only at the end. */
export interface Progress {
  readonly type: 'progress';
  readonly percent: number;
  readonly finishedNodes: number;
  readonly totalNodes: number;
}

/** Told before the `run_finished` of a run that failed or timed out. */
export interface RunFailed {
  readonly type: 'run_failed';
  readonly error: RunError;
}

/** Always the last event of a run. */
export interface RunFinished {
  readonly type: 'run_finished';
  readonly status: FinalState;
  readonly outputs: JsonObject;
  readonly error?: RunError;
  readonly elapsedMs: number;
  readonly tokens: TokenUsage;
  /** How many nodes ended. */
  readonly steps: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** What happens in a run, in no API's vocabulary. The dialects translate it. */
export type RunEvent =
  | RunStarted
  | NodeStarted
  | TextDelta
  | ReasoningDelta
  | NodeRetry
  | NodeFinished
  | QuestionAsked
  | QuestionAnswered
  | RunPaused
  | RunResumed
  | Progress
  | RunFailed
  | RunFinished;

/** A committed event. `seq` is dense from 1 within its run; `at` is milliseconds since the epoch. */
export interface StoredEvent {
  readonly runId: string;
  readonly seq: number;
  readonly at: number;
  readonly event: RunEvent;
}

export type FinalState = 'succeeded' | 'failed' | 'cancelled' | 'timed_out';
