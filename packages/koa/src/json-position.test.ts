import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonErrorOffset } from './json-position.ts';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test.each([
  ['{"a":}', 5],
  ['{"a":1,}', 7],
  ['[1,]', 3],
  ['[1 2]', 3],
  ['{"a" 1}', 5],
  ['{a:1}', 1],
  ['{"a":"x\ny"}', 7],
  ['"\\x"', 1],
  ['"\\u12g4"', 1],
  ['[01]', 2],
  ['tru', 0],
  ['nulls', 4],
  ['{"a":1]', 6],
  ['[1}', 2],
  ['', 0],
  [' ', 1],
  ['{"a":', 5],
  ['"open', 5],
  ['{} {}', 3],
])('finds the break in %j', (text, offset) => {
  expect(jsonErrorOffset(text)).toBe(offset);
});

test('finds no break in JSON', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 2), (json, indent) => {
      expect(jsonErrorOffset(JSON.stringify(JSON.parse(json), null, indent))).toBe(-1);
    }),
  );
});

test('agrees with JSON.parse on what is JSON, and always points into the text', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '\\',
    '\\n',
    '\\u00e9',
    '1',
    '-',
    '0',
    '.5',
    'e3',
    'true',
    'null',
    ' ',
    '\n',
    'é',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('');
      const offset = jsonErrorOffset(text);
      expect(offset === -1).toBe(isJson(text));
      expect(offset).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 5000 },
  );
});
