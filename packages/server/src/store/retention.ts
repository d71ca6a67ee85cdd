import { setImmediate as turn } from 'node:timers/promises';
import type { RunStore } from '@flowwire/engine';
import { type Database, execute, type SqlValue, type TransactionBody } from './database.ts';
import { deleteSource } from './workflow-store.ts';

const SELECT_OLD_RUNS = `
  SELECT id FROM workflow_executions WHERE finished_at <= ? ORDER BY finished_at LIMIT ?`;

// `finished_at IS NOT NULL AND pruned_seq = 0` are the words of the index workflow_executions_with_events.
const SELECT_OLD_EVENTS = `
  SELECT id FROM workflow_executions
  WHERE finished_at <= ? AND finished_at IS NOT NULL AND pruned_seq = 0
  ORDER BY finished_at LIMIT ?`;

const SELECT_SURPLUS_EVENTS = `
  SELECT id FROM (
    SELECT id, ROW_NUMBER() OVER (PARTITION BY tenant_id ORDER BY finished_at DESC, id DESC) AS place
    FROM workflow_executions
    WHERE finished_at IS NOT NULL AND pruned_seq = 0
  ) AS ended
  WHERE place > ? LIMIT ?`;

const MARK_PRUNED = `
  UPDATE workflow_executions SET pruned_seq = last_seq
  WHERE id = ? AND pruned_seq = 0 AND last_seq > 0
  RETURNING id`;

const DELETE_RUN =
  'DELETE FROM workflow_executions WHERE id = ? RETURNING tenant_id, workflow_id, version, created_at';

/**
 * `RunStore.prune`. Whole runs go first, as their events need no step of their own then. One transaction a
 * run, and a turn of the event loop after each: on SQLite a long log's deletion holds the process for a while.
 */
export function createRetention(database: Database, onPruned: (runId: string) => void): RunStore['prune'] {
  /** Answers how many runs `remove` has changed. */
  const each = async (
    sql: string,
    values: readonly SqlValue[],
    remove: (runId: string) => TransactionBody<boolean>,
  ): Promise<number> => {
    const { rows } = await database.query<{ id: string }>(sql, values);
    let changed = 0;
    for (const { id } of rows) {
      if (await database.transaction(() => remove(id))) changed += 1;
      onPruned(id);
      await turn();
    }
    return changed;
  };

  return async ({ eventsMs, runsMs, eventsOfRuns }, now, limit) => {
    let left = limit;
    if (runsMs !== undefined) left -= await each(SELECT_OLD_RUNS, [now - runsMs, left], deleteRun);
    if (eventsMs !== undefined) left -= await each(SELECT_OLD_EVENTS, [now - eventsMs, left], pruneEvents);
    if (eventsOfRuns !== undefined) {
      left -= await each(SELECT_SURPLUS_EVENTS, [eventsOfRuns, left], pruneEvents);
    }
    return limit - left;
  };
}

function* pruneEvents(runId: string): TransactionBody<boolean> {
  const { rows } = yield* execute(MARK_PRUNED, [runId]);
  if (rows.length === 0) return false;
  yield* deleteLog(runId);
  return true;
}

interface DeletedRunRow {
  readonly tenant_id: string;
  readonly workflow_id: string;
  readonly version: number;
  readonly created_at: number;
}

/** An idempotency key of it stays and counts as expired. */
function* deleteRun(runId: string): TransactionBody<boolean> {
  const { rows } = yield* execute<DeletedRunRow>(DELETE_RUN, [runId]);
  const run = rows[0];
  if (!run) return false;
  yield* deleteLog(runId);
  yield* execute('DELETE FROM flow_runs WHERE run_id = ?', [runId]);
  yield* deleteSource(run.tenant_id, run.workflow_id, run.version);
  yield* execute('DELETE FROM run_nodes WHERE tenant_id = ? AND created_at = ? AND run_id = ?', [
    run.tenant_id,
    run.created_at,
    runId,
  ]);
  return true;
}

function* deleteLog(runId: string): TransactionBody<void> {
  yield* execute('DELETE FROM run_events WHERE run_id = ?', [runId]);
  yield* execute('DELETE FROM run_answers WHERE run_id = ?', [runId]);
}
