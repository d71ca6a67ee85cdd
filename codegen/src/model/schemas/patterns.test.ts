import fc from 'fast-check';
import { expect, test } from 'vitest';
import { open, schemaDocument } from '../schemas.testing.ts';
import { toUnicodePattern } from './patterns.ts';

test.each([
  ['^[a-z]+$', '^[a-z]+$'],
  ['\\-\\_\\@\\"', '-_@"'],
  ['[\\w-.]+', '[\\w\\-.]+'],
  ['[.-\\d]', '[.\\-\\d]'],
  ['[\\_\\-a]', '[_\\-a]'],
  ['\\\\-\\-', '\\\\--'],
  ['a{', 'a\\{'],
  ['[a]]{2}\\-', '[a]\\]{2}-'],
])('%s is %s with the u flag', (pattern, mended) => {
  expect(toUnicodePattern(pattern)).toBe(mended);
});

test.each(['(', '(?i)abc', '\\A[a-z', '(?P<name>a)'])('%s is no pattern', (pattern) => {
  expect(toUnicodePattern(pattern)).toBeUndefined();
});

test('a mended pattern means what it meant', () => {
  const part = fc.constantFrom(
    'a',
    '-',
    '_',
    '\\-',
    '\\_',
    '\\w',
    '\\d',
    '\\\\',
    '[',
    ']',
    '{',
    '}',
    '2',
    ',',
    '^',
    '.',
    '+',
    '(',
    ')',
  );
  const text = fc.string({
    unit: fc.constantFrom('a', '-', '_', '\\', '[', ']', '{', '}', '2', ',', '^', '.'),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.array(text, { maxLength: 20 }), (parts, texts) => {
      const pattern = parts.join('');
      const mended = toUnicodePattern(pattern);
      if (mended === undefined) return;
      for (const each of texts)
        expect(new RegExp(mended, 'u').test(each)).toBe(new RegExp(pattern).test(each));
    }),
    { numRuns: 2000 },
  );
});

test('what cannot be checked is named, once for each format and keyword, and left out', async () => {
  const { table, component, schemas, problems } = await open({
    'openapi.json': schemaDocument({
      X: {
        type: 'object',
        properties: {
          a: { type: 'string', pattern: '(?i)a', format: 'phone' },
          b: { type: 'string', format: 'phone', 'x-more': 1 },
          c: { type: 'string', format: 'uuid', maxLenght: 3 },
          d: { type: 'string', maxLenght: 4 },
        },
        patternProperties: { '(?i)x': {}, '\\-': {} },
      },
    }),
  });
  table.named(component('X'), '');
  const string = { type: 'string' };
  expect(schemas().X).toEqual({
    type: 'object',
    properties: { a: string, b: string, c: { ...string, format: 'uuid' }, d: string },
    patternProperties: { '-': {} },
  });
  expect(problems().filter((problem) => !problem.includes('is not expected here'))).toEqual([
    expect.stringMatching(/warning: This pattern is no regular expression of ECMAScript, .*: \(\?i\)a$/),
    expect.stringMatching(/warning: Values of the format phone are not checked\.$/),
    expect.stringMatching(/warning: Schema keyword not known, so it is left out: maxLenght\.$/),
    expect.stringMatching(/warning: This pattern is no regular expression of ECMAScript, .*: \(\?i\)x$/),
  ]);
});

test('keywords that would change the meaning are faults', async () => {
  const { table, at, problems } = await open({ 'schemas.yaml': '$defs:\n  X:\n    $recursiveRef: "#"\n' });
  table.convert(at('/$defs/X'));
  expect(problems()).toEqual([
    'schemas.yaml:3 error: Schema keyword not supported: $recursiveRef. Write $dynamicRef and $dynamicAnchor.',
  ]);
});
