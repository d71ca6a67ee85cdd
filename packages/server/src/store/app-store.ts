import type { App, AppStore } from '../identity/app-store.ts';
import type { Database } from './database.ts';

interface AppRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly scopes: string;
  readonly created_at: number;
}

const COLUMNS = 'id, tenant_id, name, scopes, created_at';

const INSERT = `
  INSERT INTO apps (${COLUMNS}) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (id) DO NOTHING
  RETURNING id`;

const SELECT = `SELECT ${COLUMNS} FROM apps WHERE id = ?`;

const SELECT_OF_TENANT = `SELECT ${COLUMNS} FROM apps WHERE tenant_id = ? ORDER BY created_at, id`;

const DELETE = 'DELETE FROM apps WHERE id = ? AND tenant_id = ? RETURNING id';

export function createAppStore(database: Database): AppStore {
  return {
    async create({ id, tenantId, name, scopes, createdAt }) {
      const { rows } = await database.query(INSERT, [id, tenantId, name, JSON.stringify(scopes), createdAt]);
      return rows.length > 0;
    },

    async find(appId) {
      const { rows } = await database.query<AppRow>(SELECT, [appId]);
      return rows[0] && toApp(rows[0]);
    },

    async list(tenantId) {
      const { rows } = await database.query<AppRow>(SELECT_OF_TENANT, [tenantId]);
      return rows.map(toApp);
    },

    async delete(tenantId, appId) {
      const { rows } = await database.query(DELETE, [appId, tenantId]);
      return rows.length > 0;
    },
  };
}

const toApp = (row: AppRow): App => ({
  id: row.id,
  tenantId: row.tenant_id,
  name: row.name,
  scopes: JSON.parse(row.scopes),
  createdAt: row.created_at,
});
