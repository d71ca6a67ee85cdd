import { type Dispatcher, request } from 'undici';
import { NodeError } from '../../errors.ts';
import { AddressRefusedError, type AllowedAddresses } from './address-guard.ts';
import { createGuardedAgent, type ResolveHost } from './guarded-agent.ts';

export interface HttpRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly maxResponseBytes: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
// What may follow a redirect to another origin: everything else could carry a secret.
const SAFE_HEADERS = new Set(['accept', 'accept-encoding', 'accept-language', 'content-type', 'user-agent']);

export function createHttpSender(settings: HttpSenderSettings = {}): HttpSender {
  const agent = createGuardedAgent(settings.allowPrivateAddresses ?? false, settings.resolveHost);
  return {
    async send(first, signal) {
      let hop: HttpRequest = { ...first, headers: { 'accept-encoding': 'identity', ...first.headers } };
      let url = parseUrl(hop.url);
      for (let redirects = 0; ; redirects++) {
        const response = await exchange(agent, url, hop, signal);
        const target = response.headers.location;
        if (!REDIRECTS.has(response.status) || target === undefined) return response;
        if (redirects === MAX_REDIRECTS) {
          throw new NodeError(`more than ${MAX_REDIRECTS} redirects`, { code: 'too_many_redirects' });
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
  if (!URL.canParse(text, base?.href)) throw new NodeError(`no valid URL: ${text}`, { code: 'invalid_url' });
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new NodeError(`only http and https are possible, not ${url.protocol}`, { code: 'invalid_url' });
  }
  if (url.username !== '' || url.password !== '') {
    throw new NodeError('a URL must not carry credentials; use a header', { code: 'invalid_url' });
  }
  return url;
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
    const { method, headers, body } = hop;
    const answer = await request(url, { method, headers, body: body ?? null, signal, dispatcher: agent });
    const flat = flatten(answer.headers);
    const bytes = await readBounded(answer.body, hop.maxResponseBytes);
    return { status: answer.statusCode, headers: flat, body: decode(bytes, flat['content-type']) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw toHttpError(error, url);
  }
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** Stops reading, and so closes the connection, at the first byte too many. */
async function readBounded(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) {
      throw new NodeError(`the response is larger than ${limit} bytes`, { code: 'response_too_large' });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer, contentType = ''): string {
  const charset = /charset="?([\w-]{1,40})/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // An unknown charset label: UTF-8 is the best guess, and never fails.
    return new TextDecoder().decode(bytes);
  }
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
