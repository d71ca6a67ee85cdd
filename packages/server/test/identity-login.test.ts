import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createIdentity } from '@flowwire/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bearer, expiredKey, identityOf, logIn, refusal, send } from './support/identity.ts';
import { dataFolder, openTestServer, type TestServer } from './support/reference-server.ts';

let server: TestServer;
let api: ReturnType<typeof identityOf>;

beforeAll(async () => {
  server = await openTestServer();
  api = identityOf(server);
});
afterAll(() => server.close());

const nowSeconds = () => Math.floor(Date.now() / 1000);

describe('login', () => {
  test('gives a cookie that stands for the key, and says until when', async () => {
    const { id, key } = await api.createKey({ body: { name: 'page', permissions: ['READ', 'WRITE'] } });
    const before = nowSeconds();
    const { status, json, headers, setCookie, cookie } = await logIn(server, key);
    expect({ status, json }).toMatchObject({
      status: 200,
      json: { tenant_id: 'dev', key_id: id, permissions: ['READ', 'WRITE'] },
    });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(setCookie).toMatch(/^flowwire_session=[\w-]{32}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/);
    const me = await send(server, 'GET', '/identity/me', { headers: cookie });
    expect(me).toMatchObject({ status: 200, json });
    const ends = json !== null && typeof json === 'object' && 'expires_at' in json ? json.expires_at : 0;
    expect(Number(ends) - before).toBeGreaterThanOrEqual(43_200);
    expect(Number(ends) - before).toBeLessThan(43_260);
  });

  test('works through the typed client, whose cookies a browser keeps', async () => {
    const api = createIdentity({ baseUrl: server.url, maxRetries: 0 });
    expect(await api.login({ body: { key: server.key } })).toMatchObject({ tenant_id: 'dev' });
  });

  test('is each time a login of its own, whatever cookie comes along', async () => {
    const first = await logIn(server);
    const again = await send(server, 'POST', '/identity/login', {
      headers: first.cookie,
      body: { key: server.key },
    });
    expect(again.status).toBe(200);
    expect(again.headers.get('set-cookie')).not.toContain(first.cookie.cookie);
    expect(await send(server, 'GET', '/identity/me', { headers: first.cookie })).toMatchObject({
      status: 200,
    });
  });

  test('is refused for a key that is none, was revoked or has expired, without saying which', async () => {
    const revoked = await api.createKey({ body: { name: 'gone', permissions: ['READ'] } });
    await api.revokeKey({ path: { key_id: revoked.id } });
    for (const key of ['fw_nothing', revoked.key, await expiredKey(server)]) {
      const { status, json, headers } = await logIn(server, key);
      expect({ status, json }).toMatchObject({
        status: 401,
        json: { code: 'unauthorized', message: 'The key is not valid.', status: 401 },
      });
      expect(headers.get('www-authenticate')).toBeNull();
      expect(headers.get('set-cookie')).toBeNull();
    }
  });

  test('takes JSON only, which no form of another site can send', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(
      await send(server, 'POST', '/identity/login', { headers: form, body: `key=${server.key}` }),
    ).toMatchObject({ status: 415, json: { code: 'unsupported_media_type' } });
    const plain = { 'content-type': 'text/plain' };
    const body = JSON.stringify({ key: server.key });
    expect(await send(server, 'POST', '/identity/login', { headers: plain, body })).toMatchObject({
      status: 415,
    });
  });

  test.each<[name: string, body: unknown, code: string, pointer?: string]>([
    ['no JSON', '{', 'malformed_body'],
    ['no key', {}, 'invalid_request', '/key'],
    ['an empty key', { key: '' }, 'invalid_request', '/key'],
    ['a key that no header could carry', { key: 'fw_ä' }, 'invalid_request', '/key'],
    ['a long key', { key: 'x'.repeat(513) }, 'invalid_request', '/key'],
    ['more than a key', { key: 'fw_x', tenant: 'other' }, 'invalid_request', '/tenant'],
  ])('refuses a body with %s', async (_, body, code, pointer) => {
    const headers = { 'content-type': 'application/json' };
    const { status, json } = await send(server, 'POST', '/identity/login', { headers, body });
    expect({ status, json }).toMatchObject({ status: 400, json: { code } });
    const finding = expect.objectContaining({ in: 'body', pointer });
    if (pointer !== undefined) expect(json).toMatchObject({ details: expect.arrayContaining([finding]) });
  });

  test('refuses what is too large, and answers that it cannot make', async () => {
    const body = { key: 'x'.repeat(2_000_000) };
    expect(await send(server, 'POST', '/identity/login', { body })).toMatchObject({
      status: 413,
      json: { code: 'payload_too_large' },
    });
    const headers = { accept: 'text/html' };
    expect(
      await send(server, 'POST', '/identity/login', { headers, body: { key: server.key } }),
    ).toMatchObject({
      status: 406,
      json: { code: 'not_acceptable' },
    });
  });
});

describe('logout', () => {
  test('ends the one login at once and takes the cookie back', async () => {
    const [one, other] = [await logIn(server), await logIn(server)];
    const { status, headers } = await send(server, 'POST', '/identity/logout', { headers: one.cookie });
    expect(status).toBe(204);
    expect(headers.get('set-cookie')).toBe('flowwire_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax');
    expect(await send(server, 'GET', '/identity/me', { headers: one.cookie })).toMatchObject({ status: 401 });
    expect(await send(server, 'GET', '/identity/me', { headers: other.cookie })).toMatchObject({
      status: 200,
    });
    expect(await send(server, 'POST', '/identity/logout', { headers: one.cookie })).toMatchObject({
      status: 401,
      json: { code: 'unauthorized' },
    });
  });

  test('works through the typed client, of a program that keeps the cookie itself', async () => {
    const [, text = ''] = (await logIn(server)).cookie.cookie.split('=');
    const api = createIdentity({ baseUrl: server.url, auth: { cookieSession: text }, maxRetries: 0 });
    expect(await api.getPrincipal()).toMatchObject({ tenant_id: 'dev' });
    await api.logout();
    expect(await refusal(api.getPrincipal())).toMatchObject({ status: 401 });
  });

  test('needs the cookie: a key alone has nothing to end', async () => {
    expect(await send(server, 'POST', '/identity/logout')).toMatchObject({ status: 401 });
    expect(await send(server, 'POST', '/identity/logout', { headers: bearer(server.key) })).toMatchObject({
      status: 401,
    });
  });
});

describe('a login', () => {
  test('ends at once when its key is revoked', async () => {
    const { id, key } = await api.createKey({ body: { name: 'page', permissions: ['READ'] } });
    const { cookie } = await logIn(server, key);
    expect(await send(server, 'GET', '/identity/me', { headers: cookie })).toMatchObject({ status: 200 });
    await api.revokeKey({ path: { key_id: id } });
    expect(await send(server, 'GET', '/identity/me', { headers: cookie })).toMatchObject({ status: 401 });
    expect(await send(server, 'POST', '/identity/logout', { headers: cookie })).toMatchObject({
      status: 401,
    });
  });

  test('ends no later than its key', async () => {
    const expires_at = nowSeconds() + 100;
    const { key } = await api.createKey({ body: { name: 'page', permissions: ['READ'], expires_at } });
    const { json, setCookie } = await logIn(server, key);
    expect(json).toMatchObject({ expires_at });
    expect(Number(/Max-Age=(\d+)/.exec(setCookie)?.[1])).toBeLessThanOrEqual(100);
    expect(await identityOf(server, key).getPrincipal()).toMatchObject({ expires_at });
  });

  test('manages no keys, apps or audit entries, also with ADMIN', async () => {
    const { cookie } = await logIn(server);
    for (const path of ['/identity/keys', '/identity/apps', '/identity/audit'])
      expect(await send(server, 'GET', path, { headers: cookie })).toMatchObject({ status: 401 });
    const body = { name: 'x', permissions: ['READ'] };
    expect(await send(server, 'POST', '/identity/keys', { headers: cookie, body })).toMatchObject({
      status: 401,
    });
  });

  test('counts for nothing beside a key', async () => {
    const { cookie } = await logIn(server);
    const both = { ...cookie, ...bearer('fw_wrong') };
    expect(await send(server, 'GET', '/identity/me', { headers: both })).toMatchObject({ status: 401 });
  });

  test('lasts for the hours of the setting, over a restart too', async () => {
    const folder = await dataFolder();
    const environment = { FLOWWIRE_LOGIN_HOURS: '1', FLOWWIRE_DATA_DIR: folder.path };
    const first = await openTestServer(environment);
    const { setCookie, cookie } = await logIn(first);
    expect(setCookie).toContain('Max-Age=3600;');
    await first.close();
    const second = await openTestServer(environment);
    expect(await send(second, 'GET', '/identity/me', { headers: cookie })).toMatchObject({ status: 200 });
    await second.close();
    await folder.remove();
  });

  test('is for https only where the server does not listen on loopback, or has https before it', async () => {
    for (const setting of [{ HOST: '0.0.0.0' }, { FLOWWIRE_PUBLIC_URL: 'https://flows.example.com' }]) {
      const own = await openTestServer(setting);
      const to = { ...own, url: own.url.replace('0.0.0.0', '127.0.0.1') };
      expect((await logIn(to)).setCookie).toContain('; HttpOnly; Secure; SameSite=Lax');
      await own.close();
    }
  });
});

describe('a request that another site caused', () => {
  const ALLOWED = 'https://app.example.com';
  let own: TestServer;
  beforeAll(async () => {
    own = await openTestServer({ FLOWWIRE_CORS_ORIGINS: ALLOWED });
  });
  afterAll(() => own.close());

  const both = async (headers: Record<string, string>) => {
    const { cookie } = await logIn(own);
    const login = await send(own, 'POST', '/identity/login', { headers, body: { key: own.key } });
    const logout = await send(own, 'POST', '/identity/logout', { headers: { ...cookie, ...headers } });
    const me = await send(own, 'GET', '/identity/me', { headers: cookie });
    return { login, logout, me };
  };

  test.each<[name: string, headers: Record<string, string>]>([
    ['of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
    ['of a sibling', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }],
    ['of another origin, by a browser that says no more', { origin: 'https://evil.test' }],
    ['of an origin that hides', { origin: 'null' }],
  ])('%s neither logs in nor out', async (_, headers) => {
    const { login, logout, me } = await both(headers);
    for (const { status, json } of [login, logout])
      expect({ status, json }).toMatchObject({
        status: 403,
        json: {
          code: 'cross_site_request',
          message: `The origin ${headers.origin} may not log in or out here.`,
        },
      });
    expect(login.headers.get('set-cookie')).toBeNull();
    expect(me.status).toBe(200);
  });

  test.each<[name: string, headers: () => Record<string, string>]>([
    ['by itself', () => ({ 'sec-fetch-site': 'same-origin', origin: own.url })],
    ['by a person', () => ({ 'sec-fetch-site': 'none' })],
    ['by itself, told by its origin alone', () => ({ origin: own.url })],
    ['by an origin of the settings', () => ({ 'sec-fetch-site': 'cross-site', origin: ALLOWED })],
    ['by a program', () => ({})],
  ])('but one caused %s does', async (_, headers) => {
    const { login, logout, me } = await both(headers());
    expect([login.status, logout.status, me.status]).toEqual([200, 204, 401]);
  });
});

test('neither keys nor cookies are in the log or in the tables', async () => {
  const own = await openTestServer({ LOG_LEVEL: 'trace' });
  const admin = identityOf(own);
  const { key } = await admin.createKey({ body: { name: 'secret', permissions: ['READ'] } });
  const { cookie } = await logIn(own, key);
  await send(own, 'GET', '/identity/me', { headers: cookie });
  await send(own, 'GET', '/identity/me', { headers: bearer('fw_wrong-but-somebodys') });
  await logIn(own, 'fw_typed-in-the-wrong-field');
  await send(own, 'POST', '/identity/logout', { headers: cookie });
  const [, text = ''] = cookie.cookie.split('=');
  const logged = own.logged.join('');
  expect(logged).toContain('/identity/login');
  const files = await readdir(own.dataFolder, { recursive: true });
  const tables = files.filter((name) => name.includes('.sqlite'));
  const stored = await Promise.all(tables.map((name) => readFile(join(own.dataFolder, name), 'latin1')));
  expect(stored.join('')).toContain(key.slice(0, 8));
  for (const secret of [own.key, key, text, 'fw_wrong-but-somebodys', 'fw_typed-in-the-wrong-field'])
    expect(logged + stored.join('')).not.toContain(secret);
  await own.close();
});
