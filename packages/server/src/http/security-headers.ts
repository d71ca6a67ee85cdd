import type { ServerResponse } from 'node:http';
import { addHeaders, applyHeaders } from '@flowwire/koa';

/** What is used here of Koa's context: only the composition imports Koa. */
interface HeadersContext {
  readonly res: ServerResponse;
}

export interface SecurityHeadersOptions {
  /** Whether clients reach the server by HTTPS. */
  readonly isHttps: boolean;
  /** Whether pages of other sites may read answers. */
  readonly isShared: boolean;
}

const YEAR_S = 31_536_000;

/**
 * Adds the headers that every answer has, unless whoever answers sets others: nothing is sniffed, framed, kept or
 * run as a page. Strict-Transport-Security is for the one host: others of its domain are not ours to speak for.
 */
export function securityHeaders({ isHttps, isShared }: SecurityHeadersOptions) {
  const headers = {
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Cross-Origin-Resource-Policy': isShared ? 'cross-origin' : 'same-origin',
    'Cache-Control': 'no-store',
    ...(isHttps && { 'Strict-Transport-Security': `max-age=${YEAR_S}` }),
  };
  return async (ctx: HeadersContext, next: () => Promise<unknown>): Promise<void> => {
    addHeaders(ctx, headers);
    await next();
    applyHeaders(ctx);
  };
}
