import type { ServerResponse } from 'node:http';

/** A Blob on its way to a client. */
export interface SentBlob {
  readonly res: ServerResponse;
  readonly blob: Blob;
  /** A client that does not take what was written within this time is cut off. */
  readonly stalledMs: number;
}

/** Waits until the client has taken what was written. False when it has gone, or was cut off for its silence. */
const drained = (res: ServerResponse, stalledMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const settle = (isDrained: boolean) => {
      clearTimeout(timer);
      res.off('drain', onDrain).off('close', onClose);
      resolve(isDrained);
    };
    const onDrain = () => settle(true);
    const onClose = () => settle(false);
    const timer = setTimeout(() => {
      settle(false);
      res.destroy();
    }, stalledMs);
    res.once('drain', onDrain).once('close', onClose);
  });

/**
 * Writes a Blob behind a head that was sent, no faster than the client reads it. Cuts the connection when
 * the Blob cannot be read to its end: its length was promised.
 *
 * @throws what reading the Blob throws
 */
export const sendBlob = async ({ res, blob, stalledMs }: SentBlob): Promise<void> => {
  try {
    for await (const chunk of blob.stream()) {
      if (res.destroyed) return;
      if (!res.write(chunk) && !(await drained(res, stalledMs))) return;
    }
    res.end();
  } catch (error) {
    res.destroy();
    throw error;
  }
};
