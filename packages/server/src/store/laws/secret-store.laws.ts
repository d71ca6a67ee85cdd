import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { unique } from './fixtures.ts';

export function secretStoreLaws(open: OpenLawStore) {
  let store: LawStore;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  test('those that exist are read, as they were set last, by any process', async () => {
    const tenantId = unique('tenant');
    const value = "it's \u0000 ✓ 🦊";
    await store.secrets.set(tenantId, 'api_key', 'old', 1);
    await store.secrets.set(tenantId, 'api_key', value, 2);
    await store.secrets.set(tenantId, 'empty', '', 3);
    await store.secrets.set(tenantId, 'unread', 'x', 3);
    const other = await open();
    for (const { secrets } of [store, other.store]) {
      const read = await secrets.read(tenantId, ['api_key', 'empty', 'unknown']);
      expect(read).toEqual(
        new Map([
          ['api_key', value],
          ['empty', ''],
        ]),
      );
    }
    await other.store.close();
  });

  test('lists tell names and times, in the order of the names', async () => {
    const tenantId = unique('tenant');
    for (const [name, now] of [
      ['b', 1],
      ['a', 2],
      ['b', 3],
    ] as const) {
      await store.secrets.set(tenantId, name, 'hidden', now);
    }
    expect(await store.secrets.list(tenantId)).toEqual([
      { name: 'a', updatedAt: 2 },
      { name: 'b', updatedAt: 3 },
    ]);
    expect(await store.secrets.list(unique('tenant'))).toEqual([]);
  });

  test('a deleted secret is gone', async () => {
    const tenantId = unique('tenant');
    await store.secrets.set(tenantId, 'a', 'x', 1);
    expect(await store.secrets.delete(unique('tenant'), 'a')).toBe(false);
    expect(await store.secrets.delete(tenantId, 'a')).toBe(true);
    expect(await store.secrets.delete(tenantId, 'a')).toBe(false);
    expect(await store.secrets.read(tenantId, ['a'])).toEqual(new Map());
  });

  test('another tenant reads nothing', async () => {
    const tenantId = unique('tenant');
    await store.secrets.set(tenantId, 'a', 'x', 1);
    expect(await store.secrets.read(unique('tenant'), ['a'])).toEqual(new Map());
  });
}
