import type { ServerResponse } from 'node:http';
import { encodeComment, encodeRetry } from '@flowwire/contract';
import type { CloseReason, Connection } from './connection.ts';
import type { StreamFrame } from './handlers.ts';

export interface EventStreamOptions {
  /** A stream that was idle for this long is sent a comment. */
  readonly heartbeatMs: number;
  /** A client that does not take what was written within this time is cut off. */
  readonly stalledMs: number;
  /** When it aborts, streams end at once and ask their clients to come back. */
  readonly draining?: AbortSignal;
}

/** A stream to be written. */
export interface OpenStream {
  readonly res: ServerResponse;
  readonly head: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
  readonly connection: Connection;
  readonly source: AsyncIterable<StreamFrame<unknown>>;
  readonly encode: (frame: StreamFrame<unknown>) => string;
  /** Written when the source ends; empty for formats without one. */
  readonly sentinel: string;
  /** Told of errors of the source. */
  readonly onError: (error: unknown) => void;
}

/** What of a stream is needed once its head is sent. */
type WrittenStream = Omit<OpenStream, 'head' | 'source'>;

// A batch holds what one tick brings. Longer ones are handed on early: together with what the socket
// buffers this bounds the memory of a slow reader to one batch and one frame.
const MAX_BATCH = 64 * 1024;

const SWEEPS_PER_HEARTBEAT = 16;
const HEARTBEAT = encodeComment();

/** What the subscribers of one API share: the clock and the set that the sweep goes over. */
interface Sweep {
  /** Counts sweeps. Cheaper than a clock, which would be read for each event and connection. */
  now: number;
  readonly stalledSweeps: number;
  readonly open: Set<Subscriber>;
}

const flushBatch = (subscriber: Subscriber): void => subscriber.flush();

/**
 * One reader of an event stream. A class, because ten thousand idle ones share its methods.
 *
 *   open -source ends, draining-> ending -all is sent-> closed
 *   open, ending -client gone, stalled, source throws-> closed
 */
class Subscriber {
  readonly #stream: WrittenStream;
  readonly #sweep: Sweep;
  readonly #iterator: AsyncIterator<StreamFrame<unknown>>;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #batch = '';
  /** The sweep since which the client has not taken what was written; undefined while it keeps up. */
  #blockedSince: number | undefined;
  #unblock: (() => void) | undefined;
  #lastWrite: number;
  /** Differs between subscribers, so that one broadcast does not bring all their heartbeats at once. */
  readonly #idleSweeps = SWEEPS_PER_HEARTBEAT * (0.5 + Math.random() / 2) - 1;

  constructor({ res, connection, source, encode, sentinel, onError }: OpenStream, sweep: Sweep) {
    this.#stream = { res, connection, encode, sentinel, onError };
    this.#sweep = sweep;
    this.#lastWrite = sweep.now;
    this.#iterator = source[Symbol.asyncIterator]();
    res.on('close', () => this.onClose());
  }

  /** Writes what the source yields until either end closes. Never rejects. */
  async pump(): Promise<void> {
    const { encode, sentinel } = this.#stream;
    try {
      while (this.#isOpen()) {
        if (this.#blockedSince !== undefined) {
          await new Promise<void>((resolve) => {
            this.#unblock = resolve;
          });
          continue;
        }
        const next = await this.#iterator.next();
        if (!this.#isOpen()) return;
        if (next.done === true) return this.#end(sentinel);
        this.#write(encode(next.value));
      }
    } catch (error) {
      this.#report(error);
      if (this.#isOpen()) this.#cut('failed');
    }
  }

  /** Asks the client to come back, after a time that spreads the clients of a server that restarts. */
  drain(): void {
    if (!this.#isOpen()) return;
    this.#end(encodeRetry(500 + Math.floor(Math.random() * 2500)));
    this.#release('draining');
  }

  /** Called by the sweep: cuts off a client that stalls, keeps an idle connection alive. */
  check(): void {
    const { now, stalledSweeps } = this.#sweep;
    if (this.#blockedSince !== undefined) {
      if (now - this.#blockedSince >= stalledSweeps) this.#cut('stalled');
    } else if (now - this.#lastWrite >= this.#idleSweeps) this.#write(HEARTBEAT);
  }

  /** Writes the batch: once a tick, as a write costs some 7 us and an appended string far less. */
  flush(): void {
    const { res } = this.#stream;
    if (this.#batch === '' || !this.#isOpen() || res.destroyed) return;
    const keepsUp = res.write(this.#batch);
    this.#batch = '';
    if (keepsUp || this.#blockedSince !== undefined) return;
    this.#blockedSince = this.#sweep.now;
    res.once('drain', () => this.#onDrain());
  }

  /** To be called once the connection is closed, whoever closed it. */
  onClose(): void {
    this.#sweep.open.delete(this);
    const early = this.#isOpen();
    this.#state = 'closed';
    if (early) this.#release('client_gone');
  }

  // A method, as the state changes during an await, which the compiler's narrowing does not see.
  #isOpen(): boolean {
    return this.#state === 'open';
  }

  #write(text: string): void {
    if (this.#batch === '') process.nextTick(flushBatch, this);
    this.#batch += text;
    this.#lastWrite = this.#sweep.now;
    if (this.#batch.length >= MAX_BATCH) this.flush();
  }

  #onDrain(): void {
    if (this.#isOpen()) this.#blockedSince = undefined;
    this.#unblock?.();
  }

  #end(last: string): void {
    const text = this.#batch + last;
    this.#batch = '';
    this.#state = 'ending';
    // From here on the sweep measures how long the client takes to read the rest.
    this.#blockedSince = this.#sweep.now;
    if (!this.#stream.res.destroyed) this.#stream.res.end(text);
  }

  #cut(reason: 'stalled' | 'failed'): void {
    const early = this.#isOpen();
    this.#state = 'closed';
    if (early) this.#release(reason);
    // Not end(): without the terminal chunk the client knows that the stream broke, and resumes it.
    this.#stream.res.destroy();
  }

  /** Lets go of a source that has not ended, even while it is asked for its next frame. */
  #release(reason: CloseReason): void {
    this.#stream.connection.close(reason);
    this.#unblock?.();
    void this.#return();
  }

  async #return(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    // A source whose signal was aborted may well say so; that is no news.
    const isEcho = !this.#isOpen() && error instanceof Error && error.name === 'AbortError';
    if (!isEcho) this.#stream.onError(error);
  }
}

/**
 * Makes a function that writes event streams (WHATWG HTML section 9.2) straight to their sockets. One
 * timer serves all of them, and runs only while there are any.
 *
 * A stream is read no faster than its client reads: the source is asked for the next frame when the
 * socket has taken the last. The source's return() is called when the stream ends early.
 */
export const createEventStreams = (options: EventStreamOptions): ((stream: OpenStream) => void) => {
  const sweepMs = Math.max(1, options.heartbeatMs / SWEEPS_PER_HEARTBEAT);
  const open = new Set<Subscriber>();
  const sweep: Sweep = { now: 0, stalledSweeps: Math.ceil(options.stalledMs / sweepMs), open };
  let timer: NodeJS.Timeout | undefined;

  const tick = () => {
    sweep.now += 1;
    for (const subscriber of open) subscriber.check();
    if (open.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  const { draining } = options;
  draining?.addEventListener('abort', () => {
    for (const subscriber of open) subscriber.drain();
  });

  return (stream) => {
    const { res, head } = stream;
    const subscriber = new Subscriber(stream, sweep);
    if (res.destroyed) return subscriber.onClose();
    // HTTP/2 has one socket for many streams, and no delay of its own.
    if (res.req.httpVersionMajor < 2) res.socket?.setNoDelay(true);
    res.writeHead(head.status, head.headers).flushHeaders();
    open.add(subscriber);
    timer ??= setInterval(tick, sweepMs).unref();
    if (draining?.aborted === true) subscriber.drain();
    else void subscriber.pump();
  };
};
