import type { StoredEvent } from '../events.ts';
import {
  type Clock,
  type EventLog,
  FencedError,
  type JobQueue,
  type Lease,
  type NewRun,
  type Page,
  type PageRequest,
  QueueFullError,
  type Run,
  type RunFilter,
  type RunStore,
  type RunSummary,
  type StoredWorkflow,
  type Wake,
  type WorkflowStore,
} from '../ports.ts';
import { isFinal } from '../run-state.ts';

/** The ports in memory, for tests: nothing survives the process, nothing is bounded. */
export interface MemoryStore {
  readonly log: EventLog;
  readonly runs: RunStore;
  readonly workflows: WorkflowStore;
  /** Stores a run as it is, with events that it already has. */
  seed(run: Run, events: readonly StoredEvent[]): void;
  /** Every event of a run. */
  events(runId: string): readonly StoredEvent[];
  /** The whole record. */
  run(runId: string): Run | undefined;
}

interface Row {
  run: Run;
  owner: string | undefined;
  readonly events: StoredEvent[];
  readonly idempotency: NewRun['idempotency'];
}

export interface MemoryStoreOptions {
  readonly wake?: Wake;
  readonly clock: Clock;
  /** Awaited before each append, which fails if it rejects. */
  readonly beforeAppend?: (lease: Lease) => Promise<void>;
}

export function createMemoryStore({ wake, clock, beforeAppend }: MemoryStoreOptions): MemoryStore {
  const rows = new Map<string, Row>();
  const change = (row: Row, fields: Partial<Run>): void => {
    row.run = { ...row.run, ...fields };
  };
  const owned = (tenantId: string, runId: string): Row | undefined => {
    const row = rows.get(runId);
    return row?.run.tenantId === tenantId ? row : undefined;
  };

  const log: EventLog = {
    async append(lease, firstSeq, events, runChange = {}) {
      if (beforeAppend) await beforeAppend(lease);
      const row = rows.get(lease.runId);
      if (!row || row.run.epoch !== lease.epoch || row.run.state !== 'running') throw new FencedError(lease);
      if (firstSeq !== row.run.lastSeq + 1) throw new Error(`seq ${firstSeq} after ${row.run.lastSeq}`);
      const at = clock.now();
      for (const event of events) {
        row.events.push({ runId: lease.runId, seq: row.events.length + 1, at, event });
      }
      change(row, { ...runChange, lastSeq: row.events.length });
      wake?.appended(lease.runId, row.events.length);
    },
    async read(runId, after, limit) {
      return rows.get(runId)?.events.slice(after, after + limit) ?? [];
    },
    async readTypes(runId, types) {
      return rows.get(runId)?.events.filter(({ event }) => types.includes(event.type)) ?? [];
    },
  };

  const runs: RunStore = {
    async create(run) {
      const earlier = findRepeated([...rows.values()], run);
      if (earlier) {
        const same = earlier.idempotency?.fingerprint === run.idempotency?.fingerprint;
        return same ? { outcome: 'repeated', run: toSummary(earlier.run) } : { outcome: 'conflict' };
      }
      const { idempotency, ...fields } = run;
      const created: Run = {
        ...fields,
        state: 'queued',
        tokens: { prompt: 0, completion: 0 },
        steps: 0,
        lastSeq: 0,
        epoch: 0,
        cancelRequested: false,
      };
      rows.set(run.id, { run: created, owner: undefined, events: [], idempotency });
      return { outcome: 'created', run: toSummary(created) };
    },
    async get(tenantId, runId) {
      const row = owned(tenantId, runId);
      return row && toSummary(row.run);
    },
    async definition(runId) {
      return rows.get(runId)?.run.definition;
    },
    async list(tenantId, filter, page) {
      const all = [...rows.values()].map(({ run }) => run).filter((run) => run.tenantId === tenantId);
      return paginate(
        all
          .filter((run) => matches(run, filter))
          .reverse()
          .map(toSummary),
        page,
      );
    },
    async claim(runId, owner, now) {
      const row = rows.get(runId);
      if (row?.run.state !== 'queued') return undefined;
      row.owner = owner;
      change(row, { state: 'running', epoch: row.run.epoch + 1, startedAt: row.run.startedAt ?? now });
      return row.run;
    },
    async release({ runId, epoch }) {
      const row = rows.get(runId);
      if (row?.run.state === 'running' && row.run.epoch === epoch) change(row, { state: 'queued' });
    },
    async requestCancel(tenantId, runId) {
      const row = owned(tenantId, runId);
      if (row && !isFinal(row.run.state)) change(row, { cancelRequested: true });
      return row && toSummary(row.run);
    },
    async recover(owner) {
      for (const row of rows.values()) {
        if (row.run.state === 'running' && row.owner !== owner) change(row, { state: 'queued' });
      }
      const queued = [...rows.values()].map(({ run }) => run).filter(({ state }) => state === 'queued');
      return queued
        .sort((a, b) => b.priority - a.priority || a.createdAt - b.createdAt)
        .map(({ id, priority }) => ({ runId: id, priority }));
    },
  };

  return {
    log,
    runs,
    workflows: createWorkflows(),
    seed(run, events) {
      rows.set(run.id, { run, owner: undefined, events: [...events], idempotency: undefined });
    },
    events: (runId) => rows.get(runId)?.events ?? [],
    run: (runId) => rows.get(runId)?.run,
  };
}

function findRepeated(rows: readonly Row[], { tenantId, idempotency }: NewRun): Row | undefined {
  if (!idempotency) return undefined;
  return rows.find((row) => row.run.tenantId === tenantId && row.idempotency?.key === idempotency.key);
}

const toSummary = ({ definition: _, ...summary }: Run): RunSummary => summary;

function matches(run: Run, { workflowId, states, createdAfter, createdBefore }: RunFilter): boolean {
  if (workflowId !== undefined && run.workflowId !== workflowId) return false;
  if (states && !states.includes(run.state)) return false;
  if (createdAfter !== undefined && run.createdAt <= createdAfter) return false;
  return createdBefore === undefined || run.createdAt < createdBefore;
}

/** The cursor is the number of items already seen: good enough where nothing is written in between. */
function paginate<T>(all: readonly T[], { limit, cursor = '0' }: PageRequest): Page<T> {
  const from = Number(cursor);
  const items = all.slice(from, from + limit);
  return from + limit < all.length ? { items, nextCursor: String(from + limit) } : { items };
}

function createWorkflows(): WorkflowStore {
  const workflows: StoredWorkflow[] = [];
  return {
    async create(workflow) {
      workflows.unshift(workflow);
    },
    async get(tenantId, workflowId) {
      return workflows.find((workflow) => workflow.tenantId === tenantId && workflow.id === workflowId);
    },
    async list(tenantId, page) {
      return paginate(
        workflows.filter((workflow) => workflow.tenantId === tenantId),
        page,
      );
    },
  };
}

/** Hints within one process. */
export function createMemoryWake(): Wake {
  const appended = createTopic<[number]>();
  const cancels = createTopic<[]>();
  return {
    appended: appended.tell,
    onAppended: appended.on,
    cancelRequested: cancels.tell,
    onCancelRequested: cancels.on,
  };
}

function createTopic<Args extends readonly unknown[]>() {
  const listeners = new Map<string, Set<(...args: Args) => void>>();
  return {
    tell(runId: string, ...args: Args): void {
      for (const listener of listeners.get(runId) ?? []) listener(...args);
    },
    on(runId: string, listener: (...args: Args) => void): () => void {
      const all = listeners.get(runId) ?? new Set();
      listeners.set(runId, all.add(listener));
      return () => {
        all.delete(listener);
        if (all.size === 0) listeners.delete(runId);
      };
    },
  };
}

/** A queue in memory: higher priority first, then first come. */
export function createMemoryQueue({ concurrency = 16, capacity = 10_000 } = {}): JobQueue {
  const waiting: { readonly runId: string; readonly priority: number }[] = [];
  const active = new Set<Promise<void>>();
  let work: ((runId: string) => Promise<void>) | undefined;
  let stopped = false;

  function pump(): void {
    while (work && !stopped && active.size < concurrency) {
      const job = waiting.shift();
      if (!job) return;
      const done = work(job.runId).finally(() => {
        active.delete(done);
        pump();
      });
      active.add(done);
    }
  }

  return {
    async enqueue(job) {
      if (waiting.length >= capacity) throw new QueueFullError('the queue is full');
      const place = waiting.findIndex(({ priority }) => priority < job.priority);
      waiting.splice(place < 0 ? waiting.length : place, 0, job);
      pump();
    },
    async remove(runId) {
      const place = waiting.findIndex((job) => job.runId === runId);
      if (place >= 0) waiting.splice(place, 1);
    },
    process(handler) {
      work = handler;
      pump();
    },
    async stop() {
      stopped = true;
      await Promise.all(active);
    },
    hasRoom: () => waiting.length < capacity,
    counts: () => ({ waiting: waiting.length, active: active.size }),
  };
}
