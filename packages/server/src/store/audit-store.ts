import type { AuditAction, AuditEntry, AuditStore } from '../audit/audit-log.ts';
import type { Database } from './database.ts';
import { NEWEST_FIRST, readPage } from './page.ts';
import { storable } from './text.ts';

interface AuditRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly created_at: number;
  readonly actor: string;
  readonly action: AuditAction;
  readonly target: string;
  readonly details: string;
}

const COLUMNS = ['id', 'tenant_id', 'created_at', 'actor', 'action', 'target', 'details'] as const;

const INSERT = `
  INSERT INTO audit_entries (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;

export function createAuditStore(database: Database): AuditStore {
  return {
    async add({ id, tenantId, at, actor, action, target, details }) {
      const kept = JSON.stringify(details);
      await database.query(INSERT, [id, tenantId, at, storable(actor), action, storable(target), kept]);
    },

    list(tenantId, page) {
      const { knex } = database;
      const rows = knex('audit_entries').where('tenant_id', tenantId);
      return readPage<AuditRow, AuditEntry>(
        { knex, rows, order: NEWEST_FIRST, columns: COLUMNS, longColumns: ['details'], toItem: toEntry },
        page,
      );
    },
  };
}

const toEntry = (row: AuditRow): AuditEntry => ({
  id: row.id,
  tenantId: row.tenant_id,
  actor: row.actor,
  action: row.action,
  target: row.target,
  details: JSON.parse(row.details),
  at: row.created_at,
});
