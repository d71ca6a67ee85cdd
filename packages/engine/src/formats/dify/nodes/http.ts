import type { HttpAuth, HttpNode } from '../../../definition/types.ts';
import { isSensitive } from '../../secrets.ts';
import type { Conversion, Convert } from '../conversion.ts';
import { hasRetry } from '../failures.ts';
import { at, numberAt, type Place, textAt } from '../place.ts';
import { readBody } from './http-body.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const;
const MAX_TIMEOUT_MS = 3_600_000;
/** A parameter within a URL whose value may be a credential. */
const URL_PARAMETER = /([?&]([^=&#{}]{1,100})=)([^&#{}]+)/g;

type Pair = readonly [name: string, value: string];

export const convertHttp: Convert = (conversion) => {
  const { data, head, problem, note } = conversion;
  const spelled = (textAt(data, 'method') ?? '').toUpperCase();
  const method = METHODS.find((known) => known === spelled);
  if (!method) problem('it has no known method', at(data, 'method'));
  if (textAt(data, 'ssl_verify') === 'false') note('certificates are always verified');
  // Without these Dify goes on whatever the status is.
  const isStrict = hasRetry(data) || (textAt(data, 'error_strategy') ?? 'none') !== 'none';
  const node: HttpNode = {
    ...head,
    type: 'http',
    method: method ?? 'GET',
    url: readUrl(conversion),
    ...readHeaders(conversion),
    ...readQuery(conversion),
    ...readAuth(conversion),
    ...readBody(conversion),
    ...readTimeout(conversion),
    ...(!isStrict && { accept_errors: true }),
  };
  return [node];
};

/** The URL, without the credentials that stand in its parameters. */
function readUrl({ data, problem, credential, textOf }: Conversion): string {
  const place = at(data, 'url');
  const url = textAt(place)?.trim() ?? '';
  if (url === '') problem('it has no URL', place);
  let rewritten = '';
  let end = 0;
  for (const match of url.matchAll(URL_PARAMETER)) {
    const [whole, before = '', name = '', value = ''] = match;
    if (!isSensitive(name)) continue;
    rewritten += textOf(url.slice(end, match.index) + before, place) + credential(value, name, place);
    end = match.index + whole.length;
  }
  return rewritten + textOf(url.slice(end), place);
}

/** Lines of `name:value`. */
function readPairs(place: Place, conversion: Conversion): readonly Pair[] {
  const pairs: Pair[] = [];
  for (const line of (textAt(place) ?? '').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = (colon === -1 ? line : line.slice(0, colon)).trim();
    if (name === '') continue;
    const value = colon === -1 ? '' : line.slice(colon + 1).trim();
    if (name.includes('{{#')) conversion.problem('the name of a header or parameter is a reference', place);
    pairs.push([name, readValue(name, value, place, conversion)]);
  }
  return pairs;
}

const readValue = (name: string, value: string, place: Place, { credential, textOf }: Conversion): string =>
  isSensitive(name) ? credential(value, name, place) : textOf(value, place);

/** Of a header that is given twice Dify sends the last one, and that of the authorization in any case. */
function readHeaders(conversion: Conversion): Pick<HttpNode, 'headers'> {
  const { data, note } = conversion;
  const headers = new Map<string, Pair>();
  for (const pair of readPairs(at(data, 'headers'), conversion)) headers.set(pair[0].toLowerCase(), pair);
  if (textAt(data, 'authorization', 'type') === 'api-key') headers.delete(authHeader(data).toLowerCase());
  const isMultipart = textAt(data, 'body', 'type') === 'form-data';
  if (isMultipart && headers.delete('content-type')) note('the form sets its content type by itself');
  return headers.size > 0 ? { headers: Object.fromEntries(headers.values()) } : {};
}

function readQuery(conversion: Conversion): Pick<HttpNode, 'query'> {
  const place = at(conversion.data, 'params');
  const pairs = readPairs(place, conversion);
  const query = new Map(pairs);
  if (query.size < pairs.length) {
    conversion.problem('a parameter is given more than once; write it into the URL', place);
  }
  return query.size > 0 ? { query: Object.fromEntries(query) } : {};
}

const authHeader = (data: Place): string =>
  textAt(data, 'authorization', 'config', 'header')?.trim() || 'Authorization';

function readAuth(conversion: Conversion): Pick<HttpNode, 'auth'> {
  const { data, problem, credential } = conversion;
  if ((textAt(data, 'authorization', 'type') ?? 'no-auth') === 'no-auth') return {};
  const config = at(data, 'authorization', 'config');
  const key = textAt(config, 'api_key')?.trim() ?? '';
  const header = authHeader(data);
  if (key === '') problem('its API key is empty', config);
  const place = at(config, 'api_key');
  switch (textAt(config, 'type')) {
    case 'bearer':
      return { auth: bearer(header, credential(key, header, place)) };
    case 'basic':
      return { auth: basic(header, key, place, conversion) };
    case 'custom':
      return { auth: { type: 'api_key', name: header, value: credential(key, header, place) } };
    default:
      problem('its kind of authorization is not known', config);
      return {};
  }
}

const isAuthorization = (header: string): boolean => header.toLowerCase() === 'authorization';

const bearer = (header: string, token: string): HttpAuth =>
  isAuthorization(header)
    ? { type: 'bearer', token }
    : { type: 'api_key', name: header, value: `Bearer ${token}` };

/** `user:password`, or what Dify takes for their base64 as it has no colon. */
function basic(
  header: string,
  key: string,
  place: Place,
  { credential, textOf, note }: Conversion,
): HttpAuth {
  const colon = key.indexOf(':');
  if (colon === -1 || !isAuthorization(header)) {
    note('the API key is sent as it is and must be the base64 text of user:password');
    return { type: 'api_key', name: header, value: `Basic ${credential(key, header, place)}` };
  }
  const username = textOf(key.slice(0, colon), place);
  return { type: 'basic', username, password: credential(key.slice(colon + 1), 'password', place) };
}

/** Dify has a limit in seconds for each part of a request; here there is one for all of it. */
function readTimeout({ data, note }: Conversion): Pick<HttpNode, 'timeout_ms'> {
  const parts = ['connect', 'read', 'write'].map(
    (part) => numberAt(data, 'timeout', part) || numberAt(data, 'timeout', `max_${part}_timeout`) || 0,
  );
  const seconds = parts.reduce((sum, part) => sum + Math.max(0, part), 0);
  if (seconds === 0) return {};
  const timeout = Math.min(MAX_TIMEOUT_MS, Math.max(1, Math.round(seconds * 1_000)));
  note(`one limit of ${timeout} ms holds for the whole request`);
  return { timeout_ms: timeout };
}
