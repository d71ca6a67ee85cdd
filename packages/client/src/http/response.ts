import type { OutputValidators, ReplyFormat } from '@flowwire/contract';
import type { ApiError } from '../errors.ts';
import type { Endpoint } from '../options.ts';
import { apiError } from './attempt.ts';
import { isJson } from './body.ts';
import { readRetryAfter } from './retry.ts';
import { abortable } from './wait.ts';

const MAX_BODY_BYTES = 32 << 20;
const MAX_MESSAGE = 300;
const MAX_ERROR_BODY_BYTES = 64 << 10;

/**
 * Reads an answer that is not a stream: the body that the document describes for its status.
 *
 * @throws ApiError `http` for an error status, `protocol` for what the document does not allow, `network`.
 */
export async function readReply(
  endpoint: Endpoint,
  response: Response,
  signal: AbortSignal,
): Promise<unknown> {
  if (!response.ok) throw await httpError(endpoint, response, signal);
  const format = byStatus(endpoint.operation.replies, response.status);
  if (format === undefined) {
    throw await unexpected(endpoint, response, signal, `status ${response.status} is not documented`);
  }
  if (format.json === undefined && format.text === undefined) {
    // A resumable operation has such an answer for a stream that has ended; here the caller wants a body.
    if (endpoint.operation.resumable) {
      throw await unexpected(endpoint, response, signal, `status ${response.status} is for streams`);
    }
    response.body?.cancel().catch(() => {});
    return undefined;
  }
  if (format.text === undefined && !isJson(contentType(response))) {
    throw await unexpected(endpoint, response, signal, `expected JSON, got '${contentType(response)}'`);
  }
  const { text, isWhole } = await readText(endpoint, response, signal, MAX_BODY_BYTES);
  if (!isWhole) throw apiError(endpoint, 'protocol', `the answer is longer than ${MAX_BODY_BYTES} bytes`);
  if (!isJson(contentType(response))) return text;
  return checkedJson(endpoint, response, text);
}

function checkedJson(endpoint: Endpoint, response: Response, text: string): unknown {
  const facts = { ...factsOf(response), rawBody: text.slice(0, MAX_ERROR_BODY_BYTES) };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw apiError(endpoint, 'protocol', 'the answer is not JSON', { ...facts, cause });
  }
  const validate = byStatus(endpoint.outputs.replies, response.status);
  if (validate === undefined || validate(body)) return body;
  const findings = validate.errors ?? [];
  throw apiError(endpoint, 'protocol', 'the answer is not as documented', { ...facts, findings });
}

/** The error that an answer with an error status is. */
export async function httpError(
  endpoint: Endpoint,
  response: Response,
  signal: AbortSignal,
): Promise<ApiError> {
  const { text } = await readText(endpoint, response, signal, MAX_ERROR_BODY_BYTES);
  const body = isJson(contentType(response)) ? parseOrUndefined(text) : undefined;
  const isDescribed = byStatus(endpoint.outputs.replies, response.status)?.(body) === true;
  const said = messageOf(body);
  return apiError(endpoint, 'http', `the server answered ${response.status}${said && `: ${said}`}`, {
    ...factsOf(response),
    rawBody: text,
    body: isDescribed ? body : undefined,
    code: codeOf(body),
  });
}

/** An error for an answer of a kind that the document does not allow, with the start of what it said. */
export async function unexpected(
  endpoint: Endpoint,
  response: Response,
  signal: AbortSignal,
  message: string,
): Promise<ApiError> {
  // The text of a stream would only be over with the stream.
  const isStream = contentType(response).startsWith('text/event-stream');
  const rawBody = isStream
    ? undefined
    : (await readText(endpoint, response, signal, MAX_ERROR_BODY_BYTES)).text;
  return apiError(endpoint, 'protocol', message, { ...factsOf(response), rawBody });
}

export function contentType(response: Response): string {
  return response.headers.get('content-type')?.toLowerCase() ?? '';
}

/** What a table by status says: the status itself, its class (`4XX`) or `default`. */
export function byStatus<T extends ReplyFormat | OutputValidators['replies'][string]>(
  table: Readonly<Record<string, T>>,
  status: number,
): T | undefined {
  return table[status] ?? table[`${Math.floor(status / 100)}XX`] ?? table.default;
}

function factsOf(response: Response) {
  return {
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: readRetryAfter(response.headers.get('retry-after')),
  };
}

/** The first `maxBytes` of a body as text. Throws ApiError `network` where it breaks off. */
async function readText(endpoint: Endpoint, response: Response, signal: AbortSignal, maxBytes: number) {
  const reader = response.body?.getReader();
  if (reader === undefined) return { text: '', isWhole: true };
  const utf8 = new TextDecoder();
  let text = '';
  let left = maxBytes;
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return { text: text + utf8.decode(), isWhole: true };
      text += utf8.decode(value.subarray(0, left), { stream: true });
      left -= value.length;
      if (left < 0) return { text, isWhole: false };
    }
  } catch (cause) {
    throw apiError(endpoint, 'network', 'the answer broke off', { ...factsOf(response), cause });
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(body: unknown): string | undefined {
  const code = member(body, 'code') ?? member(member(body, 'error'), 'code');
  return typeof code === 'string' ? code : undefined;
}

function messageOf(body: unknown): string {
  const message = member(body, 'message') ?? member(member(body, 'error'), 'message');
  return typeof message === 'string' ? message.slice(0, MAX_MESSAGE) : '';
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
