import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const half = () => 0.5;
const policy = { max_attempts: 5, backoff_ms: 100, max_backoff_ms: 1_000 };

test.each([
  ['the first wait is at most the back-off', 1, undefined, 50],
  ['it doubles', 3, undefined, 200],
  ['up to the cap', 10, undefined, 500],
  ['the other side can ask for more', 1, 700, 700],
  ['but not for more than the cap', 1, 60_000, 1_000],
  ['and not for less', 10, 1, 500],
])('%s', (_name, failures, retryAfter, want) => {
  expect(backoffMs(policy, failures, retryAfter, half)).toBe(want);
});
