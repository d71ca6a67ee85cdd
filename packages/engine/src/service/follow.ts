import { RunNotFoundError } from '../errors.ts';
import type { StoredEvent } from '../events.ts';
import type { Clock, EventLog, RunStore, Wake } from '../ports.ts';
import { isFinal } from '../run-state.ts';

export interface FollowDeps {
  readonly log: EventLog;
  readonly runs: RunStore;
  readonly wake: Wake;
  readonly clock: Clock;
}

const PAGE_SIZE = 256;
const POLL_MS = 1_000;

/**
 * A run's events with a seq above `after`, each once and in order, until its `run_finished` or until the
 * signal aborts, which ends it without an error. The log is the truth; hints shorten the wait and a read
 * every second makes up for those that got lost. Reads only as fast as the caller takes the events.
 * Throws RunNotFoundError when the tenant has no such run.
 */
export async function* followRun(
  deps: FollowDeps,
  tenantId: string,
  runId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent, void, void> {
  if (!(await deps.runs.get(tenantId, runId))) throw new RunNotFoundError(runId);
  const hints = listen(deps, runId, signal);
  try {
    for (let cursor = after; !signal.aborted; ) {
      const page = await deps.log.read(runId, cursor, PAGE_SIZE);
      for (const stored of page) {
        if (signal.aborted) return;
        yield stored;
        cursor = stored.seq;
        if (stored.event.type === 'run_finished') return;
      }
      if (page.length === PAGE_SIZE) continue;
      if (page.length === 0 && (await isOver(deps.runs, tenantId, runId, cursor))) return;
      await hints.after(cursor);
    }
  } finally {
    hints.close();
  }
}

/** Only a cursor at or beyond the end can meet a run that has ended and has nothing more to tell. */
async function isOver(runs: RunStore, tenantId: string, runId: string, cursor: number): Promise<boolean> {
  const run = await runs.get(tenantId, runId);
  return !run || (isFinal(run.state) && cursor >= run.lastSeq);
}

interface Hints {
  /** Resolves once an event above the cursor was announced, ever, or at the next poll or the end. */
  after(cursor: number): Promise<void>;
  close(): void;
}

function listen({ wake, clock }: FollowDeps, runId: string, signal: AbortSignal): Hints {
  const closed = new AbortController();
  let announced = 0;
  let resolve: () => void = () => undefined;
  let polling = false;
  const tell = (): void => resolve();
  const stopListening = wake.onAppended(runId, (seq) => {
    announced = Math.max(announced, seq);
    tell();
  });
  signal.addEventListener('abort', tell, { once: true });

  // One sleep at a time however many hints come: a poll may be early by as much as a hint was.
  function poll(): void {
    if (polling) return;
    polling = true;
    clock.sleep(POLL_MS, closed.signal).then(
      () => {
        polling = false;
        tell();
      },
      () => undefined,
    );
  }

  return {
    after(cursor) {
      if (announced > cursor || signal.aborted) return Promise.resolve();
      poll();
      return new Promise((done) => {
        resolve = done;
      });
    },
    close() {
      stopListening();
      signal.removeEventListener('abort', tell);
      closed.abort();
    },
  };
}
