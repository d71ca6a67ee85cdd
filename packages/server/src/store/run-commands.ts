import type { RunStore } from '@flowwire/engine';
import { type Database, execute, type SqlValue, type TransactionBody } from './database.ts';
import { type RunSummaryRow, SUMMARY_COLUMNS, toSummary } from './run-record.ts';

const SUMMARY = SUMMARY_COLUMNS.join(', ');

// A finished run stays as it is, with each of these.
const REQUEST_CANCEL = `
  UPDATE workflow_executions SET
    cancel_requested = CASE WHEN finished_at IS NULL THEN 1 ELSE cancel_requested END,
    status = CASE WHEN status IN ('waiting', 'paused') THEN 'queued' ELSE status END
  WHERE id = ? AND tenant_id = ?
  RETURNING ${SUMMARY}`;

const REQUEST_PAUSE = `
  UPDATE workflow_executions SET
    pause_requested = CASE WHEN status IN ('queued', 'running', 'waiting') THEN 1 ELSE pause_requested END,
    status = CASE WHEN status = 'waiting' THEN 'queued' ELSE status END
  WHERE id = ? AND tenant_id = ?
  RETURNING ${SUMMARY}`;

const RESUME = `
  UPDATE workflow_executions SET
    pause_requested = CASE WHEN finished_at IS NULL THEN 0 ELSE pause_requested END,
    queued_at = CASE WHEN status = 'paused' THEN ? ELSE queued_at END,
    status = CASE WHEN status = 'paused' THEN 'queued' ELSE status END
  WHERE id = ? AND tenant_id = ?
  RETURNING ${SUMMARY}`;

const INSERT_ANSWER = `
  INSERT INTO run_answers (run_id, question_id, reply, created_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (run_id, question_id) DO NOTHING
  RETURNING run_id`;

// Before the answer is kept: it locks the run, so that the run does not end or begin to wait in between.
const LOCK_RUN = `
  UPDATE workflow_executions SET queued_at = queued_at
  WHERE id = ? AND tenant_id = ? AND finished_at IS NULL
  RETURNING ${SUMMARY}`;

const TAKE_ANSWER = `
  UPDATE workflow_executions SET
    queued_at = CASE WHEN status = 'waiting' THEN ? ELSE queued_at END,
    status = CASE WHEN status = 'waiting' THEN 'queued' ELSE status END
  WHERE id = ?
  RETURNING ${SUMMARY}`;

const SELECT_ANSWERS =
  'SELECT question_id, reply FROM run_answers WHERE run_id = ? ORDER BY created_at, question_id';

type RunCommands = Pick<RunStore, 'requestCancel' | 'requestPause' | 'resume' | 'answer' | 'answers'>;

/** What people want of a run: its part of `RunStore`. */
export function createRunCommands(database: Database): RunCommands {
  const change = async (sql: string, values: readonly SqlValue[]) => {
    const { rows } = await database.query<RunSummaryRow>(sql, values);
    return rows[0] && toSummary(rows[0]);
  };

  return {
    requestCancel: (tenantId, runId) => change(REQUEST_CANCEL, [runId, tenantId]),
    requestPause: (tenantId, runId) => change(REQUEST_PAUSE, [runId, tenantId]),
    resume: (tenantId, runId, now) => change(RESUME, [now, runId, tenantId]),

    answer: (tenantId, runId, { questionId, reply }, now) =>
      database.transaction(function* () {
        const run = yield* first(LOCK_RUN, [runId, tenantId]);
        if (!run) return undefined;
        const kept = yield* execute(INSERT_ANSWER, [runId, questionId, JSON.stringify(reply), now]);
        if (kept.rows.length === 0) return { outcome: 'repeated', run: toSummary(run) } as const;
        const taken = (yield* first(TAKE_ANSWER, [now, runId])) ?? run;
        return { outcome: 'kept', run: toSummary(taken) } as const;
      }),

    async answers(runId) {
      const sql = SELECT_ANSWERS;
      const { rows } = await database.query<{ question_id: string; reply: string }>(sql, [runId]);
      return rows.map(({ question_id, reply }) => ({ questionId: question_id, reply: JSON.parse(reply) }));
    },
  };
}

function* first(sql: string, values: readonly SqlValue[]): TransactionBody<RunSummaryRow | undefined> {
  return (yield* execute<RunSummaryRow>(sql, values)).rows[0];
}
