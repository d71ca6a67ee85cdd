import { join } from 'node:path';
import { createMandas, createWorkflowExecution } from '@flowwire/client';
import type { WorkflowDefinition } from '@flowwire/contract/workflow-execution';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout, twoQuestions } from './support/workflows.ts';

let server: TestServer;
let api: ReturnType<typeof createWorkflowExecution>;

beforeAll(async () => {
  server = await openTestServer();
  api = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
});
afterAll(() => server.close());

const create = async (definition: WorkflowDefinition) => (await api.createWorkflow({ body: definition })).id;

/** start -> code that throws -> end. */
const failing: WorkflowDefinition = {
  name: 'failing',
  nodes: [
    { id: 'start', type: 'start' },
    {
      id: 'broken',
      type: 'code',
      language: 'javascript',
      source: 'function main() { throw new Error("no luck") }',
      inputs: {},
    },
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [
    { from: 'start', to: 'broken' },
    { from: 'broken', to: 'end' },
  ],
};

describe('the table workflow_executions', () => {
  const columns =
    'id, workflow_id, user_id, inputs, outputs, status, error, execution_time_ms, created_at, finished_at';
  const rowOf = (id: string) => {
    const database = new Database(join(server.dataFolder, 'flowwire.sqlite'), { readonly: true });
    const row = database.prepare(`SELECT ${columns} FROM workflow_executions WHERE id = ?`).get(id);
    database.close();
    return row;
  };

  test('has a row of a run that succeeded', async () => {
    const path = { id: await create(shout) };
    const run = await api.executeWorkflow({ path, body: { inputs: { text: 'x' }, user: 'ada' } });
    expect(rowOf(run.workflow_run_id)).toEqual({
      id: run.workflow_run_id,
      workflow_id: path.id,
      user_id: 'ada',
      inputs: '{"text":"x"}',
      outputs: '{"text":"X"}',
      status: 'success',
      error: null,
      execution_time_ms: expect.any(Number),
      created_at: expect.any(Number),
      finished_at: expect.any(Number),
    });
  });

  test('has a row of a run that failed, with its error', async () => {
    const path = { id: await create(failing) };
    const run = await api.executeWorkflow({ path, body: { inputs: {} } });
    expect(run.data.status).toBe('failed');
    expect(rowOf(run.workflow_run_id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('no luck'),
      execution_time_ms: expect.any(Number),
    });
  });
});

test('a task of another API is not listed among the executions, and read by its id', async () => {
  const mandas = createMandas({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
  const agent = { name: 'Sum', type: 'data_analysis' as const, output_fields: ['sum'] };
  const task = await mandas.createTask({ body: { agent, input: { figures: [1, 2] } } });
  const execution_id = task.task_id;
  await api.followExecution({ path: { execution_id } }).result();
  expect((await api.getExecution({ path: { execution_id } })).id).toBe(execution_id);
  const listed = await api.listExecutions({ query: { limit: 100 } });
  expect(listed.data.map(({ id }) => id)).not.toContain(execution_id);
});

describe('progress', () => {
  test('is told as events that never fall, and in the record of the execution', async () => {
    const path = { id: await create(twoQuestions) };
    const told: number[] = [];
    const answers: Promise<unknown>[] = [];
    let half: unknown;
    let execution_id = '';
    for await (const event of api.streamWorkflowExecution({ path, body: { inputs: {} } })) {
      execution_id = event.workflow_run_id;
      if (event.event === 'progress') told.push(event.data.percent);
      if (event.event !== 'question') continue;
      half ??= (await api.getExecution({ path: { execution_id } })).progress;
      const { question_id, choices } = event.data;
      const body = choices?.[0]
        ? { type: 'choice' as const, question_id, choice: choices[0].id }
        : { type: 'text' as const, question_id, text: 'Paris' };
      answers.push(api.answerExecution({ path: { execution_id }, body }));
    }
    await Promise.all(answers);
    expect(half).toEqual({ percent: told[0], finished_nodes: 1, total_nodes: 4 });
    expect(told.at(-1)).toBe(100);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    const { progress } = await api.getExecution({ path: { execution_id } });
    expect(progress).toEqual({ percent: 100, finished_nodes: 4, total_nodes: 4 });
  });
});

test('a body that nests too deep is refused, with a key and without', async () => {
  const id = await create(shout);
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  for (const key of [{}, { 'Idempotency-Key': 'deep' }]) {
    const refused = await fetch(`${server.url}/api/workflow/${id}/execute`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${server.key}`, 'Content-Type': 'application/json', ...key },
      body: `{"inputs":{"text":${deep}}}`,
    });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      code: 'malformed_body',
      message: expect.stringContaining('nests deeper than 1000 levels'),
    });
  }
});
