import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from './json.ts';

const nested = (levels: number, inside = '') => '['.repeat(levels) + inside + ']'.repeat(levels);

describe('JSON of a client', () => {
  test('is read as it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!text.includes('__proto__'));
        expect(readJson(text)).toEqual({ value: JSON.parse(text) });
      }),
    );
  });

  test.each([1_001, 100_000])('is refused when it nests %d levels', (levels) => {
    expect(readJson(nested(levels))).toEqual({ fault: 'nests deeper than 1000 levels' });
    expect(readJson(`[1, "]", {"a": ${nested(levels - 2, '{}')}}]`).fault).toMatch(/deeper/);
  });

  test('may nest 1,000 levels, and have any number of lists and of brackets in texts', () => {
    const brackets = JSON.stringify('[{"\\'.repeat(2_000));
    for (const text of [nested(1_000), nested(999, brackets), `[${'[[]],'.repeat(5_000)}0]`, brackets])
      expect(readJson(text)).toEqual({ value: JSON.parse(text) });
  });

  test('is refused when it has a key __proto__, however deep and spelled', () => {
    for (const text of ['{"__proto__":1}', nested(900, '{"\\u005f_proto__":1}')])
      expect(readJson(text).fault).toMatch(/__proto__/);
  });
});
