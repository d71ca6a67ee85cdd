import {
  encodeFrame,
  type Socket,
  type SocketOptions,
  type SocketPosition,
  type SocketRequestOptions,
  type SocketState,
} from '@flowwire/contract';
import { ApiError } from '../errors.ts';
import { retryDelayMs } from '../http/retry.ts';
import { sleep } from '../http/wait.ts';
import { checkClose } from './close-codes.ts';
import { Connection, type Ending } from './connection.ts';
import { type ChannelInput, type SocketEndpoint, socketError } from './endpoint.ts';
import { Inbox } from './inbox.ts';
import { type Opening, prepareOpening } from './opening.ts';
import { Outbox } from './outbox.ts';
import { Requests } from './requests.ts';
import { type Received, Resumption } from './resumption.ts';
import { type SocketSettings, settingsOf } from './settings.ts';

/** Beyond `maxUnread`: what a WebSocket still gives after it was paused, and what comes before an answer. */
const UNREAD_SLACK = 4096;
/** A connection that lasted this long was no failed attempt, even if nothing came. */
const STEADY_MS = 30_000;

/** How the iteration ends where it fails. */
type Failure = { readonly error: unknown } | undefined;
type AnySocket = Socket<unknown, unknown, Readonly<Record<string, { message: unknown; reply: unknown }>>>;

/**
 * Opens a socket. It connects at once.
 *
 * @throws TypeError for input that cannot be sent, and where the platform has no WebSocket.
 */
export const createSocket = (
  endpoint: SocketEndpoint,
  input: ChannelInput,
  options: SocketOptions,
): AnySocket => new ClientSocket(endpoint, prepareOpening(endpoint, input), options);

/**
 *   connecting -ready-> open -lost-> reconnecting -ready-> open
 *   any of them -close(), abort, refused for good, too many reconnects-> closed
 */
class ClientSocket implements AnySocket {
  readonly opened: Promise<void>;
  readonly #endpoint: SocketEndpoint;
  readonly #opening: Opening;
  readonly #options: SocketOptions;
  readonly #settings: SocketSettings;
  readonly #lifetime = new AbortController();
  readonly #inbox = new Inbox(() => this.#onTaken());
  readonly #outbox: Outbox;
  readonly #requests: Requests;
  readonly #resumption: Resumption;
  #state: SocketState = 'connecting';
  #connection: Connection | undefined;
  #settleOpened: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #reconnects = 0;
  #isIterated = false;
  /** Whether messages made room for others before anybody read. */
  #hasDropped = false;
  #wakeReader: (() => void) | undefined;

  constructor(endpoint: SocketEndpoint, opening: Opening, options: SocketOptions) {
    this.#endpoint = endpoint;
    this.#opening = opening;
    this.#options = options;
    this.#settings = settingsOf(options, endpoint.client);
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpened = { resolve, reject };
    });
    // Whoever does not ask is told by the iteration.
    this.opened.catch(() => {});
    const { maxQueuedBytes: maxBytes, maxUnread: maxHeld, connectTimeoutMs: timeoutMs } = this.#settings;
    const full = () =>
      socketError(endpoint, 'network', `${maxBytes} bytes wait to be sent: await send() before the next one`);
    this.#outbox = new Outbox({ maxBytes, full });
    this.#requests = new Requests(endpoint, this.#outbox);
    this.#resumption = new Resumption(
      endpoint,
      {
        deliver: (received) => this.#deliver(received),
        say: (type, members) => this.#connection?.say(type, members),
        gap: (message) => this.#tellGap(message),
        drop: (error) => this.#connection?.drop(error),
      },
      { resumeFrom: options.resumeFrom, maxHeld, timeoutMs },
    );
    void this.#run();
  }

  get state(): SocketState {
    return this.#state;
  }

  get position(): SocketPosition | undefined {
    return this.#resumption.position;
  }

  async send(message: unknown): Promise<void> {
    await this.#outbox.push(encodeFrame(message));
  }

  request(message: unknown, options?: SocketRequestOptions): Promise<unknown> {
    // The answer stands behind what was not read.
    this.#connection?.unpause();
    return this.#requests.request(message, options);
  }

  close(code = 1000, reason = ''): void {
    checkClose(code, reason);
    this.#finish(
      socketError(this.#endpoint, 'aborted', 'the socket was closed'),
      undefined,
      true,
      code,
      reason,
    );
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    if (this.#isIterated) throw new Error('a socket can be iterated only once');
    this.#isIterated = true;
    if (this.#hasDropped) this.#guard(() => this.#tellGap(undefined));
    return {
      next: () => this.#inbox.next(),
      return: async () => {
        this.close();
        return { value: undefined, done: true };
      },
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#options;
    const onAbort = () => {
      const { reason: cause } = signal ?? {};
      this.#fail(socketError(this.#endpoint, 'aborted', 'the socket was aborted', { cause }), true);
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    // Not before the caller has the socket: its callbacks may use it.
    await Promise.resolve();
    while (this.#isAlive()) {
      const connection = this.#connect();
      const ending = await connection.ended;
      this.#onLost(connection, ending);
      if (this.#isAlive()) await this.#recover(ending);
    }
    signal?.removeEventListener('abort', onAbort);
  }

  // A method, as the state changes during an await, which the compiler's narrowing does not see.
  #isAlive(): boolean {
    return this.#state !== 'closed';
  }

  #connect(): Connection {
    const { connectTimeoutMs: timeoutMs, maxMessageChars } = this.#settings;
    const connection = new Connection(this.#endpoint, {
      opening: this.#opening,
      timeoutMs,
      maxMessageChars,
      signal: this.#lifetime.signal,
      onReady: (data) => this.#onReady(connection, data),
      onMessage: (...received) => {
        this.#reconnects = 0;
        this.#resumption.accept(received);
      },
      onResumeFailed: (message) => this.#resumption.failed(message),
      onUnknown: (message) => this.#options.onUnknown?.(message),
    });
    this.#connection = connection;
    return connection;
  }

  #onReady(connection: Connection, data: unknown): void {
    this.#settleOpened?.resolve();
    this.#setState('open');
    // First, as the server wants what was missed to be asked for before all else.
    this.#resumption.ready(data);
    if (this.#isAlive()) this.#outbox.open(connection);
  }

  #deliver([format, message]: Received): void {
    if (!this.#isAlive() || this.#requests.settle(format, message)) return;
    this.#inbox.push(message);
    if (this.#inbox.size > this.#settings.maxUnread) this.#onUnread();
  }

  #onUnread(): void {
    if (!this.#isIterated) {
      this.#inbox.dropOldest();
      this.#hasDropped = true;
      return;
    }
    const isFull = this.#inbox.size > this.#settings.maxUnread + UNREAD_SLACK;
    // An answer that somebody waits for would stay unread with the rest.
    if (!isFull && (this.#requests.size > 0 || this.#connection?.pause())) return;
    const error = socketError(this.#endpoint, 'stream', `${this.#inbox.size} messages wait to be read`);
    if (!this.#resumption.canResume) throw error;
    this.#connection?.drop(error);
  }

  #onTaken(): void {
    if (this.#inbox.size > this.#settings.maxUnread / 2) return;
    this.#connection?.unpause();
    this.#wakeReader?.();
  }

  #onLost(connection: Connection, { error }: Ending): void {
    this.#connection = undefined;
    this.#outbox.close();
    this.#requests.lose(error);
    this.#resumption.lose();
    const lastedMs = connection.readyAt === undefined ? 0 : performance.now() - connection.readyAt;
    if (lastedMs >= STEADY_MS) this.#reconnects = 0;
  }

  /** Waits for the time to connect again, or ends. */
  async #recover({ action, error, delayMs }: Ending): Promise<void> {
    if (action === 'end') return this.#finish(error, undefined, false);
    const isRetried = action === 'retry' && this.#reconnects < this.#settings.maxReconnects;
    const delay =
      isRetried && error instanceof ApiError ? retryDelayMs(error, this.#reconnects, delayMs) : undefined;
    if (delay === undefined) return this.#fail(error, false);
    this.#guard(() => {
      if (this.#state === 'open') this.#setState('reconnecting');
      this.#options.onReconnect?.(this.#reconnects, error);
    });
    this.#reconnects++;
    // Only the end of the socket's life wakes it early, which the loop looks for.
    await sleep(delay, this.#lifetime.signal).catch(() => {});
    if (this.#isIterated) await this.#untilRead();
  }

  /** A connection that was given up for a slow reader is made again when that has caught up. */
  async #untilRead(): Promise<void> {
    while (this.#isAlive() && this.#inbox.size > this.#settings.maxUnread / 2) {
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    this.#wakeReader = undefined;
  }

  #tellGap(message: unknown): void {
    const { onGap } = this.#options;
    onGap?.(message);
    if (onGap || !this.#resumption.canResume) return;
    const text = 'messages were missed and cannot be had again: give the option onGap to be told instead';
    throw socketError(this.#endpoint, 'stream', text, { body: message });
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error, false);
    }
  }

  #fail(error: unknown, isCut: boolean): void {
    this.#finish(error, { error }, isCut);
  }

  /**
   * `waiting` is what sends and requests reject with, `failure` what the iteration does. With `isCut`
   * messages that were not read are dropped.
   */
  #finish(waiting: unknown, failure: Failure, isCut: boolean, code = 1000, reason = ''): void {
    if (!this.#isAlive()) return;
    this.#state = 'closed';
    let failed = failure;
    try {
      this.#options.onState?.('closed');
    } catch (error) {
      failed = { error };
    }
    this.#settleOpened?.reject(waiting);
    this.#inbox.end(failed, isCut);
    this.#requests.end(waiting);
    this.#outbox.end(waiting);
    this.#lifetime.abort();
    this.#wakeReader?.();
    this.#connection?.close(code, reason);
  }

  #setState(state: SocketState): void {
    if (this.#state === state || !this.#isAlive()) return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}
