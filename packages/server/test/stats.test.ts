import { createMandas, createWorkflowExecution } from '@flowwire/client';
import type { WorkflowDefinition } from '@flowwire/contract/workflow-execution';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGate, type Gate } from './support/gate.ts';
import { answer, refuse, startModelStandIn } from './support/model-stand-in.ts';
import { addOtherTenant } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

let standIn: Awaited<ReturnType<typeof startModelStandIn>>;
let server: TestServer;
let api: ReturnType<typeof createWorkflowExecution>;
let theirs: ReturnType<typeof createWorkflowExecution>;
let gate: Gate;

/** Asks the model, which uses 7 and 5 tokens, fails, or waits at the gate, as the input `say` tells. */
const chat: WorkflowDefinition = {
  name: 'chat',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'write', type: 'llm', title: 'Write', messages: [{ role: 'user', content: '{{ start.say }}' }] },
    { id: 'end', type: 'end', outputs: { text: '{{ write.text }}' } },
  ],
  edges: [
    { from: 'start', to: 'write' },
    { from: 'write', to: 'end' },
  ],
};

beforeAll(async () => {
  standIn = await startModelStandIn([
    (request, response) => {
      const said = JSON.stringify(request.body);
      if (said.includes('fail')) return refuse(400)(request, response);
      if (said.includes('wait')) return gate.guard(answer('one two'))(request, response);
      return answer('one two')(request, response);
    },
  ]);
  server = await openTestServer({
    OPENAI_BASE_URL: standIn.baseUrl,
    OPENAI_MODEL: 'stand-in',
    FLOWWIRE_RUN_CONCURRENCY: '1',
  });
  api = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
  theirs = addOtherTenant(server);
});

afterAll(async () => {
  await server.close();
  await standIn.close();
});

const create = async (definition: WorkflowDefinition) => (await api.createWorkflow({ body: definition })).id;

/** Starts a run and leaves it alone. Answers its id. */
async function start(id: string, say: string, priority = 5): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(`${server.url}/api/workflow/${id}/execute/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ inputs: { say }, on_disconnect: 'continue', priority }),
    signal: abort.signal,
  });
  abort.abort();
  return response.headers.get('x-execution-id') ?? '';
}

const end = (execution_id: string) => api.followExecution({ path: { execution_id } }).result();
const NONE = {
  queued: 0,
  running: 0,
  paused: 0,
  waiting: 0,
  success: 0,
  failed: 0,
  cancelled: 0,
  timed_out: 0,
};
const tokens = (runs: number) => ({
  prompt_tokens: 7 * runs,
  completion_tokens: 5 * runs,
  total_tokens: 12 * runs,
});

describe('the queue', () => {
  test('tells what waits, next one first, with its place, and what is under way', async () => {
    const id = await create(chat);
    gate = createGate();
    const running = await start(id, 'wait');
    await gate.reached;
    const low = await start(id, 'hello', 1);
    const high = await start(id, 'hello', 9);
    const queue = await api.listQueue();
    expect(queue).toMatchObject({ queued: 2, running: 1, capacity: 1, has_more: false });
    expect(queue.data).toMatchObject([
      { execution_id: high, workflow_id: id, position: 1, priority: 9 },
      { execution_id: low, workflow_id: id, position: 2, priority: 1 },
    ]);
    expect(queue.data[0]).not.toHaveProperty('estimated_wait_ms');
    const read = (execution_id: string) => api.getExecution({ path: { execution_id } });
    expect(await read(high)).toMatchObject({ status: 'queued', queue_position: 1 });
    expect(await read(low)).toMatchObject({ status: 'queued', queue_position: 2 });
    expect(await read(low)).not.toHaveProperty('estimated_wait_ms');
    expect(await read(running)).not.toHaveProperty('queue_position');
    const first = await api.listQueue({ query: { limit: 1 } });
    const second = await api.listQueue({ query: { limit: 1, cursor: first.next_cursor ?? '' } });
    expect([...first.data, ...second.data].map((one) => one.execution_id)).toEqual([high, low]);
    expect((await api.listQueue({ query: { workflow_id: 'wf_none' } })).data).toEqual([]);
    expect(await theirs.listQueue()).toMatchObject({ data: [], queued: 0, running: 0 });

    gate.open();
    for (const run of [running, low, high]) await end(run);
    expect(await api.listQueue()).toMatchObject({ data: [], queued: 0, running: 0 });
  });

  test('runs in the background and tasks hold no places of others, and tasks are not listed', async () => {
    const mandas = createMandas({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
    const id = await create(chat);
    gate = createGate();
    const running = await start(id, 'wait');
    await gate.reached;
    const task = (await mandas.createTask({ body: { agent: { type: 'data_analysis' }, input: {} } })).task_id;
    const { run_id: behind } = await mandas.startRun({
      path: { workflow_id: id },
      body: { initial_input: { say: 'hello' } },
    });
    const waiting = await start(id, 'hello', 1);
    const { data, queued } = await api.listQueue();
    expect(queued).toBe(2);
    expect(data).toHaveLength(2);
    expect(data).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ execution_id: behind, position: 2 }),
        expect.objectContaining({ execution_id: waiting, position: 1 }),
      ]),
    );
    expect(await api.getExecution({ path: { execution_id: task } })).toMatchObject({ queue_position: 1 });
    gate.open();
    for (const run of [running, task, behind, waiting]) await end(run);
  });

  test('estimates the wait once enough runs have ended', async () => {
    const id = await create(shout);
    for (let run = 0; run < 5; run++)
      await api.executeWorkflow({ path: { id }, body: { inputs: { text: 'x' } } });
    gate = createGate();
    const chats = await create(chat);
    const running = await start(chats, 'wait');
    await gate.reached;
    const waiting = await start(chats, 'hello');
    const { data } = await api.listQueue();
    expect(data).toMatchObject([{ execution_id: waiting, estimated_wait_ms: expect.any(Number) }]);
    expect(await api.getExecution({ path: { execution_id: waiting } })).toMatchObject({
      queue_position: 1,
      estimated_wait_ms: data[0]?.estimated_wait_ms,
    });
    gate.open();
    await end(running);
    await end(waiting);
  });
});

describe('statistics', () => {
  test('count exactly what ran, by workflow, node and day', async () => {
    const id = await create(chat);
    const before = Math.floor(Date.now() / 1000) - 1;
    for (const say of ['hello', 'hello', 'hello', 'fail']) await end(await start(id, say));
    gate = createGate();
    const cancelled = await start(id, 'wait');
    await gate.reached;
    await api.cancelExecution({ path: { execution_id: cancelled } });
    await end(cancelled);

    const stats = await api.getExecutionStats({
      query: { workflow_id: id, created_after: before, group_by: ['workflow', 'node', 'day'] },
    });
    const figures = {
      executions: 5,
      by_status: { ...NONE, success: 3, failed: 1, cancelled: 1 },
      success_rate: 0.6,
      tokens: tokens(3),
    };
    expect(stats).toMatchObject({ created_after: before, totals: figures });
    expect(stats.by_workflow).toMatchObject([{ workflow_id: id, name: 'chat', figures }]);
    expect(stats.by_day?.reduce((sum, { figures: { executions } }) => sum + executions, 0)).toBe(5);
    const nodes = stats.by_node?.map((node) => [node.node_id, node.executions, node.succeeded, node.failed]);
    expect(nodes?.sort()).toEqual([
      ['end', 3, 3, 0],
      ['start', 5, 5, 0],
      ['write', 5, 3, 1],
    ]);
    const write = stats.by_node?.find(({ node_id }) => node_id === 'write');
    expect(write).toMatchObject({
      node_type: 'llm',
      title: 'Write',
      cancelled: 1,
      success_rate: 0.6,
      tokens: tokens(3),
    });
    for (const { execution_time_ms, queue_time_ms } of [stats.totals]) {
      expect(execution_time_ms?.p50).toBeLessThanOrEqual(execution_time_ms?.p95 ?? -1);
      expect(queue_time_ms?.p50).toBeGreaterThanOrEqual(0);
    }
  });

  test('tell nothing of what is outside of the span, of other workflows and of other tenants', async () => {
    const id = await create(shout);
    await api.executeWorkflow({ path: { id }, body: { inputs: { text: 'x' } } });
    const nothing = { totals: { executions: 0, by_status: NONE } };
    expect(await api.getExecutionStats({ query: { workflow_id: id, created_before: 1 } })).toMatchObject(
      nothing,
    );
    expect(await api.getExecutionStats({ query: { workflow_id: 'wf_none' } })).toMatchObject(nothing);
    expect(await theirs.getExecutionStats()).toMatchObject(nothing);
    expect(await api.getExecutionStats({ query: { workflow_id: id } })).toMatchObject({
      totals: { executions: 1, success_rate: 1 },
    });
  });

  test('by day span a year at most', async () => {
    const byDay = (created_before: number) =>
      api.getExecutionStats({ query: { created_after: 0, created_before, group_by: ['day'] } });
    await expect(byDay(366 * 86_400 + 1)).rejects.toMatchObject({ status: 400, code: 'invalid_request' });
    expect(await byDay(366 * 86_400)).toMatchObject({ by_day: [] });
  });
});

describe('metrics', () => {
  test('tell of runs, nodes and tokens', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const sampleOf = (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.slice(series.length + 1),
      );
    expect(sampleOf('flowwire_runs{state="running"}')).toBe(0);
    expect(sampleOf('flowwire_run_duration_seconds_count{status="cancelled"}')).toBe(1);
    expect(sampleOf('flowwire_node_duration_seconds_count{node_type="llm",status="failed"}')).toBe(1);
    expect(sampleOf('flowwire_tokens_total{kind="prompt"}')).toBeGreaterThanOrEqual(21);
    expect(text).toMatch(/flowwire_node_failures_total\{node_type="llm",code="\w+"\} 1/);
  });
});
