import { expect, test } from 'vitest';
import { createSchemaValidator } from './schema-validator.ts';

const { check, validate } = createSchemaValidator();

test('faults of a value are told with their pointers', () => {
  const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^x+$' } }, required: ['b'] };
  expect(check(schema)).toEqual([]);
  expect(
    validate(schema, { a: 'y' })
      .map(({ pointer }) => pointer)
      .sort(),
  ).toEqual(['/a', '/b']);
  expect(validate(schema, { a: 'xx', b: 1 })).toEqual([]);
});

test.each([
  ['an unknown type', { type: 'object', properties: { a: { type: 'nonsense' } } }, '/properties/a/type'],
  ['a reference to nowhere', { type: 'object', properties: { a: { $ref: '#/$defs/b' } } }, ''],
  ['a reference to another place', { type: 'object', $ref: 'https://example.com/schema.json' }, ''],
  ['a pattern that is none', { type: 'object', properties: { a: { pattern: '(' } } }, ''],
  ['a pattern that needs backtracking', { type: 'object', properties: { a: { pattern: '(a)\\1' } } }, ''],
])('%s makes a schema unusable', (_name, schema, pointer) => {
  expect(check(schema).map((problem) => problem.pointer)).toContain(pointer);
});

test('a pattern made to backtrack for ever is answered at once', () => {
  const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
  expect(check(schema)).toEqual([]);
  const [problem] = validate(schema, { a: `${'a'.repeat(50_000)}!` });
  expect(problem?.pointer).toBe('/a');
});

test('two schemas with the same $id stay apart', () => {
  const one = { $id: 'https://example.com/s', type: 'object', required: ['one'] };
  const two = { $id: 'https://example.com/s', type: 'object', required: ['two'] };
  expect([check(one), check(two)]).toEqual([[], []]);
  expect(validate(one, {}).map(({ pointer }) => pointer)).toEqual(['/one']);
  expect(validate(two, {}).map(({ pointer }) => pointer)).toEqual(['/two']);
});
