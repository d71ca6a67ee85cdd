import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; answers false, at once, when the signal aborts before the time is over. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  if (milliseconds <= 0) return !signal.aborted;
  return sleep(milliseconds, true, { signal }).catch((error: unknown) => {
    if (signal.aborted) return false;
    throw error;
  });
}
