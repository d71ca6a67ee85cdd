import { execute, type TransactionBody } from './database.ts';

const HOUR_MS = 3_600_000;
const SWEEP_EVERY_MS = HOUR_MS / 6;

/** For how long a key is known after the request that took it. */
export const IDEMPOTENCY_MS = 24 * HOUR_MS;

const DELETE_EXPIRED = 'DELETE FROM idempotency_keys WHERE created_at <= ?';

export function* deleteExpiredKeys(now: number): TransactionBody<void> {
  yield* execute(DELETE_EXPIRED, [now - IDEMPOTENCY_MS]);
}

/**
 * Expired keys are dead weight and not wrong, so they are deleted now and then, in passing. Answers whether it is
 * time again.
 */
export function createSweepTimer(): (now: number) => boolean {
  let sweptAt = 0;
  return (now) => {
    if (now - sweptAt < SWEEP_EVERY_MS) return false;
    sweptAt = now;
    return true;
  };
}
