import type { Admission } from './admission.ts';
import type { OpeningInput } from './opening.ts';
import type { AnyConnection } from './service.ts';
import type { Speaker } from './speaker.ts';

export interface ExchangeParts<Context> {
  readonly id: string;
  readonly input: OpeningInput;
  readonly signal: AbortSignal;
  readonly admission: Admission<Context>;
  readonly speaker: Speaker<Context>;
  /** Whether its handler has taken the connection up, or it has ended since. */
  readonly isTakenUp: () => boolean;
  readonly close: (code: number, reason?: string) => void;
}

/** One connection as its handler sees it. */
export class Exchange<Context> implements AnyConnection<Context> {
  readonly #parts: ExchangeParts<Context>;
  readonly id: string;
  readonly path: OpeningInput['path'];
  readonly query: OpeningInput['query'];
  readonly headers: OpeningInput['headers'];
  readonly signal: AbortSignal;

  constructor(parts: ExchangeParts<Context>) {
    this.#parts = parts;
    this.id = parts.id;
    this.path = parts.input.path;
    this.query = parts.input.query;
    this.headers = parts.input.headers;
    this.signal = parts.signal;
  }

  get context(): Context {
    return this.#parts.admission.context;
  }

  get bufferedBytes(): number {
    return this.#parts.speaker.bufferedBytes;
  }

  send(message: unknown): void {
    if (!this.#parts.isTakenUp()) {
      throw new Error('a connection sends when its handler has taken it up, not before');
    }
    this.#parts.speaker.message(message);
  }

  close(code: number, reason?: string): void {
    this.#parts.close(code, reason);
  }
}
