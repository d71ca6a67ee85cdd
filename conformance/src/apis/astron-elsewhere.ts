/** What happens to the runs of flows in the workflow-execution API of the same server. */
import { type Caller, StuckError } from '../api.ts';
import { member, textOf } from './bodies.ts';

const RUNS = '/api/workflow/executions';
const LOOKS = 200;
const LOOK_MS = 50;

const get = async (caller: Caller, target: string): Promise<unknown> => {
  const headers = { Authorization: `Bearer ${caller.keys.main()}` };
  return (await caller.send({ method: 'GET', target, headers })).json;
};

const post = (caller: Caller, target: string, body: object) =>
  caller.send({
    method: 'POST',
    target,
    headers: { Authorization: `Bearer ${caller.keys.main()}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

/** Looks until there is something. Throws StuckError when there is nothing in 10 s. */
async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new StuckError('no run came so far');
}

/** The id of the flow's run that is at work. */
const runAtWork = (caller: Caller, flowId: string): Promise<string> =>
  until(async () => {
    const listed = await get(caller, `${RUNS}?workflow_id=${flowId}&status=running`);
    const [run] = [member(listed, 'data')].flat();
    return run === undefined ? undefined : textOf(run, 'id');
  });

/** Cancels the run of a flow as soon as it is at work. */
export async function cancelRun(caller: Caller, flowId: string): Promise<void> {
  await post(caller, `${RUNS}/${await runAtWork(caller, flowId)}/cancel`, {});
}

/** Gives the question of a flow's run up as soon as it is asked. */
export async function giveUpQuestion(caller: Caller, flowId: string): Promise<void> {
  const run = await runAtWork(caller, flowId);
  const question = await until(async () => {
    const [first] = [member(await get(caller, `${RUNS}/${run}`), 'questions')].flat();
    return first === undefined ? undefined : textOf(first, 'question_id');
  });
  await post(caller, `${RUNS}/${run}/answer`, { type: 'give_up', question_id: question });
}
