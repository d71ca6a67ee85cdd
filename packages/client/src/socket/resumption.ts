import {
  type MessageFormat,
  pointerKeys,
  readAt,
  readPosition,
  type SocketPosition,
} from '@flowwire/contract';
import type { ApiError } from '../errors.ts';
import { after } from '../http/wait.ts';
import { type SocketEndpoint, socketError } from './endpoint.ts';
import { createLog, type Log } from './log.ts';

/** A message with its kind. */
export type Received = readonly [format: MessageFormat, message: unknown];

/** What a resumption asks of its socket. */
export interface ResumptionEvents {
  readonly deliver: (received: Received) => void;
  readonly say: (type: string, members: Readonly<Record<string, unknown>>) => void;
  /** Messages are lost; the server's message that says so, where it said one. */
  readonly gap: (message: unknown) => void;
  /** The connection is of no use. */
  readonly drop: (error: ApiError) => void;
}

export interface ResumptionOptions {
  readonly resumeFrom: SocketPosition | undefined;
  readonly maxHeld: number;
  /** Milliseconds in which something of what was missed must come. */
  readonly timeoutMs: number;
}

/** Brings a session's log over one connection after the other, as the channel's `x-socket-session` says. */
export class Resumption {
  /** Whether the channel says how what was missed is asked for. */
  readonly canResume: boolean;
  readonly #endpoint: SocketEndpoint;
  readonly #events: ResumptionEvents;
  readonly #timeoutMs: number;
  readonly #sequence: readonly string[] | undefined;
  readonly #log: Log<Received> | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(endpoint: SocketEndpoint, events: ResumptionEvents, options: ResumptionOptions) {
    const { sequence, resume, resumeFailed } = endpoint.channel.session ?? {};
    this.canResume = sequence !== undefined && resume !== undefined && resumeFailed !== undefined;
    this.#endpoint = endpoint;
    this.#events = events;
    this.#timeoutMs = options.timeoutMs;
    if (sequence === undefined) return;
    this.#sequence = pointerKeys(sequence);
    this.#log = createLog<Received>(
      {
        deliver: events.deliver,
        resume: (position) => events.say(resume ?? '', { data: position }),
        gap: () => events.gap(undefined),
        overflow: () =>
          events.drop(socketError(endpoint, 'stream', 'the server did not send what was missed')),
      },
      { resumeFrom: options.resumeFrom, canResume: this.canResume, maxHeld: options.maxHeld },
    );
  }

  get position(): SocketPosition | undefined {
    return this.#log?.position;
  }

  /** A connection is ready: asks for what was missed. `data` is what its `ready` message said. */
  ready(data: unknown): void {
    this.#log?.ready(readPosition(data));
    this.#watch();
  }

  accept(received: Received): void {
    if (this.#log === undefined || this.#sequence === undefined) {
      this.#events.deliver(received);
      return;
    }
    const seq = readAt(received[1], this.#sequence);
    this.#log.accept(received, Number.isSafeInteger(seq) ? Number(seq) : undefined);
    this.#watch();
  }

  /** The server's `resumeFailed` message. */
  failed(message: unknown): void {
    this.#events.gap(message);
    const end = readPosition(readAt(message, ['data']));
    if (end !== undefined) this.#log?.resumeFailed(end);
    this.#watch();
  }

  /** The connection is lost. */
  lose(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Gives a connection up on which what was asked for does not come. */
  #watch(): void {
    if (this.#cancelTimer || !this.#log?.isResuming) return;
    const reached = this.#log.position?.lastSeq;
    this.#cancelTimer = after(this.#timeoutMs, () => {
      this.#cancelTimer = undefined;
      if (!this.#log?.isResuming) return;
      if (this.#log.position?.lastSeq === reached) {
        const message = `what was missed did not come within ${this.#timeoutMs} ms`;
        this.#events.drop(socketError(this.#endpoint, 'timeout', message));
      } else this.#watch();
    });
  }
}
