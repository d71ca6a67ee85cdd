import type { RatePolicy } from './rate-limiter.ts';

/** How many requests a minute; undefined for as many as one likes. */
export interface RateSettings {
  /** Of a key, all APIs together that have no limit of their own. */
  readonly key: number | undefined;
  /** Of a key, on the mandas API. */
  readonly mandas: number | undefined;
  /** Of an address, with any key or none. */
  readonly address: number | undefined;
  /** Logins of an address. */
  readonly login: number | undefined;
}

/** The limits that are on. */
export interface RatePolicies {
  readonly default: RatePolicy | undefined;
  readonly mandas: RatePolicy | undefined;
  readonly address: RatePolicy | undefined;
  readonly login: RatePolicy | undefined;
  /** Credentials of an address that were no good. On while addresses are limited. */
  readonly failed: RatePolicy | undefined;
}

const WINDOW_MS = 60_000;
const FAILED_A_MINUTE = 60;

export function createPolicies({ key, mandas, address, login }: RateSettings): RatePolicies {
  const policy = (name: keyof RatePolicies, quota: number | undefined): RatePolicy | undefined =>
    quota === undefined ? undefined : { name, quota, windowMs: WINDOW_MS };
  return {
    default: policy('default', key),
    mandas: policy('mandas', mandas),
    address: policy('address', address),
    login: policy('login', login),
    failed: policy('failed', address === undefined ? undefined : FAILED_A_MINUTE),
  };
}
