import { expect, test } from 'vitest';
import { cacheKeys } from './key-cache.ts';
import type { ApiKey, KeyStore } from './key-store.ts';

const stored: ApiKey = {
  id: 'key_1',
  tenantId: 'dev',
  name: 'one',
  prefix: 'fw_1',
  hash: 'h1',
  scopes: ['READ'],
  createdAt: 1,
};

/** A store of one key that counts its look-ups. */
function setUp() {
  let key: ApiKey | undefined = stored;
  let lookUps = 0;
  let now = 1_000;
  const keys: KeyStore = {
    hasTenant: async () => true,
    ensureTenant: async () => {},
    find: async () => key,
    create: async () => {},
    list: async () => (key ? [key] : []),
    findByHash: async (hash) => {
      lookUps += 1;
      return key?.hash === hash ? key : undefined;
    },
    revoke: async (_tenantId, _keyId, at) => {
      key = key && { ...key, revokedAt: at };
      return key;
    },
    touch: async (_key, at) => {
      key = key && { ...key, lastUsedAt: at };
    },
  };
  const cache = cacheKeys(keys, () => now);
  return { keys, cache, lookUps: () => lookUps, wait: (ms: number) => (now += ms) };
}

test('a key is looked up once a second', async () => {
  const { cache, lookUps, wait } = setUp();
  await cache.findByHash('h1');
  wait(999);
  expect(await cache.findByHash('h1')).toEqual(stored);
  expect(lookUps()).toBe(1);
  wait(1);
  await cache.findByHash('h1');
  expect(lookUps()).toBe(2);
});

test('a text that is no key is looked up each time, and takes no room', async () => {
  const { cache, lookUps } = setUp();
  expect(await cache.findByHash('other')).toBeUndefined();
  expect(await cache.findByHash('other')).toBeUndefined();
  expect(lookUps()).toBe(2);
});

test('a revoked key and a touched key are seen as they now are', async () => {
  const { cache } = setUp();
  await cache.findByHash('h1');
  await cache.touch(stored, 5);
  expect((await cache.findByHash('h1'))?.lastUsedAt).toBe(5);
  await cache.revoke('dev', 'key_1', 7);
  expect((await cache.findByHash('h1'))?.revokedAt).toBe(7);
});

test('a key that is revoked while it is looked up is not remembered as it was', async () => {
  const { keys } = setUp();
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow = async (hash: string) => {
    const key = await keys.findByHash(hash);
    await answered;
    return key;
  };
  const cache = cacheKeys({ ...keys, findByHash: slow }, () => 1_000);
  const before = cache.findByHash('h1');
  await cache.revoke('dev', 'key_1', 7);
  answer();
  await before;
  expect((await cache.findByHash('h1'))?.revokedAt).toBe(7);
});
