import type { Reader } from '@flowwire/engine';
import { expect, test } from 'vitest';
import { framesOf } from './frames.ts';

/** Reads these values, then waits until it is ended. */
function readerOf<T>(values: readonly T[]): Reader<T> {
  const left = values.values();
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const reader: Reader<T> = {
    [Symbol.asyncIterator]: () => reader,
    async next() {
      const read = left.next();
      if (read.done) await ended;
      return read.done ? { value: undefined, done: true } : read;
    },
    async return() {
      end();
      return { value: undefined, done: true };
    },
  };
  return reader;
}

test('gaps are left out, after what comes first', async () => {
  const frames = framesOf(readerOf([undefined, 1, undefined, undefined, 2]), 0);
  const seen: (number | undefined)[] = [];
  for (let n = 0; n < 3; n += 1) seen.push((await frames.next()).value);
  expect(seen).toEqual([0, 1, 2]);
});

test('a reader that waits ends at once', async () => {
  const frames = framesOf(readerOf<number | undefined>([]), undefined);
  const waiting = frames.next();
  expect(await frames.return?.()).toEqual({ value: undefined, done: true });
  expect(await waiting).toEqual({ value: undefined, done: true });
});
