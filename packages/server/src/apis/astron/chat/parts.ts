import {
  type EventLog,
  isFinal,
  type NodeFinished,
  type NodeStarted,
  type RunEvent,
  type RunSummary,
  type StoredEvent,
} from '@flowwire/engine';
import type { Teller } from '../dialect/teller.ts';

const PAGE_SIZE = 256;

/**
 * Has the teller recall what came before the answer to a question, and answers the seq of the last of it. The answer
 * may not be in the log yet.
 */
export async function recallUpTo(
  log: EventLog,
  runId: string,
  questionId: string,
  teller: Teller<unknown>,
): Promise<number> {
  for (let after = 0; ; ) {
    const page = await log.read(runId, after, PAGE_SIZE);
    for (const stored of page) {
      if (isAnswerTo(questionId, stored)) return after;
      teller.recall(stored);
      after = stored.seq;
    }
    if (page.length === 0) return after;
  }
}

const isAnswerTo = (questionId: string | undefined, { event }: StoredEvent): boolean =>
  event.type === 'question_answered' && event.questionId === questionId;

/**
 * The seq of the answer that begins the next part, after this one's own: the first that a person gave while the run
 * waited. One that came while nodes were at work, through another API, interrupted nothing.
 */
export async function nextReply(
  log: EventLog,
  runId: string,
  after: number,
  questionId: string | undefined,
): Promise<number | undefined> {
  const isNext = (stored: StoredEvent): boolean =>
    stored.seq > after && isReply(stored) && !isAnswerTo(questionId, stored);
  const answered = await log.readTypes(runId, ['question_answered']);
  if (!answered.some(isNext)) return undefined;
  const atWork = new Set<string>();
  for (const stored of await log.readTypes(runId, TYPES_OF_WORK)) {
    const { event, seq } = stored;
    if (event.type === 'node_started' && !RESTING.has(event.nodeType)) atWork.add(placeOf(event));
    else if (event.type === 'node_finished') atWork.delete(placeOf(event));
    else if (atWork.size === 0 && isNext(stored)) return seq;
  }
  return undefined;
}

const TYPES_OF_WORK: readonly RunEvent['type'][] = ['node_started', 'node_finished', 'question_answered'];

/** Nodes that do nothing themselves while they go on. */
const RESTING: ReadonlySet<string> = new Set(['question', 'iteration', 'loop', 'subflow']);

const placeOf = ({ nodeId, scope = '' }: NodeStarted | NodeFinished): string =>
  JSON.stringify([nodeId, scope]);

const isReply = ({ event }: StoredEvent): boolean =>
  event.type === 'question_answered' && event.reply.type !== 'expired';

/** Whether the last frame of a part was seen. Where that is not certain, the question is told again. */
export async function isSeen(
  log: EventLog,
  run: RunSummary,
  cursor: number,
  endedBy: number | undefined,
  { tells }: Teller<unknown>,
): Promise<boolean> {
  if (endedBy === undefined && isFinal(run.state)) return cursor === run.lastSeq;
  const isAtQuestion =
    endedBy === undefined ? run.state === 'waiting' && cursor === run.lastSeq : cursor >= endedBy - 1;
  if (!isAtQuestion) return false;
  const [last] = await log.read(run.id, cursor - 1, 1);
  return last === undefined || !tells.has(last.event.type);
}
