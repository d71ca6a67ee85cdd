import type { ReplyContent } from '@flowwire/contract';
import type { ApiError } from '../errors.ts';
import type { Endpoint } from '../options.ts';
import { apiError } from './attempt.ts';
import { isJson } from './media-type.ts';
import { byStatus, contentOf, validatorOf } from './replies.ts';
import { readRetryAfter } from './retry.ts';
import { abortable } from './wait.ts';

const MAX_BODY_BYTES = 32 << 20;
const DEFAULT_MAX_BLOB_BYTES = 256 << 20;
const MAX_MESSAGE = 300;
const MAX_ERROR_BODY_BYTES = 64 << 10;

/**
 * Reads an answer that is not a stream: the body that the document describes for its status, as a JSON
 * value, a string or a Blob.
 *
 * @throws ApiError `http` for an error status or a body that tells a failure, `protocol` for what the
 * document does not allow, `network`.
 */
export async function readReply(
  endpoint: Endpoint,
  response: Response,
  signal: AbortSignal,
): Promise<unknown> {
  if (!response.ok) throw await httpError(endpoint, response, signal);
  const { operation } = endpoint;
  const format = byStatus(operation.replies, response.status);
  if (format === undefined) {
    throw await unexpected(endpoint, response, signal, `status ${response.status} is not documented`);
  }
  if (operation.method === 'HEAD') return undefined;
  if (format.content === undefined) {
    // A resumable operation has such an answer for a stream that has ended; here the caller wants a body.
    if (operation.resumable) {
      throw await unexpected(endpoint, response, signal, `status ${response.status} is for streams`);
    }
    response.body?.cancel().catch(() => {});
    return undefined;
  }
  const content = contentOf(format, contentType(response));
  if (content !== undefined) return readContent(endpoint, response, signal, content);
  const isAllJson = format.content.every(({ kind }) => kind === 'json');
  const wanted = isAllJson ? 'JSON' : format.content.map(({ mediaType }) => mediaType).join(' or ');
  throw await unexpected(endpoint, response, signal, `expected ${wanted}, got '${contentType(response)}'`);
}

async function readContent(
  endpoint: Endpoint,
  response: Response,
  signal: AbortSignal,
  content: ReplyContent,
): Promise<unknown> {
  const isBlob = content.kind === 'binary';
  const limit = isBlob ? (endpoint.client.maxBlobBytes ?? DEFAULT_MAX_BLOB_BYTES) : MAX_BODY_BYTES;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const utf8 = new TextDecoder();
  let text = '';
  const isWhole = await readChunks(endpoint, response, signal, limit, (chunk) => {
    if (isBlob) chunks.push(chunk);
    else text += utf8.decode(chunk, { stream: true });
  });
  if (!isWhole) throw apiError(endpoint, 'protocol', `the answer is longer than ${limit} bytes`);
  if (isBlob) return new Blob(chunks, { type: contentType(response) || content.mediaType });
  text += utf8.decode();
  return content.kind === 'text' ? text : checkedJson(endpoint, response, text, content);
}

function checkedJson(endpoint: Endpoint, response: Response, text: string, content: ReplyContent): unknown {
  const facts = { ...factsOf(response), rawBody: text.slice(0, MAX_ERROR_BODY_BYTES) };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw apiError(endpoint, 'protocol', 'the answer is not JSON', { ...facts, cause });
  }
  const validate = validatorOf(endpoint.operation, endpoint.outputs, response.status, content);
  const isDescribed = validate === undefined || validate(body);
  if (saysFailure(endpoint, response, body)) {
    const described = isDescribed ? body : undefined;
    throw apiError(endpoint, 'http', said(response, body), { ...facts, body: described, code: codeOf(body) });
  }
  if (isDescribed) return body;
  const findings = validate.errors ?? [];
  throw apiError(endpoint, 'protocol', 'the answer is not as documented', { ...facts, findings });
}

/** Whether a body tells a failure that its status does not: its `code` is not 0, where the document lists codes. */
function saysFailure({ operation }: Endpoint, { status }: Response, body: unknown): boolean {
  const code = codeOf(body);
  const { errorCodes } = byStatus(operation.replies, status) ?? {};
  return errorCodes !== undefined && code !== undefined && code !== 0;
}

function said({ status }: Response, body: unknown): string {
  const message = messageOf(body);
  return `the server answered ${status}${message && `: ${message}`}`;
}

/** The error that an answer with an error status is. */
export async function httpError(
  endpoint: Endpoint,
  response: Response,
  signal: AbortSignal,
): Promise<ApiError> {
  const text = await readText(endpoint, response, signal);
  const body = isJson(contentType(response)) ? parseOrUndefined(text) : undefined;
  return apiError(endpoint, 'http', said(response, body), {
    ...factsOf(response),
    rawBody: text,
    body: describedBody(endpoint, response, text, body),
    code: codeOf(body),
  });
}

/** The body of an error, if the document describes it and it is as described. */
function describedBody(endpoint: Endpoint, response: Response, text: string, json: unknown): unknown {
  const { operation, outputs } = endpoint;
  const format = byStatus(operation.replies, response.status);
  const content = format && contentOf(format, contentType(response));
  if (content?.kind === 'text') return text;
  const validate = content && validatorOf(operation, outputs, response.status, content);
  return validate?.(json) === true ? json : undefined;
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
  const rawBody = isStream ? undefined : await readText(endpoint, response, signal);
  return apiError(endpoint, 'protocol', message, { ...factsOf(response), rawBody });
}

export function contentType(response: Response): string {
  return response.headers.get('content-type')?.toLowerCase() ?? '';
}

function factsOf(response: Response) {
  return {
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterMs: readRetryAfter(response.headers.get('retry-after')),
  };
}

/** The start of a body as text. */
async function readText(endpoint: Endpoint, response: Response, signal: AbortSignal): Promise<string> {
  const utf8 = new TextDecoder();
  let text = '';
  await readChunks(endpoint, response, signal, MAX_ERROR_BODY_BYTES, (chunk) => {
    text += utf8.decode(chunk, { stream: true });
  });
  return text + utf8.decode();
}

/**
 * Hands on the first `maxBytes` of a body. False where that is not all of it.
 *
 * @throws ApiError `network` where it breaks off.
 */
async function readChunks(
  endpoint: Endpoint,
  response: Response,
  signal: AbortSignal,
  maxBytes: number,
  onChunk: (chunk: Uint8Array<ArrayBuffer>) => void,
): Promise<boolean> {
  const reader = response.body?.getReader();
  if (reader === undefined) return true;
  let left = maxBytes;
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return true;
      onChunk(value.subarray(0, left));
      left -= value.length;
      if (left < 0) return false;
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

function codeOf(body: unknown): string | number | undefined {
  const code = member(body, 'code') ?? member(member(body, 'error'), 'code');
  return typeof code === 'string' || typeof code === 'number' ? code : undefined;
}

function messageOf(body: unknown): string {
  const message = member(body, 'message') ?? member(member(body, 'error'), 'message');
  return typeof message === 'string' ? message.slice(0, MAX_MESSAGE) : '';
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
