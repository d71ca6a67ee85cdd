import { createMandas } from '@flowwire/client';
import type { TaskAgent } from '@flowwire/contract/mandas';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGate, type Gate } from './support/gate.ts';
import {
  agentAtWork,
  ECHO,
  eventsIn,
  refusal,
  refusalOf,
  send,
  undocumented,
  walk,
} from './support/mandas.ts';
import { answer, type ModelScript, startModelStandIn } from './support/model-stand-in.ts';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

const AT_THE_GATE = 'wait at the gate';

let standIn: Awaited<ReturnType<typeof startModelStandIn>>;
let server: TestServer;
let api: ReturnType<typeof createMandas>;
let gate: Gate;

const speak: ModelScript = (request, response) => {
  const said = JSON.stringify(request.body);
  if (said.includes(AT_THE_GATE)) return gate.guard(answer('at last'))(request, response);
  if (said.includes('analysis_result')) return answer('{"analysis_result":"Up."}')(request, response);
  return answer('one two')(request, response);
};

beforeAll(async () => {
  standIn = await startModelStandIn([speak]);
  server = await openTestServer({ OPENAI_BASE_URL: standIn.baseUrl, OPENAI_MODEL: 'stand-in' });
  api = createMandas({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
});

beforeEach(() => {
  gate = createGate();
});

afterEach(() => {
  gate.open();
  expect(undocumented(server)).toEqual([]);
});

afterAll(async () => {
  await server.close();
  await standIn.close();
});

const TASKS = '/mandas/v1/tasks';
const at = (task_id: string) => ({ path: { task_id } });
const agent: TaskAgent = { type: 'data_analysis' };
const create = async (input: Record<string, unknown> = {}, more: Partial<TaskAgent> = {}) =>
  (await api.createTask({ body: { agent: { ...agent, ...more }, input } })).task_id;
const end = (run_id: string) => api.followRun({ path: { run_id } }).result();

describe('a task', () => {
  test('runs one agent, and comes to its fields', async () => {
    const fields = { name: 'DataAnalyzer', output_fields: ['analysis_result'] };
    const body = { agent: { ...agent, ...fields }, input: { figures: [120, 138, 151] } };
    const { status, headers, json } = await send(server, 'POST', TASKS, { body });
    expect({ status, json }).toEqual({
      status: 202,
      json: { task_id: expect.any(String), status: 'QUEUED', message: 'Task has been queued.' },
    });
    const id = String(headers.get('location')?.split('/').at(-1));
    await end(id);
    expect((await send(server, 'GET', headers.get('location') ?? '')).json).toMatchObject({
      id,
      agent_name: 'DataAnalyzer',
      agent_type: 'data_analysis',
      status: 'COMPLETED',
      input: body.input,
      output: { analysis_result: 'Up.' },
      token_usage: { total: 12, prompt: 7, completion: 5 },
    });
    const said = JSON.stringify(standIn.requests.at(-1)?.body);
    expect(said).toContain('Your kind of work is data analysis.');
    expect(said).toContain('[120,138,151]');
  });

  test('is named by its type where it has no name, and comes to text where it names no fields', async () => {
    const id = await create({ say: 'hi' }, { instructions: 'Repeat {{ initial_input.say }}.' });
    await end(id);
    expect(await api.getTask(at(id))).toMatchObject({
      agent_name: 'data_analysis',
      output: { text: 'one two' },
    });
    expect(JSON.stringify(standIn.requests.at(-1)?.body)).toContain('Repeat hi.');
  });

  test('is followed like a run', async () => {
    const id = await create();
    const events = await eventsIn(server, `/mandas/v2/workflows/runs/${id}/events`);
    const types = events.map(({ data }) => Object(data).type);
    expect(types).toContain('agent.output_delta');
    expect(events.at(-1)?.data).toMatchObject({
      type: 'run.completed',
      run_id: id,
      workflow_id: 'task',
      final_output: { text: 'one two' },
    });
  });

  test('is started once for one Idempotency-Key, which no other task may have', async () => {
    const once = (say: string) =>
      api.createTask({ headers: { 'Idempotency-Key': 'task-1' }, body: { agent, input: { say } } });
    const first = await once('hi');
    expect(await once('hi')).toEqual(first);
    expect(await refusalOf(once('ho'))).toEqual(refusal(409, 'IDEMPOTENCY_KEY_REUSED'));
  });

  test('is cancelled, but only once', async () => {
    const id = await create({ say: AT_THE_GATE });
    await agentAtWork(api, id);
    expect(await api.getTask(at(id))).toMatchObject({ status: 'RUNNING' });
    expect(await api.cancelTask(at(id))).toEqual({
      message: 'Task has been cancelled.',
      status: 'CANCELLED',
    });
    expect(await refusalOf(api.cancelTask(at(id)))).toEqual(
      refusal(409, 'TASK_ALREADY_FINISHED', { task_id: id, status: 'CANCELLED' }),
    );
  });

  test('waits with the runs for one of ten places', async () => {
    const body = { name: 'test', definition_yaml: ECHO };
    const { id: workflow_id } = await api.createWorkflow({ body });
    const startRun = async () =>
      (await api.startRun({ path: { workflow_id }, body: { initial_input: { say: AT_THE_GATE } } })).run_id;
    const runs = await Promise.all(Array.from({ length: 10 }, startRun));
    await Promise.all(runs.map((run_id) => agentAtWork(api, run_id)));
    const id = await create();
    expect((await api.getTask(at(id))).status).toBe('QUEUED');
    gate.open();
    expect(await end(id)).toMatchObject({ status: 'COMPLETED' });
    await Promise.all(runs.map(end));
  });
});

describe('an agent with faults is refused', () => {
  const faultOf = async (call: Promise<unknown>) => {
    const { status, body } = await refusalOf(call);
    expect({ status, body }).toEqual(refusal(400, 'VALIDATION_ERROR'));
    return body;
  };

  test.each([
    ['/agent/instructions', { instructions: 'Write {{ nonsense' }],
    ['/agent/description', { description: '{{ Nobody.output }}' }],
    ['/agent/name', { name: 'initial_input' }],
  ])('at %s', async (pointer, more) => {
    expect(await faultOf(create({}, more))).toMatchObject({
      error: { details: { findings: [{ in: 'body', pointer, code: 'definition' }] } },
    });
  });

  test.each([
    ['no type', { agent: {} }],
    ['no agent', {}],
    ['too many attempts', { agent: { ...agent, max_attempts: 11 } }],
    ['fields that are none', { agent: { ...agent, output_fields: ['a b'] } }],
  ])('with %s', async (_name, body) => {
    const { status, json } = await send(server, 'POST', TASKS, { body });
    expect({ status, body: json }).toEqual(refusal(400, 'VALIDATION_ERROR'));
  });

  test('with input that nests too deep', async () => {
    const deep = `{"agent":{"type":"x"},"input":{"a":${'['.repeat(250)}${']'.repeat(250)}}}`;
    const { status, json } = await send(server, 'POST', TASKS, { body: deep });
    expect({ status, body: json }).toEqual(refusal(400, 'VALIDATION_ERROR'));
    expect(json).toMatchObject({ error: { details: { findings: [{ pointer: '/input' }] } } });
  });
});

describe('tasks and runs', () => {
  test('are lists of their own', async () => {
    const before = (await api.listTasks({ query: { limit: 100 } })).length;
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push(await create());
    await Promise.all(ids.map(end));
    const { ids: walked, pages } = await walk(server, `${TASKS}?status=COMPLETED&limit=1`);
    expect(walked.slice(0, 3)).toEqual(ids.toReversed());
    expect(pages).toBe(walked.length);
    expect(await api.listTasks({ query: { limit: 100 } })).toHaveLength(before + 3);
    expect((await api.listRuns({ query: { limit: 100 } })).map(({ id }) => id)).not.toContain(ids[0]);
  });

  test('are not found as the other', async () => {
    const task_id = await create();
    await end(task_id);
    const noRun = refusal(404, 'RUN_NOT_FOUND', { run_id: task_id });
    expect(await refusalOf(api.getRun({ path: { run_id: task_id } }))).toEqual(noRun);
    expect(await refusalOf(api.cancelRun({ path: { run_id: task_id } }))).toEqual(noRun);
    const body = { name: 'test', definition_yaml: ECHO };
    const { id: workflow_id } = await api.createWorkflow({ body });
    const { run_id } = await api.startRun({ path: { workflow_id }, body: {} });
    const noTask = refusal(404, 'TASK_NOT_FOUND', { task_id: run_id });
    expect(await refusalOf(api.getTask(at(run_id)))).toEqual(noTask);
    expect(await refusalOf(api.cancelTask(at(run_id)))).toEqual(noTask);
    await end(run_id);
  });

  test('of another tenant are not there', async () => {
    addOtherTenant(server);
    const id = await create();
    await end(id);
    const theirs = createMandas({ baseUrl: server.url, auth: OTHER_KEY, maxRetries: 0 });
    const gone = refusal(404, 'TASK_NOT_FOUND', { task_id: id });
    expect(await refusalOf(theirs.getTask(at(id)))).toEqual(gone);
    expect(await refusalOf(theirs.cancelTask(at(id)))).toEqual(gone);
    const events = theirs.followRun({ path: { run_id: id } }).result();
    expect(await refusalOf(events)).toEqual(refusal(404, 'RUN_NOT_FOUND', { run_id: id }));
    expect(await theirs.listTasks()).toEqual([]);
  });
});
