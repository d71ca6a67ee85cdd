import type { BindOptions, Caller } from '@flowwire/koa';
import { networkOf } from '../http/client-address.ts';
import type { Authenticate, Judge } from '../identity/authenticate.ts';
import type { RatePolicies } from './policies.ts';
import { rateHeaders, tooManyRequests } from './rate-headers.ts';
import type { RateLimiter, RatePolicy } from './rate-limiter.ts';

type Headers = Readonly<Record<string, string>>;
type Admit = NonNullable<BindOptions<unknown>['admit']>;

export interface RequestLimitsOptions {
  readonly limiter: RateLimiter;
  readonly policies: RatePolicies;
  readonly addressOf: (caller: Caller) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The limits of requests, as options of `bind`. What they refuse, they refuse with a ProblemError of 429. */
export interface RequestLimits {
  /**
   * Judges credentials and takes a request from what the key has left, which the answer's headers then say,
   * refusals included. A credential that is no good counts against the address that sent it.
   */
  limitKeys(judge: Judge, policy: RatePolicy | undefined): Authenticate;
  /**
   * Takes a request from what the address has left. Only answers to requests without a key say what that is: the
   * others have room for one limit, and the key's is the smaller.
   */
  readonly limitAddresses: Admit;
}

const NO_HEADERS: Headers = {};

export function createRequestLimits(options: RequestLimitsOptions): RequestLimits {
  const { limiter, policies, addressOf, now } = options;
  const networkOfCaller = (caller: Caller) => networkOf(addressOf(caller));

  async function take(policy: RatePolicy | undefined, subject: string): Promise<Headers> {
    if (!policy) return NO_HEADERS;
    const state = await limiter.take(policy, subject);
    if (!state.allowed) throw tooManyRequests(policy, state, now());
    return rateHeaders(policy, state, now());
  }

  return {
    limitKeys: (judge, policy) => async (credentials) => {
      const judgement = await judge(credentials);
      if (!judgement.ok && judgement.problem === 'unauthenticated') {
        await take(policies.failed, networkOfCaller(credentials));
        return judgement;
      }
      const { tenantId, keyId } = judgement.context;
      const headers = await take(policy, `${tenantId}/${keyId}`);
      return { ...judgement, headers };
    },

    async limitAddresses(caller, { operationId, security }) {
      const own = operationId === 'login' ? policies.login : undefined;
      const headers = await take(own ?? policies.address, networkOfCaller(caller));
      return security.length === 0 ? headers : NO_HEADERS;
    },
  };
}
