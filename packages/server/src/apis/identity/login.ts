import { findKey, permissionsOf } from '../../identity/keys.ts';
import { openLogin } from '../../identity/logins.ts';
import { epochSeconds } from '../epoch.ts';
import { refusal } from '../refusal.ts';
import { sessionCookie } from './cookie.ts';
import type { IdentityDeps, Part } from './deps.ts';

/** Logs web pages in and out, and tells who calls. */
export function createLoginHandlers(deps: IdentityDeps): Part<'login' | 'logout' | 'getPrincipal'> {
  const { logins, now, loginMs, secureCookies } = deps;
  return {
    async login({ body, context }) {
      if (context.crossSite !== undefined) return fromOtherSite(context.crossSite);
      const key = await findKey(deps, body.key);
      if (!key) return wrongKey();
      const at = now();
      const { text, expiresAt } = await openLogin(logins, key, { now: at, loginMs });
      const maxAge = epochSeconds(expiresAt - at);
      return {
        status: 200,
        headers: { 'Set-Cookie': sessionCookie(text, maxAge, secureCookies), 'Cache-Control': 'no-store' },
        body: {
          tenant_id: key.tenantId,
          key_id: key.id,
          permissions: permissionsOf(key),
          expires_at: epochSeconds(expiresAt),
        },
      };
    },

    async logout({ context }) {
      if (context.crossSite !== undefined) return fromOtherSite(context.crossSite);
      if (context.loginHash !== undefined) await logins.end(context.loginHash);
      return { status: 204, headers: { 'Set-Cookie': sessionCookie('', 0, secureCookies) } };
    },

    async getPrincipal({ context: { tenantId, keyId, permissions, expiresAt } }) {
      const ends = expiresAt === undefined ? {} : { expires_at: epochSeconds(expiresAt) };
      return {
        status: 200,
        body: { tenant_id: tenantId, key_id: keyId, permissions: [...permissions], ...ends },
      };
    },
  };
}

const wrongKey = () => refusal(401, 'unauthorized', 'The key is not valid.');

const fromOtherSite = (origin: string) =>
  refusal(403, 'cross_site_request', `The origin ${origin} may not log in or out here.`);
