import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createIdentity, createWorkflowExecution, isApiError } from '@flowwire/client';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

const OTHER_KEY = 'fw_key-of-the-other-tenant';

let server: TestServer;
let workflowId: string;
let runId: string;
let keyId: string;

/** Writes the key of a second tenant into the store: no operation makes a tenant. */
function addTenant(folder: string): void {
  const database = new Database(join(folder, 'flowwire.sqlite'));
  database.prepare("INSERT INTO tenants (id, name, created_at) VALUES ('other', 'Other', 1)").run();
  database
    .prepare(
      `INSERT INTO api_keys (id, tenant_id, name, prefix, hash, scopes, created_at)
       VALUES ('key_other', 'other', 'other', 'fw_key-', ?, '["ADMIN"]', 1)`,
    )
    .run(createHash('sha256').update(OTHER_KEY).digest('hex'));
  database.close();
}

beforeAll(async () => {
  server = await openTestServer();
  addTenant(server.dataFolder);
  const options = { baseUrl: server.url, auth: server.key };
  const api = createWorkflowExecution(options);
  workflowId = (await api.createWorkflow({ body: shout })).id;
  runId = (await api.executeWorkflow({ path: { id: workflowId }, body: { inputs: { text: 'x' } } }))
    .workflow_run_id;
  keyId = (await createIdentity(options).createKey({ body: { name: 'one', permissions: ['READ'] } })).id;
});

afterAll(() => server.close());

const theirs = () => createWorkflowExecution({ baseUrl: server.url, auth: OTHER_KEY, maxRetries: 0 });
const theirIdentity = () => createIdentity({ baseUrl: server.url, auth: OTHER_KEY, maxRetries: 0 });

describe('another tenant', () => {
  test.each([
    ['getWorkflow', () => theirs().getWorkflow({ path: { id: workflowId } })],
    [
      'executeWorkflow',
      () => theirs().executeWorkflow({ path: { id: workflowId }, body: { inputs: { text: 'x' } } }),
    ],
    [
      'streamWorkflowExecution',
      () =>
        theirs()
          .streamWorkflowExecution({ path: { id: workflowId }, body: { inputs: { text: 'x' } } })
          .result(),
    ],
    ['getExecution', () => theirs().getExecution({ path: { execution_id: runId } })],
    [
      'followExecution',
      () =>
        theirs()
          .followExecution({ path: { execution_id: runId } })
          .result(),
    ],
    ['cancelExecution', () => theirs().cancelExecution({ path: { execution_id: runId } })],
    ['revokeKey', () => theirIdentity().revokeKey({ path: { key_id: keyId } })],
  ])('is told by %s that there is no such thing', async (_operation, call) => {
    const error: unknown = await call().catch((reason: unknown) => reason);
    expect(isApiError(error) && error.status).toBe(404);
  });

  test('sees none of the workflows, runs and keys in its lists', async () => {
    expect((await theirs().listWorkflows()).data).toEqual([]);
    expect((await theirs().listExecutions()).data).toEqual([]);
    expect((await theirIdentity().listKeys()).data.map(({ id }) => id)).toEqual(['key_other']);
  });

  test('may use an Idempotency-Key that this tenant used', async () => {
    const headers = { 'Idempotency-Key': 'shared' };
    const ours = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
    const body = { inputs: { text: 'x' } };
    const first = await ours.executeWorkflow({ path: { id: workflowId }, headers, body });
    const { id } = await theirs().createWorkflow({ body: shout });
    const second = await theirs().executeWorkflow({ path: { id }, headers, body });
    expect(second.workflow_run_id).not.toBe(first.workflow_run_id);
  });

  test('is not told what an Idempotency-Key of this tenant was answered', async () => {
    const headers = { 'Idempotency-Key': 'shared answer' };
    const ours = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
    const mine = await ours.createWorkflow({ headers, body: shout });
    const second = await theirs().createWorkflow({ headers, body: shout });
    expect(second.id).not.toBe(mine.id);
  });
});
