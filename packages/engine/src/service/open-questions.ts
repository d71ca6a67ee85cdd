import type { QuestionAsked } from '../events.ts';
import type { EventLog, RunAnswer, RunSummary } from '../ports.ts';
import { isFinal } from '../run-state.ts';
import type { AnswerOutcome, OpenQuestion } from './requests.ts';
import type { RunService, RunServiceDeps } from './run-service.ts';
import type { Worker } from './worker.ts';

/** Answers the questions that runs have asked. */
export function createOpenQuestions(
  { runs, log, services: { clock } }: Pick<RunServiceDeps, 'runs' | 'log' | 'services'>,
  worker: Pick<Worker, 'takeUp'>,
): Pick<RunService, 'answer' | 'questions'> {
  async function answer(tenantId: string, runId: string, given: RunAnswer): Promise<AnswerOutcome> {
    const run = await runs.get(tenantId, runId);
    if (!run) return { outcome: 'unknown_run' };
    const { asked, answered } = await readQuestions(log, runId);
    const question = asked.get(given.questionId);
    if (!question) return { outcome: 'unknown_question' };
    if (isFinal(run.state)) return { outcome: 'refused', run };
    const isOver = question.expiresAt !== undefined && question.expiresAt <= clock.now();
    if (isOver || answered.has(given.questionId)) return { outcome: 'closed', run };
    const fault = faultOf(question, given.reply);
    if (fault) return { outcome: 'invalid', ...fault };
    const kept = await runs.answer(tenantId, runId, given, clock.now());
    if (!kept) return { outcome: 'refused', run: (await runs.get(tenantId, runId)) ?? run };
    if (kept.outcome === 'repeated') return { outcome: 'closed', run: kept.run };
    worker.takeUp(kept.run);
    return { outcome: 'done', run: kept.run };
  }

  async function questions(run: RunSummary): Promise<readonly OpenQuestion[]> {
    if (isFinal(run.state)) return [];
    const { asked, answered } = await readQuestions(log, run.id);
    if (asked.size === answered.size) return [];
    const kept = new Set((await runs.answers(run.id)).map(({ questionId }) => questionId));
    return [...asked.values()].filter(({ questionId: id }) => !answered.has(id) && !kept.has(id));
  }

  return { answer, questions };
}

/** The questions of a run's log, in the order of asking, and which of them are answered there. */
async function readQuestions(
  log: EventLog,
  runId: string,
): Promise<{ readonly asked: ReadonlyMap<string, OpenQuestion>; readonly answered: ReadonlySet<string> }> {
  const asked = new Map<string, OpenQuestion>();
  const answered = new Set<string>();
  for (const { event, at } of await log.readTypes(runId, ['question_asked', 'question_answered'])) {
    if (event.type === 'question_asked') asked.set(event.questionId, { ...event, askedAt: at });
    if (event.type === 'question_answered') answered.add(event.questionId);
  }
  return { asked, answered };
}

/** What is wrong with a reply to a question. */
function faultOf(
  { choices, allowText, optional, fallback }: QuestionAsked,
  reply: RunAnswer['reply'],
): { readonly field: 'choice' | 'text' | 'type'; readonly message: string } | undefined {
  if (reply.type === 'given_up') return undefined;
  if (reply.type === 'skipped') {
    return optional ? undefined : { field: 'type', message: 'The question must be answered.' };
  }
  if (fallback !== undefined) return undefined;
  if (reply.type === 'text') {
    return allowText ? undefined : { field: 'text', message: 'The question takes one of its choices only.' };
  }
  const ids = choices?.map(({ id }) => id) ?? [];
  if (ids.includes(reply.choice)) return undefined;
  const message =
    ids.length > 0 ? `The question has the choices ${ids.join(', ')}.` : 'The question has no choices.';
  return { field: 'choice', message };
}
