import type { QuestionAsked } from '../events.ts';
import type { EventLog, RunAnswer } from '../ports.ts';
import type { OpenQuestion } from './requests.ts';

/** The questions of a run's log, in the order of asking, and which of them are answered there. */
export async function readQuestions(
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
export function faultOf(
  { choices, allowText }: QuestionAsked,
  reply: RunAnswer['reply'],
): { readonly field: 'choice' | 'text'; readonly message: string } | undefined {
  if (reply.type === 'text') {
    return allowText ? undefined : { field: 'text', message: 'The question takes one of its choices only.' };
  }
  const ids = choices?.map(({ id }) => id) ?? [];
  if (ids.includes(reply.choice)) return undefined;
  const message =
    ids.length > 0 ? `The question has the choices ${ids.join(', ')}.` : 'The question has no choices.';
  return { field: 'choice', message };
}
