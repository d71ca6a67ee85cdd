import type { Endpoint, OperationInput } from '../options.ts';
import { apiError } from './attempt.ts';
import { type Auth, addCookie, sign } from './auth.ts';
import { encodeBody } from './body.ts';
import { setHeader } from './headers.ts';
import { buildUrl, writeSimple } from './serialize.ts';
import { abortable } from './wait.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A request that can be sent any number of times, the same each time. */
export interface ApiRequest {
  /** Safe by its method (RFC 9110 section 9.2.1) or by an Idempotency-Key. */
  readonly isRepeatable: boolean;
  /**
   * Sends it and answers as soon as the head of the answer is there. Throws ApiError `network`, `auth`,
   * and `protocol` for a redirect.
   */
  send(signal: AbortSignal, lastEventId?: string): Promise<Response>;
}

/** @throws TypeError for input that cannot be sent. */
export function prepareRequest(
  endpoint: Endpoint,
  input: OperationInput,
  accept: string,
  callHeaders: Readonly<Record<string, string>> = {},
): ApiRequest {
  const { operation, client } = endpoint;
  const { method } = operation;
  const url = buildUrl(client.baseUrl, operation, input.path ?? {}, input.query ?? {});
  const body = encodeBody(operation, input.body);
  const headers = new Headers({ accept });
  if (body?.mediaType !== undefined) headers.set('content-type', body.mediaType);
  for (const [name, value] of Object.entries(input.headers ?? {})) {
    if (value !== undefined) setHeader(headers, name, writeSimple(value));
  }
  for (const [name, value] of Object.entries(input.cookies ?? {})) {
    if (value !== undefined) addCookie(headers, name, writeSimple(value));
  }
  for (const [name, value] of Object.entries({ ...client.headers, ...callHeaders })) {
    setHeader(headers, name, value);
  }
  if (operation.idempotencyKey && !headers.has('idempotency-key')) {
    headers.set('idempotency-key', randomKey());
  }

  async function send(signal: AbortSignal, lastEventId?: string): Promise<Response> {
    signal.throwIfAborted();
    const sent = new Headers(headers);
    if (lastEventId !== undefined) setLastEventId(endpoint, sent, lastEventId);
    const signedUrl = await signRequest(endpoint, url, sent, signal);
    const init: RequestInit = { method, headers: sent, signal, redirect: 'manual' };
    if (body !== undefined) init.body = body.content;
    const response = await fetchHead(endpoint, signedUrl, init, signal);
    refuseRedirect(endpoint, response);
    return response;
  }

  return { isRepeatable: SAFE_METHODS.has(method) || headers.has('idempotency-key'), send };
}

function setLastEventId(endpoint: Endpoint, headers: Headers, lastEventId: string): void {
  try {
    setHeader(headers, 'last-event-id', lastEventId);
  } catch (cause) {
    // The server made it up, so it is no mistake of the caller's.
    throw apiError(endpoint, 'protocol', "an event's id cannot be sent back in a header", { cause });
  }
}

async function signRequest(
  endpoint: Endpoint,
  url: string,
  headers: Headers,
  signal: AbortSignal,
): Promise<string> {
  const { securityScheme, client } = endpoint;
  if (securityScheme === undefined || client.auth === undefined) return url;
  const credential = await abortable(askFor(endpoint, client.auth), signal);
  try {
    return sign(url, headers, securityScheme, credential);
  } catch {
    // Without the cause: an error about a key should have nothing of it.
    throw apiError(endpoint, 'auth', 'the credential has characters that cannot be sent');
  }
}

async function askFor(endpoint: Endpoint, auth: Auth): Promise<string> {
  let credential: unknown;
  try {
    credential = typeof auth === 'string' ? auth : await auth();
  } catch (cause) {
    throw apiError(endpoint, 'auth', 'the credential could not be had', { cause });
  }
  if (typeof credential === 'string') return credential;
  throw apiError(endpoint, 'auth', `the credential is not a string but ${typeof credential}`);
}

async function fetchHead(
  endpoint: Endpoint,
  url: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<Response> {
  const fetch = endpoint.client.fetch ?? globalThis.fetch;
  try {
    return await abortable(fetch(url, init), signal);
  } catch (cause) {
    throw apiError(endpoint, 'network', 'no answer from the server', { cause });
  }
}

/**
 * Redirects are not followed: fetch would send an API key in a header of its own on to any origin, and
 * a body, too. `redirect: 'manual'` because 'error' cannot be told from a broken network. Browsers then
 * hide the status (`opaqueredirect`), Node shows it.
 */
function refuseRedirect(endpoint: Endpoint, response: Response): void {
  const isRedirect = response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400);
  if (!isRedirect) return;
  response.body?.cancel().catch(() => {});
  throw apiError(endpoint, 'protocol', 'the server redirects, which is not followed: check baseUrl', {
    status: response.status || undefined,
  });
}

/** 128 random bits. Not randomUUID(), which browsers keep from pages without TLS. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
