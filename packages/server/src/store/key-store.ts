import type { ApiKey, KeyStore } from '../identity/key-store.ts';
import { type Database, DuplicateError } from './database.ts';

const TOUCH_EVERY_MS = 60_000;

interface KeyRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly hash: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
}

const COLUMNS = 'id, tenant_id, name, prefix, hash, scopes, created_at, expires_at, revoked_at, last_used_at';

const INSERT = `
  INSERT INTO api_keys (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING
  RETURNING id`;

const SELECT_BY_HASH = `SELECT ${COLUMNS} FROM api_keys WHERE hash = ?`;

const SELECT_BY_ID = `SELECT ${COLUMNS} FROM api_keys WHERE id = ? AND tenant_id = ?`;

const SELECT_OF_TENANT = `SELECT ${COLUMNS} FROM api_keys WHERE tenant_id = ? ORDER BY created_at, id`;

const REVOKE = `
  UPDATE api_keys SET revoked_at = COALESCE(revoked_at, ?) WHERE id = ? AND tenant_id = ?
  RETURNING ${COLUMNS}`;

const TOUCH = 'UPDATE api_keys SET last_used_at = ? WHERE id = ? AND COALESCE(last_used_at, 0) <= ?';

const SELECT_TENANT = 'SELECT id FROM tenants WHERE id = ?';

const INSERT_TENANT =
  'INSERT INTO tenants (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING';

export function createKeyStore(database: Database, now: () => number): KeyStore {
  return {
    async hasTenant(id) {
      const { rows } = await database.query(SELECT_TENANT, [id]);
      return rows.length > 0;
    },

    async ensureTenant(id, name) {
      await database.query(INSERT_TENANT, [id, name, now()]);
    },

    async create(key) {
      const { rows } = await database.query(INSERT, [
        key.id,
        key.tenantId,
        key.name,
        key.prefix,
        key.hash,
        JSON.stringify(key.scopes),
        key.createdAt,
        key.expiresAt ?? null,
        key.revokedAt ?? null,
        key.lastUsedAt ?? null,
      ]);
      if (rows.length === 0) throw new DuplicateError(`API key ${key.id} exists`);
    },

    async findByHash(hash) {
      const { rows } = await database.query<KeyRow>(SELECT_BY_HASH, [hash]);
      return rows[0] && toKey(rows[0]);
    },

    async find(tenantId, keyId) {
      const { rows } = await database.query<KeyRow>(SELECT_BY_ID, [keyId, tenantId]);
      return rows[0] && toKey(rows[0]);
    },

    async list(tenantId) {
      const { rows } = await database.query<KeyRow>(SELECT_OF_TENANT, [tenantId]);
      return rows.map(toKey);
    },

    async revoke(tenantId, keyId, at) {
      const { rows } = await database.query<KeyRow>(REVOKE, [at, keyId, tenantId]);
      return rows[0] && toKey(rows[0]);
    },

    async touch({ id }, at) {
      await database.query(TOUCH, [at, id, at - TOUCH_EVERY_MS]);
    },
  };
}

const toKey = (row: KeyRow): ApiKey => ({
  id: row.id,
  tenantId: row.tenant_id,
  name: row.name,
  prefix: row.prefix,
  hash: row.hash,
  scopes: JSON.parse(row.scopes),
  createdAt: row.created_at,
  ...(row.expires_at !== null && { expiresAt: row.expires_at }),
  ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
});
