import { utf8Length } from '@flowwire/contract';
import { after } from '../http/wait.ts';

/** What a connection holds before more is handed to it: enough to keep it busy, little to lose with it. */
const HIGH_WATER_BYTES = 64 << 10;
/** A WebSocket does not tell when it has sent; it must be asked. */
const POLL_MS = 20;

/** Where messages go: a connection. */
export interface Outlet {
  /** Bytes that wait inside it. */
  readonly bufferedAmount: number;
  send(text: string): void;
}

export interface OutboxOptions {
  readonly maxBytes: number;
  /** The error for a message that there is no room for. */
  readonly full: () => Error;
}

interface Waiting {
  readonly text: string;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The messages that wait to be sent, in their order, over one connection after the other. At most `maxBytes`. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting = new Set<Waiting>();
  #bytes = 0;
  #outlet: Outlet | undefined;
  #cancelPoll: (() => void) | undefined;
  #end: { readonly error: unknown } | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Settles when the text was handed to a connection. An abort takes it back as long as it waits. */
  push(text: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#end) return reject(this.#end.error);
      if (signal?.aborted) return reject(signal.reason);
      const bytes = utf8Length(text);
      if (this.#bytes + bytes > this.#options.maxBytes) return reject(this.#options.full());
      const entry: Waiting = { text, bytes, resolve, reject };
      const takeBack = () => {
        if (this.#take(entry)) reject(signal?.reason);
      };
      this.#waiting.add(entry);
      this.#bytes += bytes;
      signal?.addEventListener('abort', takeBack, { once: true });
      this.#pump();
    });
  }

  /** There is a connection: what waits is sent. */
  open(outlet: Outlet): void {
    this.#outlet = outlet;
    this.#pump();
  }

  /** The connection is gone. What waits goes on waiting. */
  close(): void {
    this.#outlet = undefined;
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
  }

  /** Rejects what waits and what comes. */
  end(error: unknown): void {
    this.close();
    this.#end ??= { error };
    for (const entry of [...this.#waiting]) {
      this.#take(entry);
      entry.reject(error);
    }
  }

  #take(entry: Waiting): boolean {
    if (!this.#waiting.delete(entry)) return false;
    this.#bytes -= entry.bytes;
    return true;
  }

  #pump(): void {
    for (const entry of this.#waiting) {
      if (this.#outlet === undefined) return;
      if (this.#outlet.bufferedAmount >= HIGH_WATER_BYTES) {
        this.#pollLater();
        return;
      }
      this.#take(entry);
      this.#outlet.send(entry.text);
      entry.resolve();
    }
  }

  #pollLater(): void {
    this.#cancelPoll ??= after(POLL_MS, () => {
      this.#cancelPoll = undefined;
      this.#pump();
    });
  }
}
