import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame, encodeFrame, FrameError, utf8Length } from './frames.ts';

const reasonOf = (data: unknown, maxChars = 100): unknown => {
  try {
    return decodeFrame(data, maxChars);
  } catch (error) {
    return error instanceof FrameError ? error.reason : error;
  }
};

test('any JSON value comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = encodeFrame(value);
      expect(encodeFrame(decodeFrame(text, text.length))).toBe(text);
    }),
  );
});

test.each([
  ['bytes', new ArrayBuffer(2), 'binary'],
  ['nothing', undefined, 'binary'],
  ['an empty text', '', 'not_json'],
  ['half of an object', '{"a":', 'not_json'],
  ['a byte order mark', '\uFEFF{}', 'not_json'],
  ['more than is allowed', `"${'x'.repeat(99)}"`, 'too_long'],
])('%s is refused', (_name, data, reason) => {
  expect(reasonOf(data)).toBe(reason);
});

test.each([
  ['undefined', undefined],
  ['a function', () => 1],
  ['a bigint', 1n],
])('%s is no message', (_name, value) => {
  expect(() => encodeFrame(value)).toThrow(TypeError);
});

test('a text is as long as its bytes', () => {
  const utf8 = new TextEncoder();
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\ud83d', '\ude00', 'a', 'é', '写') }),
      (a, b) => {
        expect(utf8Length(a + b)).toBe(utf8.encode(a + b).length);
      },
    ),
  );
});
