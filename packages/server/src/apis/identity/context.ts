import type { Caller } from '@flowwire/koa';
import type { Authenticate, Authenticated } from '../../identity/authenticate.ts';
import { crossSiteOrigin } from '../../identity/cross-site.ts';

/** Who calls the identity API, and from where. */
export interface IdentityContext extends Authenticated {
  /** The origin whose page caused the request, if it may not log in or out here. */
  readonly crossSite: string | undefined;
}

/** Who has not logged in yet: nobody of no tenant, who may do nothing. */
const NOBODY: Authenticated = { tenantId: '', keyId: '', appId: '', permissions: [] };

/** The security options of this API: those of all APIs, and the rules for requests from other sites. */
export function createIdentitySecurity(authenticate: Authenticate, allowedOrigins: readonly string[]) {
  const inContext = (principal: Authenticated, caller: Caller): IdentityContext => ({
    ...principal,
    crossSite: crossSiteOrigin(caller, allowedOrigins),
  });
  return {
    authenticate: async (...[credentials, operation]: Parameters<Authenticate>) => {
      const result = await authenticate(credentials, operation);
      return result.ok ? { ...result, context: inContext(result.context, credentials) } : result;
    },
    anonymous: (caller: Caller) => inContext(NOBODY, caller),
  };
}
