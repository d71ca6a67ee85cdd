import { type Dispatcher, request } from 'undici';
import { NodeError } from '../../errors.ts';
import { AddressRefusedError, type AllowedAddresses } from './address-guard.ts';
import { createGuardedAgent, type ResolveHost } from './guarded-agent.ts';
import { decodeText, decompress, readBounded } from './response-body.ts';
import { urlProblem } from './url.ts';

export const DEFAULT_MAX_RESPONSE_BYTES = 1024 * 1024;

export interface HttpRequest {
  /** Whose workflow asks. The network is not told. */
  readonly tenantId: string;
  readonly method: Dispatcher.HttpMethod;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Of the answer's body, also when it is decompressed. */
  readonly maxResponseBytes: number;
  /** How many redirects are followed; 5 when absent. With 0 a redirect is the answer. */
  readonly maxRedirects?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as text, in the charset that the answer names. */
  readonly body: string;
  readonly bytes: Uint8Array;
}

/** Sends requests for workflows. */
export interface HttpSender {
  /** Answers any status. Throws NodeError, or the signal's reason. */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  close(): Promise<void>;
}

export interface HttpSenderSettings {
  /** Hosts that may be reached although their address is not public. Default: none. */
  readonly allowPrivateAddresses?: AllowedAddresses;
  /** Replaces the system's DNS. */
  readonly resolveHost?: ResolveHost;
}

const DEFAULT_MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
// What may follow a redirect to another origin: everything else could carry a secret.
const SAFE_HEADERS = new Set(['accept', 'accept-encoding', 'accept-language', 'content-type', 'user-agent']);

export function createHttpSender(settings: HttpSenderSettings = {}): HttpSender {
  const agent = createGuardedAgent(settings.allowPrivateAddresses ?? false, settings.resolveHost);
  return {
    async send(first, signal) {
      const { maxRedirects = DEFAULT_MAX_REDIRECTS } = first;
      let hop: HttpRequest = { ...first, headers: { 'accept-encoding': 'identity', ...first.headers } };
      let url = parseUrl(hop.url);
      for (let redirects = 0; ; redirects++) {
        const response = await exchange(agent, url, hop, signal);
        const target = response.headers.location;
        if (!REDIRECTS.has(response.status) || target === undefined || maxRedirects === 0) return response;
        if (redirects === maxRedirects) {
          throw new NodeError(`more than ${maxRedirects} redirects`, { code: 'too_many_redirects' });
        }
        const next = parseUrl(target, url);
        hop = follow(hop, response.status, next.origin === url.origin);
        url = next;
      }
    },
    close: () => agent.destroy(),
  };
}

function parseUrl(text: string, base?: URL): URL {
  const problem = urlProblem(text, base);
  if (problem === undefined) return new URL(text, base);
  throw new NodeError(base ? `redirected by ${base.host}: ${problem}` : problem, { code: 'invalid_url' });
}

/** The request after a redirect (RFC 9110 section 15.4). */
function follow(hop: HttpRequest, status: number, sameOrigin: boolean): HttpRequest {
  const becomesGet = status === 303 ? hop.method !== 'HEAD' : hop.method === 'POST' && status <= 302;
  const kept = Object.entries(hop.headers).filter(
    ([name]) => (sameOrigin || SAFE_HEADERS.has(name)) && !(becomesGet && name === 'content-type'),
  );
  const { body, ...rest } = hop;
  const headers = Object.fromEntries(kept);
  if (becomesGet) return { ...rest, headers, method: 'GET' };
  return { ...rest, headers, ...(body !== undefined && { body }) };
}

async function exchange(
  agent: Dispatcher,
  url: URL,
  hop: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  try {
    const { method, headers, body = null, maxResponseBytes } = hop;
    const answer = await request(url, { method, headers, body, signal, dispatcher: agent });
    const flat = flatten(answer.headers);
    const sent = await readBounded(answer.body, maxResponseBytes);
    const bytes = await decompress(sent, flat['content-encoding'], maxResponseBytes);
    return { status: answer.statusCode, headers: flat, bytes, body: decodeText(bytes, flat['content-type']) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw toHttpError(error, url);
  }
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const fields = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
  );
  return Object.fromEntries(fields);
}

function toHttpError(error: unknown, url: URL): NodeError {
  if (error instanceof NodeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof AddressRefusedError)
    return new NodeError(message, { code: 'address_refused', cause: error });
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && NOT_RETRYABLE.has(code)) {
    return new NodeError(message, { code: 'invalid_request', cause: error });
  }
  return new NodeError(`${url.host} could not be reached: ${message}`, {
    code: 'http_unreachable',
    retryable: true,
    cause: error,
  });
}

// undici's own word that the request cannot be sent at all, such as a line break in a header.
const NOT_RETRYABLE = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH']);
