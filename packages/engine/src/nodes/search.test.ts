import fc from 'fast-check';
import { expect, test } from 'vitest';
import { includesText } from './search.ts';

test('a long part is found where the built-in search finds it', () => {
  const piece = fc.array(fc.constantFrom('a', 'b', 'ab', 'a'.repeat(120)), { maxLength: 12 });
  fc.assert(
    fc.property(piece, piece, piece, fc.boolean(), (before, part, after, isThere) => {
      const sought = part.join('');
      const text = before.join('') + (isThere ? sought : '') + after.join('');
      expect(includesText(text, sought)).toBe(text.includes(sought));
    }),
  );
});

test('a search that is hard for the built-in one takes little time', () => {
  const half = 'a'.repeat(250_000);
  const begun = process.cpuUsage();
  expect(includesText('a'.repeat(1_000_000), `${half}b${half}`)).toBe(false);
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(1_000);
});
