import type { IdempotencyStore, KeyedRequest, Reservation } from '../idempotency/idempotency-store.ts';
import { type Database, execute, type TransactionBody } from './database.ts';
import { createSweepTimer, deleteExpiredKeys, IDEMPOTENCY_MS } from './idempotency-keys.ts';

// Takes a key that is new or expired, or that the same request of this process or of none holds. A concurrent
// request with the same key waits here for the other's commit.
const TAKE = `
  INSERT INTO idempotency_keys (tenant_id, key, run_id, fingerprint, created_at, owner) VALUES (?, ?, '', ?, ?, ?)
  ON CONFLICT (tenant_id, key) DO UPDATE
    SET run_id = '', fingerprint = excluded.fingerprint, created_at = excluded.created_at,
      owner = excluded.owner, reply = NULL
    WHERE idempotency_keys.created_at <= ?
      OR (
        idempotency_keys.run_id = '' AND idempotency_keys.reply IS NULL
        AND idempotency_keys.fingerprint = excluded.fingerprint
        AND (idempotency_keys.owner IS NULL OR idempotency_keys.owner = excluded.owner)
      )
  RETURNING key`;

const SELECT = 'SELECT run_id, fingerprint, reply FROM idempotency_keys WHERE tenant_id = ? AND key = ?';

const ANSWER = `
  UPDATE idempotency_keys SET reply = ?, owner = NULL
  WHERE tenant_id = ? AND key = ? AND run_id = '' AND owner = ?`;

const RELEASE = `DELETE FROM idempotency_keys WHERE tenant_id = ? AND key = ? AND run_id = '' AND owner = ?`;

const RECOVER = `UPDATE idempotency_keys SET owner = NULL WHERE run_id = '' AND owner <> ?`;

interface KeyRow {
  readonly run_id: string;
  readonly fingerprint: string;
  readonly reply: string | null;
}

/** Answers in the table `idempotency_keys`, which also has the keys of runs. They live 24 h by the requests' own `at`. */
export function createIdempotencyStore(database: Database): IdempotencyStore {
  const isTimeToSweep = createSweepTimer();

  return {
    reserve(request) {
      const sweep = isTimeToSweep(request.at);
      return database.transaction(function* () {
        const reservation = yield* reserve(request);
        if (sweep) yield* deleteExpiredKeys(request.at);
        return reservation;
      });
    },

    async answer({ tenantId, key, owner }, reply) {
      await database.query(ANSWER, [reply, tenantId, key, owner]);
    },

    async release({ tenantId, key, owner }) {
      await database.query(RELEASE, [tenantId, key, owner]);
    },

    async recover(owner) {
      await database.query(RECOVER, [owner]);
    },
  };
}

function* reserve(request: KeyedRequest): TransactionBody<Reservation> {
  const { tenantId, key, fingerprint, at, owner } = request;
  const taken = yield* execute(TAKE, [tenantId, key, fingerprint, at, owner, at - IDEMPOTENCY_MS]);
  if (taken.rows.length > 0) return { outcome: 'reserved' };

  const known = (yield* execute<KeyRow>(SELECT, [tenantId, key])).rows[0];
  // Its holder has given it back in between.
  if (!known) return yield* reserve(request);
  if (known.run_id !== '' || known.fingerprint !== fingerprint) return { outcome: 'conflict' };
  return known.reply === null ? { outcome: 'pending' } : { outcome: 'answered', reply: known.reply };
}
