import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredLogin } from '../../identity/login-store.ts';
import type { Store } from '../store.ts';
import type { OpenTables } from './backends.ts';
import { unique } from './fixtures.ts';

export function loginStoreLaws(open: OpenTables) {
  let store: Store;
  beforeAll(async () => {
    ({ store } = await open());
    await store.keys.ensureTenant('tenant', 'The tenant');
  });
  afterAll(() => store.close());

  const login = (overrides: Partial<StoredLogin> = {}): StoredLogin => ({
    hash: unique('hash'),
    tenantId: 'tenant',
    keyId: 'key_1',
    createdAt: 1_000,
    expiresAt: 2_000,
    ...overrides,
  });

  test('a login is found by the hash of its text, also when it has expired', async () => {
    const given = login();
    await store.logins.create(given);
    expect(await store.logins.find(given.hash)).toEqual(given);
    expect(await store.logins.find(unique('hash'))).toBeUndefined();
  });

  test('a login is ended once, and no other with it', async () => {
    const [one, other] = [login(), login()];
    await store.logins.create(one);
    await store.logins.create(other);
    expect(await store.logins.end(one.hash)).toBe(true);
    expect(await store.logins.end(one.hash)).toBe(false);
    expect(await store.logins.find(one.hash)).toBeUndefined();
    expect(await store.logins.find(other.hash)).toEqual(other);
  });

  test('those that expired before a time are deleted, and no others', async () => {
    const [expired, last] = [login({ expiresAt: 499 }), login({ expiresAt: 500 })];
    await store.logins.create(expired);
    await store.logins.create(last);
    await store.logins.prune(500);
    expect(await store.logins.find(expired.hash)).toBeUndefined();
    expect(await store.logins.find(last.hash)).toEqual(last);
  });

  test('a login belongs to a tenant that is known', async () => {
    await expect(store.logins.create(login({ tenantId: unique('tenant') }))).rejects.toThrow(/foreign key/i);
  });
}
