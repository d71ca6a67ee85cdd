import type { StoredWorkflow } from '@flowwire/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DuplicateError } from '../database.ts';
import type { Store } from '../store.ts';
import type { OpenLawStore } from './backends.ts';
import { definition, pagesOf, unique, upTo } from './fixtures.ts';

export function workflowStoreLaws(open: OpenLawStore) {
  let store: Store;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const workflow = (overrides: Partial<StoredWorkflow> = {}): StoredWorkflow => ({
    id: unique('wf'),
    tenantId: 'tenant',
    version: 1,
    definition,
    createdAt: 100,
    updatedAt: 100,
    ...overrides,
  });

  test('a workflow reads back as it was given', async () => {
    const given = workflow({ version: 7, updatedAt: 200 });
    await store.workflows.create(given);
    expect(await store.workflows.get('tenant', given.id)).toEqual(given);
    expect(await store.workflows.get('tenant', unique('wf'))).toBeUndefined();
  });

  test('an id is taken once by each tenant', async () => {
    const given = workflow();
    const theirs = { ...given, tenantId: unique('tenant'), version: 2 };
    await store.workflows.create(given);
    await expect(store.workflows.create(given)).rejects.toBeInstanceOf(DuplicateError);
    await store.workflows.create(theirs);
    expect(await store.workflows.get('tenant', given.id)).toEqual(given);
    expect(await store.workflows.get(theirs.tenantId, given.id)).toEqual(theirs);
  });

  test('another tenant finds and lists nothing', async () => {
    const given = workflow();
    await store.workflows.create(given);
    const stranger = unique('tenant');
    expect(await store.workflows.get(stranger, given.id)).toBeUndefined();
    expect(await store.workflows.list(stranger, { limit: 5 })).toEqual({ items: [] });
  });

  test('lists turn their pages newest first', async () => {
    const tenantId = unique('tenant');
    const given = upTo(5).map((n) => workflow({ tenantId, createdAt: n }));
    for (const each of given) await store.workflows.create(each);
    const first = await store.workflows.list(tenantId, { limit: 3 });
    expect(first.items).toEqual(given.slice(2).reverse());
    const second = await store.workflows.list(tenantId, { limit: 3, cursor: first.nextCursor ?? '' });
    expect(second).toEqual({ items: given.slice(0, 2).reverse() });
  });

  test('pages of long workflows end after about 1 MiB, and turn on to the last', async () => {
    const tenantId = unique('tenant');
    const long = { ...definition, name: 'x'.repeat(400 * 1024) };
    const given = upTo(8).map((n) => workflow({ tenantId, createdAt: n, definition: long }));
    for (const each of given) await store.workflows.create(each);
    const pages = await pagesOf((page) => store.workflows.list(tenantId, page), 4);
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 2]);
    expect(pages.flat()).toEqual(given.toReversed());
  });
}
