import { createEventDecoder, type ServerSentEvent, SseOverflowError } from '@flowwire/contract';
import { ApiError } from '../errors.ts';
import { type Attempt, apiError, startAttempt } from '../http/attempt.ts';
import { isJson } from '../http/media-type.ts';
import { byStatus } from '../http/replies.ts';
import type { ApiRequest } from '../http/request.ts';
import { contentType, httpError, readReply, unexpected } from '../http/response.ts';
import type { Endpoint } from '../options.ts';

/** One answer to a streaming request, read a chunk at a time. */
export interface Connection {
  /** The id to go on from after this connection, if it told one. */
  readonly lastEventId: string | undefined;
  /** Reads a chunk and hands its events to `onEvent`. False at the end. Throws ApiError. */
  read(): Promise<boolean>;
  close(): void;
}

export interface ConnectionOptions {
  readonly signal: AbortSignal;
  readonly lastEventId: string | undefined;
  /** Milliseconds for the head of the answer. */
  readonly timeoutMs: number;
  /** Milliseconds in which at least something must come, if only a comment. */
  readonly idleTimeoutMs: number;
  /** An event longer than this is a `protocol` error. */
  readonly maxEventBytes: number;
  readonly onEvent: (event: ServerSentEvent) => void;
  readonly onRetry: (milliseconds: number) => void;
}

/** Sends the request and waits for the stream to begin. Undefined for 204: there is nothing to come. */
export async function connect(
  endpoint: Endpoint,
  request: ApiRequest,
  options: ConnectionOptions,
): Promise<Connection | undefined> {
  const attempt = startAttempt(endpoint, options.signal);
  attempt.startClock(options.timeoutMs);
  try {
    const response = await request.send(attempt.signal, options.lastEventId);
    if (response.status !== 204) return await readFrom(endpoint, response, attempt, options);
    attempt.end();
    return undefined;
  } catch (error) {
    const failure = attempt.explain(error);
    attempt.end();
    throw failure;
  }
}

async function readFrom(
  endpoint: Endpoint,
  response: Response,
  attempt: Attempt,
  options: ConnectionOptions,
): Promise<Connection> {
  if (!response.ok) throw await httpError(endpoint, response, attempt.signal);
  const format = byStatus(endpoint.operation.replies, response.status);
  const type = contentType(response);
  if (format?.errorCodes !== undefined && isJson(type)) {
    // A refusal before the stream began; reading it throws it.
    await readReply(endpoint, response, attempt.signal);
    throw apiError(
      endpoint,
      'protocol',
      `expected an event stream, got status ${response.status}, '${type}'`,
    );
  }
  if (format?.stream === undefined || !/^text\/event-stream\s*(?:;|$)/.test(type) || response.body === null) {
    const message = `expected an event stream, got status ${response.status}, '${type}'`;
    throw await unexpected(endpoint, response, attempt.signal, message);
  }
  attempt.stopClock();
  return createConnection(endpoint, response.body.getReader(), attempt, options);
}

function createConnection(
  endpoint: Endpoint,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  attempt: Attempt,
  { idleTimeoutMs, maxEventBytes, onEvent, onRetry }: ConnectionOptions,
): Connection {
  const decoder = createEventDecoder({ onEvent, onRetry, maxEventBytes });
  const { signal } = attempt;
  // A read that is under way ends at once, even where fetch does not heed its signal.
  signal.addEventListener('abort', () => reader.cancel().catch(() => {}), { once: true });

  async function read(): Promise<boolean> {
    attempt.startClock(idleTimeoutMs);
    try {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      attempt.stopClock();
      signal.throwIfAborted();
      if (value !== undefined) decode(value);
      return !done;
    } catch (error) {
      throw attempt.explain(
        error instanceof ApiError
          ? error
          : apiError(endpoint, 'network', 'the stream broke off', { cause: error }),
      );
    }
  }

  function decode(bytes: Uint8Array): void {
    try {
      decoder.push(bytes);
    } catch (cause) {
      if (!(cause instanceof SseOverflowError)) throw cause;
      throw apiError(endpoint, 'protocol', `an event is longer than ${maxEventBytes} bytes`, { cause });
    }
  }

  return {
    get lastEventId() {
      return decoder.lastEventId;
    },
    read,
    close: attempt.end,
  };
}
