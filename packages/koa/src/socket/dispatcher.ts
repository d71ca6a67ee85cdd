import type { MessageFormat } from '@flowwire/contract';
import type { Problem } from '../problem.ts';
import { TOO_MANY } from './problems.ts';
import type { RateMeter } from './rate.ts';

/** Messages that wait for those before them. Beyond this the client is read no further. */
const MAX_WAITING = 16;
/** Handlers at work at once that keep nobody waiting. */
const MAX_CONCURRENT = 16;

/** A message that was read. */
export interface Received {
  readonly format: MessageFormat;
  readonly message: unknown;
}

export interface DispatcherHost {
  readonly meter: RateMeter;
  /** Handles a message of the connection itself. Undefined for a message that has a handler. */
  readonly control: (received: Received) => Promise<void> | undefined;
  /** Runs the handler of a message and sends its answer. Does not reject. */
  readonly answer: (received: Received) => Promise<void>;
  readonly refuse: (problem: Problem, received: Received) => void;
  /** Whether a type keeps later messages waiting. */
  readonly isConcurrent: (type: string) => boolean;
  readonly pause: () => void;
  readonly resume: () => void;
}

/**
 * Handles a client's messages one after the other, in the order in which they came, those aside that keep
 * nobody waiting. A client that is ahead of its handlers is not read.
 */
export class Dispatcher {
  readonly #host: DispatcherHost;
  #waiting: Received[] = [];
  #state: 'held' | 'idle' | 'working' | 'stopped' = 'held';
  #concurrent = 0;
  #isPaused = false;
  /** When the client last sent a message that has a handler (performance.now()). */
  usedAt = performance.now();

  constructor(host: DispatcherHost) {
    this.#host = host;
  }

  push(received: Received): void {
    if (this.#state === 'stopped') return;
    this.#waiting.push(received);
    if (this.#waiting.length >= MAX_WAITING && !this.#isPaused) {
      this.#isPaused = true;
      this.#host.pause();
    }
    if (this.#state === 'idle') void this.#work();
  }

  /** Begins with what waits. */
  start(): void {
    if (this.#state !== 'held') return;
    this.#state = 'idle';
    this.usedAt = performance.now();
    void this.#work();
  }

  stop(): void {
    this.#state = 'stopped';
    this.#waiting = [];
  }

  async #work(): Promise<void> {
    this.#state = 'working';
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await (this.#host.control(next) ?? this.#dispatch(next));
      if (!this.#isPaused || this.#waiting.length > MAX_WAITING / 2) continue;
      this.#isPaused = false;
      this.#host.resume();
    }
    if (this.#state === 'working') this.#state = 'idle';
  }

  async #dispatch(received: Received): Promise<void> {
    const { type } = received.format;
    this.usedAt = performance.now();
    const isConcurrent = this.#host.isConcurrent(type);
    const isFull = isConcurrent && this.#concurrent >= MAX_CONCURRENT;
    if (isFull || !this.#host.meter.allows(type, this.usedAt)) {
      this.#host.refuse(TOO_MANY, received);
      return;
    }
    const answered = this.#host.answer(received);
    if (!isConcurrent) return answered;
    this.#concurrent += 1;
    void answered.finally(() => {
      this.#concurrent -= 1;
    });
  }
}
