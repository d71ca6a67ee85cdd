import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bearer, identityOf, send } from './support/identity.ts';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

let server: TestServer;
let api: ReturnType<typeof identityOf>;

beforeAll(async () => {
  server = await openTestServer();
  api = identityOf(server);
});
afterAll(() => server.close());

describe('the consumer header', () => {
  const PROXY = { FLOWWIRE_TRUSTED_PROXIES: '127.0.0.1', NODE_ENV: 'production' };
  const INFO = '/workflow/v1/get_flow_info/wf_none';
  const spellings = ['x-consumer-username', 'x_consumer_username'];

  test.each(spellings)('%s names an app from loopback, which is then registered', async (header) => {
    const id = `${header}-${randomUUID()}`;
    const { status } = await send(server, 'GET', INFO, { headers: { [header]: id } });
    expect(status).toBe(200);
    expect((await api.listApps()).data).toContainEqual(
      expect.objectContaining({ id, permissions: ['READ', 'WRITE', 'EXECUTE'] }),
    );
  });

  test('proves nothing in production, from loopback either', async () => {
    const own = await openTestServer({ NODE_ENV: 'production' });
    for (const header of spellings)
      expect(await send(own, 'GET', INFO, { headers: { [header]: 'desk' } })).toMatchObject({
        status: 401,
      });
    await own.close();
  });

  test.each(spellings)(
    '%s of a trusted proxy names registered apps, until they are deleted',
    async (header) => {
      const own = await openTestServer(PROXY);
      const admin = identityOf(own);
      const ask = async (method = 'GET', path = INFO) =>
        (
          await send(own, method, path, {
            headers: { [header]: 'desk' },
            ...(method === 'POST' && { body: {} }),
          })
        ).status;
      expect(await ask()).toBe(401);
      await admin.createApp({ body: { id: 'desk', name: 'Desk', permissions: ['READ'] } });
      expect(await ask()).toBe(200);
      expect(await ask('POST', '/workflow/v1/layout/add')).toBe(403);
      await admin.deleteApp({ path: { app_id: 'desk' } });
      expect(await ask()).toBe(401);
      await own.close();
    },
  );

  test('acts for the tenant of its app alone', async () => {
    addOtherTenant(server);
    await identityOf(server, OTHER_KEY).createApp({ body: { id: 'theirs', name: 'Theirs' } });
    const ask = async (headers: Record<string, string>) => {
      const body = { flow_id: 'wf_resume-review' };
      return (await send(server, 'POST', '/workflow/v1/layout/get', { headers, body })).json;
    };
    const ours = await ask(bearer(server.key));
    expect(await ask({ 'x-consumer-username': 'theirs' })).toMatchObject({ code: 1006 });
    expect(ours).not.toMatchObject({ code: 1006 });
  });

  test('is for the astron API alone', async () => {
    const headers = { 'x-consumer-username': 'desk' };
    for (const path of ['/identity/me', '/api/workflow'])
      expect(await send(server, 'GET', path, { headers })).toMatchObject({ status: 401 });
  });

  test('stands back behind a good key, which may have a secret with it', async () => {
    const id = `unseen-${randomUUID()}`;
    const headers = { ...bearer(`${server.key}:secret`), 'x-consumer-username': id };
    expect(await send(server, 'GET', INFO, { headers })).toMatchObject({ status: 200 });
    expect((await api.listApps()).data.map((app) => app.id)).not.toContain(id);
    expect(
      await send(server, 'GET', '/identity/me', { headers: bearer(`${server.key}:secret`) }),
    ).toMatchObject({
      status: 401,
    });
  });
});
