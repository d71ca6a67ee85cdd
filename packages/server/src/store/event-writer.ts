import { FencedError, type Lease, type RunChange, type RunEvent } from '@flowwire/engine';
import { type Cell, columns, type Database, execute, type TransactionBody } from './database.ts';
import { writeNodes, writeNodesAsSet } from './node-writer.ts';
import { toStatus } from './run-record.ts';

/** An event as its row has it. */
export interface EventRow {
  readonly seq: number;
  readonly type: RunEvent['type'];
  readonly at: number;
  /** The whole event as JSON. */
  readonly data: string;
}

/** What one flush writes of one run: an unbroken piece of its log and the change that goes with it. */
export interface Segment {
  readonly lease: Lease;
  /** The log ends here, and the lease's epoch is the run's, or nothing of the segment is written. */
  readonly afterSeq: number;
  readonly lastSeq: number;
  readonly rows: readonly EventRow[];
  /** When its last append was made. */
  readonly at: number;
  readonly change: RunChange | undefined;
}

/** Undefined when written. */
export type SegmentFailure = Error | undefined;

/**
 * Writes segments in order. One that its fence refuses writes nothing and says why, and the others are
 * written all the same. FencedError: the run was claimed again, or it is no longer running.
 */
export function* writeSegments(
  dialect: Database['dialect'],
  segments: readonly Segment[],
): TransactionBody<readonly SegmentFailure[]> {
  const write = dialect === 'sqlite' ? writeOneByOne : writeAsSets;
  const failures = new Map<Segment, Error>();
  for (const round of rounds(segments)) {
    const written = yield* write(round);
    for (const segment of round) {
      if (!written.has(segment.lease.runId)) failures.set(segment, yield* explain(segment));
    }
  }
  return segments.map((segment) => failures.get(segment));
}

/** Each round has at most one segment of a run, as a set-wise UPDATE touches a row once. */
function rounds(segments: readonly Segment[]): readonly (readonly Segment[])[] {
  const result: Segment[][] = [];
  const seen = new Map<string, number>();
  for (const segment of segments) {
    const round = seen.get(segment.lease.runId) ?? 0;
    seen.set(segment.lease.runId, round + 1);
    const members = result[round];
    if (members) members.push(segment);
    else result.push([segment]);
  }
  return result;
}

/** Runs whose segment passed its fence and is written. */
type Written = ReadonlySet<string>;

const ADVANCE = `
  UPDATE workflow_executions SET last_seq = ?
  WHERE id = ? AND epoch = ? AND last_seq = ? AND status = 'running'`;

const ADVANCE_AND_CHANGE = `
  UPDATE workflow_executions SET
    last_seq = ?,
    status = COALESCE(?, status),
    outputs = COALESCE(?, outputs),
    error = COALESCE(?, error),
    prompt_tokens = COALESCE(?, prompt_tokens),
    completion_tokens = COALESCE(?, completion_tokens),
    steps = COALESCE(?, steps),
    finished_at = COALESCE(?, finished_at),
    wake_at = ?,
    execution_time_ms = COALESCE(? - started_at, execution_time_ms)
  WHERE id = ? AND epoch = ? AND last_seq = ? AND status = 'running'`;

const INSERT_EVENT = 'INSERT INTO run_events (run_id, seq, type, at, data) VALUES (?, ?, ?, ?, ?)';

/** For SQLite, where a prepared statement costs microseconds and a round trip nothing. */
function* writeOneByOne(segments: readonly Segment[]): TransactionBody<Written> {
  const written = new Set<string>();
  for (const segment of segments) {
    const { lease, afterSeq, lastSeq, rows, change } = segment;
    const fence = [lease.runId, lease.epoch, afterSeq];
    const advanced = change
      ? yield {
          sql: ADVANCE_AND_CHANGE,
          values: [lastSeq, ...changeValues(change), change.finishedAt ?? null, ...fence],
        }
      : yield { sql: ADVANCE, values: [lastSeq, ...fence] };
    if (advanced.changes === 0) continue;
    written.add(lease.runId);
    for (const { seq, type, at, data } of rows) {
      yield { sql: INSERT_EVENT, values: [lease.runId, seq, type, at, data] };
    }
    if (change?.nodes) yield* writeNodes(lease.runId, change.nodes);
    yield* requeueIfAsked(segment);
  }
  return written;
}

// The run's row is this transaction's own by now: what is asked from here on finds the run waiting or paused.
const REQUEUE_IF_ASKED = `
  UPDATE workflow_executions SET status = 'queued', queued_at = ?
  WHERE id = ? AND (
    cancel_requested = 1
    OR (status = 'waiting' AND pause_requested = 1)
    OR (status = 'paused' AND pause_requested = 0)
    OR (SELECT COUNT(*) FROM run_answers WHERE run_id = workflow_executions.id) > CAST(? AS bigint)
  )`;

/** Queues a run again that stopped to wait, if its worker cannot have seen all that was asked of it. */
function* requeueIfAsked({ lease, at, change }: Segment): TransactionBody<void> {
  if (change?.state !== 'waiting' && change?.state !== 'paused') return;
  yield { sql: REQUEUE_IF_ASKED, values: [at, lease.runId, change.answersSeen ?? null] };
}

const ADVANCE_SET = `
  UPDATE workflow_executions AS run SET
    last_seq = v.last_seq,
    status = COALESCE(v.status, run.status),
    outputs = COALESCE(v.outputs, run.outputs),
    error = COALESCE(v.error, run.error),
    prompt_tokens = COALESCE(v.prompt_tokens, run.prompt_tokens),
    completion_tokens = COALESCE(v.completion_tokens, run.completion_tokens),
    steps = COALESCE(v.steps, run.steps),
    execution_time_ms = COALESCE(v.finished_at - run.started_at, run.execution_time_ms),
    finished_at = COALESCE(v.finished_at, run.finished_at),
    wake_at = v.wake_at
  FROM unnest(
    ?::bigint[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::integer[], ?::bigint[],
    ?::bigint[], ?::text[], ?::integer[], ?::bigint[]
  ) AS v (
    last_seq, status, outputs, error, prompt_tokens, completion_tokens, steps, finished_at,
    wake_at, id, epoch, after_seq
  )
  WHERE run.id = v.id AND run.epoch = v.epoch AND run.last_seq = v.after_seq AND run.status = 'running'
  RETURNING run.id`;

const INSERT_EVENTS = `
  INSERT INTO run_events (run_id, seq, type, at, data)
  SELECT * FROM unnest(?::text[], ?::bigint[], ?::text[], ?::bigint[], ?::text[])`;

/** For PostgreSQL: two round trips for all segments together. */
function* writeAsSets(segments: readonly Segment[]): TransactionBody<Written> {
  const advanced = yield* execute<{ id: string }>(
    ADVANCE_SET,
    columns(
      12,
      segments.map(({ lease, afterSeq, lastSeq, change }) => [
        lastSeq,
        ...changeValues(change ?? {}),
        lease.runId,
        lease.epoch,
        afterSeq,
      ]),
    ),
  );
  const written = new Set(advanced.rows.map(({ id }) => id));
  const passed = segments.filter(({ lease }) => written.has(lease.runId));
  const events = passed.flatMap(({ lease, rows }) =>
    rows.map(({ seq, type, at, data }) => [lease.runId, seq, type, at, data]),
  );
  if (events.length > 0) yield* execute(INSERT_EVENTS, columns(5, events));
  yield* writeNodesAsSet(
    passed.map(({ lease, change }) => ({ runId: lease.runId, nodes: change?.nodes ?? [] })),
  );
  for (const segment of passed) yield* requeueIfAsked(segment);
  return written;
}

/** In the order of the UPDATEs above; null leaves a column as it is, but for `wake_at`. */
function changeValues(change: RunChange): Cell[] {
  const { state, outputs, error, tokens, steps, finishedAt, wakeAt } = change;
  return [
    state ? toStatus(state) : null,
    outputs ? JSON.stringify(outputs) : null,
    error ? JSON.stringify(error) : null,
    tokens?.prompt ?? null,
    tokens?.completion ?? null,
    steps ?? null,
    finishedAt ?? null,
    wakeAt ?? null,
  ];
}

function* explain({ lease, afterSeq }: Segment): TransactionBody<Error> {
  const { rows } = yield* execute<{ epoch: number; last_seq: number; status: string }>(
    'SELECT epoch, last_seq, status FROM workflow_executions WHERE id = ?',
    [lease.runId],
  );
  const run = rows[0];
  if (!run) return new Error(`run ${lease.runId} is unknown`);
  if (run.epoch !== lease.epoch || run.status !== 'running') return new FencedError(lease);
  return new Error(
    `an append to run ${lease.runId} begins at seq ${afterSeq + 1}, but its log ends at ${run.last_seq}`,
  );
}
