import type { Clock } from '../ports.ts';

/** Time that passes as everywhere, and can be moved on. */
export interface ShiftingClock extends Clock {
  /** Ends the sleeps that are over by then. */
  shift(ms: number): void;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

// Timers hold no more.
const MAX_TIMER_MS = 2 ** 31 - 1;

export function createShiftingClock(start: number): ShiftingClock {
  const sleepers = new Set<Sleeper>();
  let offset = start - Date.now();
  const now = (): number => Date.now() + offset;
  return {
    now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const end = (settle: () => void) => (): void => {
          sleepers.delete(sleeper);
          clearTimeout(timer);
          signal?.removeEventListener('abort', leave);
          settle();
        };
        const leave = end(() => reject(signal?.reason));
        const sleeper = { due: now() + ms, wake: end(resolve) };
        const timer = setTimeout(sleeper.wake, Math.min(ms, MAX_TIMER_MS));
        sleepers.add(sleeper);
        signal?.addEventListener('abort', leave, { once: true });
      }),
    shift(ms) {
      offset += ms;
      const over = [...sleepers].filter(({ due }) => due <= now()).sort((a, b) => a.due - b.due);
      for (const { wake } of over) wake();
    },
  };
}
