import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { App, AppStore } from './app-store.ts';
import { findConsumer } from './consumer.ts';

const REGISTERED: App = { id: 'desk', tenantId: 'acme', name: 'Desk', scopes: ['READ'], createdAt: 1 };

function setUp(developmentTenant?: string) {
  const stored = new Map([[REGISTERED.id, REGISTERED]]);
  const apps: AppStore = {
    create: async (app) => {
      if (stored.has(app.id)) return false;
      stored.set(app.id, app);
      return true;
    },
    find: async (id) => stored.get(id),
    list: async () => [...stored.values()],
    delete: async (_tenantId, id) => stored.delete(id),
  };
  const isTrustedProxy = (address: string) => address === '10.0.0.1';
  const allowedOrigins = ['http://localhost:5173', '*'];
  const deps = { apps, now: () => 7, isTrustedProxy, developmentTenant, allowedOrigins };
  const find = (id: string, remoteAddress: string | undefined, headers: IncomingHttpHeaders = {}) =>
    findConsumer(deps, id, {
      method: 'POST',
      remoteAddress,
      headers: { host: '127.0.0.1:8080', ...headers },
    });
  return { find, stored, apps };
}

/** As Node hands over the bytes of a header. */
const inHeader = (text: string) => Buffer.from(text).toString('latin1');

describe('in production', () => {
  const { find } = setUp();

  test('a trusted proxy names registered apps, and no others', async () => {
    expect(await find('desk', '10.0.0.1')).toEqual(REGISTERED);
    expect(await find('other', '10.0.0.1')).toBeUndefined();
  });

  test('an app that is named twice, once in each spelling, has to be the same', async () => {
    const named = (id: string) => ({ 'x-consumer-username': 'desk', x_consumer_username: id });
    expect(await find('desk', '10.0.0.1', named('desk'))).toEqual(REGISTERED);
    expect(await find('desk', '10.0.0.1', named('other'))).toBeUndefined();
  });

  test.each(['127.0.0.1', '::1', '10.0.0.2', undefined])('%s names nobody', async (address) => {
    expect(await find('desk', address)).toBeUndefined();
  });
});

describe('during development', () => {
  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
    '%s names any app, which is registered when it is first seen',
    async (address) => {
      const { find, stored } = setUp('dev');
      const app = {
        id: 'new',
        tenantId: 'dev',
        name: 'new',
        scopes: ['READ', 'WRITE', 'EXECUTE'],
        createdAt: 7,
      };
      expect(await find('new', address)).toEqual(app);
      expect(stored.get('new')).toEqual(app);
      expect(await find('desk', address)).toEqual(REGISTERED);
    },
  );

  test('of requests that are first at once, all are the one app', async () => {
    const { find, stored } = setUp('dev');
    const found = await Promise.all([1, 2, 3].map(() => find('new', '127.0.0.1')));
    expect(new Set(found.map((app) => app?.id))).toEqual(new Set(['new']));
    expect(stored.size).toBe(2);
  });

  test('a proxy that is trusted registers nobody', async () => {
    const { find, stored } = setUp('dev');
    expect(await find('new', '10.0.0.1')).toBeUndefined();
    expect(stored.size).toBe(1);
  });

  test.each<[name: string, address: string, headers: IncomingHttpHeaders]>([
    ['another machine', '192.168.1.5', {}],
    ['a proxy on this machine that forwards', '127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }],
    ['one that says so by the newer header', '127.0.0.1', { forwarded: 'for=203.0.113.9' }],
    ['one that says so by a header of its own', '127.0.0.1', { 'x-real-ip': '203.0.113.9' }],
    ['a page of another site', '127.0.0.1', { origin: 'https://evil.test' }],
    ['a page that hides where it is from', '127.0.0.1', { 'sec-fetch-site': 'cross-site' }],
    ['a page that was led here under a name of its own', '127.0.0.1', { host: 'evil.test:8080' }],
    ['a request with a host that is none', '127.0.0.1', { host: 'a b' }],
  ])('%s names nobody', async (_, address, headers) => {
    expect(await setUp('dev').find('desk', address, headers)).toBeUndefined();
  });

  test('a page of an origin that is listed speaks for itself', async () => {
    const headers = { origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' };
    expect(await setUp('dev').find('desk', '127.0.0.1', headers)).toEqual(REGISTERED);
  });

  test.each(['localhost', 'LOCALHOST:80', '[::1]:8080', '127.0.0.1'])('%s is this machine', async (host) => {
    expect(await setUp('dev').find('desk', '127.0.0.1', { host })).toEqual(REGISTERED);
  });
});

describe('an id', () => {
  const { find } = setUp('dev');

  test('may have any letters, in UTF-8, up to 128', async () => {
    const id = `Büro ✓ ${'x'.repeat(121)}`;
    expect(await find(inHeader(id), '127.0.0.1')).toMatchObject({ id });
  });

  test.each([
    ['no UTF-8', '\u00ff\u00fe'],
    ['empty', ''],
    ['too long', 'x'.repeat(129)],
    ['one that has a NUL', 'a\u0000b'],
    ['that of a key', 'key_1'],
    ['that of the command line', 'cli'],
  ])('is refused when it is %s', async (_, id) => {
    expect(await find(id, '127.0.0.1')).toBeUndefined();
  });
});
