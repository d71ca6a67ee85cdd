import type { EventStream, ServerSentEvent, StreamOptions } from '@flowwire/contract';
import { ApiError } from '../errors.ts';
import { abortedError, apiError } from '../http/attempt.ts';
import { prepareRequest } from '../http/request.ts';
import { isTransient, MAX_RETRY_AFTER_MS, reconnectDelayMs } from '../http/retry.ts';
import { sleep } from '../http/wait.ts';
import type { Endpoint, OperationInput } from '../options.ts';
import { type Connection, connect } from './connection.ts';
import { END, type ItemReader, UNKNOWN } from './items.ts';

const DEFAULT_HEAD_TIMEOUT_MS = 30_000;
const DEFAULT_IDLE_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_RECONNECTS = 10;
const DEFAULT_MAX_EVENT_BYTES = 16 << 20;

type Result = IteratorResult<unknown, undefined>;
const DONE: Result = { value: undefined, done: true };
const NONE = Symbol('none');

/**
 * The stream that an operation answers, one closure because all of it turns on the same few variables.
 * Nothing is sent before the first item is asked for. A lost connection is made again from the last event,
 * as long as the request may be repeated and no item would be lost or come twice: at the start, or with
 * Last-Event-ID where the operation takes it.
 *
 * @throws TypeError for input that cannot be sent.
 */
export function createEventStream(
  endpoint: Endpoint,
  items: ItemReader,
  input: OperationInput,
  options: StreamOptions,
): EventStream<unknown> {
  const { maxReconnects = DEFAULT_MAX_RECONNECTS, onReconnect, onUnknown } = options;
  const request = prepareRequest(endpoint, input, 'text/event-stream', options.headers);
  const lifetime = new AbortController();
  const outcome = createDeferred<unknown>();

  // The events of one chunk: the next chunk is read when they are taken.
  const events: ServerSentEvent[] = [];
  let taken = 0;
  let connection: Connection | undefined;
  let pulled: Promise<Result> = Promise.resolve(DONE);
  let isPulling = false;
  let isRead = false;
  let isStarted = false;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;

  let cursor = startOf(input);
  let lastEventId = cursor;
  // Until the first new event of a connection: what is not past this number came before.
  let replayedTo: number | undefined;
  let lastItem: unknown = NONE;
  let hasEvents = false;
  let reconnects = 0;
  let reconnectionMs: number | undefined;

  function next(): Promise<Result> {
    if (isPulling) return pulled.then(next, next);
    const item = take();
    if (item !== NONE) return Promise.resolve({ value: item, done: false });
    pulled = pull();
    return pulled;
  }

  /** The next item of those at hand, or NONE. */
  function take(): unknown {
    try {
      while (taken < events.length) {
        const event = events[taken++];
        if (event === undefined || isReplayed(event.id)) continue;
        replayedTo = undefined;
        const item = accept(event);
        if (item !== UNKNOWN) return item;
      }
    } catch (error) {
      fail(error);
    }
    events.length = 0;
    taken = 0;
    return NONE;
  }

  function accept(event: ServerSentEvent): unknown {
    const item = items.read(event, onUnknown);
    hasEvents = true;
    reconnects = 0;
    lastEventId = event.id ?? lastEventId;
    if (item === UNKNOWN) return item;
    if (item === END) {
      // A server that says it is done has no more: nothing to reconnect for, but no result either.
      if (items.hasTerminal) throw apiError(endpoint, 'stream', 'the stream ended without its last item');
      finish();
      return NONE;
    }
    if (items.isTerminal(item)) {
      outcome.resolve(item);
      end();
    } else if (!items.hasTerminal) {
      lastItem = item;
    }
    return item;
  }

  function isReplayed(id: string | undefined): boolean {
    if (replayedTo === undefined) return false;
    const number = integerOf(id);
    return number !== undefined && number <= replayedTo;
  }

  async function pull(): Promise<Result> {
    isPulling = true;
    if (!isStarted) start();
    let item: unknown = NONE;
    while (item === NONE && !isOver) {
      try {
        connection ??= await open();
        if (connection === undefined) finish();
        else if (!(await connection.read())) endOfConnection();
      } catch (error) {
        await recover(error).catch(fail);
      }
      item = take();
    }
    isPulling = false;
    if (item !== NONE) return { value: item, done: false };
    if (failure === undefined) return DONE;
    const { error } = failure;
    failure = undefined;
    throw error;
  }

  function start(): void {
    isStarted = true;
    const { signal } = options;
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  }

  function onAbort(): void {
    if (options.signal !== undefined) fail(abortedError(endpoint, options.signal));
  }

  function open(): Promise<Connection | undefined> {
    replayedTo = integerOf(cursor);
    return connect(endpoint, request, {
      signal: lifetime.signal,
      lastEventId: endpoint.operation.resumable ? cursor : undefined,
      timeoutMs: options.timeoutMs ?? endpoint.client.timeoutMs ?? DEFAULT_HEAD_TIMEOUT_MS,
      idleTimeoutMs: options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS,
      maxEventBytes: options.maxEventBytes ?? endpoint.client.maxEventBytes ?? DEFAULT_MAX_EVENT_BYTES,
      onEvent: (event) => events.push(event),
      onRetry: (milliseconds) => {
        reconnectionMs = Math.min(milliseconds, MAX_RETRY_AFTER_MS);
      },
    });
  }

  function endOfConnection(): void {
    if (items.knowsEnd) throw apiError(endpoint, 'stream', 'the stream ended before its last event');
    finish();
  }

  /** Waits for the time to connect again, or fails. */
  async function recover(error: unknown): Promise<void> {
    const reached = connection?.lastEventId;
    // A connection that was lost while it still repeated events is no step back.
    if (reached !== undefined && !isReplayed(reached)) cursor = reached;
    connection?.close();
    connection = undefined;
    if (isOver) return;
    const delay = mayReconnect(error) ? reconnectDelayMs(error, reconnects, reconnectionMs) : undefined;
    if (delay === undefined) return fail(error);
    onReconnect?.(reconnects, error);
    reconnects++;
    // Only the end of the stream's life wakes it early, which the caller's loop looks for.
    await sleep(delay, lifetime.signal).catch(() => {});
  }

  function mayReconnect(error: unknown): error is ApiError {
    const canGoOn = !hasEvents || (endpoint.operation.resumable && cursor !== undefined && cursor !== '');
    return request.isRepeatable && canGoOn && reconnects < maxReconnects && isLost(error);
  }

  /**
   * Ends without a terminal item: at 204, or where none is documented, at a sentinel or the connection's
   * end.
   */
  function finish(): void {
    if (lastItem === NONE) outcome.reject(apiError(endpoint, 'stream', 'the stream ended without a result'));
    else outcome.resolve(lastItem);
    end();
  }

  function fail(error: unknown): void {
    if (isOver) return;
    failure = { error };
    outcome.reject(error);
    end();
  }

  function close(): void {
    outcome.reject(apiError(endpoint, 'aborted', 'the stream was closed'));
    failure = undefined;
    end();
  }

  function end(): void {
    isOver = true;
    events.length = 0;
    taken = 0;
    options.signal?.removeEventListener('abort', onAbort);
    lifetime.abort();
    connection?.close();
    connection = undefined;
  }

  async function result(): Promise<unknown> {
    if (!isRead && !isOver) {
      isRead = true;
      while (!(await next()).done);
    }
    return outcome.promise;
  }

  return {
    get lastEventId() {
      return lastEventId === '' ? undefined : lastEventId;
    },
    close,
    result,
    [Symbol.asyncIterator]() {
      if (isRead) throw new Error('an event stream can be read only once');
      isRead = true;
      return {
        next,
        async return() {
          close();
          return DONE;
        },
      };
    },
  };
}

/** The id from which the caller wants to go on. */
function startOf(input: OperationInput): string | undefined {
  const id = input.headers?.['Last-Event-ID'];
  return typeof id === 'string' ? id : undefined;
}

/** Whether the connection was lost or refused for a while, rather than the request refused. */
function isLost(error: unknown): error is ApiError {
  if (isTransient(error)) return true;
  if (!(error instanceof ApiError)) return false;
  return (
    error.type === 'stream' || (error.type === 'http' && error.status !== undefined && error.status >= 500)
  );
}

/** Ids are compared only where they are numbers that count exactly. */
function integerOf(id: string | undefined): number | undefined {
  return id !== undefined && /^\d{1,15}$/.test(id) ? Number(id) : undefined;
}

function createDeferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  // Failures reach the reader of the stream; whoever asks for the result as well awaits it.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
