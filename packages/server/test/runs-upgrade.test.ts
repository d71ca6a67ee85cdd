import { join } from 'node:path';
import { createWorkflowExecution } from '@flowwire/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropSchema, findPostgres } from '../src/store/laws/backends.ts';
import { fillDurableRuns, OLD_SECRET_KEY } from '../src/store/laws/older-releases.ts';
import type { Backend } from '../src/store/store.ts';
import { dataFolder, openTestServer, type TestServer } from './support/reference-server.ts';

const found = await findPostgres();
const url = 'url' in found ? found.url : '';
const missing = 'missing' in found ? found.missing : undefined;
const schema = `upgrade_${process.pid}_${Date.now()}`;

const at = (execution_id: string) => ({ path: { execution_id } });

/** What a server that was killed in the middle of its work left, opened by this one. */
function upgradeTests(prepare: () => Promise<{ target: Backend; environment: Record<string, string> }>) {
  let server: TestServer;
  let api: ReturnType<typeof createWorkflowExecution>;
  beforeAll(async () => {
    const { target, environment } = await prepare();
    await fillDurableRuns(target, Date.now());
    server = await openTestServer({ FLOWWIRE_SECRET_KEY: OLD_SECRET_KEY, ...environment });
    api = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
  });
  afterAll(() => server.close());

  const finish = async (id: string) => (await api.followExecution(at(id)).result()).data;

  /** The id of the workflow that a run is of. */
  const workflowOf = async (id: string) => (await api.getExecution(at(id))).workflow_id;

  test('a run that waited takes the answer to its other question, and ends', async () => {
    const { questions = [] } = await api.getExecution(at('run_waiting'));
    expect(questions).toMatchObject([{ node_id: 'post', question: 'Which post, Ada?' }]);
    const [open] = questions;
    await api.answerExecution({
      ...at('run_waiting'),
      body: { type: 'choice', question_id: open?.question_id ?? '', choice: 'research' },
    });
    expect(await finish('run_waiting')).toMatchObject({
      status: 'succeeded',
      outputs: { post: 'research', place: 'Bremen' },
    });
  });

  test('a run that was paused goes on to its questions', async () => {
    await api.resumeExecution(at('run_paused'));
    await expect.poll(async () => (await api.getExecution(at('run_paused'))).status).toBe('waiting');
    const { questions = [] } = await api.getExecution(at('run_paused'));
    expect(questions.map(({ node_id }) => node_id)).toEqual(['post', 'place']);
    await api.cancelExecution(at('run_paused'));
  });

  test('runs that were queued or at work when the server died come to their end', async () => {
    expect(await finish('run_queued')).toMatchObject({ status: 'succeeded', outputs: { text: 'QUEUED' } });
    expect(await finish('run_running')).toMatchObject({ status: 'succeeded' });
    const { nodes } = await api.getExecution(at('run_running'));
    expect(nodes).toMatchObject([
      { node_id: 'start', attempts: 1 },
      { node_id: 'first', attempts: 2 },
      { node_id: 'second' },
      { node_id: 'end' },
    ]);
  });

  test('runs that had ended are read and followed as before', async () => {
    const { data } = await api.listExecutions({ query: { status: 'success', created_before: 2 ** 33 } });
    expect(data.map(({ id }) => id)).toContain('run_succeeded');
    for (const [id, status] of [
      ['run_succeeded', 'succeeded'],
      ['run_failed', 'failed'],
      ['run_cancelled', 'cancelled'],
      ['run_timed-out', 'timed_out'],
    ] as const) {
      expect(await finish(id)).toMatchObject({ status });
      expect((await api.getExecution(at(id))).nodes.length).toBeGreaterThan(0);
    }
    expect(await finish('run_succeeded')).toMatchObject({ outputs: { text: "IT'S \u0000 ✓" } });
  });

  test('a request that is repeated with its key finds the run of the earlier release', async () => {
    const request = {
      path: { id: await workflowOf('run_succeeded') },
      headers: { 'Idempotency-Key': 'once only' },
      body: { inputs: { text: "it's \u0000 ✓" } },
    };
    expect(await api.executeWorkflow(request)).toMatchObject({ workflow_run_id: 'run_succeeded' });
    const other = api.executeWorkflow({ ...request, body: { inputs: { text: 'another' } } });
    await expect(other).rejects.toMatchObject({ status: 409, code: 'idempotency_key_reused' });
  });

  test('a failed run of the earlier release is restarted', async () => {
    const restarted = await api.restartExecution(at('run_failed'));
    expect(restarted).toMatchObject({ reused_from: 'run_failed' });
    expect(await finish(restarted.id)).toMatchObject({ status: 'failed', error: { message: /it broke/ } });
  });

  test('a workflow has its versions, and runs the one that was published', async () => {
    const id = await workflowOf('run_succeeded');
    const workflow = await api.getWorkflow({ path: { id } });
    expect(workflow).toMatchObject({ name: 'shout louder', version: 2, published_version: 1 });
    const run = await api.executeWorkflow({ path: { id }, body: { inputs: { text: 'new' } } });
    expect(run.data).toMatchObject({ outputs: { text: 'NEW' } });
    expect(await api.getExecution(at(run.workflow_run_id))).toMatchObject({ version: 1 });
  });

  test('a conversation goes on with its variables', async () => {
    const path = { id: await workflowOf('run_of-a-conversation') };
    const run = await api.executeWorkflow({ path, body: { inputs: {}, conversation_id: 'talk' } });
    expect(run.data).toMatchObject({ outputs: { times: 2 } });
  });

  test('schedules and secrets are there', async () => {
    const { data } = await api.listSchedules();
    expect(data).toMatchObject([{ cron: '0 9 1 1 *', time_zone: 'Europe/Berlin', enabled: true }]);
    expect(await api.listSecrets()).toMatchObject({ data: [{ name: 'TOKEN' }] });
  });
}

describe('a database of the second release, on SQLite', () => {
  let folder: Awaited<ReturnType<typeof dataFolder>>;
  afterAll(() => folder.remove());
  upgradeTests(async () => {
    folder = await dataFolder();
    const target = { kind: 'sqlite', file: join(folder.path, 'flowwire.sqlite') } as const;
    return { target, environment: { FLOWWIRE_DATA_DIR: folder.path } };
  });
});

describe.skipIf(missing)(
  missing ? `PostgreSQL (${missing})` : 'a database of the second release, on PostgreSQL',
  () => {
    afterAll(() => dropSchema(url, schema));
    upgradeTests(async () => ({
      target: { kind: 'postgres', url, schema },
      environment: { DATABASE_URL: url, DATABASE_SCHEMA: schema },
    }));
  },
);
