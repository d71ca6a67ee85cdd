import type { ServerSentEvent } from '@flowwire/contract';
import type { Caller } from '../api.ts';
import type { Answer } from '../wire/answer.ts';
import { textOf } from './bodies.ts';
import { ASKS, ECHO } from './workflows.ts';

/** A workflow to go on with. */
export const created = async (caller: Caller, definition: object = ECHO): Promise<string> =>
  textOf(
    await caller.need('createWorkflow', { body: definition }, { what: 'a workflow to go on with' }),
    'id',
  );

/** Runs a workflow to its end; answers the run's id. */
export async function ended(caller: Caller, definition: object = ECHO): Promise<string> {
  const id = await created(caller, definition);
  const body = { inputs: definition === ECHO ? { text: 'hello' } : {}, response_mode: 'blocking' };
  const result = await caller.need(
    'executeWorkflow',
    { path: { id }, body },
    { what: 'a run to go on with' },
  );
  return textOf(result, 'workflow_run_id');
}

export const isQuestion = ({ data }: ServerSentEvent): boolean => data.includes('"event":"question"');

/** The position of an answer's last event. */
export const lastEventId = ({ events }: Answer): string => events.at(-1)?.id ?? '';

/** A run that waits for an answer; its stream was left at the question. */
export async function asking(caller: Caller, definition: object = ASKS): Promise<string> {
  const id = await created(caller, definition);
  const answer = await caller.call(
    'streamWorkflowExecution',
    { path: { id }, body: { inputs: {}, on_disconnect: 'continue' } },
    { what: 'a run that asks', until: isQuestion },
  );
  return answer.headers.get('x-execution-id') ?? '';
}
