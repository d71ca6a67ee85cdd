import {
  decodeFrame,
  encodeFrame,
  FrameError,
  type MessageFormat,
  readAt,
  type SocketSession,
} from '@flowwire/contract';
import type { ApiError } from '../errors.ts';
import { after } from '../http/wait.ts';
import { judgeClose } from './close-codes.ts';
import { askForCredentials } from './credential.ts';
import { type SocketEndpoint, socketError } from './endpoint.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import type { Opening } from './opening.ts';
import type { Outlet } from './outbox.ts';
import { isPausable, type WebSocketLike } from './web-socket.ts';

const DEFAULT_HEARTBEAT_MS = 25_000;
const RETRY_DELAY_MS = 250;
const MAX_QUOTED = 64 << 10;
const NO_SESSION: SocketSession = {};

export interface ConnectionOptions {
  readonly opening: Opening;
  readonly timeoutMs: number;
  readonly maxMessageChars: number;
  readonly signal: AbortSignal;
  /** Open and, where the channel has that, authenticated; with the `data` of the message that says so. */
  readonly onReady: (data: unknown) => void;
  /** A message that is no control message. */
  readonly onMessage: (format: MessageFormat, message: unknown) => void;
  readonly onResumeFailed: (message: unknown) => void;
  readonly onUnknown: (message: unknown) => void;
}

/** How a connection ended, and what is to be done now. */
export interface Ending {
  readonly action: 'retry' | 'end' | 'fail';
  readonly error: unknown;
  /** The bound of the first delay before a retry. */
  readonly delayMs: number;
}

/**
 * One WebSocket from its request to its end: it authenticates, answers and sends heartbeats, and hands on the
 * messages that are left. Nothing is handed on after `ended` has settled.
 */
export class Connection implements Outlet {
  readonly ended: Promise<Ending>;
  /** When it became ready (performance.now()). */
  readyAt: number | undefined;
  /** Whether anything came after it was ready. */
  hasHeard = false;
  readonly #endpoint: SocketEndpoint;
  readonly #options: ConnectionOptions;
  readonly #session: SocketSession;
  /** What asks whether the server is there; undefined where a client may not. */
  readonly #ping: string | undefined;
  /** What answers a ping of the server's. */
  readonly #pong: string | undefined;
  readonly #cancelTimer: () => void;
  #resolve: (ending: Ending) => void = () => {};
  #isOver = false;
  #socket: WebSocketLike | undefined;
  #isPaused = false;
  #heartbeat: Heartbeat | undefined;
  /** What the server said before the connection was ready: why it refuses, perhaps. */
  #lastSaid: unknown;
  #handshakeError: string | undefined;

  constructor(endpoint: SocketEndpoint, options: ConnectionOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    const { session = NO_SESSION, client, server } = endpoint.channel;
    const isSaidBy = (side: readonly MessageFormat[], type?: string) =>
      side.some((format) => format.type === type);
    this.#session = session;
    // A document may give a message to one side only.
    this.#ping = isSaidBy(client, session.ping) && isSaidBy(server, session.pong) ? session.ping : undefined;
    this.#pong = isSaidBy(client, session.pong) ? session.pong : undefined;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const { timeoutMs } = options;
    this.#cancelTimer = after(timeoutMs, () =>
      this.drop(socketError(endpoint, 'timeout', `the connection was not ready within ${timeoutMs} ms`)),
    );
    this.#start().catch((error: unknown) => this.#fail(error));
  }

  get bufferedAmount(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  send(text: string): void {
    if (!this.#isOver) this.#socket?.send(text);
  }

  /** Sends a control message. */
  say(type: string, members: Readonly<Record<string, unknown>> = {}): void {
    const { discriminator = 'type' } = this.#endpoint.channel;
    this.send(encodeFrame({ [discriminator]: type, ...members }));
  }

  /** Stops reading, where the WebSocket can. Answers whether it can. */
  pause(): boolean {
    if (this.#socket === undefined || !isPausable(this.#socket)) return false;
    if (!this.#isPaused) this.#socket.pause();
    this.#isPaused = true;
    return true;
  }

  unpause(): void {
    if (this.#isPaused && this.#socket !== undefined && isPausable(this.#socket)) this.#socket.resume();
    this.#isPaused = false;
  }

  /** Gives it up, to be made again. */
  drop(error: ApiError): void {
    this.#end({ action: 'retry', error, delayMs: RETRY_DELAY_MS });
    this.#terminate();
  }

  /** Closes it for good. */
  close(code: number, reason: string): void {
    this.#end({ action: 'end', error: undefined, delayMs: 0 });
    // A WebSocket that does not read would never see the other side's close.
    this.unpause();
    this.#socket?.close(code, reason);
  }

  async #start(): Promise<void> {
    const { opening, signal, maxMessageChars } = this.#options;
    const credentials = await askForCredentials(this.#endpoint, signal);
    if (this.#isOver) return;
    const { url, protocols, headers, token } = opening.sign(credentials);
    // A character has at most three bytes in UTF-8.
    const extras = opening.sendsHeaders ? [{ headers, maxPayload: 3 * maxMessageChars }] : [];
    const socket = this.#construct(() => new opening.WebSocket(url, protocols, ...extras));
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.addEventListener('open', () => this.#onOpen(token));
    socket.addEventListener('message', ({ data }) => this.#onFrame(data));
    socket.addEventListener('error', (event) => {
      this.#handshakeError = messageOf(event);
    });
    socket.addEventListener('close', ({ code, reason }) => this.#onClose(code, reason));
  }

  #construct(construct: () => WebSocketLike): WebSocketLike {
    try {
      return construct();
    } catch (cause) {
      // For one, a page over https opens no connection without TLS.
      throw socketError(this.#endpoint, 'network', 'the WebSocket refuses to open', { cause });
    }
  }

  #onOpen(token: string | undefined): void {
    const { auth, ready } = this.#session;
    if (this.#isOver) return;
    if (auth !== undefined && token !== undefined) this.say(auth, { token });
    if (ready === undefined) this.#becomeReady(undefined);
  }

  #becomeReady(data: unknown): void {
    if (this.readyAt !== undefined) return;
    this.readyAt = performance.now();
    this.#cancelTimer();
    if (this.#ping !== undefined) this.#startHeartbeat(this.#ping, data);
    this.#guard(() => this.#options.onReady(data));
  }

  #startHeartbeat(ping: string, data: unknown): void {
    const asked = readAt(data, ['heartbeatMs']);
    const intervalMs = typeof asked === 'number' && asked > 0 ? asked : DEFAULT_HEARTBEAT_MS;
    this.#heartbeat = startHeartbeat(intervalMs, {
      ping: () => this.say(ping),
      isDeaf: () => this.#isPaused,
      dead: () =>
        this.drop(
          socketError(this.#endpoint, 'network', `nothing came for ${intervalMs} ms, not even a pong`),
        ),
    });
  }

  #onFrame(data: unknown): void {
    if (this.#isOver) return;
    this.#heartbeat?.heard();
    this.hasHeard = this.readyAt !== undefined;
    this.#guard(() => this.#receive(this.#decode(data)));
  }

  #decode(data: unknown): unknown {
    try {
      return decodeFrame(data, this.#options.maxMessageChars);
    } catch (cause) {
      if (!(cause instanceof FrameError)) throw cause;
      const rawBody = typeof data === 'string' ? data.slice(0, MAX_QUOTED) : undefined;
      throw socketError(this.#endpoint, 'protocol', cause.message, { rawBody, cause });
    }
  }

  #receive(value: unknown): void {
    const read = this.#endpoint.read(value);
    if (read.kind === 'unknown') {
      this.#options.onUnknown(value);
      return;
    }
    if (read.kind === 'invalid') {
      throw socketError(this.#endpoint, 'protocol', `a message ${read.format.type} is not as documented`, {
        findings: read.errors,
        rawBody: encodeFrame(value).slice(0, MAX_QUOTED),
      });
    }
    const { format, message } = read;
    const { ready, ping, pong, resumeFailed } = this.#session;
    if (format.type === ready) this.#becomeReady(readAt(message, ['data']));
    else if (format.type === ping) this.#answerPing(message);
    else if (format.type === pong) return;
    else if (this.readyAt === undefined) this.#lastSaid = message;
    else if (format.type === resumeFailed) this.#options.onResumeFailed(message);
    else this.#options.onMessage(format, message);
  }

  #answerPing(message: unknown): void {
    const data = readAt(message, ['data']);
    if (this.#pong !== undefined) this.say(this.#pong, data === undefined ? {} : { data });
  }

  #onClose(code: number, said: string): void {
    const status = /Unexpected server response: (\d{3})/.exec(this.#handshakeError ?? '')?.[1];
    if (status !== undefined) {
      this.#onRefused(Number(status));
      return;
    }
    const { action, delayMs, reason } = judgeClose(code, said, this.#endpoint.channel.closeCodes);
    const isLost = code === 1005 || code === 1006;
    const message = isLost
      ? `the connection was lost${this.#handshakeError ? `: ${this.#handshakeError}` : ''}`
      : `the server closed the connection: ${code}, ${reason}`;
    const error = socketError(this.#endpoint, isLost ? 'network' : 'stream', message, {
      code: String(code),
      body: this.#lastSaid,
    });
    this.#end({ action, error, delayMs });
  }

  /** `ws` tells the HTTP status with which a server refused to open; browsers do not. */
  #onRefused(status: number): void {
    const error = socketError(this.#endpoint, 'http', `the server answered ${status}`, { status });
    const mayPass = status >= 500 || status === 408 || status === 425 || status === 429;
    this.#end({ action: mayPass ? 'retry' : 'fail', error, delayMs: RETRY_DELAY_MS });
  }

  /** Runs what may throw: a frame that is not allowed, or a callback of the caller's. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#end({ action: 'fail', error, delayMs: 0 });
    this.unpause();
    this.#socket?.close();
  }

  #end(ending: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer();
    this.#heartbeat?.stop();
    this.#resolve(ending);
  }

  /** Without a closing handshake where that is possible: the other side is thought to be gone. */
  #terminate(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    if ('terminate' in socket && typeof socket.terminate === 'function') socket.terminate();
    else socket.close();
  }
}

function messageOf(event: unknown): string | undefined {
  const message: unknown = Reflect.get(Object(event), 'message');
  return typeof message === 'string' && message !== '' ? message : undefined;
}
