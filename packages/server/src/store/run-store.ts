import type { ListedRun, RunFilter, RunStore, RunSummary } from '@flowwire/engine';
import type { Database } from './database.ts';
import { NEWEST_FIRST, readAbridgedPage, readPage } from './page.ts';
import { createRetention } from './retention.ts';
import { createRunCommands } from './run-commands.ts';
import { createRunCreator } from './run-creator.ts';
import { filtered } from './run-filter.ts';
import { createRunQueue } from './run-queue.ts';
import {
  type ListedRunRow,
  LONG_COLUMNS,
  PLAN_COLUMNS,
  type PlanRow,
  type RunRow,
  type RunSummaryRow,
  SUMMARY_COLUMNS,
  toListed,
  toPlan,
  toRun,
  toSummary,
} from './run-record.ts';

const SUMMARY = SUMMARY_COLUMNS.join(', ');

const SELECT_RUN = `SELECT ${SUMMARY} FROM workflow_executions WHERE id = ? AND tenant_id = ?`;

const SELECT_PLAN = `SELECT ${PLAN_COLUMNS.join(', ')} FROM workflow_executions WHERE id = ?`;

const CLAIM = `
  UPDATE workflow_executions
  SET status = 'running', epoch = epoch + 1, owner = ?, started_at = COALESCE(started_at, ?), wake_at = NULL
  WHERE id = ? AND status = 'queued'
  RETURNING ${SUMMARY}, ${PLAN_COLUMNS.join(', ')}`;

const RELEASE = `
  UPDATE workflow_executions SET status = 'queued', owner = NULL, queued_at = ?
  WHERE id = ? AND epoch = ? AND status = 'running'`;

// The conditions of the index workflow_executions_reusable, in its words.
const SELECT_REUSABLE = `
  SELECT ${SUMMARY} FROM workflow_executions
  WHERE tenant_id = ? AND workflow_id = ? AND cache_key = ? AND finished_at >= ?
    AND status = 'success' AND reuse IS NULL AND pruned_seq = 0
  ORDER BY finished_at DESC, id DESC LIMIT 1`;

export interface RunStoreOptions {
  /** Told of each run whose events were deleted. */
  readonly onPruned: (runId: string) => void;
}

/**
 * Runs in the table `workflow_executions`.
 *
 * `create` throws DuplicateError when the id is taken; lists throw InvalidCursorError. The bounds of a
 * filter's created range are exclusive. Idempotency keys live 24 h by the runs' own `createdAt`.
 */
export function createRunStore(database: Database, { onPruned }: RunStoreOptions): RunStore {
  const { knex } = database;
  const listing = {
    knex,
    order: NEWEST_FIRST,
    columns: SUMMARY_COLUMNS,
    longColumns: LONG_COLUMNS,
  } as const;
  const found = (tenantId: string, filter: RunFilter) =>
    filtered(knex('workflow_executions').where('tenant_id', tenantId), filter);

  return {
    ...createRunCreator(database),
    ...createRunCommands(database),
    ...createRunQueue(database),
    prune: createRetention(database, onPruned),

    async get(tenantId, runId) {
      const { rows } = await database.query<RunSummaryRow>(SELECT_RUN, [runId, tenantId]);
      return rows[0] && toSummary(rows[0]);
    },

    async plan(runId) {
      const { rows } = await database.query<PlanRow>(SELECT_PLAN, [runId]);
      return rows[0] && toPlan(rows[0]);
    },

    list: (tenantId, filter, page) =>
      readPage<RunSummaryRow, RunSummary>(
        { ...listing, rows: found(tenantId, filter), toItem: toSummary },
        page,
      ),

    listCounted: (tenantId, filter, page) =>
      readAbridgedPage<ListedRunRow, ListedRun>(
        { ...listing, rows: found(tenantId, filter), toItem: toListed },
        page,
      ),

    async claim(runId, owner, now) {
      const { rows } = await database.query<RunRow>(CLAIM, [owner, now, runId]);
      return rows[0] && toRun(rows[0]);
    },

    async release({ runId, epoch }, now) {
      await database.query(RELEASE, [now, runId, epoch]);
    },

    async findReusable(tenantId, workflowId, cacheKey, since) {
      const values = [tenantId, workflowId, cacheKey, since];
      const { rows } = await database.query<RunSummaryRow>(SELECT_REUSABLE, values);
      return rows[0] && toSummary(rows[0]);
    },
  };
}
