import { ProblemError } from '@flowwire/koa';
import type { RatePolicy, RateState } from './rate-limiter.ts';

type Headers = Readonly<Record<string, string>>;

const secondsLeft = ({ resetAt }: RateState, now: number): number =>
  Math.max(0, Math.ceil((resetAt - now) / 1000));

/**
 * What is left, twice: in the older `X-RateLimit-*`, where the end of the window is in seconds since 1970, and as
 * draft-ietf-httpapi-ratelimit-headers has it, in seconds from now.
 */
export const rateHeaders = (
  { name, quota, windowMs }: RatePolicy,
  state: RateState,
  now: number,
): Headers => ({
  'X-RateLimit-Limit': String(quota),
  'X-RateLimit-Remaining': String(state.remaining),
  'X-RateLimit-Reset': String(Math.ceil(state.resetAt / 1000)),
  RateLimit: `"${name}";r=${state.remaining};t=${secondsLeft(state, now)}`,
  'RateLimit-Policy': `"${name}";q=${quota};w=${Math.ceil(windowMs / 1000)}`,
});

/** The refusal of one request too many. `Retry-After` is in whole seconds, at least one. */
export function tooManyRequests(policy: RatePolicy, state: RateState, now: number): ProblemError {
  const seconds = Math.max(1, secondsLeft(state, now));
  const wait = `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  return new ProblemError('rate_limited', `Too many requests. Try again in ${wait}.`, {
    headers: { ...rateHeaders(policy, state, now), 'Retry-After': String(seconds) },
  });
}
