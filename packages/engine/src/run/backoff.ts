import type { RetryPolicy } from '../definition/types.ts';

const DEFAULT_BACKOFF_MS = 500;
const DEFAULT_MAX_BACKOFF_MS = 30_000;

/**
 * The wait in ms before the next attempt, `failures` attempts having failed: full jitter under a bound
 * that doubles, but no shorter than the other side asked for, as far as the policy's cap allows.
 */
export function backoffMs(
  policy: RetryPolicy,
  failures: number,
  retryAfterMs: number | undefined,
  random: () => number,
): number {
  const cap = policy.max_backoff_ms ?? DEFAULT_MAX_BACKOFF_MS;
  const bound = Math.min(cap, (policy.backoff_ms ?? DEFAULT_BACKOFF_MS) * 2 ** (failures - 1));
  return Math.max(Math.round(random() * bound), Math.min(retryAfterMs ?? 0, cap));
}
