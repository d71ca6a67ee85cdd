import { InvalidCursorError } from '@flowwire/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEntry } from '../../audit/audit-log.ts';
import type { Store } from '../store.ts';
import type { OpenTables } from './backends.ts';
import { pagesOf, unique, upTo } from './fixtures.ts';

export function auditStoreLaws(open: OpenTables) {
  let store: Store;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const entry = (overrides: Partial<AuditEntry> = {}): AuditEntry => ({
    id: unique('audit'),
    tenantId: 'tenant',
    actor: 'key_1',
    action: 'workflow.published',
    target: 'wf_1',
    details: { version: 3, name: `Grüße\u0000 'quoted' ✓ 🦊`, permissions: ['READ', 'WRITE'] },
    at: 1_000,
    ...overrides,
  });

  test('an entry is read as it was added', async () => {
    const given = entry({ tenantId: unique('tenant') });
    await store.auditEntries.add(given);
    expect(await store.auditEntries.list(given.tenantId, { limit: 10 })).toEqual({ items: [given] });
  });

  test('a tenant reads its own entries page by page, newest first', async () => {
    const tenantId = unique('tenant');
    const given = upTo(5).map((at) => entry({ tenantId, at }));
    for (const each of given) await store.auditEntries.add(each);
    await store.auditEntries.add(entry());
    const pages = await pagesOf((page) => store.auditEntries.list(tenantId, page), 2);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(given.reverse());
  });

  test('of one moment every entry is read once', async () => {
    const tenantId = unique('tenant');
    const given = upTo(7).map(() => entry({ tenantId }));
    for (const each of given) await store.auditEntries.add(each);
    const read = (await pagesOf((page) => store.auditEntries.list(tenantId, page), 3)).flat();
    expect(new Set(read.map(({ id }) => id))).toEqual(new Set(given.map(({ id }) => id)));
    expect(read).toHaveLength(7);
  });

  test('a cursor that no page gave is refused', async () => {
    const listing = store.auditEntries.list('tenant', { limit: 1, cursor: 'nonsense' });
    await expect(listing).rejects.toBeInstanceOf(InvalidCursorError);
  });
}
