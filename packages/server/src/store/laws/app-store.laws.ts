import { afterAll, beforeAll, expect, test } from 'vitest';
import type { App } from '../../identity/app-store.ts';
import type { Store } from '../store.ts';
import type { OpenTables } from './backends.ts';
import { unique } from './fixtures.ts';

export function appStoreLaws(open: OpenTables) {
  let store: Store;
  let tenantId: string;
  let otherTenantId: string;
  beforeAll(async () => {
    ({ store } = await open());
    [tenantId, otherTenantId] = [unique('tenant'), unique('tenant')];
    await store.keys.ensureTenant(tenantId, 'One');
    await store.keys.ensureTenant(otherTenantId, 'Another');
  });
  afterAll(() => store.close());

  const app = (overrides: Partial<App> = {}): App => ({
    id: unique('app'),
    tenantId,
    name: 'help desk',
    scopes: ['READ', 'EXECUTE'],
    createdAt: 100,
    ...overrides,
  });

  test('an app is found by its id alone, whatever letters that has', async () => {
    const given = app({ id: `${unique('Ä')} '" ✓ 🦊` });
    expect(await store.apps.create(given)).toBe(true);
    expect(await store.apps.find(given.id)).toEqual(given);
    expect(await store.apps.find(unique('app'))).toBeUndefined();
  });

  test('an id is taken once on the whole server, also by many at a time', async () => {
    const id = unique('app');
    const created = await Promise.all(
      [tenantId, otherTenantId, tenantId, otherTenantId].map((tenant) =>
        store.apps.create(app({ id, tenantId: tenant })),
      ),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
  });

  test('a tenant lists its own apps, oldest first, and deletes no others', async () => {
    const mine = unique('tenant');
    await store.keys.ensureTenant(mine, 'Mine');
    const [newer, older] = [app({ tenantId: mine, createdAt: 2 }), app({ tenantId: mine, createdAt: 1 })];
    await store.apps.create(newer);
    await store.apps.create(older);
    expect(await store.apps.list(mine)).toEqual([older, newer]);
    expect(await store.apps.delete(tenantId, older.id)).toBe(false);
    expect(await store.apps.delete(mine, older.id)).toBe(true);
    expect(await store.apps.delete(mine, older.id)).toBe(false);
    expect(await store.apps.list(mine)).toEqual([newer]);
  });

  test('an id whose app is gone can be taken again', async () => {
    const given = app();
    await store.apps.create(given);
    await store.apps.delete(tenantId, given.id);
    const again = { ...given, tenantId: otherTenantId };
    expect(await store.apps.create(again)).toBe(true);
    expect(await store.apps.find(given.id)).toEqual(again);
  });

  test('an app belongs to a tenant that is known', async () => {
    await expect(store.apps.create(app({ tenantId: unique('tenant') }))).rejects.toThrow(/foreign key/i);
  });
}
