import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAddress } from './address.ts';

test.each([
  ['ann@example.com', '', 'ann@example.com'],
  [' ann+tag@example.com ', '', 'ann+tag@example.com'],
  ['Ann <ann@example.com>', 'Ann', 'ann@example.com'],
  ['<ann@example.com>', '', 'ann@example.com'],
  ['"Ann, B." <ann@example.com>', 'Ann, B.', 'ann@example.com'],
  ['安娜 <安娜@例子.中国>', '安娜', '安娜@例子.中国'],
])('%j is one address', (text, name, address) => {
  expect(parseAddress(text)).toEqual({ name, address });
});

test('no address holds what could end it, nor a name a line break', () => {
  const piece = fc.constantFrom(
    'a',
    'b.test',
    '@',
    '<',
    '>',
    ',',
    ';',
    ':',
    '"',
    ' ',
    '\r\n',
    '\n',
    '\0',
    '(',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const parsed = parseAddress(pieces.join(''));
      if (!parsed) return;
      expect(parsed.address).toMatch(/^[ab.tes]+@[ab.tes]+$/);
      expect(parsed.name).not.toMatch(/[\r\n\0"\\<>]/);
    }),
    { numRuns: 5_000 },
  );
});
