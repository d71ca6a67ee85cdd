import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Code, docComment, LINE_WIDTH, literal } from './text.ts';

/** What a literal stands for. */
const read = (source: string): unknown => Function(`return ${source}`)();

test('a literal is the value that it was made of, whatever its keys and texts', () => {
  const json = fc.jsonValue({ maxDepth: 5 }).filter((value) => !Object.is(value, -0));
  fc.assert(
    fc.property(json, fc.constantFrom('', '  ', '    '), (value, margin) => {
      // JSON.parse keeps a member called __proto__; so must the literal.
      const copy: unknown = JSON.parse(JSON.stringify(value));
      expect(JSON.stringify(read(literal(copy, margin)))).toBe(JSON.stringify(copy));
    }),
  );
});

test('a member called __proto__ stays a member', () => {
  const value: unknown = JSON.parse('{"__proto__": {"a": 1}, "b": 2}');
  expect(Object.keys(Object(read(literal(value))))).toEqual(['__proto__', 'b']);
});

test('a literal is broken where it does not fit, and only there', () => {
  const long = 'x'.repeat(60);
  expect(literal({ a: [1, 2], b: { c: long, d: long } }, '  ', 10)).toBe(`{
    a: [1, 2],
    b: {
      c: '${long}',
      d: '${long}',
    },
  }`);
  const fits = 'x'.repeat(LINE_WIDTH - "{ a: '' }".length);
  expect(literal({ a: fits })).toBe(`{ a: '${fits}' }`);
  expect(literal({ a: `${fits}x` })).toContain('\n');
  expect(literal({ a: fits }, ' ')).toContain('\n');
});

test('code stands as it is', () => {
  expect(literal({ a: new Code('validate.x'), b: undefined })).toBe('{ a: validate.x }');
});

test('a comment cannot be closed by what it says', () => {
  expect(docComment('a */ b')).toBe('/** a *\\/ b */\n');
});
