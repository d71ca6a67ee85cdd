import { shorten } from '../../definition/subject.ts';
import { NodeError } from '../../errors.ts';

/** Header fields of a request: names in lower case, each once. */
export type HeaderFields = Map<string, string>;

// RFC 9110 sections 5.6.2 and 5.5; the second without line breaks, and with what Latin-1 can say.
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
// RFC 6265 section 4.1.1.
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

// What belongs to the connection and not to the request; to set it would let one request hide another.
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Why a request cannot have a header of this name. */
export function headerNameProblem(name: string): string | undefined {
  if (!TOKEN.test(name)) return `${JSON.stringify(shorten(name, 100))} is no name for a header`;
  if (!OF_THE_CONNECTION.has(name.toLowerCase())) return undefined;
  return `the header ${name} belongs to the connection and cannot be set`;
}

/** Why a header cannot have this value, which may be secret and so is not told. */
export function headerValueProblem(name: string, value: string): string | undefined {
  if (FIELD_VALUE.test(value)) return undefined;
  return `the value of the header ${name} has a line break or other characters that headers cannot have`;
}

/** Why a request cannot have a cookie of this name. */
export const cookieNameProblem = (name: string): string | undefined =>
  TOKEN.test(name) ? undefined : `${JSON.stringify(shorten(name, 100))} is no name for a cookie`;

/** Sets a header in place of one with the same name. Throws NodeError `invalid_request`. */
export function setHeader(headers: HeaderFields, name: string, value: string): void {
  const problem = headerNameProblem(name) ?? headerValueProblem(name, value);
  if (problem !== undefined) throw invalidRequest(problem);
  headers.set(name.toLowerCase(), value);
}

/** Adds a cookie to those that are there. Throws NodeError `invalid_request`. */
export function addCookie(headers: HeaderFields, name: string, value: string): void {
  const problem = cookieNameProblem(name);
  if (problem !== undefined) throw invalidRequest(problem);
  if (!COOKIE_VALUE.test(value)) {
    throw invalidRequest(`the cookie ${name} has a character that cookies cannot have; percent-encode it`);
  }
  const others = headers.get('cookie');
  headers.set('cookie', others === undefined ? `${name}=${value}` : `${others}; ${name}=${value}`);
}

export const invalidRequest = (message: string): NodeError =>
  new NodeError(message, { code: 'invalid_request' });
