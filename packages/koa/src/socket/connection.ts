import { type ReadMessage, readAt, readPosition } from '@flowwire/contract';
import type { RawData, WebSocket } from 'ws';
import { readJson } from '../json.ts';
import { type Problem, ProblemError } from '../problem.ts';
import { Admission } from './admission.ts';
import { CLOSE, closeReason, SocketClosed } from './close.ts';
import { Dispatcher, type Received } from './dispatcher.ts';
import { Exchange } from './exchange.ts';
import { Feed } from './feed.ts';
import type { ConnectionHost } from './host.ts';
import { codeOf, INTERNAL, invalidMessage, KNOWN_ALREADY, TOO_MANY } from './problems.ts';
import type { AnyOpened } from './service.ts';
import { Speaker } from './speaker.ts';

/** The first frame holds a credential and nothing else. */
const MAX_AUTH_CHARS = 4096;

/**
 * One client's connection.
 *
 *   new -auth frame, or signed request-> opening -handler is done-> open
 *   any of them -either side closes, a limit is passed-> closed
 *
 * One class, though long: each of its methods reads or changes that state.
 */
export class Connection<Context> {
  readonly #socket: WebSocket;
  readonly #host: ConnectionHost<Context>;
  readonly #speaker: Speaker<Context>;
  readonly #admission: Admission<Context>;
  readonly #feed: Feed;
  readonly #dispatcher: Dispatcher;
  readonly #controller = new AbortController();
  readonly #startedAt = performance.now();
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new';
  #authTimer: NodeJS.Timeout | undefined;
  #opened: AnyOpened<Context> | undefined;
  #received = 0;
  #isAlive = true;

  constructor(socket: WebSocket, host: ConnectionHost<Context>) {
    this.#socket = socket;
    this.#host = host;
    const { service, request, limits } = host;
    this.#admission = new Admission(service.opening, request);
    this.#speaker = new Speaker({
      service,
      socket,
      maxBufferedBytes: limits.maxBufferedBytes,
      onTooSlow: () => this.close(CLOSE.tooSlow, 'The client reads too slowly.'),
      onError: (error) => this.#fail(error),
    });
    this.#feed = this.#createFeed();
    this.#dispatcher = new Dispatcher({
      meter: host.meter,
      control: (received) => this.#control(received),
      answer: (received) => this.#answer(received),
      refuse: (problem, { message }) => this.#speaker.refuse(problem, message),
      isConcurrent: (type) => this.#opened?.concurrent?.includes(type) === true,
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    });
    socket.on('message', (data, isBinary) => this.#onFrame(data, isBinary));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    // What `ws` finds wrong with a frame; it closes with the code for that.
    socket.on('error', () => undefined);
    socket.once('close', (code, reason) => this.#onClose(code, reason.toString()));
  }

  /** Begins: at once with the context of a signed request, else when the first frame has come. */
  start(context: { readonly value: Context } | undefined): void {
    if (context) {
      void this.#open(context.value);
      return;
    }
    const timeOut = () => this.close(CLOSE.timedOut, 'No credentials came in time.');
    this.#authTimer = setTimeout(timeOut, this.#host.limits.authTimeoutMs).unref();
  }

  close(code: number, reason = ''): void {
    if (this.#state === 'closed') return;
    // A socket that is not read would not see the other side's close.
    this.#socket.resume();
    this.#socket.close(code, closeReason(reason));
    this.#end(new SocketClosed(code, reason));
  }

  /** Called at each heartbeat: cuts off who is gone, and asks who is there. */
  check(now: number): void {
    const { stalledMs, idleMs, reauthenticateMs } = this.#host.limits;
    const { blockedSince } = this.#speaker;
    // A pong comes behind what a client has not read, or what it sent and the server does not read for now.
    const isDeaf = blockedSince !== undefined || this.#socket.isPaused;
    if (blockedSince !== undefined && now - blockedSince > stalledMs) {
      this.close(CLOSE.tooSlow, 'The client does not read.');
    } else if (!this.#isAlive && !isDeaf) {
      this.close(CLOSE.timedOut, 'A ping was not answered.');
      this.#socket.terminate();
    } else if (now - this.#dispatcher.usedAt > idleMs) {
      this.close(CLOSE.timedOut, 'The connection was not used.');
    } else {
      this.#isAlive = isDeaf;
      this.#socket.ping();
      if (this.#state === 'open') void this.#judgeAgain(now, reauthenticateMs);
    }
  }

  #createFeed(): Feed {
    return new Feed({
      subscribe: (request) => this.#opened?.subscribe?.(request) ?? { resumeFailed: undefined },
      send: (message) => this.#speaker.shared(message),
      resumeFailed: (data) => this.#speaker.resumeFailed(data),
      onError: (error) => this.#fail(error),
    });
  }

  #onFrame(data: RawData, isBinary: boolean): void {
    if (this.#state === 'closed') return;
    this.#isAlive = true;
    this.#received += 1;
    const verdict = this.#host.meter.frame(performance.now());
    const text = isBinary ? '' : data.toString();
    const { value, fault } = isBinary ? { fault: 'is not text' } : readJson(text);
    if (verdict === 'flood') this.close(CLOSE.flooded, 'Too many frames.');
    else if (fault !== undefined || typeof value !== 'object' || value === null) {
      this.close(CLOSE.malformed, `A frame ${fault ?? 'is no JSON object'}.`);
    } else if (this.#state === 'new') this.#onFirst(this.#host.service.read(value), text);
    else if (verdict === 'refuse') this.#speaker.refuse(TOO_MANY, value);
    else this.#onMessage(this.#host.service.read(value), value);
  }

  /** Before a client has said who it is, nothing else is listened to. */
  #onFirst(read: ReadMessage, text: string): void {
    const { auth } = this.#host.service.channel.session ?? {};
    if (read.kind !== 'known' || read.format.type !== auth || text.length > MAX_AUTH_CHARS) {
      this.close(CLOSE.malformed, 'The first frame must authenticate.');
      return;
    }
    clearTimeout(this.#authTimer);
    this.#state = 'opening';
    this.#admission.judgeFrame(read.message).then(
      (context) => this.#open(context),
      (error: unknown) => this.#turnAway(error),
    );
  }

  #onMessage(read: ReadMessage, value: unknown): void {
    const { discriminator, session } = this.#host.service.channel;
    if (read.kind !== 'known') this.#speaker.refuse(invalidMessage(read, discriminator), value);
    // Not behind messages that still wait: it asks whether anybody is there.
    else if (read.format.type === session?.ping && this.#state === 'open') this.#answerPing(value);
    else if (read.format.type !== session?.pong) this.#dispatcher.push(read);
  }

  async #open(context: Context): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'opening';
    this.#admission.admit(context);
    if (!this.#host.admit(context)) {
      this.close(CLOSE.flooded, 'There are too many connections of this caller.');
      return;
    }
    try {
      this.#takeUp(await this.#host.service.handler(this.#exchange()));
    } catch (error) {
      this.#turnAway(error);
    }
  }

  #takeUp(opened: AnyOpened<Context>): void {
    const { channel, handled } = this.#host.service;
    if (this.#controller.signal.aborted) {
      opened.closed?.(this.#controller.signal.reason);
      return;
    }
    this.#opened = opened;
    const missing = handled.filter((type) => opened.messages[type] === undefined);
    if (missing.length > 0) throw new Error(`${channel.name}: no handler for ${missing.join(', ')}`);
    this.#state = 'open';
    this.#speaker.control(channel.session?.ready, opened.ready);
    if (opened.subscribe) this.#feed.start(readPosition(opened.ready));
    this.#dispatcher.start();
  }

  #control({ format, message }: Received): Promise<void> | undefined {
    const { auth, ping, resume } = this.#host.service.channel.session ?? {};
    if (format.type === auth) return this.#renew(message);
    if (format.type === resume)
      return Promise.resolve(this.#feed.start(readPosition(readAt(message, ['data']))));
    return format.type === ping ? Promise.resolve(this.#answerPing(message)) : undefined;
  }

  #answerPing(message: unknown): void {
    this.#speaker.control(this.#host.service.channel.session?.pong, readAt(message, ['data']));
  }

  async #answer(received: Received): Promise<void> {
    const { format, message } = received;
    try {
      const answer = await this.#opened?.messages[format.type]?.(message);
      if (format.replies !== undefined && this.#state !== 'closed') this.#speaker.answer(received, answer);
    } catch (error) {
      if (error instanceof SocketClosed) this.close(error.code, error.reason);
      else this.#speaker.refuse(this.#toProblem(error), message);
    }
  }

  /** A credential that comes again takes the place of the first, so that tokens can be renewed. */
  async #renew(message: unknown): Promise<void> {
    const { renew } = this.#opened ?? {};
    if (renew === undefined) {
      this.#speaker.refuse(KNOWN_ALREADY, message);
      return;
    }
    try {
      const context = await this.#admission.judgeFrame(message);
      const ready = await renew(context);
      this.#admission.admit(context);
      this.#speaker.control(this.#host.service.channel.session?.ready, ready);
    } catch (error) {
      this.#turnAway(error);
    }
  }

  /** Keys expire and are revoked while a connection lives. */
  async #judgeAgain(now: number, everyMs: number): Promise<void> {
    try {
      await this.#admission.judgeAgain(now, everyMs);
    } catch (error) {
      // A store that cannot be reached is no reason to turn everybody away.
      if (error instanceof ProblemError) this.#turnAway(error);
      else this.#report(error);
    }
  }

  #exchange(): Exchange<Context> {
    return new Exchange({
      id: this.#host.info.connectionId,
      input: this.#host.input,
      signal: this.#controller.signal,
      admission: this.#admission,
      speaker: this.#speaker,
      isTakenUp: () => this.#state === 'open' || this.#state === 'closed',
      close: (code, reason) => this.close(code, reason),
    });
  }

  /** Ends a connection that was not let in, or is let in no more. */
  #turnAway(error: unknown): void {
    if (error instanceof SocketClosed) {
      this.close(error.code, error.reason);
      return;
    }
    const problem = this.#toProblem(error);
    this.#speaker.refuse(problem, undefined);
    this.close(codeOf(problem), problem.message);
  }

  #fail(error: unknown): void {
    this.#report(error);
    this.close(CLOSE.internal, INTERNAL.message);
  }

  #toProblem(error: unknown): Problem {
    if (error instanceof ProblemError) return error.problem;
    // A handler that gives up because its client has gone is no news.
    if (this.#state !== 'closed') this.#report(error);
    return INTERNAL;
  }

  #onClose(code: number, reason: string): void {
    this.#end(new SocketClosed(code, reason));
    const { reason: first } = this.#controller.signal;
    this.#host.onClosed({
      ...this.#host.info,
      code: first instanceof SocketClosed ? first.code : code,
      reason: first instanceof SocketClosed ? first.reason : reason,
      durationMs: performance.now() - this.#startedAt,
      received: this.#received,
      sent: this.#speaker.sent,
    });
  }

  #end(end: SocketClosed): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#authTimer);
    this.#dispatcher.stop();
    this.#feed.stop();
    this.#speaker.end();
    this.#controller.abort(end);
    try {
      this.#opened?.closed?.(end);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    this.#host.onError(error, this.#host.info);
  }
}
