import type { AuditEntry as WireEntry } from '@flowwire/contract/identity';
import type { AuditEntry } from '../../audit/audit-log.ts';
import { epochSeconds } from '../epoch.ts';
import { listed, toPage, toPageRequest } from '../pages.ts';
import type { IdentityDeps, Part } from './deps.ts';

/** Tells who did what. */
export const createAuditHandlers = ({ auditEntries }: IdentityDeps): Part<'listAuditEntries'> => ({
  listAuditEntries: ({ query, context }) =>
    listed(async () => {
      const page = await auditEntries.list(context.tenantId, toPageRequest(query));
      return { status: 200 as const, body: toPage(page, toEntry) };
    }),
});

const toEntry = ({ id, actor, action, target, details, at }: AuditEntry): WireEntry => ({
  id,
  actor,
  action,
  target,
  details: Object.fromEntries(
    Object.entries(details).map(([name, fact]) => [name, typeof fact === 'object' ? [...fact] : fact]),
  ),
  created_at: epochSeconds(at),
});
