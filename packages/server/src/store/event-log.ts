import type { EventLog, Lease, RunChange, RunEvent, Wake } from '@flowwire/engine';
import type { Database } from './database.ts';
import { createEventReader } from './event-reader.ts';
import { type EventRow, type Segment, writeSegments } from './event-writer.ts';
import { createHotTail, HOT_TAIL_LIMITS, type HotTailLimits, type SizedEvent } from './hot-tail.ts';

export interface EventLogOptions {
  readonly wake: Pick<Wake, 'appended'>;
  /** The time that events get when they are appended; milliseconds since the epoch. */
  readonly now: () => number;
  /** Between the beginnings of two flushes of a busy log; 5-20 ms. Default 5. */
  readonly flushIntervalMs?: number;
  readonly hotTail?: HotTailLimits;
}

export interface ClosableEventLog extends EventLog {
  /** Resolves when everything appended so far is committed or refused; later appends are refused. */
  drain(): Promise<void>;
  /** Drops what memory has of a run whose events were deleted. */
  forget(runId: string): void;
}

/**
 * One transaction writes about this much at most; what is appended beyond it waits for the next. On SQLite
 * a batch holds the event loop for some 5 ms.
 */
const BATCH_ROWS = 1_000;
const BATCH_BYTES = 4 * 1024 * 1024;

interface Append {
  readonly lease: Lease;
  readonly firstSeq: number;
  readonly events: readonly RunEvent[];
  readonly change: RunChange | undefined;
  readonly at: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** An append with its events as they will be stored. */
interface Encoded {
  readonly append: Append;
  readonly rows: readonly EventRow[];
  readonly bytes: number;
}

/** Neighbouring appends of one lease that continue each other, to be written as one segment. */
interface Group {
  readonly segment: Segment;
  readonly members: readonly Encoded[];
}

/**
 * The log with group commit: one flusher writes the appends of all runs, in call order, in one transaction
 * after another. It begins at once when it was idle, else `flushIntervalMs` after the last began.
 *
 * An append resolves after its commit, so a writer that awaits it never has more than one in the queue, and
 * a full batch holds it back. That wait obeys no signal: an append, once made, is committed or refused.
 * Nothing is serialised before its own batch, so the queue holds references to what its callers hold anyway.
 *
 * When the transaction fails, every append in it is rejected with the database's error. If the connection
 * was lost during the COMMIT itself, PostgreSQL may have kept the batch: whoever goes on with the run reads
 * its log first. Events must not be changed after they are appended: readers are given these objects.
 */
export function createEventLog(database: Database, options: EventLogOptions): ClosableEventLog {
  const { wake, now, flushIntervalMs = 5 } = options;
  const tail = createHotTail(options.hotTail ?? HOT_TAIL_LIMITS, database.dialect === 'sqlite');
  let queue: Append[] = [];
  let scheduled = false;
  let flushStartedAt = Number.NEGATIVE_INFINITY;
  let drained: (() => void) | undefined;
  let closed = false;

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    const wait = flushStartedAt + flushIntervalMs - performance.now();
    if (wait > 0) setTimeout(flush, wait);
    else setImmediate(flush);
  };

  const flush = async () => {
    flushStartedAt = performance.now();
    const { batch, rest } = takeBatch(queue);
    queue = rest;
    try {
      await commit(groupNeighbours(batch));
    } finally {
      scheduled = false;
      if (queue.length > 0) schedule();
      else drained?.();
    }
  };

  const commit = async (groups: readonly Group[]) => {
    const segments = groups.map(({ segment }) => segment);
    const failures: readonly unknown[] = await database
      .transaction(() => writeSegments(database.dialect, segments))
      .catch((error: unknown) => groups.map(() => error));
    groups.forEach((group, index) => {
      const failure = failures[index];
      if (failure === undefined) announce(group);
      else for (const { append } of group.members) append.reject(failure);
    });
  };

  const announce = ({ segment, members }: Group) => {
    const { runId } = segment.lease;
    const events = members.flatMap(({ append, rows }) => toSized(runId, append, rows));
    tail.add(runId, segment.afterSeq, events, true);
    for (const { append } of members) append.resolve();
    if (events.length > 0) wake.appended(runId, segment.lastSeq);
  };

  const table = createEventReader(database, tail);

  return {
    append(lease, firstSeq, events, change) {
      if (closed) return Promise.reject(new Error('the event log is closed'));
      return new Promise<void>((resolve, reject) => {
        queue.push({ lease, firstSeq, events, change, at: now(), resolve, reject });
        schedule();
      });
    },

    async read(runId, after, limit) {
      return tail.read(runId, after, limit) ?? (await table.read(runId, after, limit));
    },

    readTypes: table.readTypes,
    forget: tail.forget,

    drain() {
      closed = true;
      return scheduled ? new Promise<void>((resolve) => (drained = resolve)) : Promise.resolve();
    },
  };
}

/** Takes appends from the head of the queue. One that cannot be serialised is rejected by itself. */
function takeBatch(queue: readonly Append[]): { batch: Encoded[]; rest: Append[] } {
  const batch: Encoded[] = [];
  let rows = 0;
  let bytes = 0;
  let taken = 0;
  for (const append of queue) {
    if (rows >= BATCH_ROWS || bytes >= BATCH_BYTES) break;
    taken += 1;
    const encoded = encode(append);
    if (!encoded) continue;
    batch.push(encoded);
    // The run's own row, one for each event, and one for each node at the end.
    rows += 1 + encoded.rows.length + (append.change?.nodes?.length ?? 0);
    bytes += encoded.bytes;
  }
  return { batch, rest: queue.slice(taken) };
}

function encode(append: Append): Encoded | undefined {
  const { events, firstSeq, at } = append;
  try {
    const rows = events.map((event, index) => ({
      seq: firstSeq + index,
      type: event.type,
      at,
      data: JSON.stringify(event),
    }));
    return { append, rows, bytes: rows.reduce((sum, { data }) => sum + data.length, 0) };
  } catch (error) {
    append.reject(error);
    return undefined;
  }
}

function groupNeighbours(batch: readonly Encoded[]): readonly Group[] {
  const groups: Encoded[][] = [];
  const latest = new Map<string, Encoded[]>();
  for (const encoded of batch) {
    const { runId } = encoded.append.lease;
    const open = latest.get(runId);
    const before = open?.at(-1);
    if (open && before && continues(before, encoded)) {
      open.push(encoded);
      continue;
    }
    const group = [encoded];
    groups.push(group);
    latest.set(runId, group);
  }
  return groups.map((members) => ({ members, segment: toSegment(members) }));
}

const endOf = ({ append, rows }: Encoded) => append.firstSeq + rows.length - 1;

/** Not after a change of state: with that the lease ends. */
const continues = (before: Encoded, next: Encoded) =>
  before.append.lease.epoch === next.append.lease.epoch &&
  endOf(before) + 1 === next.append.firstSeq &&
  (before.append.change?.state ?? 'running') === 'running';

function toSegment(members: readonly Encoded[]): Segment {
  const [first] = members;
  const last = members.at(-1);
  if (!first || !last) throw new Error('a group of appends is never empty');
  const changes = members.flatMap(({ append }) => (append.change ? [append.change] : []));
  return {
    lease: first.append.lease,
    afterSeq: first.append.firstSeq - 1,
    lastSeq: endOf(last),
    rows: members.flatMap(({ rows }) => rows),
    at: last.append.at,
    change: changes.length > 0 ? Object.assign({}, ...changes) : undefined,
  };
}

function toSized(runId: string, append: Append, rows: readonly EventRow[]): SizedEvent[] {
  return append.events.map((event, index) => ({
    stored: { runId, seq: append.firstSeq + index, at: append.at, event },
    bytes: rows[index]?.data.length ?? 0,
  }));
}
