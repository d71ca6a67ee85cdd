import type { NewRun, RunStore, RunSummary } from '@flowwire/engine';
import { type Database, DuplicateError, execute, type TransactionBody } from './database.ts';
import { createSweepTimer, deleteExpiredKeys, IDEMPOTENCY_MS } from './idempotency-keys.ts';
import { type RunSummaryRow, SUMMARY_COLUMNS, toSummary } from './run-record.ts';

const SUMMARY = SUMMARY_COLUMNS.join(', ');

const INSERTED = [
  'id',
  'tenant_id',
  'workflow_id',
  'version',
  'user_id',
  'priority',
  'timeout_ms',
  'on_disconnect',
  'disconnect_grace_ms',
  'created_at',
  'queued_at',
  'conversation_id',
  'cache_key',
  'kind',
  'pool',
  'reuse',
  'inputs',
  'definition',
  'subflows',
  'history',
];

const INSERT_RUN = `
  INSERT INTO workflow_executions (${INSERTED.join(', ')}, status)
  VALUES (${INSERTED.map(() => '?').join(', ')}, 'queued')
  ON CONFLICT (id) DO NOTHING
  RETURNING ${SUMMARY}`;

// Takes the key when it is new or expired; otherwise answers no row. A concurrent request with the same
// key waits here for the other's commit.
const TAKE_KEY = `
  INSERT INTO idempotency_keys (tenant_id, key, run_id, fingerprint, created_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (tenant_id, key) DO UPDATE
    SET run_id = excluded.run_id, fingerprint = excluded.fingerprint, created_at = excluded.created_at,
      owner = NULL, reply = NULL
    WHERE idempotency_keys.created_at <= ?
  RETURNING run_id`;

const SELECT_KEY = 'SELECT run_id, fingerprint FROM idempotency_keys WHERE tenant_id = ? AND key = ?';

const SELECT_RUN = `SELECT ${SUMMARY} FROM workflow_executions WHERE id = ? AND tenant_id = ?`;

const FREE_KEY = 'DELETE FROM idempotency_keys WHERE tenant_id = ? AND key = ? AND run_id = ?';

/** `RunStore.create`. Throws DuplicateError when the id is taken. */
export function createRunCreator(database: Database): RunStore['create'] {
  const isTimeToSweep = createSweepTimer();

  return (run) => {
    const sweep = run.idempotency !== undefined && isTimeToSweep(run.createdAt);
    return database.transaction(function* () {
      const earlier = run.idempotency && (yield* takeKey(run, run.idempotency));
      if (earlier) return earlier;
      const created = yield* insertRun(run);
      if (sweep) yield* deleteExpiredKeys(run.createdAt);
      return { outcome: 'created', run: created } as const;
    });
  };
}

function* insertRun(run: NewRun): TransactionBody<RunSummary> {
  const { rows } = yield* execute<RunSummaryRow>(INSERT_RUN, [
    run.id,
    run.tenantId,
    run.workflowId,
    run.version,
    run.userId,
    run.priority,
    run.timeoutMs,
    run.onDisconnect,
    run.disconnectGraceMs,
    run.createdAt,
    run.createdAt,
    run.conversationId ?? null,
    run.cacheKey,
    run.kind ?? null,
    run.pool ?? null,
    toJson(run.reuse),
    JSON.stringify(run.inputs),
    JSON.stringify(run.definition),
    toJson(run.subflows),
    toJson(run.history),
  ]);
  if (!rows[0]) throw new DuplicateError(`run ${run.id} exists`);
  return toSummary(rows[0]);
}

const toJson = (value: object | undefined) => (value ? JSON.stringify(value) : null);

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
  // A request without a run has it.
  if (known?.run_id === '') return { outcome: 'conflict' };
  const earlier = known && (yield* execute<RunSummaryRow>(SELECT_RUN, [known.run_id, run.tenantId])).rows[0];
  if (known && earlier) {
    if (known.fingerprint !== fingerprint) return { outcome: 'conflict' };
    return { outcome: 'repeated', run: toSummary(earlier) };
  }
  // Its run was deleted, or another such request has just freed the key: as if it had expired.
  if (known) yield* execute(FREE_KEY, [run.tenantId, key, known.run_id]);
  return yield* takeKey(run, { key, fingerprint });
}
