import { type Caller, StuckError } from '../api.ts';
import type { Input } from '../wire/request.ts';
import { member, textOf } from './bodies.ts';
import { ASKS } from './workflows.ts';

/** Two agents, one after the other. */
export const AGENTS = {
  name: 'Conformance',
  description: 'Two agents, one after the other.',
  definition_yaml:
    'name: Conformance\ndescription: Two agents\nagents:\n' +
    '  - name: DataAnalyzer\n    type: data_analysis\n' +
    '  - name: ReportGenerator\n    type: report_generation\n',
};

export const TASK = {
  agent: { name: 'DataAnalyzer', type: 'data_analysis' },
  input: { figures: [120, 138] },
};

/** A workflow to go on with. */
export const created = async (caller: Caller, body: object = AGENTS): Promise<string> =>
  textOf(await caller.need('createWorkflow', { body }, { what: 'a workflow to go on with' }), 'id');

const LOOKS = 200;
const LOOK_MS = 50;

/** Looks at a run or task until it has one of these states. */
export async function until(
  caller: Caller,
  operationId: 'getRun' | 'getTask',
  input: Input,
  states: readonly string[],
): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    const { json } = await caller.call(operationId, input, { what: 'one under way' });
    if (states.includes(String(member(json, 'status')))) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new StuckError(operationId);
}

/** A run that has ended. Offline models are quick. */
export async function endedRun(caller: Caller): Promise<string> {
  const path = { workflow_id: await created(caller) };
  const body = { initial_input: { figures: [120, 138] } };
  const started = await caller.need('startRun', { path, body }, { what: 'a run to go on with' });
  const id = textOf(started, 'run_id');
  await until(caller, 'getRun', { path: { run_id: id } }, ['COMPLETED', 'FAILED']);
  return id;
}

/** A task that has ended. */
export async function endedTask(caller: Caller): Promise<string> {
  const id = textOf(
    await caller.need('createTask', { body: TASK }, { what: 'a task to go on with' }),
    'task_id',
  );
  await until(caller, 'getTask', { path: { task_id: id } }, ['COMPLETED', 'FAILED']);
  return id;
}

/** A workflow that is no team of agents, made in the workflow-execution API of the same server. */
export async function executionWorkflow(caller: Caller, definition: object): Promise<string> {
  const answer = await caller.send({
    method: 'POST',
    target: '/api/workflow',
    headers: { Authorization: `Bearer ${caller.keys.main()}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(definition),
  });
  return textOf(answer.json, 'id');
}

/** A run that waits for a person, and so goes on until it is cancelled. */
export async function waitingRun(
  caller: Caller,
): Promise<{ readonly run: string; readonly workflow: string }> {
  const workflow = await executionWorkflow(caller, ASKS);
  const path = { workflow_id: workflow };
  const run = textOf(
    await caller.need('startRun', { path, body: {} }, { what: 'a run that asks' }),
    'run_id',
  );
  await until(caller, 'getRun', { path: { run_id: run } }, ['WAITING']);
  return { run, workflow };
}
