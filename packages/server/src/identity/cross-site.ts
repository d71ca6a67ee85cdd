import type { Caller } from '@flowwire/koa';

/**
 * The origin of a request that a page of another site caused, `null` where the browser does not tell which;
 * undefined for a request that may pass. `allowedOrigins` always pass. Otherwise `Sec-Fetch-Site` says it, where it
 * is sent, else `Origin` has to be the host that was asked. A request with neither comes from no browser of today.
 */
export function crossSiteOrigin({ headers }: Caller, allowedOrigins: readonly string[]): string | undefined {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && allowedOrigins.includes(origin)) return undefined;
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? undefined : (origin ?? 'null');
  if (origin === undefined) return undefined;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase() ? undefined : origin;
}
