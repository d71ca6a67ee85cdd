import type { FinishedRun, Question, WorkflowEvent } from '@flowwire/contract/workflow-execution';
import {
  isFinal,
  type Progress,
  type QuestionAsked,
  type QuestionReply,
  type RunError,
  type RunEvent,
  type RunFinished,
  type RunSummary,
  type StoredEvent,
  type TokenUsage,
} from '@flowwire/engine';
import type { StreamFrame } from '@flowwire/koa';
import { epochSeconds } from '../epoch.ts';

/** What every event tells of its run. */
type RunFacts = Pick<RunSummary, 'id' | 'workflowId' | 'createdAt'>;

type Translate<E extends RunEvent> = (event: E, stored: StoredEvent, run: RunFacts) => WorkflowEvent;
type Dialect = { readonly [Type in RunEvent['type']]: Translate<Extract<RunEvent, { type: Type }>> };

/** Seconds with milliseconds, as this API counts durations. */
export const seconds = (ms: number): number => Math.round(ms) / 1000;

export const toTokenCounts = (tokens: TokenUsage) => ({
  total_tokens: tokens.prompt + tokens.completion,
  prompt_tokens: tokens.prompt,
  completion_tokens: tokens.completion,
});

export const toRunError = ({ code, message, nodeId }: RunError) => ({
  code,
  message,
  ...(nodeId === undefined ? {} : { node_id: nodeId }),
});

const optionalError = (error: RunError | undefined) => (error ? { error: toRunError(error) } : {});

/** Where in the run a node is; nothing at the top. */
const place = ({ scope }: { readonly scope?: string }) => (scope === undefined ? {} : { scope });

/** How far a run is, as the event `progress` and the record of an execution tell it. */
export const toProgress = ({ percent, finishedNodes, totalNodes }: Progress) => ({
  percent,
  finished_nodes: finishedNodes,
  total_nodes: totalNodes,
});

/** A question, as the event `question` and the record of an execution tell it. */
export const toQuestion = (asked: QuestionAsked, askedAt: number): Question => ({
  question_id: asked.questionId,
  node_id: asked.nodeId,
  title: asked.title,
  question: asked.question,
  ...(asked.choices && { choices: asked.choices.map((choice) => ({ ...choice })) }),
  allow_text: asked.allowText,
  ...(asked.optional && { optional: true }),
  ...(asked.fallback === undefined ? {} : { fallback: asked.fallback }),
  ...place(asked),
  asked_at: epochSeconds(askedAt),
  ...(asked.expiresAt === undefined ? {} : { expires_at: epochSeconds(asked.expiresAt) }),
});

function toAnswer(reply: QuestionReply) {
  switch (reply.type) {
    case 'choice':
      return { answer: reply.choice };
    case 'text':
      return { answer: reply.text };
    default:
      return { [reply.type]: true };
  }
}

type RunEnd = Pick<
  RunFinished,
  'status' | 'outputs' | 'error' | 'elapsedMs' | 'tokens' | 'steps' | 'finishedAt'
>;

const finishedRun = (end: RunEnd, run: RunFacts) => ({
  id: run.id,
  workflow_id: run.workflowId,
  status: end.status,
  outputs: { ...end.outputs },
  ...optionalError(end.error),
  elapsed_time: seconds(end.elapsedMs),
  total_tokens: end.tokens.prompt + end.tokens.completion,
  total_steps: String(end.steps),
  created_at: epochSeconds(run.createdAt),
  finished_at: epochSeconds(end.finishedAt),
});

/** What became of a run that has ended, for blocking answers: the same as `workflow_finished` tells. */
export function toFinishedRun(run: RunSummary): FinishedRun {
  const { state, outputs = {}, error, tokens, steps, createdAt, startedAt, finishedAt = createdAt } = run;
  if (!isFinal(state)) throw new Error(`run ${run.id} has not ended`);
  const elapsedMs = finishedAt - (startedAt ?? finishedAt);
  return finishedRun(
    { status: state, outputs, ...(error && { error }), elapsedMs, tokens, steps, finishedAt },
    run,
  );
}

/** Names the run in every event. `task_id` is kept for clients that expect it. */
const envelope = (run: RunFacts) => ({ workflow_run_id: run.id, task_id: run.id });

/** Every event of a run in the words of the workflow-execution API; a total map. */
const dialect: Dialect = {
  run_started: (event, { at }, run) => ({
    event: 'workflow_started',
    ...envelope(run),
    data: {
      id: run.id,
      workflow_id: event.workflowId,
      inputs: { ...event.inputs },
      ...(event.reusedFrom === undefined ? {} : { reused_from: event.reusedFrom }),
      created_at: epochSeconds(at),
    },
  }),
  node_started: (event, { at }, run) => ({
    event: 'node_started',
    ...envelope(run),
    data: {
      node_id: event.nodeId,
      node_type: event.nodeType,
      title: event.title,
      index: event.index,
      attempt: event.attempt,
      ...(event.predecessorId === undefined ? {} : { predecessor_node_id: event.predecessorId }),
      ...place(event),
      created_at: epochSeconds(at),
    },
  }),
  text_delta: (event, _stored, run) => ({
    event: 'text_chunk',
    ...envelope(run),
    data: { text: event.text, from_variable_selector: [event.nodeId, event.field], ...place(event) },
  }),
  reasoning_delta: (event, _stored, run) => ({
    event: 'reasoning_chunk',
    ...envelope(run),
    data: { node_id: event.nodeId, text: event.text, ...place(event) },
  }),
  node_retry: (event, _stored, run) => ({
    event: 'node_retry',
    ...envelope(run),
    data: {
      node_id: event.nodeId,
      attempt: event.attempt,
      reason: event.reason,
      ...optionalError(event.error),
      discard_from_seq: event.discardFromSeq,
      delay_ms: event.delayMs,
      ...place(event),
    },
  }),
  node_finished: (event, { at }, run) => ({
    event: 'node_finished',
    ...envelope(run),
    data: {
      node_id: event.nodeId,
      node_type: event.nodeType,
      title: event.title,
      index: event.index,
      status: event.status,
      outputs: { ...event.outputs },
      ...optionalError(event.error),
      elapsed_time: seconds(event.elapsedMs),
      attempts: event.attempts,
      execution_metadata: toTokenCounts(event.tokens),
      ...place(event),
      ...(event.logs === undefined ? {} : { logs: event.logs }),
      ...(event.reused === undefined ? {} : { reused: true }),
      finished_at: epochSeconds(at),
    },
  }),
  question_asked: (event, { at }, run) => ({
    event: 'question',
    ...envelope(run),
    data: toQuestion(event, at),
  }),
  question_answered: ({ questionId, reply }, { at }, run) => ({
    event: 'resumed',
    ...envelope(run),
    data: { reason: 'answered', question_id: questionId, ...toAnswer(reply), resumed_at: epochSeconds(at) },
  }),
  run_paused: (_event, { at }, run) => ({
    event: 'paused',
    ...envelope(run),
    data: { paused_at: epochSeconds(at) },
  }),
  run_resumed: (_event, { at }, run) => ({
    event: 'resumed',
    ...envelope(run),
    data: { reason: 'resumed', resumed_at: epochSeconds(at) },
  }),
  progress: (event, _stored, run) => ({
    event: 'progress',
    ...envelope(run),
    data: toProgress(event),
  }),
  run_failed: (event, _stored, run) => ({ event: 'error', ...envelope(run), data: toRunError(event.error) }),
  run_finished: (event, _stored, run) => ({
    event: 'workflow_finished',
    ...envelope(run),
    data: finishedRun(event, run),
  }),
};

function translate(stored: StoredEvent, run: RunFacts): WorkflowEvent {
  // The map is total over the union; TypeScript cannot relate one key to one member by itself.
  const toEvent = dialect[stored.event.type] as Translate<RunEvent>;
  return toEvent(stored.event, stored, run);
}

const frames = new WeakMap<StoredEvent, StreamFrame<WorkflowEvent>>();

/**
 * Makes the frames of a run's events. All readers of an event get the same object, so it is encoded once. The
 * maker keeps no more of the run than it tells: a reader may be idle for long.
 */
export function frameMaker({ id, workflowId, createdAt }: RunFacts) {
  const run = { id, workflowId, createdAt };
  return (stored: StoredEvent): StreamFrame<WorkflowEvent> => {
    const known = frames.get(stored);
    if (known) return known;
    const frame = { id: String(stored.seq), item: translate(stored, run) };
    frames.set(stored, frame);
    return frame;
  };
}
