import type { ServerResponse } from 'node:http';

/**
 * Why an answer ended before it was complete: the client went away, did not read for too long, the
 * server drains, or the stream failed.
 */
export type CloseReason = 'client_gone' | 'stalled' | 'draining' | 'failed';

/** Whether all of an answer was sent. HTTP/2 calls a stream that was reset finished, but not ended. */
export const isComplete = (res: ServerResponse): boolean => res.writableEnded && res.writableFinished;

/** The reason of a handler's aborted signal. With `draining` the client may still be there to be answered. */
export class ConnectionClosed extends Error {
  override readonly name = 'AbortError';
  readonly type: CloseReason;

  constructor(type: CloseReason) {
    super(`the answer ended early: ${type}`);
    this.type = type;
  }
}

/**
 * What a handler can know of its connection. The AbortController is made when a handler first asks for
 * the signal: most never do, and it would cost each request more than its routing does.
 */
export class Connection {
  readonly #res: ServerResponse;
  #controller: AbortController | undefined;
  #closed: ConnectionClosed | undefined;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    this.#controller = new AbortController();
    if (this.#closed !== undefined) this.#controller.abort(this.#closed);
    else if (this.#res.destroyed) this.#onClose();
    else this.#res.on('close', () => this.#onClose());
    return this.#controller.signal;
  }

  #onClose(): void {
    if (!isComplete(this.#res)) this.close('client_gone');
  }

  /** Aborts the signal. Only the first reason counts. */
  close(reason: CloseReason): void {
    if (this.#closed !== undefined) return;
    this.#closed = new ConnectionClosed(reason);
    this.#controller?.abort(this.#closed);
  }
}
