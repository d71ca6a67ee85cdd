import type { RunEvent, StoredEvent } from '@flowwire/engine';
import type { Database } from './database.ts';
import type { EventRow } from './event-writer.ts';
import { type HotTail, PAGE_BYTES } from './hot-tail.ts';

/** The log as the table has it. */
export interface EventReader {
  /** A page of `EventLog.read`, which the hot tail is then given. */
  read(runId: string, after: number, limit: number): Promise<readonly StoredEvent[]>;
  readTypes(runId: string, types: readonly RunEvent['type'][]): Promise<readonly StoredEvent[]>;
}

type Row = Omit<EventRow, 'type'>;
type SizedRow = Row & { readonly bytes: number };

/** For SQLite, which stops where the page ends. */
const SELECT_NEXT = `
  SELECT seq, at, data, octet_length(data) AS bytes FROM run_events
  WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?`;

/**
 * For PostgreSQL, which sends all rows of an answer: the subquery finds where the page ends by the lengths
 * alone, for which long texts are not loaded. On SQLite it would read them all for its walk over the key.
 */
const SELECT_PAGE = `
  SELECT seq, at, data, octet_length(data) AS bytes FROM run_events
  WHERE run_id = ? AND seq > ? AND seq <= (
    SELECT MAX(seq) FROM (
      SELECT seq, SUM(bytes) OVER (ORDER BY seq) - bytes AS bytes_before FROM (
        SELECT seq, octet_length(data) AS bytes FROM run_events
        WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?
      ) AS following
    ) AS candidates
    WHERE bytes_before < ${PAGE_BYTES}
  )
  ORDER BY seq`;

/**
 * Readers that want the same page at the same time share one query: on several machines, that is how the
 * followers of another machine's run stay cheap.
 */
export function createEventReader(database: Database, tail: HotTail): EventReader {
  const underWay = new Map<string, Promise<readonly StoredEvent[]>>();

  const load = async (runId: string, after: number, limit: number): Promise<readonly StoredEvent[]> => {
    const next = [runId, after, limit];
    const [sql, values] =
      database.dialect === 'sqlite' ? [SELECT_NEXT, next] : [SELECT_PAGE, [runId, after, ...next]];
    let bytes = 0;
    const rows = await database.queryUntil<SizedRow>(sql, values, (row) => {
      bytes += row.bytes;
      return bytes >= PAGE_BYTES;
    });
    const events = rows.map((row) => ({ stored: toStored(runId, row), bytes: row.bytes }));
    tail.add(runId, after, events, events.length < limit && bytes < PAGE_BYTES);
    return events.map(({ stored }) => stored);
  };

  return {
    read(runId, after, limit) {
      const page = `${after} ${limit} ${runId}`;
      const pending = underWay.get(page);
      if (pending) return pending;
      const loading = load(runId, after, limit).finally(() => underWay.delete(page));
      underWay.set(page, loading);
      return loading;
    },

    async readTypes(runId, types) {
      const sql = `SELECT seq, at, data FROM run_events
        WHERE run_id = ? AND type IN (${types.map(() => '?').join(', ')}) ORDER BY seq`;
      const { rows } = await database.query<Row>(sql, [runId, ...types]);
      return rows.map((row) => toStored(runId, row));
    },
  };
}

// Rows are our own writing: what JSON.parse answers is the event that was stringified.
const toStored = (runId: string, { seq, at, data }: Row): StoredEvent => ({
  runId,
  seq,
  at,
  event: JSON.parse(data),
});
