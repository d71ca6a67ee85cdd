import { isDeepStrictEqual } from 'node:util';
import type { ResumeRequest } from '@flowwire/contract/astron';
import type { OpenQuestion, QuestionAsked, RunAnswer, RunSummary } from '@flowwire/engine';
import { fingerprint } from '../../../idempotency/fingerprint.ts';
import { createTurns } from '../../../idempotency/turns.ts';
import type { AstronDeps } from '../deps.ts';
import { type Refusal, refusedFrame } from '../refusals.ts';

export interface TakeReplyDeps extends Pick<AstronDeps, 'owner' | 'now' | 'errors'> {
  readonly service: Pick<AstronDeps['service'], 'questions' | 'answer'>;
  readonly runs: Pick<AstronDeps['runs'], 'answers'>;
  readonly log: Pick<AstronDeps['log'], 'readTypes'>;
  readonly idempotency: Pick<AstronDeps['idempotency'], 'reserve' | 'answer' | 'release'>;
}

/** The run as it goes on, and the question that was answered. */
interface Taken {
  readonly run: RunSummary;
  readonly questionId: string;
}

/**
 * Answers the question that a run waits with. With a key, which question that was is kept before it is answered: so
 * the same request finds it again, wherever the first one broke off.
 */
export function createTakeReply(deps: TakeReplyDeps) {
  const takeTurn = createTurns();

  return async (run: RunSummary, body: ResumeRequest, key: string | undefined, signal: AbortSignal) => {
    if (key === undefined) {
      const prepared = await prepare(deps, run, body);
      return 'status' in prepared ? prepared : give(deps, run, prepared, body);
    }
    // The store gives a key to the process that holds it already. A second request that came through while the first one
    // is at work could find the next question, and answer that.
    const endTurn = await takeTurn(JSON.stringify([run.tenantId, key]), () => signal);
    try {
      return await takeKeyed(deps, run, body, key);
    } finally {
      endTurn();
    }
  };
}

async function takeKeyed(
  deps: TakeReplyDeps,
  run: RunSummary,
  body: ResumeRequest,
  key: string,
): Promise<Taken | Refusal> {
  const { idempotency, owner, now, errors } = deps;
  const held = { tenantId: run.tenantId, key, owner };
  const request = { ...held, fingerprint: fingerprint('resume', run.id, body), at: now() };
  const reserved = await idempotency.reserve(request);
  if (reserved.outcome === 'conflict') return refusedFrame(errors, 'IDEMPOTENCY_KEY_REUSED_ERROR');
  if (reserved.outcome === 'pending') return refusedFrame(errors, 'EVENT_REGISTRY_LOCK_ERROR', body.event_id);
  if (reserved.outcome === 'answered') return giveAgain(deps, run, reserved.reply, body);
  const prepared = await prepare(deps, run, body);
  if ('status' in prepared) {
    await idempotency.release(held);
    return prepared;
  }
  await idempotency.answer(held, prepared.questionId);
  return giveOnce(deps, run, prepared, body);
}

/** Finds the question that the run has told last, the oldest one that is open, and what is said to it. */
async function prepare(
  deps: TakeReplyDeps,
  run: RunSummary,
  body: ResumeRequest,
): Promise<RunAnswer | Refusal> {
  const { service, errors } = deps;
  const [question] = await service.questions(run);
  if (!question || run.state !== 'waiting') {
    const isTaken = await isBeingTaken(deps, run);
    const name = isTaken ? 'EVENT_REGISTRY_LOCK_ERROR' : 'EVENT_REGISTRY_NOT_FOUND_ERROR';
    return refusedFrame(errors, name, body.event_id);
  }
  if (body.event_type === 'ignore' && question.optional !== true)
    return refusedFrame(errors, 'QUESTION_ANSWER_RESUME_DATA_ERROR', 'event_type is ignore');
  const reply = toReply(question, body);
  if (reply.type === 'text' && !takesText(question)) {
    const ids = question.choices?.map(({ id }) => id).join(', ');
    return refusedFrame(errors, 'QUESTION_ANSWER_NODE_EXECUTION_ERROR', `the options are ${ids}`);
  }
  return { questionId: question.questionId, reply };
}

const takesText = ({ allowText, fallback }: OpenQuestion): boolean => allowText || fallback !== undefined;

/** Whether an answer was kept that the run has not come to yet. */
async function isBeingTaken({ runs, log }: TakeReplyDeps, { id }: RunSummary): Promise<boolean> {
  const told = await log.readTypes(id, ['question_answered']);
  const isTold = ({ questionId }: RunAnswer) =>
    told.some(({ event }) => event.type === 'question_answered' && event.questionId === questionId);
  return (await runs.answers(id)).some((answer) => !isTold(answer));
}

async function give(
  { service, errors }: TakeReplyDeps,
  run: RunSummary,
  answer: RunAnswer,
  { event_id: eventId }: ResumeRequest,
): Promise<Taken | Refusal> {
  const given = await service.answer(run.tenantId, run.id, answer);
  switch (given.outcome) {
    case 'done':
      return { run: given.run, questionId: answer.questionId };
    case 'invalid':
      return refusedFrame(errors, 'QUESTION_ANSWER_NODE_EXECUTION_ERROR', given.message.replace(/\.$/, ''));
    case 'closed':
      return refusedFrame(errors, 'EVENT_REGISTRY_LOCK_ERROR', eventId);
    default:
      return refusedFrame(errors, 'EVENT_REGISTRY_NOT_FOUND_ERROR', eventId);
  }
}

/** Gives an answer, unless the same request has given it already. */
async function giveOnce(
  deps: TakeReplyDeps,
  run: RunSummary,
  answer: RunAnswer,
  body: ResumeRequest,
): Promise<Taken | Refusal> {
  const given = await give(deps, run, answer, body);
  if (!('status' in given)) return given;
  const kept = (await deps.runs.answers(run.id)).find(({ questionId }) => questionId === answer.questionId);
  return isDeepStrictEqual(kept, answer) ? { run, questionId: answer.questionId } : given;
}

/** A request that comes again gives its answer to the same question. */
async function giveAgain(
  deps: TakeReplyDeps,
  run: RunSummary,
  questionId: string,
  body: ResumeRequest,
): Promise<Taken | Refusal> {
  const asked = await deps.log.readTypes(run.id, ['question_asked']);
  const [question] = asked.flatMap(({ event }) =>
    event.type === 'question_asked' && event.questionId === questionId ? [event] : [],
  );
  if (!question) return refusedFrame(deps.errors, 'EVENT_REGISTRY_NOT_FOUND_ERROR', body.event_id);
  return giveOnce(deps, run, { questionId, reply: toReply(question, body) }, body);
}

/** What is none of the options is text: the question may have an option for that. */
function toReply(
  { choices = [] }: Pick<QuestionAsked, 'choices'>,
  { event_type: type = 'resume', content }: ResumeRequest,
): RunAnswer['reply'] {
  if (type === 'ignore') return { type: 'skipped' };
  if (type === 'abort') return { type: 'given_up' };
  const isChoice = choices.some(({ id }) => id === content);
  return isChoice ? { type: 'choice', choice: content } : { type: 'text', text: content };
}
