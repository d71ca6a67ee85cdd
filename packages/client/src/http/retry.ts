import { ApiError } from '../errors.ts';

const BASE_DELAY_MS = 250;
const MAX_DELAY_MS = 8_000;
/** A server that asks for more patience than this gets none: the caller should know. */
export const MAX_RETRY_AFTER_MS = 60_000;

const RETRIED_STATUS = new Set([408, 429, 502, 503, 504]);

/** Whether the same request may fare better when it is sent again. */
export function isTransient(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  if (error.type === 'network' || error.type === 'timeout') return true;
  return error.type === 'http' && error.status !== undefined && RETRIED_STATUS.has(error.status);
}

/**
 * Milliseconds to wait before the next attempt, or undefined where the server asks for more than a
 * minute. As long as the server says, else exponential with full jitter, so that clients which failed
 * together do not come back together.
 */
export function retryDelayMs(error: ApiError, attempt: number, baseMs = BASE_DELAY_MS): number | undefined {
  const asked = error.retryAfterMs;
  if (asked !== undefined) return asked <= MAX_RETRY_AFTER_MS ? asked : undefined;
  return Math.random() * Math.min(baseMs * 2 ** attempt, Math.max(baseMs, MAX_DELAY_MS));
}

/**
 * The same before a stream is asked for again. Its reconnection time (`retry`) is the least (HTML section
 * 9.2.3), and the jitter comes on top of it.
 */
export function reconnectDelayMs(
  error: ApiError,
  attempt: number,
  reconnectionMs?: number,
): number | undefined {
  const delay = retryDelayMs(error, attempt, reconnectionMs);
  if (delay === undefined || error.retryAfterMs !== undefined) return delay;
  return delay + (reconnectionMs ?? 0);
}

/** Reads Retry-After (RFC 9110 section 10.2.3): seconds or a date. Undefined for anything else. */
export function readRetryAfter(value: string | null, now = Date.now()): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Date.parse() takes numbers such as -1 for years.
  const date = /^[A-Za-z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
