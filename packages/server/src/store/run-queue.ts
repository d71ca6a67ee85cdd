import type { ActiveState, Job, QueuedRun, RunStore } from '@flowwire/engine';
import { type Database, execute } from './database.ts';
import { type ListOrder, readPage } from './page.ts';
import { filtered } from './run-filter.ts';
import { LONG_COLUMNS, type RunSummaryRow, SUMMARY_COLUMNS, toSummary } from './run-record.ts';

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

/** The table has the same words for them. */
const ACTIVE_STATES: readonly ActiveState[] = ['queued', 'running', 'paused', 'waiting'];

/** The queue of all tenants, from its index alone, and then the runs of one. */
const PLACES = `(
  SELECT run.*, queued.urgency, queued.position, queued.position_in_tenant
  FROM (
    SELECT id, tenant_id, -priority AS urgency,
      ROW_NUMBER() OVER (PARTITION BY pool ORDER BY priority DESC, created_at, id) AS position,
      ROW_NUMBER() OVER (PARTITION BY pool, tenant_id ORDER BY priority DESC, created_at, id)
        AS position_in_tenant
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
  readonly position_in_tenant: number;
}

/** Which runs wait for their turn: its part of `RunStore`. */
export function createRunQueue(
  database: Database,
): Pick<RunStore, 'recover' | 'wake' | 'queued' | 'countActive'> {
  const { knex } = database;
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

    async queued(tenantId, { runId, ...filter }, page) {
      const rows = filtered(knex.from(knex.raw(PLACES, [tenantId])), filter);
      if (runId !== undefined) rows.where('id', runId);
      return readPage<PlaceRow, QueuedRun>(
        {
          knex,
          rows,
          order: NEXT_FIRST,
          columns: [...SUMMARY_COLUMNS, 'position', 'position_in_tenant'],
          longColumns: LONG_COLUMNS,
          toItem: (row) => ({
            run: toSummary(row),
            position: row.position,
            positionInTenant: row.position_in_tenant,
          }),
        },
        page,
      );
    },

    async countActive(tenantId, filter = {}) {
      const active = knex('workflow_executions').whereNull('finished_at').whereIn('status', ACTIVE_STATES);
      if (tenantId !== undefined) active.where('tenant_id', tenantId);
      const rows: readonly { readonly status: ActiveState; readonly runs: number }[] = await filtered(
        active,
        filter,
      )
        .select('status')
        .count({ runs: '*' })
        .groupBy('status');
      const counts = { queued: 0, running: 0, paused: 0, waiting: 0 };
      return { ...counts, ...Object.fromEntries(rows.map(({ status, runs }) => [status, runs])) };
    },
  };
}

const toJob = ({ id, tenant_id, priority, pool }: JobRow): Job => ({
  runId: id,
  tenantId: tenant_id,
  priority,
  ...(pool !== null && { pool }),
});
