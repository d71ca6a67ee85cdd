import type { WebSocket } from 'ws';

/** Beyond this a source waits before it gives more. */
const LOW_WATER_BYTES = 64 * 1024;
const TEXT = { binary: false };

/** What one client is sent, in the order of calls. */
export class Writer {
  readonly #socket: WebSocket;
  readonly #maxBytes: number;
  readonly #onTooSlow: () => void;
  #waiting: (() => void)[] = [];
  #isOver = false;
  sent = 0;
  /** When the client last took something of what waits, or something began to wait; undefined when little waits. */
  blockedSince: number | undefined;

  constructor(socket: WebSocket, maxBytes: number, onTooSlow: () => void) {
    this.#socket = socket;
    this.#maxBytes = maxBytes;
    this.#onTooSlow = onTooSlow;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Sends one text frame; `frame` is its text or the UTF-8 of that. */
  send(frame: string | Buffer): void {
    if (this.#isOver) return;
    // One frame may be longer than all that may wait.
    if (this.bufferedBytes > 0 && this.bufferedBytes + Buffer.byteLength(frame) > this.#maxBytes) {
      this.#onTooSlow();
      return;
    }
    this.sent += 1;
    this.#socket.send(frame, TEXT, this.#onTaken);
    if (this.bufferedBytes > LOW_WATER_BYTES) this.blockedSince ??= performance.now();
  }

  /** Settles when the client keeps up, or is gone. */
  async ready(): Promise<void> {
    if (this.#isOver || this.bufferedBytes <= LOW_WATER_BYTES) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Sends no more, and keeps nobody waiting. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  readonly #onTaken = (): void => {
    if (this.bufferedBytes > LOW_WATER_BYTES) {
      this.blockedSince = performance.now();
      return;
    }
    this.blockedSince = undefined;
    this.#wake();
  };

  #wake(): void {
    if (this.#waiting.length === 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
