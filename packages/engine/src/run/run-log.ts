import { sizeOf } from '../definition/size.ts';
import type { RunEvent } from '../events.ts';
import type { EventLog, Lease, RunChange } from '../ports.ts';

/**
 * The single writer of one run's events. It numbers them at once and commits them in the background:
 * everything emitted within one turn of the event loop is one `append`.
 */
export interface RunLog {
  /** Numbers and buffers an event; answers its seq. After a failed append it does nothing. */
  emit(event: RunEvent): number;
  /** Undefined while there is room for more, else a promise of room. Writers of much data must wait for it. */
  room(): Promise<void> | undefined;
  /** Commits what was emitted, together with `change`. Throws what `append` threw, now or earlier. */
  flush(change?: RunChange): Promise<void>;
  readonly lastSeq: number;
}

export interface RunLogOptions {
  readonly log: EventLog;
  readonly lease: Lease;
  /** The seq of the last event that exists; the first one emitted follows it. */
  readonly lastSeq: number;
  /** Called before each commit that `flush` did not ask for; may emit. */
  readonly beforeCommit: () => void;
  /** Called once, when an append failed: FencedError or the store's own error. */
  readonly onFailure: (error: unknown) => void;
}

// What may be emitted and not yet committed before writers have to wait.
const MAX_EVENTS = 4_096;
const MAX_CHARACTERS = 4 * 1024 * 1024;
const MAX_MERGED_TEXT = 16 * 1024;

export function createRunLog({ log, lease, lastSeq, beforeCommit, onFailure }: RunLogOptions): RunLog {
  let seq = lastSeq;
  let pending: RunEvent[] = [];
  let pendingSize = 0;
  let uncommittedEvents = 0;
  let uncommittedSize = 0;
  let scheduled: NodeJS.Immediate | undefined;
  let failure: { readonly error: unknown } | undefined;
  let committed: Promise<void> = Promise.resolve();
  let waiting: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  function commit(change: RunChange | undefined): void {
    if (scheduled) clearImmediate(scheduled);
    scheduled = undefined;
    if (failure || (pending.length === 0 && !change)) return;
    const [events, size] = [pending, pendingSize];
    [pending, pendingSize] = [[], 0];
    uncommittedEvents += events.length;
    uncommittedSize += size;
    // Not awaited before the next append: the store commits a run's appends in call order.
    const append = log.append(lease, seq - events.length + 1, events, change);
    committed = append.then(() => {
      uncommittedEvents -= events.length;
      uncommittedSize -= size;
      releaseWriters();
    }, fail);
  }

  function fail(error: unknown): void {
    if (failure) return;
    failure = { error };
    pending = [];
    releaseWriters();
    onFailure(error);
  }

  function isFull(): boolean {
    const events = uncommittedEvents + pending.length;
    return !failure && (events > MAX_EVENTS || uncommittedSize + pendingSize > MAX_CHARACTERS);
  }

  function releaseWriters(): void {
    if (!waiting || isFull()) return;
    waiting.resolve();
    waiting = undefined;
  }

  return {
    emit(event) {
      if (failure) return seq;
      const size = sizeOfEvent(event);
      pendingSize += size;
      const merged = mergeText(pending.at(-1), event);
      if (merged) {
        pending[pending.length - 1] = merged;
        return seq;
      }
      pending.push(event);
      seq++;
      scheduled ??= setImmediate(() => {
        beforeCommit();
        commit(undefined);
      });
      return seq;
    },

    room() {
      if (!isFull()) return undefined;
      waiting ??= createWaiting();
      return waiting.promise;
    },

    async flush(change) {
      commit(change);
      await committed;
      if (failure) throw failure.error;
    },

    get lastSeq() {
      return seq;
    },
  };
}

function createWaiting(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Both events as one, where they are neighbouring pieces of one segment that nobody has seen yet. */
function mergeText(last: RunEvent | undefined, next: RunEvent): RunEvent | undefined {
  if (next.type !== 'text_delta' || last?.type !== 'text_delta') return undefined;
  const same =
    last.responderId === next.responderId &&
    last.segment === next.segment &&
    last.nodeId === next.nodeId &&
    last.field === next.field;
  if (!same || last.text.length + next.text.length > MAX_MERGED_TEXT) return undefined;
  return { ...last, text: last.text + next.text };
}

/** Roughly the characters of an event; cheap next to serialising it. */
function sizeOfEvent(event: RunEvent): number {
  if (event.type === 'text_delta') return 100 + event.text.length;
  if (event.type === 'run_started') return 100 + sizeOf(event.inputs);
  return 'outputs' in event ? 200 + sizeOf(event.outputs) : 200;
}
