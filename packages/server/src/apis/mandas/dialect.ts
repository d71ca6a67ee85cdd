import type {
  RunError,
  RunQuestion,
  RunStatus,
  TokenUsage,
  WorkflowRunEvent,
} from '@flowwire/contract/mandas';
import type {
  RunError as EngineError,
  TokenUsage as EngineTokens,
  FinalState,
  NodeFinished,
  QuestionAsked,
  RunEvent,
  RunFilter,
  RunFinished,
  RunState,
  RunSummary,
  StoredEvent,
} from '@flowwire/engine';
import type { StreamFrame } from '@flowwire/koa';
import { type Agents, outputOf, type Steps } from './agents.ts';

/** What every event tells of its run, and how its agents are called. */
export interface Told {
  readonly run: Pick<RunSummary, 'id' | 'workflowId'>;
  readonly agents: Agents;
  readonly steps: Steps;
}

/** An event in this API's words; undefined for one that it does not tell. */
type Translate<E extends RunEvent> = (
  event: E,
  stored: StoredEvent,
  told: Told,
) => WorkflowRunEvent | undefined;
type Dialect = { readonly [Type in RunEvent['type']]: Translate<Extract<RunEvent, { type: Type }>> };

const STATUS = {
  queued: 'QUEUED',
  running: 'RUNNING',
  paused: 'PAUSED',
  waiting: 'WAITING',
  succeeded: 'COMPLETED',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
  timed_out: 'TIMED_OUT',
} as const satisfies Record<RunState, RunStatus>;

export const toStatus = (state: RunState): RunStatus => STATUS[state];

const STATES = {
  QUEUED: 'queued',
  RUNNING: 'running',
  PAUSED: 'paused',
  WAITING: 'waiting',
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TIMED_OUT: 'timed_out',
} as const satisfies Record<RunStatus, RunState>;

/** What a list is filtered by. */
export const toStates = (status: RunStatus | undefined): Pick<RunFilter, 'states'> =>
  status === undefined ? {} : { states: [STATES[status]] };

/** UTC with milliseconds, as RFC 3339 has it. */
export const timestamp = (ms: number): string => new Date(ms).toISOString();

export const toTokenUsage = ({ prompt, completion }: EngineTokens): TokenUsage => ({
  total: prompt + completion,
  prompt,
  completion,
});

/** Without `agents` nobody is named: what a list is made of does not tell how the agents are called. */
export const toRunError = ({ code, message, nodeId }: EngineError, agents?: Agents): RunError => ({
  code: code.toUpperCase(),
  message,
  ...(agents && nodeId !== undefined && { agent_name: agents.nameOf({ nodeId }) }),
});

const UNKNOWN_ERROR: EngineError = { code: 'unknown', message: 'The reason is not known.' };

export const toQuestion = (asked: QuestionAsked, agents: Agents): RunQuestion => ({
  question_id: asked.questionId,
  agent_name: agents.nameOf(asked),
  question: asked.question,
  ...(asked.choices && { choices: asked.choices.map((choice) => ({ ...choice })) }),
  allow_text: asked.allowText,
  ...(asked.expiresAt !== undefined && { expires_at: timestamp(asked.expiresAt) }),
});

const about = ({ run }: Told, { at }: StoredEvent) => ({ run_id: run.id, timestamp: timestamp(at) });

/** The stream's first event while the run has not begun. It is none of the log, so it has no id. */
export const queuedFrame = (run: RunSummary): StreamFrame<WorkflowRunEvent> => ({
  item: {
    type: 'run.queued',
    run_id: run.id,
    timestamp: timestamp(run.queuedAt),
    workflow_id: run.workflowId,
    status: 'QUEUED',
  },
});

function agentFinished(event: NodeFinished, stored: StoredEvent, told: Told): WorkflowRunEvent | undefined {
  const { agents, steps } = told;
  if (!agents.has(event)) return undefined;
  const facts = {
    ...about(told, stored),
    agent_name: agents.nameOf(event),
    agent_type: agents.typeOf(event),
    step: steps.of(event.nodeId),
    attempts: event.attempts,
    token_usage: toTokenUsage(event.tokens),
    duration_ms: event.elapsedMs,
  };
  switch (event.status) {
    case 'succeeded':
      return { type: 'agent.completed', status: 'COMPLETED', output: { ...outputOf(event) }, ...facts };
    case 'cancelled':
      return { type: 'agent.cancelled', status: 'CANCELLED', ...facts };
    case 'failed': {
      const error = toRunError(event.error ?? UNKNOWN_ERROR, agents);
      return { type: 'agent.failed', status: 'FAILED', error, ...facts };
    }
  }
}

type TellEnd = (event: RunFinished, facts: ReturnType<typeof endOf>, error: RunError) => WorkflowRunEvent;

const endOf = (event: RunFinished, stored: StoredEvent, told: Told) => ({
  ...about(told, stored),
  workflow_id: told.run.workflowId,
  token_usage: toTokenUsage(event.tokens),
  duration_ms: event.elapsedMs,
  started_at: timestamp(event.startedAt),
  completed_at: timestamp(event.finishedAt),
});

const ENDS: Readonly<Record<FinalState, TellEnd>> = {
  succeeded: ({ outputs }, facts) => ({
    type: 'run.completed',
    status: 'COMPLETED',
    final_output: { ...outputs },
    ...facts,
  }),
  failed: (_event, facts, error) => ({ type: 'run.failed', status: 'FAILED', error, ...facts }),
  cancelled: (_event, facts) => ({ type: 'run.cancelled', status: 'CANCELLED', ...facts }),
  timed_out: (_event, facts, error) => ({ type: 'run.timed_out', status: 'TIMED_OUT', error, ...facts }),
};

const untold = () => undefined;

/** Every event of a run in the words of this API; a total map. Nodes inside of others are no agents. */
const dialect: Dialect = {
  run_started: ({ inputs }, stored, told) => ({
    type: 'run.started',
    ...about(told, stored),
    workflow_id: told.run.workflowId,
    status: 'RUNNING',
    initial_input: { ...inputs },
    total_steps: told.agents.count,
  }),
  node_started(event, stored, told) {
    const { agents, steps } = told;
    if (!agents.has(event)) return undefined;
    return {
      type: 'agent.started',
      ...about(told, stored),
      agent_name: agents.nameOf(event),
      agent_type: agents.typeOf(event),
      step: steps.of(event.nodeId),
      attempt: event.attempt,
    };
  },
  // What an answer repeats of the run's input is no agent's text.
  text_delta: (event, stored, told) =>
    event.scope === undefined && !told.agents.has(event)
      ? undefined
      : {
          type: 'agent.output_delta',
          ...about(told, stored),
          agent_name: told.agents.nameOf(event),
          delta: event.text,
        },
  reasoning_delta: untold,
  node_retry: (event, stored, told) => ({
    type: 'agent.retrying',
    ...about(told, stored),
    agent_name: told.agents.nameOf(event),
    attempt: event.attempt,
    reason: event.reason === 'error' ? 'ERROR' : 'RECOVERED',
    ...(event.error && { error: toRunError(event.error, told.agents) }),
    discard_from_event_id: event.discardFromSeq,
    delay_ms: event.delayMs,
  }),
  node_finished: agentFinished,
  question_asked: (event, stored, told) => ({
    type: 'run.waiting',
    ...about(told, stored),
    status: 'WAITING',
    question: toQuestion(event, told.agents),
  }),
  question_answered: ({ questionId, reply }, stored, told) => ({
    type: 'run.resumed',
    ...about(told, stored),
    status: 'RUNNING',
    reason: reply.type === 'expired' ? 'EXPIRED' : 'ANSWERED',
    question_id: questionId,
  }),
  run_paused: (_event, stored, told) => ({ type: 'run.paused', ...about(told, stored), status: 'PAUSED' }),
  run_resumed: (_event, stored, told) => ({
    type: 'run.resumed',
    ...about(told, stored),
    status: 'RUNNING',
    reason: 'RESUMED',
  }),
  progress: ({ percent }, stored, told) => ({ type: 'run.progress', ...about(told, stored), percent }),
  // The end tells it, too.
  run_failed: untold,
  run_finished: (event, stored, told) =>
    ENDS[event.status](
      event,
      endOf(event, stored, told),
      toRunError(event.error ?? UNKNOWN_ERROR, told.agents),
    ),
};

function translate(stored: StoredEvent, told: Told): WorkflowRunEvent | undefined {
  // The map is total over the union; TypeScript cannot relate one key to one member by itself.
  const toEvent = dialect[stored.event.type] as Translate<RunEvent>;
  return toEvent(stored.event, stored, told);
}

const frames = new WeakMap<StoredEvent, StreamFrame<WorkflowRunEvent>>();

/**
 * Makes the frames of a run's events, undefined for those that it does not tell. It wants them in their order. All
 * readers of an event get the same object, so it is encoded once.
 */
export const frameMaker =
  (told: Told) =>
  (stored: StoredEvent): StreamFrame<WorkflowRunEvent> | undefined => {
    told.steps.note(stored);
    const known = frames.get(stored);
    if (known) return known;
    const item = translate(stored, told);
    if (!item) return undefined;
    const frame = { id: String(stored.seq), item };
    frames.set(stored, frame);
    return frame;
  };
