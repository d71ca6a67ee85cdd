import type { QuestionAsked, QuestionReply, RunEvent, StoredEvent } from '../events.ts';

/**
 * One event of a run in short: `each[0] node_finished fetch failed http_status -> error`. With `any` several
 * stories are told at once, each in its own order.
 */
export type Step = string | { readonly any: readonly (string | readonly Step[])[] };

/** What happened in a run, in its order. Text and progress are no part of it, nor are the starts of nodes. */
export const storyOf = (events: readonly StoredEvent[]): readonly string[] =>
  events.flatMap(({ event }) => lineOf(event) ?? []);

function lineOf(event: RunEvent): string | undefined {
  const at = 'scope' in event && event.scope !== undefined ? `${event.scope} ` : '';
  switch (event.type) {
    case 'node_finished': {
      const failure = event.status === 'succeeded' ? '' : ` ${event.status} ${event.error?.code}`;
      const handle = event.handle === undefined ? '' : ` -> ${event.handle}`;
      return `${at}node_finished ${event.nodeId}${failure}${handle}`;
    }
    case 'node_retry':
      return `${at}node_retry ${event.nodeId}: ${event.error?.code ?? event.reason}`;
    case 'question_asked':
      return `${at}question_asked ${event.nodeId}: ${event.question}${choicesOf(event)}`;
    case 'question_answered':
      return `${at}question_answered ${event.nodeId}: ${replyOf(event.reply)}`;
    case 'run_failed':
      return `run_failed ${event.error.code}`;
    case 'run_finished':
      return `run_finished ${event.status}`;
    case 'run_started':
    case 'run_paused':
    case 'run_resumed':
      return event.type;
    default:
      return undefined;
  }
}

const choicesOf = ({ choices }: QuestionAsked): string =>
  choices ? ` [${choices.map(({ id, label }) => `${id}: ${label}`).join(' | ')}]` : '';

function replyOf(reply: QuestionReply): string {
  if (reply.type === 'choice') return `choice ${reply.choice}`;
  return reply.type === 'text' ? `text ${reply.text}` : reply.type;
}

type Steps = readonly Step[];

const stepsOf = (story: string | Steps): Steps => (typeof story === 'string' ? [story] : story);

/** What may be left of the steps once they have told a line; nothing where they cannot tell it now. */
function restsAfter([first, ...rest]: Steps, line: string): readonly Steps[] {
  if (first === undefined) return [];
  if (typeof first === 'string') return first === line ? [rest] : [];
  const told = first.any.map(stepsOf);
  return told.flatMap((story, index) =>
    restsAfter(story, line).map((left) => {
      const stories = told.with(index, left).filter(({ length }) => length > 0);
      return stories.length > 0 ? [{ any: stories }, ...rest] : rest;
    }),
  );
}

/** All lines of steps, one story after the other. */
export const linesOf = (steps: Steps): readonly string[] =>
  steps.flatMap((step) => (typeof step === 'string' ? [step] : step.any.map(stepsOf).flatMap(linesOf)));

/** The lines of the steps in the order of what happened, as long as that is an order of theirs. */
export function alignTo(happened: readonly string[], steps: Steps): readonly string[] {
  let rests: readonly Steps[] = [steps];
  const aligned: string[] = [];
  for (const line of happened) {
    const next = rests.flatMap((rest) => restsAfter(rest, line));
    if (next.length === 0) break;
    // Several rests differ only in whose line it was.
    rests = [...new Map(next.map((rest) => [JSON.stringify(rest), rest])).values()];
    aligned.push(line);
  }
  return [...aligned, ...linesOf(rests[0] ?? [])];
}
