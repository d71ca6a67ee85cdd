import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pointerKeys, readAt, writeAt } from './pointer.ts';

test.each([
  ['', []],
  ['/id', ['id']],
  ['/metadata/seq', ['metadata', 'seq']],
  ['/a~1b/~0c/', ['a/b', '~c', '']],
])('the pointer %j names %j', (pointer, keys) => {
  expect(pointerKeys(pointer)).toEqual(keys);
});

test('what is not there is undefined, also where a prototype has such a member', () => {
  expect(readAt({ a: { b: 1 } }, ['a', 'c'])).toBeUndefined();
  expect(readAt({ a: 'text' }, ['a', 'length'])).toBeUndefined();
  expect(readAt({}, ['toString'])).toBeUndefined();
  expect(readAt(undefined, ['a'])).toBeUndefined();
});

test('what is written is read back, and the original is as it was', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.jsonValue())),
      fc.tuple(fc.string(), fc.string()),
      fc.jsonValue(),
      (message, keys, value) => {
        const before = JSON.stringify(message);
        const written = writeAt(message, keys, value);
        expect(readAt(written, keys)).toBe(value);
        expect(JSON.stringify(message)).toBe(before);
      },
    ),
  );
});

test('objects that are missing on the way are made', () => {
  expect(writeAt({ type: 'a' }, ['metadata', 'id'], 'x')).toEqual({ type: 'a', metadata: { id: 'x' } });
});

test.each([
  ['text', ['id']],
  [{ metadata: [] }, ['metadata', 'id']],
])('there is no place in %j', (message, keys) => {
  expect(() => writeAt(message, keys, 'x')).toThrow(TypeError);
});
