import { createIdentity, createWorkflowExecution, isApiError } from '@flowwire/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

let server: TestServer;
let api: ReturnType<typeof createIdentity>;

beforeAll(async () => {
  server = await openTestServer();
  addOtherTenant(server);
  api = createIdentity({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
});
afterAll(() => server.close());

const newest = async (limit: number) => (await api.listAuditEntries({ query: { limit } })).data;

test('who made, revoked, published and deleted what can be read, newest first', async () => {
  const { key_id: actor } = await api.getPrincipal();
  const key = await api.createKey({ body: { name: 'laptop', permissions: ['READ'] } });
  await api.revokeKey({ path: { key_id: key.id } });
  await api.revokeKey({ path: { key_id: key.id } });
  const app = await api.createApp({ body: { id: 'desk', name: 'Desk' } });
  await api.deleteApp({ path: { app_id: app.id } });
  const workflows = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
  const { id } = await workflows.createWorkflow({ body: shout });
  await workflows.publishWorkflow({ path: { id }, body: { version: 1 } });
  await workflows.takeOffWorkflow({ path: { id } });
  await workflows.deleteWorkflow({ path: { id } });

  const entries = await newest(20);
  expect(entries.reverse().map(({ id: _, created_at: __, ...entry }) => entry)).toEqual([
    { actor, action: 'key.created', target: key.id, details: { name: 'laptop', permissions: ['READ'] } },
    { actor, action: 'key.revoked', target: key.id, details: { name: 'laptop' } },
    {
      actor,
      action: 'app.created',
      target: 'desk',
      details: { name: 'Desk', permissions: ['READ', 'WRITE', 'EXECUTE'] },
    },
    { actor, action: 'app.deleted', target: 'desk', details: {} },
    { actor, action: 'workflow.published', target: id, details: { version: 1 } },
    { actor, action: 'workflow.taken_off', target: id, details: {} },
    { actor, action: 'workflow.deleted', target: id, details: {} },
  ]);
  expect(JSON.stringify(entries)).not.toContain(key.key);
});

test('what was refused is not in it', async () => {
  const before = await newest(1);
  await expect(api.deleteApp({ path: { app_id: 'nobody' } })).rejects.toThrow('404');
  await expect(api.revokeKey({ path: { key_id: 'key_none' } })).rejects.toThrow('404');
  expect(await newest(1)).toEqual(before);
});

test('it is read a page at a time', async () => {
  const all = await newest(100);
  const first = await api.listAuditEntries({ query: { limit: 3 } });
  expect(first).toMatchObject({ has_more: true, data: all.slice(0, 3) });
  const rest = await api.listAuditEntries({ query: { limit: 100, cursor: first.next_cursor ?? '' } });
  expect(rest).toEqual({ has_more: false, data: all.slice(3) });
});

test('a cursor that no page gave is refused', async () => {
  const error: unknown = await api
    .listAuditEntries({ query: { cursor: 'nonsense' } })
    .catch((reason: unknown) => reason);
  expect(isApiError(error) && error.body).toMatchObject({
    code: 'invalid_cursor',
    details: [{ in: 'query', pointer: '/cursor' }],
  });
});

test('another tenant reads none of it', async () => {
  const theirs = createIdentity({ baseUrl: server.url, auth: OTHER_KEY, maxRetries: 0 });
  expect(await theirs.listAuditEntries()).toEqual({ data: [], has_more: false });
});
