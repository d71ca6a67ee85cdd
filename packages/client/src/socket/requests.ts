import {
  encodeFrame,
  type MessageFormat,
  pointerKeys,
  readAt,
  type SocketRequestOptions,
  typeOf,
  writeAt,
} from '@flowwire/contract';
import { randomHex } from '../http/random.ts';
import { after } from '../http/wait.ts';
import { type SocketEndpoint, socketError } from './endpoint.ts';
import type { Outbox } from './outbox.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_PENDING = 1000;

interface Pending {
  readonly replies: ReadonlySet<string>;
  /** Whether a connection has it: lost with that, nobody knows whether it was read. */
  isHandedOver: boolean;
  readonly settle: (answer: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** Requests under way, by correlation id. */
export class Requests {
  readonly #endpoint: SocketEndpoint;
  readonly #outbox: Outbox;
  readonly #pending = new Map<unknown, Pending>();
  readonly #answerKeys: ReadonlyMap<string, readonly string[]>;
  /** So that the ids of two sockets differ, also where a log repeats them. */
  readonly #prefix = randomHex().slice(0, 12);
  #count = 0;

  constructor(endpoint: SocketEndpoint, outbox: Outbox) {
    this.#endpoint = endpoint;
    this.#outbox = outbox;
    this.#answerKeys = new Map(
      endpoint.channel.server.flatMap(({ type, correlationId }) =>
        correlationId === undefined ? [] : [[type, pointerKeys(correlationId)]],
      ),
    );
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Sends a message and waits for its answer. Rejects with TypeError for what is no request. */
  async request(message: unknown, options: SocketRequestOptions = {}): Promise<unknown> {
    const format = this.#formatOf(message);
    const keys = pointerKeys(format.correlationId ?? '');
    const id = readAt(message, keys) ?? this.#newId(format);
    if (this.#pending.has(id)) throw new TypeError(`a request with the id ${String(id)} is under way`);
    if (this.#pending.size >= MAX_PENDING) {
      throw socketError(this.#endpoint, 'network', `${MAX_PENDING} requests wait for their answers`);
    }
    return this.#send(id, encodeFrame(writeAt(message, keys, id)), format, options);
  }

  /** Whether a message answers a request. If so, that has it now. */
  settle({ type }: MessageFormat, message: unknown): boolean {
    const keys = this.#answerKeys.get(type);
    if (keys === undefined || this.#pending.size === 0) return false;
    const pending = this.#pending.get(readAt(message, keys));
    if (!pending?.replies.has(type)) return false;
    pending.settle(message);
    return true;
  }

  /** The connection is lost: what it had will not be answered. */
  lose(cause: unknown): void {
    for (const pending of [...this.#pending.values()]) {
      if (!pending.isHandedOver) continue;
      const message =
        'the connection was lost before the answer came; whether the request was read is not known';
      pending.fail(socketError(this.#endpoint, 'network', message, { cause }));
    }
  }

  end(error: unknown): void {
    for (const pending of [...this.#pending.values()]) pending.fail(error);
  }

  #send(id: unknown, text: string, format: MessageFormat, options: SocketRequestOptions): Promise<unknown> {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const giveUp = new AbortController();
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#pending.delete(id);
        cancelTimer();
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: unknown) => {
        done();
        reject(error);
        // Takes the message back if it still waits.
        giveUp.abort(error);
      };
      const settle = (answer: unknown) => {
        done();
        resolve(answer);
      };
      const onAbort = () =>
        fail(socketError(this.#endpoint, 'aborted', 'the request was aborted', { cause: signal?.reason }));
      const cancelTimer = after(timeoutMs, () =>
        fail(socketError(this.#endpoint, 'timeout', `no answer came for ${timeoutMs} ms`)),
      );
      const pending = { replies: new Set(format.replies), isHandedOver: false, settle, fail };
      this.#pending.set(id, pending);
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#outbox.push(text, giveUp.signal).then(() => {
        pending.isHandedOver = true;
      }, fail);
    });
  }

  #formatOf(message: unknown): MessageFormat {
    const { channel } = this.#endpoint;
    const type = typeOf(message, channel.discriminator);
    const format = channel.client.find((candidate) => candidate.type === type);
    if (format?.correlationId !== undefined && format.replies !== undefined) return format;
    throw new TypeError(`${channel.name}: a message of type ${String(type)} is not answered; use send()`);
  }

  #newId({ numericId }: MessageFormat): string | number {
    this.#count++;
    return numericId ? this.#count : `${this.#prefix}-${this.#count}`;
  }
}
