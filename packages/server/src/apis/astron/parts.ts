import { type EventLog, isFinal, type RunSummary, type StoredEvent } from '@flowwire/engine';
import type { Teller } from './teller.ts';

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

/** The seq of the next answer that a person gives, beside the one that the part begins with. */
export async function nextReply(
  log: EventLog,
  runId: string,
  after: number,
  questionId: string | undefined,
): Promise<number | undefined> {
  const answered = await log.readTypes(runId, ['question_answered']);
  const next = answered.find(
    (stored) => stored.seq > after && isReply(stored) && !isAnswerTo(questionId, stored),
  );
  return next?.seq;
}

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
