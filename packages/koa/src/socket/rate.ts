import type { RateLimits } from './options.ts';

const MINUTE_MS = 60_000;
const DEFAULT_PER_MINUTE = 1200;
/** How much of the limit a client may go beyond it before it is a flood. */
const GRACE = 0.1;
const MIN_GRACE = 10;

/** A bucket that holds a minute's worth and fills evenly. */
class Bucket {
  readonly #perMinute: number;
  #tokens: number;
  #filledAt: number;
  /** Refused since one was last allowed. */
  refused = 0;

  constructor(perMinute: number, now: number) {
    this.#perMinute = perMinute;
    this.#tokens = perMinute;
    this.#filledAt = now;
  }

  take(now: number): boolean {
    const filled = this.#tokens + ((now - this.#filledAt) * this.#perMinute) / MINUTE_MS;
    this.#tokens = Math.min(this.#perMinute, filled);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      this.refused += 1;
      return false;
    }
    this.#tokens -= 1;
    this.refused = 0;
    return true;
  }
}

/** Counts one client's frames. */
export interface RateMeter {
  /** `refuse`: answer with an error. `flood`: the client goes on all the same. */
  frame(now: number): 'allow' | 'refuse' | 'flood';
  /** Whether a message of this type is within the bounds of its groups. */
  allows(type: string, now: number): boolean;
}

export const createRateMeter = (
  { perMinute = DEFAULT_PER_MINUTE, groups = [] }: RateLimits,
  now: number,
): RateMeter => {
  const frames = new Bucket(perMinute, now);
  const grace = Math.max(MIN_GRACE, perMinute * GRACE);
  const byGroup = groups.map(({ types, perMinute: limit }) => ({ types, bucket: new Bucket(limit, now) }));
  return {
    frame: (at) => {
      if (frames.take(at)) return 'allow';
      return frames.refused > grace ? 'flood' : 'refuse';
    },
    allows: (type, at) => byGroup.every(({ types, bucket }) => !types.includes(type) || bucket.take(at)),
  };
};
