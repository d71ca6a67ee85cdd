import { createMandas, createWorkflowExecution } from '@flowwire/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGate, type Gate } from './support/gate.ts';
import { agentAtWork, ECHO, REPORT, refusal, refusalOf, send, undocumented, walk } from './support/mandas.ts';
import { answer, type ModelScript, refuse, startModelStandIn } from './support/model-stand-in.ts';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout, twoQuestions } from './support/workflows.ts';

/** What a run's input says to the model, so that it waits at the gate, or fails. */
const AT_THE_GATE = 'wait at the gate';
const FAILS = 'cannot be done';

let standIn: Awaited<ReturnType<typeof startModelStandIn>>;
let server: TestServer;
let api: ReturnType<typeof createMandas>;
let native: ReturnType<typeof createWorkflowExecution>;
let gate: Gate;

const speak: ModelScript = (request, response) => {
  const said = JSON.stringify(request.body);
  if (said.includes(AT_THE_GATE)) return gate.guard(answer('at last'))(request, response);
  if (said.includes(FAILS)) return refuse(400)(request, response);
  if (said.includes('analysis_result') && !said.includes('summary'))
    return answer('{"analysis_result":"Up by 12 %."}')(request, response);
  if (said.includes('summary')) return answer('{"report":"All of it.","summary":"Up."}')(request, response);
  return answer('one two')(request, response);
};

const openServer = (environment: Record<string, string> = {}) =>
  openTestServer({ OPENAI_BASE_URL: standIn.baseUrl, OPENAI_MODEL: 'stand-in', ...environment });

beforeAll(async () => {
  standIn = await startModelStandIn([speak]);
  server = await openServer();
  const options = { baseUrl: server.url, auth: server.key, maxRetries: 0 };
  api = createMandas(options);
  native = createWorkflowExecution(options);
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

const at = (run_id: string) => ({ path: { run_id } });
const create = async (definition_yaml: string, name = 'test') =>
  (await api.createWorkflow({ body: { name, definition_yaml } })).id;
const start = async (workflow_id: string, initial_input: Record<string, unknown> = {}) =>
  (await api.startRun({ path: { workflow_id }, body: { initial_input } })).run_id;
const end = (run_id: string) => api.followRun(at(run_id)).result();
const echo = async (say: string) => start(await create(ECHO), { say });

describe('a run', () => {
  test('is queued at once, and comes to the fields of its last agent', async () => {
    const workflow_id = await create(REPORT);
    const path = `/mandas/v2/workflows/${workflow_id}/run`;
    const body = { initial_input: { reader: 'all' } };
    const { status, headers, json } = await send(server, 'POST', path, { body });
    expect({ status, json }).toEqual({
      status: 202,
      json: { run_id: expect.any(String), status: 'QUEUED', message: 'Workflow run has been queued.' },
    });
    const run_id = String(headers.get('location')?.split('/').at(-1));
    await end(run_id);
    const tokens = { total: 12, prompt: 7, completion: 5 };
    const agent = { status: 'COMPLETED', attempts: 1, token_usage: tokens };
    expect(await api.getRun(at(run_id))).toMatchObject({
      id: run_id,
      workflow_id,
      workflow_version: 1,
      status: 'COMPLETED',
      ...body,
      final_output: { report: 'All of it.', summary: 'Up.' },
      progress: { current_step: 2, total_steps: 2, percent: 100 },
      agent_results: [
        {
          ...agent,
          agent_name: 'DataAnalyzer',
          agent_type: 'data_analysis',
          output: { analysis_result: 'Up by 12 %.' },
        },
        { ...agent, agent_name: 'ReportGenerator', agent_type: 'report_generation' },
      ],
      token_usage: { total: 24, prompt: 14, completion: 10 },
    });
    expect(JSON.stringify(standIn.requests.at(-1)?.body)).toContain('Write for all. Up by 12 %.');
  });

  test('tells while it goes on how far it is', async () => {
    const id = await echo(AT_THE_GATE);
    await agentAtWork(api, id);
    const run = await api.getRun(at(id));
    expect(run).toMatchObject({
      status: 'RUNNING',
      progress: { current_step: 1, total_steps: 1, current_agent: 'Echo' },
      agent_results: [{ agent_name: 'Echo', agent_type: 'agent', status: 'RUNNING', attempts: 1 }],
    });
    expect(run.final_output ?? run.completed_at ?? run.duration_ms).toBeUndefined();
    gate.open();
    await end(id);
    expect((await api.getRun(at(id))).final_output).toEqual({ result: 'at last' });
  });

  test('that fails names the agent at fault', async () => {
    const id = await echo(FAILS);
    expect(await end(id)).toMatchObject({ type: 'run.failed', error: { agent_name: 'Echo' } });
    const { status, error, agent_results: results } = await api.getRun(at(id));
    expect({ status, error }).toMatchObject({
      status: 'FAILED',
      error: { code: expect.stringMatching(/^[A-Z_]+$/), agent_name: 'Echo' },
    });
    expect(results).toMatchObject([{ status: 'FAILED', error: { agent_name: 'Echo' } }]);
  });

  test('keeps the version that it started with', async () => {
    const workflow_id = await create(ECHO);
    const id = await start(workflow_id, { say: AT_THE_GATE });
    await agentAtWork(api, id);
    const changed = ECHO.replace('Echo', 'Parrot');
    await api.updateWorkflow({ path: { workflow_id }, body: { name: 'test', definition_yaml: changed } });
    gate.open();
    await end(id);
    const told = async (run_id: string) => {
      const run = await api.getRun(at(run_id));
      return [run.workflow_version, run.agent_results?.map(({ agent_name }) => agent_name)];
    };
    expect(await told(id)).toEqual([1, ['Echo']]);
    const next = await start(workflow_id);
    await end(next);
    expect(await told(next)).toEqual([2, ['Parrot']]);
  });

  test('is started once for one Idempotency-Key, which no other request may have', async () => {
    const path = { workflow_id: await create(ECHO) };
    const once = (key: string, say: string) =>
      api.startRun({ path, headers: { 'Idempotency-Key': key }, body: { initial_input: { say } } });
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => once('run-1', 'hi')));
    for (const other of others) expect(other).toEqual(first);
    expect(await refusalOf(once('run-1', 'ho'))).toEqual(refusal(409, 'IDEMPOTENCY_KEY_REUSED'));
    expect(await api.listRuns({ query: path })).toHaveLength(1);
  });

  test('waits for a person, whom it tells what it asks', async () => {
    const { id: workflow_id } = await native.createWorkflow({ body: twoQuestions });
    const id = await start(workflow_id, { name: 'Ann' });
    const seen: string[] = [];
    for await (const event of api.followRun(at(id)))
      if (event.type === 'run.waiting' && seen.push(event.question.agent_name) === 2) break;
    expect(seen.toSorted()).toEqual(['place', 'post']);
    const { questions } = await api.getRun(at(id));
    expect(questions).toContainEqual(
      expect.objectContaining({ agent_name: 'post', question: 'Which post, Ann?', allow_text: false }),
    );
    await api.cancelRun(at(id));
  });
});

describe('what cannot start is refused', () => {
  test('input that does not fit the workflow, with its place', async () => {
    const { id: workflow_id } = await native.createWorkflow({ body: shout });
    const { status, body } = await refusalOf(start(workflow_id, { text: 5 }));
    expect({ status, body }).toEqual(refusal(400, 'INVALID_INPUT', { workflow_id }));
    expect(body).toMatchObject({
      error: { details: { findings: [{ in: 'body', pointer: '/initial_input/text', code: 'type' }] } },
    });
  });

  test('a workflow whose subflow is gone', async () => {
    const inner = (await native.createWorkflow({ body: shout })).id;
    const { id: workflow_id } = await native.createWorkflow({
      body: {
        name: 'outer',
        nodes: [
          { id: 'start', type: 'start' },
          { id: 'inner', type: 'subflow', workflow: inner, inputs: { text: 'x' } },
          { id: 'end', type: 'end', outputs: {} },
        ],
        edges: [
          { from: 'start', to: 'inner' },
          { from: 'inner', to: 'end' },
        ],
      },
    });
    await api.deleteWorkflow({ path: { workflow_id: inner } });
    expect(await refusalOf(start(workflow_id))).toEqual(refusal(409, 'SUBFLOW_NOT_FOUND', { workflow_id }));
  });
});

describe('cancelling', () => {
  const cancelled = { message: 'Workflow run has been cancelled.', status: 'CANCELLED' };

  test('a run under way is answered when it has stopped; once more is refused', async () => {
    const id = await echo(AT_THE_GATE);
    await agentAtWork(api, id);
    expect(await api.cancelRun(at(id))).toEqual(cancelled);
    expect(await api.getRun(at(id))).toMatchObject({
      status: 'CANCELLED',
      agent_results: [{ agent_name: 'Echo', status: 'CANCELLED' }],
    });
    expect(await refusalOf(api.cancelRun(at(id)))).toEqual(
      refusal(409, 'RUN_ALREADY_FINISHED', { run_id: id, status: 'CANCELLED' }),
    );
  });

  test('a run that has completed is refused', async () => {
    const id = await echo('hi');
    await end(id);
    expect(await refusalOf(api.cancelRun(at(id)))).toEqual(
      refusal(409, 'RUN_ALREADY_FINISHED', { run_id: id, status: 'COMPLETED' }),
    );
  });

  test('what is no run is not found', async () => {
    const gone = refusal(404, 'RUN_NOT_FOUND', { run_id: 'run_x' });
    expect(await refusalOf(api.cancelRun(at('run_x')))).toEqual(gone);
    expect(await refusalOf(api.getRun(at('run_x')))).toEqual(gone);
  });
});

describe('many runs of a tenant', () => {
  const count = async (workflow_id: string, status: 'RUNNING' | 'QUEUED' | 'COMPLETED') =>
    (await api.listRuns({ query: { workflow_id, status, limit: 100 } })).length;

  /** Resolves when so many of a workflow's runs wait at the gate. */
  async function atTheGate(ids: readonly string[], wanted: number): Promise<void> {
    const followed = ids.map((id) => agentAtWork(api, id));
    let begun = 0;
    await new Promise<void>((resolve, reject) => {
      for (const one of followed)
        one.then(() => {
          begun += 1;
          if (begun === wanted) resolve();
        }, reject);
    });
  }

  test('go on ten at a time, and all complete', async () => {
    const workflow_id = await create(ECHO);
    const ids: string[] = [];
    for (let n = 0; n < 25; n += 1) ids.push(await start(workflow_id, { say: AT_THE_GATE }));
    await atTheGate(ids, 10);
    expect(await count(workflow_id, 'RUNNING')).toBe(10);
    expect(await count(workflow_id, 'QUEUED')).toBe(15);

    const [newest = ''] = ids.slice(-1);
    expect(await api.getRun(at(newest))).not.toHaveProperty('progress');
    expect(await api.cancelRun(at(newest))).toMatchObject({ status: 'CANCELLED' });
    expect(await api.getRun(at(newest))).toMatchObject({ status: 'CANCELLED', agent_results: [] });

    expect(await refusalOf(api.deleteWorkflow({ path: { workflow_id } }))).toEqual(
      refusal(409, 'WORKFLOW_HAS_ACTIVE_RUNS', { workflow_id, active_runs: 24 }),
    );
    gate.open();
    await Promise.all(ids.map(end));
    expect(await count(workflow_id, 'COMPLETED')).toBe(24);
    await api.deleteWorkflow({ path: { workflow_id } });
    expect(await api.getRun(at(newest))).toMatchObject({ id: newest, workflow_id });
  });

  test('are walked by the links of their list, newest first', async () => {
    const workflow_id = await create(ECHO);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push(await start(workflow_id));
    await Promise.all(ids.map(end));
    const list = `/mandas/v2/workflows/runs?workflow_id=${workflow_id}&status=COMPLETED&limit=2`;
    expect(await walk(server, list)).toEqual({ ids: ids.toReversed(), pages: 3 });
    expect(await walk(server, list.replace('COMPLETED', 'FAILED'))).toEqual({ ids: [], pages: 1 });
    const [newest] = await api.listRuns({ query: { workflow_id, limit: 1 } });
    expect(newest).toMatchObject({ id: ids.at(-1), final_output: { result: 'one two' } });
    expect(newest).not.toHaveProperty('agent_results');
  });
});

test('a workflow that is gone is not found, though its runs go on, and no word for tasks is one', async () => {
  const workflow_id = await create(ECHO);
  const id = await start(workflow_id, { say: AT_THE_GATE });
  const { task_id } = await api.createTask({
    body: { agent: { type: 'Echo' }, input: { say: AT_THE_GATE } },
  });
  await native.deleteWorkflow({ path: { id: workflow_id } });
  for (const gone of [workflow_id, 'task'])
    expect(await refusalOf(api.deleteWorkflow({ path: { workflow_id: gone } }))).toEqual(
      refusal(404, 'WORKFLOW_NOT_FOUND', { workflow_id: gone }),
    );
  gate.open();
  await Promise.all([id, task_id].map(end));
});

describe('runs of the other APIs', () => {
  test('are listed, read and followed here', async () => {
    const { id } = await native.createWorkflow({ body: shout });
    const body = { inputs: { text: 'hi' } };
    const { workflow_run_id: run_id } = await native.executeWorkflow({ path: { id }, body });
    expect(await api.getRun(at(run_id))).toMatchObject({
      status: 'COMPLETED',
      final_output: { text: 'HI' },
      progress: { total_steps: 1 },
      agent_results: [{ agent_name: 'upper', agent_type: 'template', output: { output: 'HI' } }],
    });
    expect((await api.listRuns({ query: { workflow_id: id } })).map((run) => run.id)).toEqual([run_id]);
    expect(await end(run_id)).toMatchObject({ type: 'run.completed', final_output: { text: 'HI' } });
  });

  test('are of workflows that run here as well, and the other way round', async () => {
    const theirs = await native.createWorkflow({ body: shout });
    const run = await end(await start(theirs.id, { text: 'ho' }));
    expect(run).toMatchObject({ final_output: { text: 'HO' } });
    const ours = await create(ECHO);
    const { data } = await native.executeWorkflow({ path: { id: ours }, body: { inputs: { say: 'hi' } } });
    expect(data.outputs).toEqual({ result: 'one two' });
  });

  test('runs what this API shows, not what another one has published', async () => {
    const { id } = await native.createWorkflow({ body: shout });
    await native.publishWorkflow({ path: { id }, body: { version: 1 } });
    await api.updateWorkflow({ path: { workflow_id: id }, body: { name: 'two', definition_yaml: ECHO } });
    const run_id = await start(id);
    await end(run_id);
    expect((await api.getRun(at(run_id))).workflow_version).toBe(2);
  });
});

test('a run that takes too long ends as timed out', async () => {
  const hasty = await openServer({ FLOWWIRE_BACKGROUND_TIMEOUT_MS: '50' });
  try {
    const theirs = createMandas({ baseUrl: hasty.url, auth: hasty.key, maxRetries: 0 });
    const { id: workflow_id } = await theirs.createWorkflow({
      body: { name: 'slow', definition_yaml: ECHO },
    });
    const body = { initial_input: { say: AT_THE_GATE } };
    const { run_id } = await theirs.startRun({ path: { workflow_id }, body });
    const error = { code: 'RUN_TIMED_OUT', message: expect.any(String) };
    expect(await theirs.followRun(at(run_id)).result()).toMatchObject({ type: 'run.timed_out', error });
    expect(await theirs.getRun(at(run_id))).toMatchObject({ status: 'TIMED_OUT', error });
    expect(undocumented(hasty)).toEqual([]);
  } finally {
    await hasty.close();
  }
});

test("another tenant's runs are not there", async () => {
  addOtherTenant(server);
  const id = await echo('hi');
  await end(id);
  const theirs = createMandas({ baseUrl: server.url, auth: OTHER_KEY, maxRetries: 0 });
  const gone = refusal(404, 'RUN_NOT_FOUND', { run_id: id });
  expect(await refusalOf(theirs.getRun(at(id)))).toEqual(gone);
  expect(await refusalOf(theirs.cancelRun(at(id)))).toEqual(gone);
  expect(await refusalOf(theirs.followRun(at(id)).result())).toEqual(gone);
  expect(await theirs.listRuns()).toEqual([]);
});
