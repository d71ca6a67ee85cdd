import type { Credentials } from '@flowwire/koa';
import { describe, expect, test } from 'vitest';
import { type BearerForm, createJudge } from './authenticate.ts';
import type { ApiKey, KeyStore } from './key-store.ts';
import { hashOf } from './keys.ts';
import type { StoredLogin } from './login-store.ts';
import { openLogin } from './logins.ts';

const TEXT = 'fw_the-text-of-the-key';
const KEY: ApiKey = {
  id: 'key_1',
  tenantId: 'dev',
  name: 'one',
  prefix: 'fw_the-t',
  hash: hashOf(TEXT),
  scopes: ['READ'],
  createdAt: 1,
  lastUsedAt: 1_000_000,
};

function setUp(key: ApiKey = KEY, bearer?: BearerForm) {
  let stored = key;
  let at = 1_000_000;
  const errors: unknown[] = [];
  const touched: number[] = [];
  const rows = new Map<string, StoredLogin>();
  const keys: KeyStore = {
    hasTenant: async () => true,
    ensureTenant: async () => {},
    create: async () => {},
    find: async (tenantId, id) => (tenantId === stored.tenantId && id === stored.id ? stored : undefined),
    findByHash: async (hash) => (hash === stored.hash ? stored : undefined),
    list: async () => [stored],
    revoke: async () => stored,
    touch: async (_key, when) => {
      touched.push(when);
      if (touched.length > 1) throw new Error('the disk is full');
    },
  };
  const logins = {
    create: async (login: StoredLogin) => void rows.set(login.hash, login),
    find: async (hash: string) => rows.get(hash),
    end: async (hash: string) => rows.delete(hash),
    prune: async () => {},
  };
  const apps = {
    create: async () => false,
    find: async () => undefined,
    list: async () => [],
    delete: async () => false,
  };
  const deps = {
    keys,
    logins,
    apps,
    now: () => at,
    onError: (error: unknown) => errors.push(error),
    isTrustedProxy: () => false,
    developmentTenant: undefined,
    allowedOrigins: [],
  };
  const judge = createJudge(deps, bearer);
  return {
    logIn: () => openLogin(logins, stored, { now: at, loginMs: 5_000 }),
    ask: (scheme: string, token: string, more: Partial<Credentials> = {}) =>
      judge({ scheme, token, scopes: [], method: 'GET', headers: {}, remoteAddress: '127.0.0.1', ...more }),
    change: (changes: Partial<ApiKey>) => {
      stored = { ...stored, ...changes };
    },
    wait: (ms: number) => {
      at += ms;
    },
    errors,
    touched,
  };
}

const REFUSED = { ok: false, problem: 'unauthenticated' };

describe('a key', () => {
  test('is whose it is', async () => {
    const context = { tenantId: 'dev', keyId: 'key_1', appId: 'key_1', permissions: ['READ'] };
    expect(await setUp().ask('bearerKey', TEXT)).toEqual({ ok: true, context });
  });

  test('is refused when it is none, was revoked or has expired', async () => {
    expect(await setUp().ask('bearerKey', 'fw_other')).toEqual(REFUSED);
    expect(await setUp({ ...KEY, revokedAt: 5 }).ask('bearerKey', TEXT)).toEqual(REFUSED);
    expect(await setUp({ ...KEY, expiresAt: 1_000_000 }).ask('bearerKey', TEXT)).toEqual(REFUSED);
    expect(await setUp({ ...KEY, expiresAt: 1_000_001 }).ask('bearerKey', TEXT)).toMatchObject({
      context: { expiresAt: 1_000_001 },
    });
  });

  test('may do what its permissions say, and ADMIN all', async () => {
    const scopes = ['READ', 'WRITE'];
    const refused = { ok: false, problem: 'forbidden', missing: ['WRITE'] };
    expect(await setUp().ask('bearerKey', TEXT, { scopes })).toMatchObject(refused);
    expect(await setUp({ ...KEY, scopes: ['ADMIN'] }).ask('bearerKey', TEXT, { scopes })).toMatchObject({
      ok: true,
    });
  });

  test('may have a secret behind it where the API takes that form, and nowhere else', async () => {
    expect(await setUp().ask('bearerKey', `${TEXT}:secret`)).toEqual(REFUSED);
    const { ask } = setUp(KEY, 'key_and_secret');
    for (const token of [TEXT, `${TEXT}:secret`, `${TEXT}:a:b`, `${TEXT}:`])
      expect(await ask('bearerKey', token)).toMatchObject({ ok: true });
    for (const token of [':secret', `${TEXT} :secret`, `other:${TEXT}`])
      expect(await ask('bearerKey', token)).toEqual(REFUSED);
  });

  test('may have a colon of its own where the API takes a secret', async () => {
    const text = 'a-key:of-my-own-choice';
    const { ask } = setUp({ ...KEY, hash: hashOf(text) }, 'key_and_secret');
    expect(await ask('bearerKey', text)).toMatchObject({ ok: true });
    expect(await ask('bearerKey', 'a-key')).toEqual(REFUSED);
  });

  test('is noted as used once a minute, and works where that cannot be noted', async () => {
    const { ask, wait, touched, errors } = setUp();
    await ask('bearerKey', TEXT);
    expect(touched).toEqual([]);
    wait(60_000);
    await ask('bearerKey', TEXT);
    expect(touched).toEqual([1_060_000]);
    expect(await ask('bearerKey', TEXT)).toMatchObject({ ok: true });
    await Promise.resolve();
    expect(errors).toMatchObject([{ message: 'the disk is full' }]);
  });
});

describe('a login', () => {
  test('is the key that it was made with, until it ends', async () => {
    const { ask, logIn, wait } = setUp();
    const { text, expiresAt } = await logIn();
    expect(expiresAt).toBe(1_005_000);
    expect(await ask('cookieSession', text)).toMatchObject({
      context: { keyId: 'key_1', permissions: ['READ'], expiresAt, loginHash: hashOf(text) },
    });
    wait(4_999);
    expect(await ask('cookieSession', text)).toMatchObject({ ok: true });
    wait(1);
    expect(await ask('cookieSession', text)).toEqual(REFUSED);
  });

  test('ends with its key', async () => {
    const { ask, logIn, change, wait } = setUp({ ...KEY, expiresAt: 1_002_000 });
    const { text, expiresAt } = await logIn();
    expect(expiresAt).toBe(1_002_000);
    wait(2_000);
    expect(await ask('cookieSession', text)).toEqual(REFUSED);
    wait(-2_000);
    change({ revokedAt: 1_000_001 });
    expect(await ask('cookieSession', text)).toEqual(REFUSED);
  });

  test('counts for nothing beside a key, which is judged alone', async () => {
    const { ask, logIn } = setUp();
    const { text } = await logIn();
    const headers = { authorization: 'Bearer fw_other' };
    expect(await ask('cookieSession', text, { headers })).toEqual(REFUSED);
    expect(await ask('cookieSession', TEXT)).toEqual(REFUSED);
  });
});

test('a scheme that nothing recognises is a fault of the server, not of the caller', async () => {
  await expect(setUp().ask('mutualTls', 'x')).rejects.toThrow('mutualTls');
});
