import { NodeError } from '../errors.ts';
import type { Clock } from '../ports.ts';

// One for all: making an Error costs more than the rest of a trivial node.
const SETTLED = new Error('the attempt is over');

/**
 * Calls `work` with a signal of its own that aborts with `outer`. Throws NodeError `node_timed_out` after
 * `limitMs`, or the outer signal's reason, even if `work` ignores its signal.
 */
export async function withTimeLimit<T>(
  limitMs: number,
  outer: AbortSignal,
  clock: Clock,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const attempt = new AbortController();
  const onAbort = (): void => attempt.abort(outer.reason);
  outer.addEventListener('abort', onAbort, { once: true });
  // The sleep rejects when the attempt is aborted, so the race ends then too.
  const late = clock.sleep(limitMs, attempt.signal).then(() => {
    throw new NodeError(`no end after ${limitMs} ms`, { code: 'node_timed_out', retryable: true });
  });
  try {
    return await Promise.race([work(attempt.signal), late]);
  } finally {
    outer.removeEventListener('abort', onAbort);
    attempt.abort(SETTLED);
  }
}
