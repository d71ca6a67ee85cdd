import type { Idempotency, NewRun, Repeated, RunStore, RunSummary } from '@flowwire/engine';
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

// The run of a key; without one where its run was deleted, or a request without a run has it.
const SELECT_EARLIER = `
  SELECT idempotency_keys.run_id, idempotency_keys.fingerprint,
    ${SUMMARY_COLUMNS.map((column) => `workflow_executions.${column}`).join(', ')}
  FROM idempotency_keys
  LEFT JOIN workflow_executions
    ON workflow_executions.id = idempotency_keys.run_id
    AND workflow_executions.tenant_id = idempotency_keys.tenant_id
  WHERE idempotency_keys.tenant_id = ? AND idempotency_keys.key = ? AND idempotency_keys.created_at > ?`;

// Its run was deleted: as if it had expired.
const FREE_KEY = `
  DELETE FROM idempotency_keys
  WHERE tenant_id = ? AND key = ? AND run_id <> ''
    AND NOT EXISTS (SELECT 1 FROM workflow_executions WHERE id = idempotency_keys.run_id)`;

type EarlierRow = { readonly run_id: string; readonly fingerprint: string } & (
  | RunSummaryRow
  | { readonly id: null }
);

/** Creates runs, each once for its key. `create` throws DuplicateError when the id is taken. */
export function createRunCreator(database: Database): Pick<RunStore, 'create' | 'findRepeated'> {
  const isTimeToSweep = createSweepTimer();

  return {
    create(run) {
      const sweep = run.idempotency !== undefined && isTimeToSweep(run.createdAt);
      return database.transaction(function* () {
        const earlier = run.idempotency && (yield* takeKey(run, run.idempotency));
        if (earlier) return earlier;
        const created = yield* insertRun(run);
        if (sweep) yield* deleteExpiredKeys(run.createdAt);
        return { outcome: 'created', run: created } as const;
      });
    },

    async findRepeated(tenantId, { key, fingerprint }, now) {
      const { rows } = await database.query<EarlierRow>(SELECT_EARLIER, [
        tenantId,
        key,
        now - IDEMPOTENCY_MS,
      ]);
      return toRepeated(rows[0], fingerprint);
    },
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
function* takeKey(run: NewRun, { key, fingerprint }: Idempotency): TransactionBody<Repeated | undefined> {
  const expired = run.createdAt - IDEMPOTENCY_MS;
  const taken = yield* execute(TAKE_KEY, [run.tenantId, key, run.id, fingerprint, run.createdAt, expired]);
  if (taken.rows.length > 0) return undefined;

  const { rows } = yield* execute<EarlierRow>(SELECT_EARLIER, [run.tenantId, key, expired]);
  const earlier = toRepeated(rows[0], fingerprint);
  if (earlier) return earlier;
  // Another such request may just have freed it.
  yield* execute(FREE_KEY, [run.tenantId, key]);
  return yield* takeKey(run, { key, fingerprint });
}

/** Undefined for a key that is free. */
function toRepeated(known: EarlierRow | undefined, fingerprint: string): Repeated | undefined {
  // A request without a run has it.
  if (known?.run_id === '') return { outcome: 'conflict' };
  if (!known || known.id === null) return undefined;
  return known.fingerprint === fingerprint
    ? { outcome: 'repeated', run: toSummary(known) }
    : { outcome: 'conflict' };
}
