import type { FileRecords, StoredFile } from '../files/file-store.ts';
import { type Database, execute } from './database.ts';

interface FileRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly media_type: string;
  readonly bytes: number;
  readonly digest: string;
  readonly created_at: number;
}

const COLUMNS = 'id, tenant_id, name, media_type, bytes, digest, created_at';

const INSERT = `INSERT INTO files (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`;

// SQLite has one writer at a time; PostgreSQL would let two uploads count the same sum.
const LOCK_TENANT = 'SELECT pg_advisory_xact_lock(hashtextextended(?, 0))';

// PostgreSQL's sum of bigints is a numeric, which the driver answers as text.
const SELECT_SUM = 'SELECT CAST(COALESCE(SUM(bytes), 0) AS bigint) AS bytes FROM files WHERE tenant_id = ?';

const SELECT = `SELECT ${COLUMNS} FROM files WHERE tenant_id = ? AND id = ?`;

const TAKE_OLDER = `
  DELETE FROM files
  WHERE id IN (SELECT id FROM files WHERE created_at < ? ORDER BY created_at, id LIMIT ?)
  RETURNING ${COLUMNS}`;

const SELECT_KNOWN = {
  sqlite: 'SELECT id FROM files WHERE id IN (SELECT value FROM json_each(?))',
  postgres:
    'SELECT id FROM files WHERE id IN (SELECT value FROM json_array_elements_text(?::json) AS ids(value))',
};

export function createFileRecords(database: Database): FileRecords {
  return {
    add: (tenantId, files, quota) =>
      database.transaction(function* () {
        if (database.dialect === 'postgres') yield* execute(LOCK_TENANT, [`files:${tenantId}`]);
        const { rows } = yield* execute<{ bytes: number }>(SELECT_SUM, [tenantId]);
        const added = files.reduce((sum, { bytes }) => sum + bytes, 0);
        if ((rows[0]?.bytes ?? 0) + added > quota) return false;
        for (const { id, name, mediaType, bytes, digest, createdAt } of files)
          yield* execute(INSERT, [id, tenantId, name, mediaType, bytes, digest, createdAt]);
        return true;
      }),

    async get(tenantId, fileId) {
      const { rows } = await database.query<FileRow>(SELECT, [tenantId, fileId]);
      return rows[0] && toFile(rows[0]);
    },

    async takeOlder(before, limit) {
      const { rows } = await database.query<FileRow>(TAKE_OLDER, [before, limit]);
      return rows.map(toFile);
    },

    async known(fileIds) {
      const { rows } = await database.query<{ id: string }>(SELECT_KNOWN[database.dialect], [
        JSON.stringify(fileIds),
      ]);
      return new Set(rows.map(({ id }) => id));
    },
  };
}

const toFile = (row: FileRow): StoredFile => ({
  id: row.id,
  tenantId: row.tenant_id,
  name: row.name,
  mediaType: row.media_type,
  bytes: row.bytes,
  digest: row.digest,
  createdAt: row.created_at,
});
