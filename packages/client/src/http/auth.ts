import type { Operation, SecurityScheme } from '@flowwire/contract';
import { setHeader } from './headers.ts';

/** A key or token (of HTTP Basic `user:password`), or a function that is asked for it before each attempt. */
export type Credential = string | (() => string | Promise<string>);

/** One credential, or those of several security schemes by the names that the document gives them. */
export type Auth = Credential | Readonly<Record<string, Credential>>;

type Schemes = Readonly<Record<string, SecurityScheme>>;

/** A scheme by which requests are signed, and what with. */
export interface Signer {
  readonly scheme: SecurityScheme;
  readonly credential: Credential;
}

/**
 * What signs the requests of an operation: the first of its alternatives for which there is all that it
 * needs. None where the operation is open to all or wants what cannot be given.
 */
export function pickSigners(
  security: Operation['security'],
  schemes: Schemes,
  auth: Auth | undefined,
): readonly Signer[] {
  for (const alternative of security) {
    const names = Object.keys(alternative);
    const signers = names.flatMap((name): Signer[] => {
      const scheme = schemes[name];
      const credential = credentialOf(auth, name, names.length);
      return isSupported(scheme) && credential !== undefined ? [{ scheme, credential }] : [];
    });
    if (signers.length > 0 && signers.length === names.length) return signers;
  }
  return [];
}

/** One credential stands for the scheme of an alternative that needs no other. */
function credentialOf(auth: Auth | undefined, name: string, needed: number): Credential | undefined {
  if (typeof auth === 'object') return Object.hasOwn(auth, name) ? auth[name] : undefined;
  return needed === 1 ? auth : undefined;
}

function isSupported(scheme: SecurityScheme | undefined): scheme is SecurityScheme {
  if (scheme?.type === 'http') return /^(?:bearer|basic)$/i.test(scheme.scheme);
  return scheme !== undefined && scheme.type !== 'mutualTLS';
}

/**
 * Signs a request (OpenAPI 3.2 section 4.27). A header that the caller has set stays. Answers the URL.
 *
 * @throws TypeError for a credential that a header cannot carry, without quoting it.
 */
export function sign(url: string, headers: Headers, scheme: SecurityScheme, credential: string): string {
  if (scheme.type !== 'apiKey') {
    if (!headers.has('authorization')) setHeader(headers, 'authorization', authorization(scheme, credential));
    return url;
  }
  if (scheme.in === 'query') {
    const separator = url.includes('?') ? '&' : '?';
    return `${url}${separator}${encodeURIComponent(scheme.name)}=${encodeURIComponent(credential)}`;
  }
  if (scheme.in === 'header' && !headers.has(scheme.name)) setHeader(headers, scheme.name, credential);
  if (scheme.in === 'cookie') addCookies(headers, [`${scheme.name}=${cookieText(credential)}`]);
  return url;
}

function authorization(scheme: SecurityScheme, credential: string): string {
  const isBasic = scheme.type === 'http' && scheme.scheme.toLowerCase() === 'basic';
  return isBasic ? `Basic ${btoa(bytesOf(credential))}` : `Bearer ${credential}`;
}

/** The UTF-8 of a text, a character for each byte. */
function bytesOf(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** A key is sent as it is where a cookie can carry it (RFC 6265 section 4.1.1): servers compare what they get. */
function cookieText(credential: string): string {
  return /^[!#-+\--:<-[\]-~]*$/.test(credential) ? credential : encodeURIComponent(credential);
}

/** Adds `name=text` pairs. Browsers ignore this header and send the cookies that they have. */
export function addCookies(headers: Headers, cookies: readonly string[]): void {
  const others = headers.get('cookie');
  const all = others === null ? cookies : [others, ...cookies];
  if (all.length > 0) setHeader(headers, 'cookie', all.join('; '));
}
