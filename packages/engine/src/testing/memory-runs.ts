import {
  type Idempotency,
  jobOf,
  type ListedRun,
  type NewRun,
  type Repeated,
  type RetentionPolicy,
  type Run,
  type RunFilter,
  type RunStore,
  type RunSummary,
} from '../ports.ts';
import { isFinal } from '../run-state.ts';
import { countedPage, NEWEST_FIRST, PAGE_BYTES, paginate } from './memory-page.ts';
import {
  byTurn,
  change,
  compare,
  createRow,
  hasEnded,
  isSuspended,
  type MemoryRow,
  type MemoryRows,
  toSummary,
} from './memory-rows.ts';

const IDEMPOTENCY_MS = 24 * 3_600_000;

export function createMemoryRuns(rows: MemoryRows): RunStore {
  const all = (): MemoryRow[] => [...rows.values()];
  const owned = (tenantId: string, runId: string): MemoryRow | undefined => {
    const row = rows.get(runId);
    return row?.run.tenantId === tenantId ? row : undefined;
  };
  const found = (tenantId: string, filter: RunFilter): RunSummary[] =>
    all()
      .map(({ run }) => toSummary(run))
      .filter((run) => run.tenantId === tenantId && matches(run, filter));
  const inTurn = (): Run[] =>
    all()
      .map(({ run }) => run)
      .filter(({ state }) => state === 'queued')
      .sort(byTurn);

  return {
    async create(run) {
      const earlier = run.idempotency && findRepeated(all(), run.tenantId, run.idempotency, run.createdAt);
      if (earlier) return earlier;
      if (rows.has(run.id)) throw new Error(`run ${run.id} exists`);
      const { idempotency, cacheKey, ...fields } = run;
      const created = newRun(fields);
      rows.set(run.id, createRow(created, [], { cacheKey, idempotency }));
      return { outcome: 'created', run: toSummary(created) };
    },
    findRepeated: async (tenantId, idempotency, now) => findRepeated(all(), tenantId, idempotency, now),
    async get(tenantId, runId) {
      return summaryOf(owned(tenantId, runId));
    },
    async plan(runId) {
      return rows.get(runId)?.run;
    },
    list: async (tenantId, filter, page) => paginate(found(tenantId, filter), NEWEST_FIRST, page),
    async listCounted(tenantId, filter, page) {
      const { items, total } = countedPage(found(tenantId, filter), NEWEST_FIRST, page);
      return { items: abridged(items), total };
    },
    async claim(runId, owner, now) {
      const row = rows.get(runId);
      if (row?.run.state !== 'queued') return undefined;
      Object.assign(row, { owner, wakeAt: undefined });
      change(row, { state: 'running', epoch: row.run.epoch + 1, startedAt: row.run.startedAt ?? now });
      return row.run;
    },
    async release({ runId, epoch }, now) {
      const row = rows.get(runId);
      if (row?.run.state !== 'running' || row.run.epoch !== epoch) return;
      change(row, { state: 'queued', queuedAt: now });
    },
    async requestCancel(tenantId, runId) {
      const row = owned(tenantId, runId);
      if (row && !hasEnded(row)) {
        change(row, { cancelRequested: true, ...(isSuspended(row.run.state) && { state: 'queued' }) });
      }
      return summaryOf(row);
    },
    async requestPause(tenantId, runId) {
      const row = owned(tenantId, runId);
      if (row && !hasEnded(row) && row.run.state !== 'paused') {
        change(row, { pauseRequested: true, ...(row.run.state === 'waiting' && { state: 'queued' }) });
      }
      return summaryOf(row);
    },
    async resume(tenantId, runId, now) {
      const row = owned(tenantId, runId);
      if (row && !hasEnded(row)) change(row, { pauseRequested: false });
      if (row?.run.state === 'paused') change(row, { state: 'queued', queuedAt: now });
      return summaryOf(row);
    },
    async answer(tenantId, runId, answer, now) {
      const row = owned(tenantId, runId);
      if (!row || hasEnded(row)) return undefined;
      if (row.answers.some(({ questionId }) => questionId === answer.questionId)) {
        return { outcome: 'repeated', run: toSummary(row.run) };
      }
      row.answers = [...row.answers, answer];
      if (row.run.state === 'waiting') change(row, { state: 'queued', queuedAt: now });
      return { outcome: 'kept', run: toSummary(row.run) };
    },
    async answers(runId) {
      return rows.get(runId)?.answers ?? [];
    },
    async wake(now, limit) {
      const due = all()
        .filter(({ run, wakeAt }) => isSuspended(run.state) && wakeAt !== undefined && wakeAt <= now)
        .sort((a, b) => (a.wakeAt ?? 0) - (b.wakeAt ?? 0) || compare(a.run.id, b.run.id))
        .slice(0, limit);
      for (const row of due) change(row, { state: 'queued', queuedAt: now });
      return due.map(({ run }) => jobOf(run));
    },
    async findReusable(tenantId, workflowId, cacheKey, since) {
      const [newest] = all()
        .filter((row) => row.cacheKey === cacheKey && row.run.tenantId === tenantId)
        .map(({ run }) => run)
        .filter((run) => run.workflowId === workflowId && run.state === 'succeeded')
        .filter((run) => !run.reuse && run.prunedSeq === 0 && (run.finishedAt ?? 0) >= since)
        .sort((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0) || compare(b.id, a.id));
      return newest && toSummary(newest);
    },
    async recover(owner) {
      for (const row of all()) {
        if (row.run.state === 'running' && row.owner !== owner) change(row, { state: 'queued' });
      }
      return inTurn().map(jobOf);
    },
    async queued(tenantId, { runId, ...filter }, page) {
      const places = inTurn()
        .map((run, index, queue) => {
          const inPool = queue.slice(0, index + 1).filter(({ pool }) => pool === run.pool);
          const own = inPool.filter((other) => other.tenantId === run.tenantId);
          return { run: toSummary(run), position: inPool.length, positionInTenant: own.length };
        })
        .filter(({ run }) => run.tenantId === tenantId && matches(run, filter))
        .filter(({ run }) => (runId ?? run.id) === run.id);
      return paginate(places, { by: ({ run }) => [-run.priority, run.createdAt, run.id] }, page);
    },
    async countActive(tenantId, filter = {}) {
      const counts = { queued: 0, running: 0, paused: 0, waiting: 0 };
      for (const { run } of all()) {
        if ((tenantId ?? run.tenantId) !== run.tenantId || !matches(toSummary(run), filter)) continue;
        if (!isFinal(run.state)) counts[run.state] += 1;
      }
      return counts;
    },
    prune: async (policy, now, limit) => prune(rows, policy, now, limit),
  };
}

const newRun = (fields: Omit<NewRun, 'cacheKey' | 'idempotency'>): Run => ({
  ...fields,
  state: 'queued',
  tokens: { prompt: 0, completion: 0 },
  steps: 0,
  queuedAt: fields.createdAt,
  lastSeq: 0,
  epoch: 0,
  cancelRequested: false,
  pauseRequested: false,
  prunedSeq: 0,
});

const summaryOf = (row: MemoryRow | undefined): RunSummary | undefined => row && toSummary(row.run);

function findRepeated(
  rows: readonly MemoryRow[],
  tenantId: string,
  { key, fingerprint }: Idempotency,
  now: number,
): Repeated | undefined {
  const earlier = rows.find(
    ({ run, idempotency: known }) =>
      run.tenantId === tenantId && known?.key === key && run.createdAt > now - IDEMPOTENCY_MS,
  );
  if (!earlier) return undefined;
  const isSame = earlier.idempotency?.fingerprint === fingerprint;
  return isSame ? { outcome: 'repeated', run: toSummary(earlier.run) } : { outcome: 'conflict' };
}

function matches(run: RunSummary, filter: RunFilter): boolean {
  const { kind, workflowId, states, createdAfter, createdBefore } = filter;
  if (kind !== undefined && (run.kind ?? 'workflow') !== kind) return false;
  if (workflowId !== undefined && run.workflowId !== workflowId) return false;
  if (states && !states.includes(run.state)) return false;
  if (createdAfter !== undefined && run.createdAt <= createdAfter) return false;
  return createdBefore === undefined || run.createdAt < createdBefore;
}

function prune(rows: MemoryRows, policy: RetentionPolicy, now: number, limit: number): number {
  const { eventsMs = Infinity, runsMs = Infinity, eventsOfRuns = Infinity } = policy;
  const ended = [...rows.values()].filter(hasEnded);
  const age = ({ run }: MemoryRow): number => now - (run.finishedAt ?? now);
  const old = ended.filter((row) => age(row) >= runsMs).slice(0, limit);
  for (const { run } of old) rows.delete(run.id);

  const kept = new Map<string, number>();
  const withEvents = ended
    .filter(({ run }) => rows.has(run.id) && run.prunedSeq < run.lastSeq)
    .sort((a, b) => age(a) - age(b) || compare(b.run.id, a.run.id))
    .filter((row) => {
      const place = (kept.get(row.run.tenantId) ?? 0) + 1;
      kept.set(row.run.tenantId, place);
      return place > eventsOfRuns || age(row) >= eventsMs;
    })
    .slice(0, limit - old.length);
  for (const row of withEvents) {
    Object.assign(row, { events: [], answers: [] });
    change(row, { prunedSeq: row.run.lastSeq });
  }
  return old.length + withEvents.length;
}

/** Leaves out what runs are long by, once it has been enough. */
function abridged(runs: readonly RunSummary[]): ListedRun[] {
  let bytes = 0;
  return runs.map(({ inputs, outputs, error, ...run }) => {
    if (bytes >= PAGE_BYTES) return run;
    const long = { inputs, ...(outputs && { outputs }), ...(error && { error }) };
    bytes += Buffer.byteLength(JSON.stringify(long));
    return { ...run, ...long };
  });
}
