import type { ActiveState, Job, RunStore, RunSummary } from '@flowwire/engine';
import { type Database, execute } from './database.ts';
import { type ListOrder, readPage } from './page.ts';
import {
  LONG_COLUMNS,
  type RunSummaryRow,
  STATE_OF,
  type Status,
  SUMMARY_COLUMNS,
  toSummary,
} from './run-record.ts';

const REQUEUE_ORPHANS = `
  UPDATE workflow_executions SET status = 'queued', owner = NULL
  WHERE finished_at IS NULL AND status = 'running' AND (owner IS NULL OR owner <> ?)`;

const SELECT_QUEUED = `
  SELECT id, tenant_id, priority, pool FROM workflow_executions WHERE status = 'queued'
  ORDER BY priority DESC, created_at, id`;

// The states are looked at again: another server may have woken the same runs meanwhile.
const WAKE = `
  UPDATE workflow_executions SET status = 'queued', queued_at = ?
  WHERE status IN ('waiting', 'paused') AND id IN (
    SELECT id FROM workflow_executions
    WHERE wake_at <= ? AND status IN ('waiting', 'paused')
    ORDER BY wake_at, id LIMIT ?
  )
  RETURNING id, tenant_id, priority, pool, wake_at`;

const COUNT_ACTIVE = `
  SELECT status, COUNT(*) AS runs FROM workflow_executions
  WHERE finished_at IS NULL AND status IN ('queued', 'running', 'paused', 'waiting')`;

/** The queue of all tenants, from its index alone, and then the runs of one. */
const PLACES = `(
  SELECT run.*, queued.urgency, queued.position
  FROM (
    SELECT id, tenant_id, workflow_id, -priority AS urgency,
      ROW_NUMBER() OVER (ORDER BY priority DESC, created_at, id) AS position
    FROM workflow_executions WHERE status = 'queued'
  ) AS queued
  JOIN workflow_executions AS run ON run.id = queued.id
  WHERE queued.tenant_id = ?
) AS places`;

const NEXT_FIRST: ListOrder = {
  columns: [
    { column: 'urgency', type: 'number' },
    { column: 'created_at', type: 'number' },
    { column: 'id', type: 'string' },
  ],
  direction: 'asc',
};

interface JobRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly priority: number;
  readonly pool: string | null;
}

interface PlaceRow extends RunSummaryRow {
  readonly position: number;
}

/** Which runs wait for their turn: its part of `RunStore`. */
export function createRunQueue(
  database: Database,
): Pick<RunStore, 'recover' | 'wake' | 'queued' | 'countActive'> {
  return {
    recover: (owner) =>
      database.transaction(function* () {
        yield* execute(REQUEUE_ORPHANS, [owner]);
        const { rows } = yield* execute<JobRow>(SELECT_QUEUED, []);
        return rows.map(toJob);
      }),

    async wake(now, limit) {
      const values = [now, now, limit];
      const { rows } = await database.query<JobRow & { wake_at: number }>(WAKE, values);
      return [...rows].sort((a, b) => a.wake_at - b.wake_at || (a.id < b.id ? -1 : 1)).map(toJob);
    },

    async queued(tenantId, { workflowId, runId }, page) {
      const { knex } = database;
      const rows = knex.from(knex.raw(PLACES, [tenantId]));
      if (workflowId !== undefined) rows.where('workflow_id', workflowId);
      if (runId !== undefined) rows.where('id', runId);
      return readPage<PlaceRow, { readonly run: RunSummary; readonly position: number }>(
        {
          knex,
          rows,
          order: NEXT_FIRST,
          columns: [...SUMMARY_COLUMNS, 'position'],
          longColumns: LONG_COLUMNS,
          toItem: (row) => ({ run: toSummary(row), position: row.position }),
        },
        page,
      );
    },

    async countActive(tenantId, workflowId) {
      const whose = tenantId === undefined ? '' : 'AND tenant_id = ?';
      const which = workflowId === undefined ? '' : 'AND workflow_id = ?';
      const { rows } = await database.query<{ status: Status; runs: number }>(
        `${COUNT_ACTIVE} ${whose} ${which} GROUP BY status`,
        [tenantId, workflowId].filter((value) => value !== undefined),
      );
      const counts: Record<ActiveState, number> = { queued: 0, running: 0, paused: 0, waiting: 0 };
      return { ...counts, ...Object.fromEntries(rows.map(({ status, runs }) => [STATE_OF[status], runs])) };
    },
  };
}

const toJob = ({ id, tenant_id, priority, pool }: JobRow): Job => ({
  runId: id,
  tenantId: tenant_id,
  priority,
  ...(pool !== null && { pool }),
});
