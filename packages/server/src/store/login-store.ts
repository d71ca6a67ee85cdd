import type { LoginStore, StoredLogin } from '../identity/login-store.ts';
import type { Database } from './database.ts';

interface LoginRow {
  readonly hash: string;
  readonly tenant_id: string;
  readonly key_id: string;
  readonly created_at: number;
  readonly expires_at: number;
}

const COLUMNS = 'hash, tenant_id, key_id, created_at, expires_at';

const INSERT = `INSERT INTO logins (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`;

const SELECT = `SELECT ${COLUMNS} FROM logins WHERE hash = ?`;

const DELETE = 'DELETE FROM logins WHERE hash = ? RETURNING hash';

const PRUNE = 'DELETE FROM logins WHERE expires_at < ?';

export function createLoginStore(database: Database): LoginStore {
  return {
    async create({ hash, tenantId, keyId, createdAt, expiresAt }) {
      await database.query(INSERT, [hash, tenantId, keyId, createdAt, expiresAt]);
    },

    async find(hash) {
      const { rows } = await database.query<LoginRow>(SELECT, [hash]);
      return rows[0] && toLogin(rows[0]);
    },

    async end(hash) {
      const { rows } = await database.query(DELETE, [hash]);
      return rows.length > 0;
    },

    async prune(before) {
      await database.query(PRUNE, [before]);
    },
  };
}

const toLogin = (row: LoginRow): StoredLogin => ({
  hash: row.hash,
  tenantId: row.tenant_id,
  keyId: row.key_id,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
});
