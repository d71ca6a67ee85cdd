import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKey } from '../../identity/key-store.ts';
import { DuplicateError } from '../database.ts';
import type { Store } from '../store.ts';
import type { OpenTables } from './backends.ts';
import { unique } from './fixtures.ts';

export function keyStoreLaws(open: OpenTables) {
  let store: Store;
  beforeAll(async () => {
    ({ store } = await open());
    await store.keys.ensureTenant('tenant', 'The tenant');
  });
  afterAll(() => store.close());

  const key = (overrides: Partial<ApiKey> = {}): ApiKey => ({
    id: unique('key'),
    tenantId: 'tenant',
    name: 'laptop',
    prefix: 'fw_abcd',
    hash: createHash('sha256').update(unique('secret')).digest('hex'),
    scopes: ['READ', 'EXECUTE'],
    createdAt: 100,
    ...overrides,
  });

  test('a key is found by the hash of its text', async () => {
    const [plain, expiring] = [key(), key({ expiresAt: 500 })];
    await store.keys.create(plain);
    await store.keys.create(expiring);
    expect(await store.keys.findByHash(plain.hash)).toEqual(plain);
    expect(await store.keys.findByHash(expiring.hash)).toEqual(expiring);
    expect(await store.keys.findByHash('0'.repeat(64))).toBeUndefined();
  });

  test('a key is found by its id, by its own tenant', async () => {
    const given = key({ revokedAt: 300 });
    await store.keys.create(given);
    expect(await store.keys.find('tenant', given.id)).toEqual(given);
    expect(await store.keys.find(unique('tenant'), given.id)).toBeUndefined();
    expect(await store.keys.find('tenant', unique('key'))).toBeUndefined();
  });

  test('a tenant is known when it was made known', async () => {
    const tenantId = unique('tenant');
    expect(await store.keys.hasTenant(tenantId)).toBe(false);
    await store.keys.ensureTenant(tenantId, 'Another');
    expect(await store.keys.hasTenant(tenantId)).toBe(true);
  });

  test('neither an id nor a hash is taken twice', async () => {
    const first = key();
    await store.keys.create(first);
    await expect(store.keys.create(key({ id: first.id }))).rejects.toBeInstanceOf(DuplicateError);
    await expect(store.keys.create(key({ hash: first.hash }))).rejects.toBeInstanceOf(DuplicateError);
  });

  test('a key belongs to a tenant that is known', async () => {
    await expect(store.keys.create(key({ tenantId: unique('tenant') }))).rejects.toThrow(/foreign key/i);
  });

  test('a tenant is made known as often as one likes', async () => {
    const tenantId = unique('tenant');
    await Promise.all([store.keys.ensureTenant(tenantId, 'A'), store.keys.ensureTenant(tenantId, 'B')]);
    await store.keys.create(key({ tenantId }));
    expect(await store.keys.list(tenantId)).toHaveLength(1);
  });

  test('a tenant lists its own keys, oldest first', async () => {
    const tenantId = unique('tenant');
    await store.keys.ensureTenant(tenantId, 'Another');
    const [newer, older] = [key({ tenantId, createdAt: 2 }), key({ tenantId, createdAt: 1 })];
    await store.keys.create(newer);
    await store.keys.create(older);
    expect(await store.keys.list(tenantId)).toEqual([older, newer]);
  });

  test('a key is revoked once, by its own tenant', async () => {
    const given = key();
    await store.keys.create(given);
    expect(await store.keys.revoke(unique('tenant'), given.id, 700)).toBeUndefined();
    expect(await store.keys.findByHash(given.hash)).toEqual(given);
    expect(await store.keys.revoke('tenant', given.id, 800)).toEqual({ ...given, revokedAt: 800 });
    expect(await store.keys.revoke('tenant', given.id, 900)).toEqual({ ...given, revokedAt: 800 });
    expect(await store.keys.findByHash(given.hash)).toEqual({ ...given, revokedAt: 800 });
  });

  test('the last use is kept to the minute', async () => {
    const given = key();
    await store.keys.create(given);
    const lastUsedAt = async (at: number) => {
      await store.keys.touch(given, at);
      return (await store.keys.findByHash(given.hash))?.lastUsedAt;
    };
    expect(await lastUsedAt(100_000)).toBe(100_000);
    expect(await lastUsedAt(159_999)).toBe(100_000);
    expect(await lastUsedAt(160_000)).toBe(160_000);
  });
}
