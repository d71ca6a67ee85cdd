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
  [
    'a reference to nowhere',
    { type: 'object', properties: { a: { $ref: '#/$defs/b' } } },
    '/properties/a/$ref',
  ],
  ['a reference to another place', { type: 'object', $ref: 'https://example.com/schema.json' }, '/$ref'],
  [
    'a reference to itself',
    { type: 'object', properties: { a: { $ref: '#/properties/a' } } },
    '/properties/a/$ref',
  ],
  ['asynchronous validation', { type: 'object', $async: true, required: ['x'] }, ''],
  ['the id of the meta-schema', { $id: 'https://json-schema.org/draft/2020-12/schema', type: 'object' }, ''],
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

test('references that multiply are refused before they are expanded', () => {
  const definitions = Array.from({ length: 31 }, (_, link) => {
    const before = { $ref: `#/$defs/d${link - 1}` };
    return [`d${link}`, link === 0 ? {} : { allOf: [before, before] }];
  });
  const schema = { type: 'object', $ref: '#/$defs/d30', $defs: Object.fromEntries(definitions) };
  expect(check(schema)).toMatchObject([{ message: 'expands to more than 10000 parts' }]);
});

test('a schema may refer to its definitions many times', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`p${index}`, { $ref: '#/$defs/name' }]),
  );
  const schema = { type: 'object', properties, $defs: { name: { type: 'string' } } };
  expect(check(schema)).toEqual([]);
  expect(validate(schema, { p7: 1 }).map(({ pointer }) => pointer)).toEqual(['/p7']);
});

test('a property named like a method of every object is not there unless it is given', () => {
  const schema = { type: 'object', properties: { toString: { type: 'string' } }, required: ['constructor'] };
  expect(validate(schema, {}).map(({ pointer }) => pointer)).toEqual(['/constructor']);
  expect(validate(schema, { constructor: 1 })).toEqual([]);
});

test('two schemas with the same $id stay apart', () => {
  const one = { $id: 'https://example.com/s', type: 'object', required: ['one'] };
  const two = { $id: 'https://example.com/s', type: 'object', required: ['two'] };
  expect([check(one), check(two)]).toEqual([[], []]);
  expect(validate(one, {}).map(({ pointer }) => pointer)).toEqual(['/one']);
  expect(validate(two, {}).map(({ pointer }) => pointer)).toEqual(['/two']);
});
