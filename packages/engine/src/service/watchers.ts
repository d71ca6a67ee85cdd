import type { Clock, RunSummary } from '../ports.ts';

export type WatchedRun = Pick<RunSummary, 'id' | 'tenantId' | 'onDisconnect' | 'disconnectGraceMs'>;

/** Counts the readers of each run, and cancels runs that nobody reads any more if they asked for it. */
export interface Watchers {
  /** A reader came. The answer tells that it left; calls after the first do nothing. */
  attach(run: WatchedRun): () => void;
  /** As if the last reader had just left, if there is none; waits at least `minimumMs`. */
  expect(run: WatchedRun, minimumMs: number): void;
  /** The run has ended: nothing is left to cancel. */
  ended(runId: string): void;
  /** Ends every grace; none begins after it. */
  close(): void;
}

interface Entry {
  readers: number;
  grace: AbortController | undefined;
}

/**
 * Readers of this process only: a reader elsewhere does not keep a run alive that lost its last reader
 * here. `cancel` is called after the run's grace unless somebody attached meanwhile.
 */
export function createWatchers(
  clock: Clock,
  cancel: (run: WatchedRun) => Promise<void>,
  onError: (error: unknown) => void,
): Watchers {
  const entries = new Map<string, Entry>();
  let closed = false;

  function entryOf(runId: string): Entry {
    const entry = entries.get(runId) ?? { readers: 0, grace: undefined };
    entries.set(runId, entry);
    return entry;
  }

  function beginGrace(run: WatchedRun, entry: Entry, ms: number): void {
    const grace = new AbortController();
    entry.grace = grace;
    clock.sleep(ms, grace.signal).then(
      () => {
        if (entries.get(run.id) === entry) entries.delete(run.id);
        cancel(run).catch(onError);
      },
      () => undefined,
    );
  }

  function leave(run: WatchedRun, entry: Entry): void {
    entry.readers--;
    if (closed || entry.readers > 0 || entries.get(run.id) !== entry) return;
    if (run.onDisconnect === 'cancel') beginGrace(run, entry, run.disconnectGraceMs);
    else entries.delete(run.id);
  }

  return {
    attach({ id, tenantId, onDisconnect, disconnectGraceMs }) {
      // A reader may be idle for long: it keeps these four of the run's fields alive, and no others.
      const run = { id, tenantId, onDisconnect, disconnectGraceMs };
      const entry = entryOf(run.id);
      entry.readers++;
      entry.grace?.abort();
      entry.grace = undefined;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave(run, entry);
      };
    },
    expect(run, minimumMs) {
      if (closed || run.onDisconnect !== 'cancel' || entries.has(run.id)) return;
      beginGrace(run, entryOf(run.id), Math.max(minimumMs, run.disconnectGraceMs));
    },
    ended(runId) {
      entries.get(runId)?.grace?.abort();
      entries.delete(runId);
    },
    close() {
      closed = true;
      for (const { grace } of entries.values()) grace?.abort();
      entries.clear();
    },
  };
}
