/** How many requests one subject may send in a window of time. */
export interface RatePolicy {
  /** Names the policy in the headers, as in `"default";r=97;t=60`. */
  readonly name: string;
  readonly quota: number;
  readonly windowMs: number;
}

/** Where a subject stands within its window. */
export interface RateState {
  /** False when this request was one too many. */
  readonly allowed: boolean;
  readonly remaining: number;
  /** When the window ends, in milliseconds since the epoch. */
  readonly resetAt: number;
}

/** Counts requests in fixed windows, each beginning with its first request. Counts outlive the process. */
export interface RateLimiter {
  /** Takes one request from what the subject, such as a key or an address, has left. */
  take(policy: RatePolicy, subject: string): Promise<RateState>;
  /** Keeps what was counted, and stops keeping it now and then. */
  close(): Promise<void>;
}

/** A count as it is kept. Times are milliseconds since the epoch. */
export interface RateCount {
  /** Of policy and subject. */
  readonly key: string;
  readonly used: number;
  readonly resetAt: number;
}

/** Keeps counts over restarts. */
export interface RateCountStore {
  /** Those whose window has not ended. */
  load(now: number): Promise<readonly RateCount[]>;
  /** Adds or replaces counts, and drops those whose window has ended. */
  save(counts: readonly RateCount[], now: number): Promise<void>;
}
