import type { RateCount, RateCountStore } from '../limits/rate-limiter.ts';
import { columns, type Database, execute } from './database.ts';

interface RateCountRow {
  readonly key: string;
  readonly used: number;
  readonly reset_at: number;
}

const SELECT = 'SELECT key, used, reset_at FROM rate_counts WHERE reset_at > ? ORDER BY reset_at, key';

const ON_CONFLICT = 'ON CONFLICT (key) DO UPDATE SET used = excluded.used, reset_at = excluded.reset_at';

const UPSERT = `INSERT INTO rate_counts (key, used, reset_at) VALUES (?, ?, ?) ${ON_CONFLICT}`;

const UPSERT_SET = `
  INSERT INTO rate_counts (key, used, reset_at)
  SELECT * FROM unnest(?::text[], ?::bigint[], ?::bigint[]) ${ON_CONFLICT}`;

const DELETE_ENDED = 'DELETE FROM rate_counts WHERE reset_at <= ?';

export function createRateCountStore(database: Database): RateCountStore {
  return {
    async load(now) {
      const { rows } = await database.query<RateCountRow>(SELECT, [now]);
      return rows.map(({ key, used, reset_at }) => ({ key, used, resetAt: reset_at }));
    },

    async save(counts, now) {
      const rows = [...counts].sort(byKey).map(({ key, used, resetAt }) => [key, used, resetAt]);
      await database.transaction(function* () {
        if (database.dialect === 'postgres') yield* execute(UPSERT_SET, columns(3, rows));
        else for (const row of rows) yield* execute(UPSERT, row);
        yield* execute(DELETE_ENDED, [now]);
      });
    },
  };
}

/** Processes that keep the same counts lock them in the same order. */
const byKey = (a: RateCount, b: RateCount): number => (a.key < b.key ? -1 : 1);
