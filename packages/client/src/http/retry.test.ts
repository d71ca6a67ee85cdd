import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../errors.ts';
import { MAX_RETRY_AFTER_MS, readRetryAfter, reconnectDelayMs, retryDelayMs } from './retry.ts';

const error = (retryAfterMs?: number) =>
  new ApiError('http', '', { api: 'a', operationId: 'b', retryAfterMs });

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  test.each([
    [null, undefined],
    ['0', 0],
    ['120', 120_000],
    ['1.5', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:59:59 GMT', 0],
  ])('%j is %j ms', (value, want) => {
    expect(readRetryAfter(value, now)).toBe(want);
  });
});

describe('the wait before the next attempt', () => {
  test('is what the server says, up to a minute', () => {
    expect(retryDelayMs(error(1234), 5)).toBe(1234);
    expect(retryDelayMs(error(MAX_RETRY_AFTER_MS), 0)).toBe(MAX_RETRY_AFTER_MS);
    expect(retryDelayMs(error(MAX_RETRY_AFTER_MS + 1), 0)).toBeUndefined();
    expect(reconnectDelayMs(error(1234), 5, 99)).toBe(1234);
  });

  const bound = (base: number, attempt: number) => Math.min(base * 2 ** attempt, Math.max(base, 8000));

  test('is otherwise anything up to a bound that doubles from the base to 8 s, or the base', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 0, max: MAX_RETRY_AFTER_MS }), (attempt, base) => {
        const delay = retryDelayMs(error(), attempt, base);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(bound(base, attempt));
      }),
    );
  });

  test('is never less than the reconnection time of a stream', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 0, max: MAX_RETRY_AFTER_MS }), (attempt, least) => {
        const delay = reconnectDelayMs(error(), attempt, least);
        expect(delay).toBeGreaterThanOrEqual(least);
        expect(delay).toBeLessThanOrEqual(least + bound(least, attempt));
      }),
    );
  });
});
