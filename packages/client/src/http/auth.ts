import type { Operation, SecurityScheme } from '@flowwire/contract';
import { setHeader } from './headers.ts';

/** A key or token, or a function that is asked for it before each attempt. */
export type Auth = string | (() => string | Promise<string>);

/**
 * The scheme by which one credential opens an operation: the first alternative that needs nothing else.
 * Undefined where the operation is open to all or wants what a text cannot give.
 */
export function pickScheme(
  operation: Operation,
  schemes: Readonly<Record<string, SecurityScheme>>,
): SecurityScheme | undefined {
  for (const alternative of operation.security) {
    const [name, ...others] = Object.keys(alternative);
    const scheme = name === undefined ? undefined : schemes[name];
    if (scheme !== undefined && others.length === 0 && isSupported(scheme)) return scheme;
  }
  return undefined;
}

function isSupported(scheme: SecurityScheme): boolean {
  return scheme.type === 'apiKey' || (scheme.type === 'http' && scheme.scheme.toLowerCase() === 'bearer');
}

/**
 * Signs a request (OpenAPI 3.2 section 4.27). A header that the caller has set stays. Answers the URL.
 *
 * @throws TypeError for a credential that a header cannot carry, without quoting it.
 */
export function sign(url: string, headers: Headers, scheme: SecurityScheme, credential: string): string {
  if (scheme.type === 'http' && !headers.has('authorization')) {
    setHeader(headers, 'authorization', `Bearer ${credential}`);
  }
  if (scheme.type !== 'apiKey') return url;
  if (scheme.in === 'query') {
    const separator = url.includes('?') ? '&' : '?';
    return `${url}${separator}${encodeURIComponent(scheme.name)}=${encodeURIComponent(credential)}`;
  }
  if (scheme.in === 'header' && !headers.has(scheme.name)) setHeader(headers, scheme.name, credential);
  if (scheme.in === 'cookie') addCookie(headers, scheme.name, credential);
  return url;
}

/** Browsers ignore this header and send the cookies that they have. */
export function addCookie(headers: Headers, name: string, value: string): void {
  const others = headers.get('cookie');
  const cookie = `${name}=${encodeURIComponent(value)}`;
  setHeader(headers, 'cookie', others === null ? cookie : `${others}; ${cookie}`);
}
