import { expect, test } from 'vitest';
import { createAudit } from './audit.ts';
import type { AuditEntry, AuditStore } from './audit-log.ts';

const storeThat = (add: AuditStore['add']): AuditStore => ({ add, list: async () => ({ items: [] }) });

test('an entry says who did what to what, and when', async () => {
  const kept: AuditEntry[] = [];
  const store = storeThat(async (entry) => void kept.push(entry));
  const audit = createAudit(
    store,
    () => 1_000,
    () => expect.unreachable(),
  );
  await audit.record({ tenantId: 'dev', appId: 'key_1' }, 'key.created', 'key_2', { name: 'laptop' });
  await audit.record({ tenantId: 'dev', appId: 'key_1' }, 'key.revoked', 'key_2');
  const entry = { tenantId: 'dev', actor: 'key_1', target: 'key_2', at: 1_000 };
  expect(kept).toMatchObject([
    { ...entry, action: 'key.created', details: { name: 'laptop' } },
    { ...entry, action: 'key.revoked', details: {} },
  ]);
  expect(new Set(kept.map(({ id }) => id)).size).toBe(2);
});

test('an entry that cannot be kept is told of, and stops nothing', async () => {
  const errors: unknown[] = [];
  const full = new Error('the disk is full');
  const audit = createAudit(
    storeThat(() => Promise.reject(full)),
    () => 1,
    (error) => errors.push(error),
  );
  await audit.record({ tenantId: 'dev', appId: 'key_1' }, 'app.created', 'app_1');
  expect(errors).toEqual([full]);
});
