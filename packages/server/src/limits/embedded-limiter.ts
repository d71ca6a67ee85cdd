import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RateCountStore, RateLimiter } from './rate-limiter.ts';
import { createWindows } from './windows.ts';

export interface EmbeddedLimiterOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How often counts are kept. A process that is killed loses what it counted since. */
  readonly flushMs: number;
  /** Told when counts could not be kept. They are tried again the next time. */
  readonly onError: (error: unknown) => void;
  /** Of each policy; for further ones the oldest are forgotten. Default 100,000. */
  readonly maxSubjects?: number;
}

const MAX_SUBJECTS = 100_000;

/** So many counts are kept at once: one or two milliseconds of SQLite's work. */
const BATCH = 500;

/**
 * Counts in this process and keeps the counts in a store, so that a restart gives nobody a fresh quota. Of several
 * processes each counts for itself.
 *
 * @throws what the store throws when the counts cannot be read
 */
export async function createEmbeddedLimiter(
  store: RateCountStore,
  { now, flushMs, onError, maxSubjects = MAX_SUBJECTS }: EmbeddedLimiterOptions,
): Promise<RateLimiter> {
  const windows = createWindows(now, maxSubjects);
  for (const count of await store.load(now())) windows.restore(count);

  async function keep(): Promise<void> {
    windows.forgetEnded();
    const changed = windows.changed();
    for (let next = 0; next < changed.length; next += BATCH) {
      // SQLite has held up the process for the batch before.
      if (next > 0) await nextTurn();
      const batch = changed.slice(next, next + BATCH);
      await store.save(batch, now());
      windows.kept(batch);
    }
  }

  let keeping: Promise<void> | undefined;
  function flush(): Promise<void> {
    keeping ??= keep()
      .catch(onError)
      .finally(() => {
        keeping = undefined;
      });
    return keeping;
  }
  const timer = setInterval(() => void flush(), flushMs).unref();

  return {
    take: async (policy, subject) => windows.take(policy, subject),
    async close() {
      clearInterval(timer);
      // One that is under way has not seen the last counts.
      await keeping;
      await flush();
    },
  };
}
