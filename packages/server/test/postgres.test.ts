import { createWorkflowExecution } from '@flowwire/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropSchema, findPostgres } from '../src/store/laws/backends.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

const found = await findPostgres();
const url = 'url' in found ? found.url : '';
const missing = 'missing' in found ? found.missing : undefined;
const schema = `server_${process.pid}_${Date.now()}`;

describe.skipIf(missing)(missing ? `PostgreSQL (${missing})` : 'the server on PostgreSQL', () => {
  let server: TestServer;
  const open = async () => {
    server = await openTestServer({ DATABASE_URL: url, DATABASE_SCHEMA: schema });
    return createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
  };
  let api: Awaited<ReturnType<typeof open>>;

  beforeAll(async () => {
    api = await open();
  });
  afterAll(async () => {
    await server.close();
    await dropSchema(url, schema);
  });

  test('runs, lists, reads and follows as it does on SQLite, also after a restart', async () => {
    const { id } = await api.createWorkflow({ body: shout });
    const path = { id };
    const run = await api.executeWorkflow({ path, body: { inputs: { text: 'hello' } } });
    expect(run.data).toMatchObject({ status: 'succeeded', outputs: { text: 'HELLO' } });

    await server.close();
    api = await open();
    const execution = { execution_id: run.workflow_run_id };
    const detail = await api.getExecution({ path: execution });
    expect(detail.nodes.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    const listed = await api.listExecutions({ query: { workflow_id: id, status: 'success' } });
    expect(listed.data.map((one) => one.id)).toEqual([run.workflow_run_id]);
    const end = await api.followExecution({ path: execution }).result();
    expect(end.data).toEqual(run.data);
  });

  test('a text with NUL in an id is a fault of the request, not of the server', async () => {
    const failing = api.getWorkflow({ path: { id: 'a\u0000b' } });
    await expect(failing).rejects.toMatchObject({ status: 400, code: 'invalid_request' });
  });
});
