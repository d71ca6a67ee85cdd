import { expect, test } from 'vitest';
import { rateHeaders, tooManyRequests } from './rate-headers.ts';

const policy = { name: 'default', quota: 100, windowMs: 60_000 };
const state = { allowed: true, remaining: 97, resetAt: 1_000_060_000 };

test('what is left is said in both spellings, times in whole seconds, rounded up', () => {
  expect(rateHeaders(policy, { ...state, resetAt: 1_000_060_001 }, 1_000_000_000)).toEqual({
    'X-RateLimit-Limit': '100',
    'X-RateLimit-Remaining': '97',
    'X-RateLimit-Reset': '1000061',
    RateLimit: '"default";r=97;t=61',
    'RateLimit-Policy': '"default";q=100;w=60',
  });
});

test.each([
  [60_000, '60', 'Too many requests. Try again in 60 seconds.'],
  [1_001, '2', 'Too many requests. Try again in 2 seconds.'],
  [1, '1', 'Too many requests. Try again in 1 second.'],
  [0, '1', 'Too many requests. Try again in 1 second.'],
])('a refusal %i ms before the end asks to wait %s s', (left, seconds, message) => {
  const refused = { allowed: false, remaining: 0, resetAt: 1_000_000_000 + left };
  const { problem } = tooManyRequests(policy, refused, 1_000_000_000);
  expect(problem).toMatchObject({ kind: 'rate_limited', status: 429, message });
  expect(problem.headers).toMatchObject({ 'Retry-After': seconds, 'X-RateLimit-Remaining': '0' });
});
