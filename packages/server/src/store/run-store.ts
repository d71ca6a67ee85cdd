import type { NewRun, RunFilter, RunStore, RunSummary } from '@flowwire/engine';
import type { Knex } from 'knex';
import { type Database, DuplicateError, execute, type TransactionBody } from './database.ts';
import { newestFirst } from './page.ts';
import {
  type RunRow,
  type RunSummaryRow,
  SUMMARY_COLUMNS,
  toDefinition,
  toRun,
  toStatus,
  toSummary,
} from './run-record.ts';

const HOUR_MS = 3_600_000;
const IDEMPOTENCY_MS = 24 * HOUR_MS;
const SWEEP_EVERY_MS = HOUR_MS / 6;

const SUMMARY = SUMMARY_COLUMNS.join(', ');

const SELECT_RUN = `SELECT ${SUMMARY} FROM workflow_executions WHERE id = ? AND tenant_id = ?`;

const SELECT_DEFINITION = 'SELECT definition FROM workflow_executions WHERE id = ?';

const INSERT_RUN = `
  INSERT INTO workflow_executions
    (id, tenant_id, workflow_id, user_id, status, priority, timeout_ms, on_disconnect, disconnect_grace_ms,
     created_at, inputs, definition)
  VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO NOTHING
  RETURNING ${SUMMARY}`;

// Takes the key when it is new or expired; otherwise answers no row. A concurrent request with the same
// key waits here for the other's commit.
const TAKE_KEY = `
  INSERT INTO idempotency_keys (tenant_id, key, run_id, fingerprint, created_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (tenant_id, key) DO UPDATE
    SET run_id = excluded.run_id, fingerprint = excluded.fingerprint, created_at = excluded.created_at
    WHERE idempotency_keys.created_at <= ?
  RETURNING run_id`;

const SELECT_KEY = 'SELECT run_id, fingerprint FROM idempotency_keys WHERE tenant_id = ? AND key = ?';

const DELETE_EXPIRED_KEYS = 'DELETE FROM idempotency_keys WHERE created_at <= ?';

const CLAIM = `
  UPDATE workflow_executions
  SET status = 'running', epoch = epoch + 1, owner = ?, started_at = COALESCE(started_at, ?)
  WHERE id = ? AND status = 'queued'
  RETURNING ${SUMMARY}, definition`;

const RELEASE = `
  UPDATE workflow_executions SET status = 'queued', owner = NULL
  WHERE id = ? AND epoch = ? AND status = 'running'`;

// A finished run stays as it is.
const REQUEST_CANCEL = `
  UPDATE workflow_executions
  SET cancel_requested = CASE WHEN finished_at IS NULL THEN 1 ELSE cancel_requested END
  WHERE id = ? AND tenant_id = ?
  RETURNING ${SUMMARY}`;

const REQUEUE_ORPHANS = `
  UPDATE workflow_executions SET status = 'queued', owner = NULL
  WHERE status = 'running' AND (owner IS NULL OR owner <> ?)`;

const SELECT_QUEUED = `
  SELECT id, priority FROM workflow_executions WHERE status = 'queued'
  ORDER BY priority DESC, created_at, id`;

/**
 * Runs in the table `workflow_executions`.
 *
 * `create` throws DuplicateError when the id is taken; `list` throws InvalidCursorError. The bounds of a
 * filter's created range are exclusive. Idempotency keys live 24 h by the runs' own `createdAt`.
 */
export function createRunStore(database: Database): RunStore {
  let sweptAt = 0;

  return {
    create(run) {
      // Expired keys are dead weight and not wrong, so they are deleted now and then, in passing.
      const sweep = run.idempotency !== undefined && run.createdAt - sweptAt >= SWEEP_EVERY_MS;
      if (sweep) sweptAt = run.createdAt;
      return database.transaction(function* () {
        const earlier = run.idempotency && (yield* takeKey(run, run.idempotency));
        if (earlier) return earlier;
        const created = yield* insertRun(run);
        if (sweep) yield* execute(DELETE_EXPIRED_KEYS, [run.createdAt - IDEMPOTENCY_MS]);
        return { outcome: 'created', run: created } as const;
      });
    },

    async get(tenantId, runId) {
      const { rows } = await database.query<RunSummaryRow>(SELECT_RUN, [runId, tenantId]);
      return rows[0] && toSummary(rows[0]);
    },

    async definition(runId) {
      const { rows } = await database.query<{ definition: string }>(SELECT_DEFINITION, [runId]);
      return rows[0] && toDefinition(rows[0].definition);
    },

    async list(tenantId, filter, page) {
      const { knex } = database;
      const rows = filtered(knex('workflow_executions').where('tenant_id', tenantId), filter);
      return newestFirst<RunSummaryRow, RunSummary>(
        {
          knex,
          rows,
          columns: SUMMARY_COLUMNS,
          longColumns: ['inputs', 'outputs', 'error'],
          toItem: toSummary,
        },
        page,
      );
    },

    async claim(runId, owner, now) {
      const { rows } = await database.query<RunRow>(CLAIM, [owner, now, runId]);
      return rows[0] && toRun(rows[0]);
    },

    async release({ runId, epoch }) {
      await database.query(RELEASE, [runId, epoch]);
    },

    async requestCancel(tenantId, runId) {
      const { rows } = await database.query<RunSummaryRow>(REQUEST_CANCEL, [runId, tenantId]);
      return rows[0] && toSummary(rows[0]);
    },

    recover: (owner) =>
      database.transaction(function* () {
        yield* execute(REQUEUE_ORPHANS, [owner]);
        const { rows } = yield* execute<{ id: string; priority: number }>(SELECT_QUEUED, []);
        return rows.map(({ id, priority }) => ({ runId: id, priority }));
      }),
  };
}

function* insertRun(run: NewRun): TransactionBody<RunSummary> {
  const { rows } = yield* execute<RunSummaryRow>(INSERT_RUN, [
    run.id,
    run.tenantId,
    run.workflowId,
    run.userId,
    run.priority,
    run.timeoutMs,
    run.onDisconnect,
    run.disconnectGraceMs,
    run.createdAt,
    JSON.stringify(run.inputs),
    JSON.stringify(run.definition),
  ]);
  if (!rows[0]) throw new DuplicateError(`run ${run.id} exists`);
  return toSummary(rows[0]);
}

/** Undefined when the key is now this run's; otherwise what to answer instead of creating it. */
function* takeKey(
  run: NewRun,
  { key, fingerprint }: NonNullable<NewRun['idempotency']>,
): TransactionBody<{ outcome: 'repeated'; run: RunSummary } | { outcome: 'conflict' } | undefined> {
  const expired = run.createdAt - IDEMPOTENCY_MS;
  const taken = yield* execute(TAKE_KEY, [run.tenantId, key, run.id, fingerprint, run.createdAt, expired]);
  if (taken.rows.length > 0) return undefined;

  const { rows } = yield* execute<{ run_id: string; fingerprint: string }>(SELECT_KEY, [run.tenantId, key]);
  const known = rows[0];
  if (!known) throw new Error('an idempotency key is taken and yet unknown');
  if (known.fingerprint !== fingerprint) return { outcome: 'conflict' };

  const earlier = yield* execute<RunSummaryRow>(SELECT_RUN, [known.run_id, run.tenantId]);
  if (!earlier.rows[0]) throw new Error(`run ${known.run_id} of an idempotency key is gone`);
  return { outcome: 'repeated', run: toSummary(earlier.rows[0]) };
}

function filtered(rows: Knex.QueryBuilder, filter: RunFilter) {
  if (filter.workflowId !== undefined) rows.where('workflow_id', filter.workflowId);
  if (filter.states) rows.whereIn('status', filter.states.map(toStatus));
  if (filter.createdAfter !== undefined) rows.where('created_at', '>', filter.createdAfter);
  if (filter.createdBefore !== undefined) rows.where('created_at', '<', filter.createdBefore);
  return rows;
}
