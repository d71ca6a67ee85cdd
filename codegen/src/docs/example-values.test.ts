import { expect, test } from 'vitest';
import { createExampleValues } from './example-values.ts';
import { documentOf } from './testing/chat.ts';

const values = createExampleValues(
  documentOf({
    components: {
      schemas: {
        Id: { type: 'string', examples: ['id_1'] },
        Tree: {
          type: 'object',
          required: ['child'],
          properties: { child: { $ref: '#/components/schemas/Tree' } },
        },
      },
    },
  }),
);

test.each([
  ['an example', { type: 'string', example: 'said' }, 'said'],
  ['the first of several', { type: 'string', examples: ['first', 'second'] }, 'first'],
  ['an example that is null', { type: ['string', 'null'], example: null }, null],
  ['an example that is false', { type: 'boolean', default: false }, false],
  ['a constant', { const: 'only' }, 'only'],
  ['the first choice', { enum: ['a', 'b'] }, 'a'],
  ['a referred schema', { $ref: '#/components/schemas/Id' }, 'id_1'],
  ['required members only', { required: ['a'], properties: { a: { type: 'integer' }, b: {} } }, { a: 1 }],
  ['the least number', { type: 'number', minimum: 7 }, 7],
  ['a list of one', { type: 'array', items: { type: 'boolean' } }, [true]],
  ['a format', { type: 'string', format: 'date-time' }, '2026-01-31T12:00:00Z'],
  [
    'parts put together',
    {
      allOf: [{ required: ['a'], properties: { a: { const: 1 } } }],
      required: ['b'],
      properties: { b: { const: 2 } },
    },
    { a: 1, b: 2 },
  ],
  ['the first of a union', { oneOf: [{ const: 'x' }, { const: 'y' }] }, 'x'],
])('a value for a schema with %s', (_name, schema, wanted) => {
  expect(values.ofSchema(schema)).toEqual(wanted);
});

test('a schema that holds itself ends', () => {
  expect(JSON.stringify(values.ofSchema({ $ref: '#/components/schemas/Tree' })).length).toBeLessThan(200);
});

test.each([
  ['its own example', { example: 1, schema: { example: 2 } }, 1],
  ['the first named one', { examples: { a: { value: 'v' }, b: { value: 'w' } } }, 'v'],
  [
    'data as OpenAPI 3.2 writes it',
    { examples: { a: { dataValue: { x: 1 }, serializedValue: 'x=1' } } },
    { x: 1 },
  ],
  ['that of its schema', { schema: { default: 20 } }, 20],
])('a parameter takes %s', (_name, parameter, wanted) => {
  expect(values.of(parameter)).toEqual(wanted);
});
