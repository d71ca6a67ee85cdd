import type { ListedRun, Run, RunPlan, RunState, RunSummary } from '@flowwire/engine';

/** The words of the `status` column: the engine's own, but for two that the API's document prescribes. */
const STATUS_OF = {
  queued: 'queued',
  running: 'running',
  paused: 'paused',
  waiting: 'waiting',
  succeeded: 'success',
  failed: 'failed',
  cancelled: 'cancelled',
  timed_out: 'timed_out',
} as const satisfies Record<RunState, string>;

export type Status = (typeof STATUS_OF)[RunState];

export const STATE_OF: Readonly<Record<Status, RunState>> = {
  queued: 'queued',
  running: 'running',
  paused: 'paused',
  waiting: 'waiting',
  success: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  timed_out: 'timed_out',
};

export const toStatus = (state: RunState): Status => STATUS_OF[state];

/** The columns of a `RunSummaryRow`, everything but the plan. */
export const SUMMARY_COLUMNS = [
  'id',
  'tenant_id',
  'workflow_id',
  'version',
  'user_id',
  'status',
  'priority',
  'last_seq',
  'epoch',
  'cancel_requested',
  'pause_requested',
  'pruned_seq',
  'timeout_ms',
  'on_disconnect',
  'disconnect_grace_ms',
  'prompt_tokens',
  'completion_tokens',
  'steps',
  'created_at',
  'queued_at',
  'started_at',
  'finished_at',
  'conversation_id',
  'kind',
  'pool',
  'reuse',
  'error',
  'inputs',
  'outputs',
] as const;

export interface RunSummaryRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly workflow_id: string;
  readonly version: number;
  readonly user_id: string;
  readonly status: Status;
  readonly priority: number;
  readonly last_seq: number;
  readonly epoch: number;
  readonly cancel_requested: number;
  readonly pause_requested: number;
  readonly pruned_seq: number;
  readonly timeout_ms: number;
  readonly on_disconnect: RunSummary['onDisconnect'];
  readonly disconnect_grace_ms: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly steps: number;
  readonly created_at: number;
  readonly queued_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly conversation_id: string | null;
  readonly kind: RunSummary['kind'] | null;
  readonly pool: string | null;
  readonly reuse: string | null;
  readonly error: string | null;
  readonly inputs: string;
  readonly outputs: string | null;
}

/** Without what may have been left out of a list. */
export type ListedRunRow = Omit<RunSummaryRow, 'inputs'> & { readonly inputs: string | null };

/** Columns of a summary that may be long. */
export const LONG_COLUMNS = ['inputs', 'outputs', 'error'] as const;

/** What the nodes of a run are. */
export const PLAN_COLUMNS = ['definition', 'subflows', 'history'] as const;

export interface PlanRow {
  readonly definition: string;
  readonly subflows: string | null;
  readonly history: string | null;
}

export type RunRow = RunSummaryRow & PlanRow;

// Rows are our own writing: what JSON.parse answers is what the type says that was stringified.
const toFacts = (row: Omit<RunSummaryRow, 'inputs'>): Omit<RunSummary, 'inputs'> => ({
  id: row.id,
  tenantId: row.tenant_id,
  workflowId: row.workflow_id,
  version: row.version,
  userId: row.user_id,
  state: STATE_OF[row.status],
  priority: row.priority,
  timeoutMs: row.timeout_ms,
  onDisconnect: row.on_disconnect,
  disconnectGraceMs: row.disconnect_grace_ms,
  tokens: { prompt: row.prompt_tokens, completion: row.completion_tokens },
  steps: row.steps,
  createdAt: row.created_at,
  queuedAt: row.queued_at,
  lastSeq: row.last_seq,
  epoch: row.epoch,
  cancelRequested: row.cancel_requested === 1,
  pauseRequested: row.pause_requested === 1,
  prunedSeq: row.pruned_seq,
  ...(row.conversation_id !== null && { conversationId: row.conversation_id }),
  ...(row.kind && { kind: row.kind }),
  ...(row.pool !== null && { pool: row.pool }),
  ...(row.reuse !== null && { reuse: JSON.parse(row.reuse) }),
  ...(row.outputs !== null && { outputs: JSON.parse(row.outputs) }),
  ...(row.error !== null && { error: JSON.parse(row.error) }),
  ...(row.started_at !== null && { startedAt: row.started_at }),
  ...(row.finished_at !== null && { finishedAt: row.finished_at }),
});

export const toSummary = (row: RunSummaryRow): RunSummary => ({
  ...toFacts(row),
  inputs: JSON.parse(row.inputs),
});

export const toListed = (row: ListedRunRow): ListedRun => ({
  ...toFacts(row),
  ...(row.inputs !== null && { inputs: JSON.parse(row.inputs) }),
});

export const toPlan = (row: PlanRow): RunPlan => ({
  definition: JSON.parse(row.definition),
  ...(row.subflows !== null && { subflows: JSON.parse(row.subflows) }),
  ...(row.history !== null && { history: JSON.parse(row.history) }),
});

export const toRun = (row: RunRow): Run => ({ ...toSummary(row), ...toPlan(row) });
