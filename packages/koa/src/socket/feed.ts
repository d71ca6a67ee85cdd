import type { SocketPosition } from '@flowwire/contract';
import type { AnySubscription } from './service.ts';

export interface FeedEvents {
  /** Opens the source. */
  readonly subscribe: (request: {
    readonly after: SocketPosition | undefined;
    readonly signal: AbortSignal;
  }) => AnySubscription | Promise<AnySubscription>;
  /** Sends one message, and settles when the client is ready for the next. */
  readonly send: (message: unknown) => Promise<void>;
  /** Tells that what was asked for cannot be had, and answers where the log goes on. */
  readonly resumeFailed: (data: unknown) => SocketPosition | undefined;
  /** The source failed. */
  readonly onError: (error: unknown) => void;
}

/**
 * Sends one client what it has not asked for, no faster than it reads. One source at a time: from the position
 * where the connection began, or, once the client resumes, from that.
 */
export class Feed {
  readonly #events: FeedEvents;
  #stop: (() => void) | undefined;

  constructor(events: FeedEvents) {
    this.#events = events;
  }

  start(after: SocketPosition | undefined): void {
    this.stop();
    const controller = new AbortController();
    this.#stop = () => controller.abort();
    this.#run(after, controller.signal, true).catch((error: unknown) => {
      if (!controller.signal.aborted) this.#events.onError(error);
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  async #run(after: SocketPosition | undefined, signal: AbortSignal, mayFail: boolean): Promise<void> {
    const source = await this.#events.subscribe({ after, signal });
    if (!('resumeFailed' in source)) return this.#pump(source, signal);
    if (signal.aborted) return;
    if (!mayFail) throw new Error('a log cannot be read from the position that it said itself');
    const next = this.#events.resumeFailed(source.resumeFailed);
    await this.#run(next, signal, false);
  }

  async #pump(source: AsyncIterable<unknown>, signal: AbortSignal): Promise<void> {
    const iterator = source[Symbol.asyncIterator]();
    const letGo = (): void => {
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
    };
    if (signal.aborted) {
      letGo();
      return;
    }
    // A source may wait for its next message without a look at its signal.
    signal.addEventListener('abort', letGo, { once: true });
    try {
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        if (signal.aborted) return;
        await this.#events.send(next.value);
      }
    } catch (error) {
      letGo();
      throw error;
    } finally {
      signal.removeEventListener('abort', letGo);
    }
  }
}
