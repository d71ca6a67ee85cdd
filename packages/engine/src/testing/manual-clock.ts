import type { Clock } from '../ports.ts';

/** Time that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves time on and ends the sleeps that are due, in their order. */
  advance(ms: number): Promise<void>;
  /** How many sleep. */
  readonly sleepers: number;
}

export function createManualClock(start = 1_700_000_000_000): ManualClock {
  let now = start;
  const sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const leave = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper = {
          due: now + ms,
          wake() {
            signal?.removeEventListener('abort', leave);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', leave, { once: true });
      }),
    async advance(ms) {
      now += ms;
      for (const sleeper of [...sleepers].filter(({ due }) => due <= now).sort((a, b) => a.due - b.due)) {
        sleepers.delete(sleeper);
        sleeper.wake();
      }
      // What the sleepers go on to do happens before the caller looks.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}
