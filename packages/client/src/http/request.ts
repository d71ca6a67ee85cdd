import type { Operation } from '@flowwire/contract';
import type { Endpoint, OperationInput } from '../options.ts';
import { apiError } from './attempt.ts';
import { addCookies, type Credential, sign } from './auth.ts';
import { type EncodedBody, encodeBody } from './body.ts';
import { setHeader } from './headers.ts';
import { randomHex } from './random.ts';
import { buildUrl, writeSimple } from './serialize.ts';
import { writeCookies, writeHeader } from './styles.ts';
import { abortable } from './wait.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY']);

/** A request that can be sent any number of times, the same each time. */
export interface ApiRequest {
  /** Safe by its method (RFC 9110 section 9.2.1) or by an Idempotency-Key, and its body is no stream. */
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
  const url = buildUrl(client.baseUrl, operation, input.path ?? {}, input.query ?? {}, input.querystring);
  const body = encodeBody(operation, input);
  assertSendable(operation, body);
  const headers = new Headers({ accept });
  if (body !== undefined) setHeader(headers, 'content-type', body.contentType);
  addParameters(headers, operation, input);
  for (const [name, value] of Object.entries({ ...client.headers, ...callHeaders })) {
    setHeader(headers, name, value);
  }
  if (operation.idempotencyKey && !headers.has('idempotency-key')) {
    headers.set('idempotency-key', randomHex());
  }

  async function send(signal: AbortSignal, lastEventId?: string): Promise<Response> {
    signal.throwIfAborted();
    const sent = new Headers(headers);
    if (lastEventId !== undefined) setLastEventId(endpoint, sent, lastEventId);
    const signedUrl = await signRequest(endpoint, url, sent, signal);
    const init: SentInit = { method, headers: sent, signal, redirect: 'manual' };
    if (body !== undefined) init.body = body.content;
    if (body?.isRepeatable === false) init.duplex = 'half';
    const response = await fetchHead(endpoint, signedUrl, init, signal);
    refuseRedirect(endpoint, response);
    return response;
  }

  const isSafe = SAFE_METHODS.has(method) || headers.has('idempotency-key');
  return { isRepeatable: isSafe && body?.isRepeatable !== false, send };
}

/** fetch wants to hear of a body that is a stream, which its type does not know everywhere. */
interface SentInit extends RequestInit {
  duplex?: 'half';
}

/** fetch would refuse these as if the network had failed. */
function assertSendable({ operationId, method }: Operation, body: EncodedBody | undefined): void {
  const isRefused = /^(?:TRACE|CONNECT|TRACK)$/i.test(method);
  if (!isRefused && (body === undefined || !/^(?:GET|HEAD)$/.test(method))) return;
  throw new TypeError(`${operationId}: fetch sends no ${isRefused ? method : `body with ${method}`}`);
}

/** Writes the parameters that are headers and cookies. Those that the document does not declare are sent, too. */
function addParameters(headers: Headers, { parameters }: Operation, input: OperationInput): void {
  for (const [name, value] of Object.entries(input.headers ?? {})) {
    if (value === undefined) continue;
    const parameter = parameters.find((each) => each.in === 'header' && each.name === name);
    setHeader(headers, name, parameter === undefined ? writeSimple(value) : writeHeader(parameter, value));
  }
  for (const [name, value] of Object.entries(input.cookies ?? {})) {
    if (value === undefined) continue;
    const parameter = parameters.find((each) => each.in === 'cookie' && each.name === name);
    const cookies = parameter && writeCookies(parameter, value);
    addCookies(headers, cookies ?? [`${name}=${encodeURIComponent(writeSimple(value))}`]);
  }
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
  let signed = url;
  for (const { scheme, credential: source } of endpoint.signers) {
    const credential = await abortable(askFor(endpoint, source), signal);
    try {
      signed = sign(signed, headers, scheme, credential);
    } catch {
      // Without the cause: an error about a key should have nothing of it.
      throw apiError(endpoint, 'auth', 'the credential has characters that cannot be sent');
    }
  }
  return signed;
}

async function askFor(endpoint: Endpoint, source: Credential): Promise<string> {
  let credential: unknown;
  try {
    credential = typeof source === 'string' ? source : await source();
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
