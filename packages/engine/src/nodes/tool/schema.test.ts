import { expect, test } from 'vitest';
import type { JsonObject } from '../../events.ts';
import { createSchemaReader } from './schema.ts';

const components = {
  schemas: {
    Tree: { type: 'object', properties: { left: { $ref: '#/components/schemas/Tree' } } },
    Name: { type: 'string', nullable: true },
    Secret: { type: 'string', readOnly: true },
  },
};
const read = (schema: unknown, characters = 10_000): JsonObject =>
  createSchemaReader({ components }, characters).read(schema);

test.each<[string, unknown, JsonObject]>([
  ['a bound that is exclusive', { maximum: 5, exclusiveMaximum: true }, { exclusiveMaximum: 5 }],
  ['a bound that is not', { minimum: 5, exclusiveMinimum: false }, { minimum: 5 }],
  ['a bound of 3.1', { exclusiveMinimum: 5 }, { exclusiveMinimum: 5 }],
  [
    'null beside a type',
    { type: 'string', nullable: true, description: 'd' },
    { description: 'd', anyOf: [{ type: 'string' }, { type: 'null' }] },
  ],
  ['exactly one', { oneOf: [{ type: 'string' }, true] }, { anyOf: [{ type: 'string' }, true] }],
  [
    'what beside a reference',
    { $ref: '#/components/schemas/Secret', maxLength: 9 },
    { maxLength: 9, allOf: [{ type: 'string' }] },
  ],
  [
    'what is within itself',
    { $ref: '#/components/schemas/Tree' },
    { type: 'object', properties: { left: {} } },
  ],
  [
    'what answers alone must have',
    { required: ['a', 'b'], properties: { a: { $ref: '#/components/schemas/Secret' }, b: {} } },
    { required: ['b'], properties: { a: { type: 'string' }, b: {} } },
  ],
  ['others than patterns name', { patternProperties: { '^x': {} }, additionalProperties: false }, {}],
  [
    'what costs too much',
    { not: {}, pattern: '(a+)+$', uniqueItems: true, format: 'int32', $id: 'x', if: {} },
    {},
  ],
  ['nothing', undefined, {}],
  ['a schema that accepts nothing', false, { allOf: [false] }],
])('%s', (_name, schema, expected) => {
  expect(read(schema)).toEqual(expected);
});

test('what no longer fits accepts anything, with all its siblings kept', () => {
  const large = { enum: Array.from({ length: 1_000 }, (_, index) => `value ${index}`) };
  const schema = { properties: { a: large, b: { type: 'string' } }, additionalProperties: false };
  expect(read(schema, 1_000)).toEqual({
    properties: { a: {}, b: { type: 'string' } },
    additionalProperties: false,
  });
});

test('members named as those of every object are members like others', () => {
  const schema = JSON.parse('{"properties":{"__proto__":{"type":"string"},"constructor":{}}}');
  expect(Object.keys(read(schema).properties ?? {})).toEqual(['__proto__', 'constructor']);
  expect(() => read({ $ref: '#/constructor' })).toThrow('names nothing');
});
