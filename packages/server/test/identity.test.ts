import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bearer, expiredKey, identityOf, refusal, send } from './support/identity.ts';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

let server: TestServer;
let api: ReturnType<typeof identityOf>;

beforeAll(async () => {
  server = await openTestServer();
  addOtherTenant(server);
  api = identityOf(server);
});
afterAll(() => server.close());

const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('keys', () => {
  test('are made, used, listed and revoked', async () => {
    const created = await api.createKey({ body: { name: 'laptop', permissions: ['READ', 'EXECUTE'] } });
    expect(created.key.startsWith(created.prefix)).toBe(true);
    expect(await identityOf(server, created.key).getPrincipal()).toEqual({
      tenant_id: 'dev',
      key_id: created.id,
      permissions: ['READ', 'EXECUTE'],
    });
    const find = async () => (await api.listKeys()).data.find(({ id }) => id === created.id);
    const { key: _, ...shown } = created;
    const listed = await find();
    expect(listed).toMatchObject(shown);
    expect(listed?.last_used_at).toBeGreaterThanOrEqual(created.created_at);
    await api.revokeKey({ path: { key_id: created.id } });
    const revokedAt = (await find())?.revoked_at;
    expect(revokedAt).toBeGreaterThanOrEqual(created.created_at);
    await api.revokeKey({ path: { key_id: created.id } });
    expect((await find())?.revoked_at).toBe(revokedAt);
    expect(await refusal(identityOf(server, created.key).getPrincipal())).toMatchObject({
      status: 401,
      body: { code: 'unauthorized' },
    });
  });

  test('are told once, in an answer that nobody keeps', async () => {
    const body = { name: 'once', permissions: ['READ'] };
    const { status, headers } = await send(server, 'POST', '/identity/keys', {
      headers: bearer(server.key),
      body,
    });
    expect({ status, kept: headers.get('cache-control') }).toEqual({ status: 201, kept: 'no-store' });
  });

  test('are not made with an end that has passed', async () => {
    const expires_at = nowSeconds() - 1;
    const making = api.createKey({ body: { name: 'late', permissions: ['READ'], expires_at } });
    expect(await refusal(making)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', details: [{ in: 'body', pointer: '/expires_at' }] },
    });
    expect((await api.listKeys()).data.map(({ name }) => name)).not.toContain('late');
  });

  test('are refused once they have expired', async () => {
    expect(await refusal(identityOf(server, await expiredKey(server)).getPrincipal())).toMatchObject({
      status: 401,
      body: { code: 'unauthorized' },
    });
  });

  test.each<[name: string, body: unknown, pointer: string]>([
    ['no name', { permissions: ['READ'] }, '/name'],
    ['no permissions', { name: 'x', permissions: [] }, '/permissions'],
    ['a permission that is not known', { name: 'x', permissions: ['ROOT'] }, '/permissions/0'],
    ['one permission twice', { name: 'x', permissions: ['READ', 'READ'] }, '/permissions'],
    ['another tenant', { name: 'x', permissions: ['READ'], tenant_id: 'other' }, '/tenant_id'],
  ])('are not made with %s', async (_, body, pointer) => {
    const answer = await send(server, 'POST', '/identity/keys', { headers: bearer(server.key), body });
    expect(answer).toMatchObject({
      status: 400,
      json: { code: 'invalid_request', details: [{ in: 'body', pointer }] },
    });
  });

  test('without ADMIN manage nothing, but end themselves', async () => {
    const permissions = ['READ', 'WRITE', 'EXECUTE'] as const;
    const { id, key } = await api.createKey({ body: { name: 'plain', permissions: [...permissions] } });
    const theirs = identityOf(server, key);
    const { key_id } = await api.getPrincipal();
    const calls = [
      () => theirs.listKeys(),
      () => theirs.createKey({ body: { name: 'more', permissions: ['ADMIN'] } }),
      () => theirs.listApps(),
      () => theirs.createApp({ body: { name: 'more' } }),
      () => theirs.deleteApp({ path: { app_id: 'any' } }),
      () => theirs.listAuditEntries(),
      () => theirs.revokeKey({ path: { key_id } }),
      () => theirs.revokeKey({ path: { key_id: 'key_none' } }),
    ];
    for (const call of calls)
      expect(await refusal(call())).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    await theirs.revokeKey({ path: { key_id: id } });
    expect(await refusal(theirs.getPrincipal())).toMatchObject({ status: 401 });
  });

  test('of another tenant cannot be seen or revoked', async () => {
    const { id } = await api.createKey({ body: { name: 'ours', permissions: ['READ'] } });
    const theirs = identityOf(server, OTHER_KEY);
    expect((await theirs.listKeys()).data.map(({ id: each }) => each)).toEqual(['key_other']);
    expect(await refusal(theirs.revokeKey({ path: { key_id: id } }))).toMatchObject({
      status: 404,
      body: { code: 'key_not_found', message: `There is no key ${id}.` },
    });
  });

  test('are refused with what a challenge says, and with the shape of the document', async () => {
    const { status, json, headers } = await send(server, 'GET', '/identity/me');
    expect({ status, json }).toMatchObject({ status: 401, json: { code: 'unauthorized', status: 401 } });
    expect(headers.get('www-authenticate')).toBe('Bearer, ApiKey');
    const tooLong = await send(server, 'DELETE', `/identity/keys/${'x'.repeat(129)}`, {
      headers: bearer(server.key),
    });
    expect(tooLong).toMatchObject({ status: 400, json: { details: [{ in: 'path', pointer: '/key_id' }] } });
    expect(await send(server, 'PUT', '/identity/keys', { headers: bearer(server.key) })).toMatchObject({
      status: 405,
      json: { code: 'method_not_allowed' },
    });
    expect(await send(server, 'GET', '/identity/nothing')).toMatchObject({
      status: 404,
      json: { code: 'route_not_found' },
    });
  });
});

describe('apps', () => {
  test('are registered under their own id or a new one, listed and deleted', async () => {
    const id = `desk-${randomUUID()}`;
    const app = await api.createApp({ body: { id, name: 'Help desk', permissions: ['READ'] } });
    expect(app).toMatchObject({ id, name: 'Help desk', permissions: ['READ'] });
    const other = await api.createApp({ body: { name: 'Unnamed' } });
    expect(other.id).toMatch(/^app_/);
    expect(other.permissions).toEqual(['READ', 'WRITE', 'EXECUTE']);
    expect((await api.listApps()).data).toEqual(expect.arrayContaining([app, other]));
    await api.deleteApp({ path: { app_id: id } });
    expect((await api.listApps()).data).not.toContainEqual(app);
    expect(await refusal(api.deleteApp({ path: { app_id: id } }))).toMatchObject({
      status: 404,
      body: { code: 'app_not_found', message: `There is no app ${id}.` },
    });
  });

  test('have an id of their own on the whole server, and nobody is told whose it is', async () => {
    const id = `taken-${randomUUID()}`;
    await identityOf(server, OTHER_KEY).createApp({ body: { id, name: 'Theirs' } });
    const [ours, theirs] = [api, identityOf(server, OTHER_KEY)].map((client) =>
      refusal(client.createApp({ body: { id, name: 'Again' } })),
    );
    const body = { code: 'app_exists', message: `The id ${id} is taken.`, status: 409 };
    expect(await ours).toEqual({ status: 409, body });
    expect(await theirs).toEqual({ status: 409, body });
    expect(await refusal(api.deleteApp({ path: { app_id: id } }))).toMatchObject({ status: 404 });
    expect((await api.listApps()).data.map((app) => app.id)).not.toContain(id);
  });

  test.each([
    ['of a key', 'key_1'],
    ['of the command line', 'cli'],
    ['with a slash', 'a/b'],
    ['that a URL would not keep', '..'],
    ['with a space', 'a b'],
    ['that is too long', 'x'.repeat(129)],
    ['that is empty', ''],
  ])('do not get an id %s', async (_, id) => {
    expect(await refusal(api.createApp({ body: { id, name: 'x' } }))).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_request',
        details: expect.arrayContaining([expect.objectContaining({ in: 'body', pointer: '/id' })]),
      },
    });
  });
});
