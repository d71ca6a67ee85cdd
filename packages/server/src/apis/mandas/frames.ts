import type { Reader } from '@flowwire/engine';

const DONE = { value: undefined, done: true } as const;

/**
 * What a reader reads, without what is undefined, after `first`. Not a generator: the `return()` of one waits until
 * the reader has something to read, so that a client which left would be kept until the run's next event.
 */
export function framesOf<T>(
  reader: Reader<T | undefined>,
  first: T | undefined,
): AsyncIterableIterator<T, undefined> {
  let next = first;
  const frames: AsyncIterableIterator<T, undefined> = {
    [Symbol.asyncIterator]: () => frames,
    async next() {
      const value = next;
      next = undefined;
      return value === undefined ? read() : { value };
    },
    async return() {
      await reader.return();
      return DONE;
    },
  };

  async function read(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const { value, done } = await reader.next();
      if (done) return DONE;
      if (value !== undefined) return { value };
    }
  }

  return frames;
}
