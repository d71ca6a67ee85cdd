import { expect, test } from 'vitest';
import { open } from '../model/schemas.testing.ts';
import { createSchemaTypes } from './schema-types.ts';

/** What is declared for a schema X, and for others that it refers to. */
async function declarationsOf(
  schema: unknown,
  others: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { table, at } = await open({ 'schemas.json': JSON.stringify({ $defs: { X: schema, ...others } }) });
  table.named(at('/$defs/X'), '');
  return createSchemaTypes(table.all()).declarations().trim();
}

const ref = (name: string) => ({ $ref: `#/$defs/${name}` });

test.each<[name: string, schema: unknown, type: string]>([
  ['nullable text', { type: ['string', 'null'] }, 'string | null'],
  ['a constant', { const: 'on' }, "'on'"],
  ['null', { const: null }, 'null'],
  ['an enumeration', { enum: ['a', "b'c", 3, true, null] }, "'a' | 'b\\'c' | 3 | true | null"],
  ['a constant object', { const: { a: [1, 'b'] } }, "{\n  a: [1, 'b'];\n}"],
  ['anything', {}, 'unknown'],
  ['true', true, 'unknown'],
  ['false', false, 'never'],
  ['nothing', { not: {} }, 'never'],
  ['text of any length', { minLength: 3 }, 'unknown'],
  ['an array', { type: 'array', items: { type: 'integer' } }, 'number[]'],
  ['an array of anything', { type: 'array' }, 'unknown[]'],
  ['an array of a union', { items: { type: ['integer', 'null'] } }, '(number | null)[]'],
  ['an open tuple', { prefixItems: [{ type: 'string' }, {}] }, '[string?, unknown?, ...unknown[]]'],
  ['a tuple', { prefixItems: [{ type: 'string' }, {}], minItems: 2, items: false }, '[string, unknown]'],
  ['a short tuple', { prefixItems: [{ type: 'string' }, {}], minItems: 1, maxItems: 1 }, '[string]'],
  [
    'a tuple with more behind it',
    { prefixItems: [{ const: 1 }], minItems: 1, items: { enum: ['a', 'b'] } },
    "[1, ...('a' | 'b')[]]",
  ],
  ['an open object', { type: 'object' }, 'Record<string, unknown>'],
  ['an empty object', { type: 'object', additionalProperties: false }, 'Record<string, never>'],
  [
    'a map of maps',
    { items: { type: 'object', additionalProperties: { type: 'number' } } },
    '{ [key: string]: number }[]',
  ],
  [
    'a map of names that fit a pattern',
    { type: 'object', patternProperties: { '^x-': {} } },
    'Record<string, unknown>',
  ],
  ['text or a number', { anyOf: [{ type: 'string' }, { type: 'number' }] }, 'string | number'],
  ['a union with anything', { oneOf: [{ type: 'string' }, {}] }, 'unknown'],
  ['parts that allow less together', { type: ['string', 'null'], allOf: [{ type: 'string' }] }, 'string'],
  ['an enumeration of which a part allows some', { enum: ['a', 1], allOf: [{ type: 'string' }] }, "'a'"],
  ['parts that contradict each other', { type: 'string', allOf: [{ type: 'number' }] }, 'never'],
  [
    'an object that may be null',
    { type: ['object', 'null'], properties: { a: {} } },
    '{ a?: unknown } | null',
  ],
])('%s', async (_name, schema, type) => {
  expect(await declarationsOf(schema)).toBe(
    type.startsWith('{\n') && type.endsWith('}') ? `export interface X ${type}` : `export type X = ${type};`,
  );
});

test.each<[name: string, schema: object, members: string]>([
  ['a map', { type: 'object', additionalProperties: { type: 'number' } }, '[key: string]: number;'],
  [
    'properties',
    {
      required: ['a'],
      properties: { a: { type: 'string' }, 'b-c': { type: 'boolean', default: true, deprecated: true } },
    },
    "a: string;\n/**\n * @default true\n * @deprecated\n */\n'b-c'?: boolean;",
  ],
  [
    'properties and others',
    { required: ['a'], properties: { a: { type: 'string' } }, additionalProperties: { type: 'number' } },
    'a: string;\n[key: string]: number | string;',
  ],
  [
    'optional properties and others',
    { properties: { a: { type: 'number' } }, additionalProperties: { type: 'number' } },
    'a?: number;\n[key: string]: number | undefined;',
  ],
  [
    'properties and anything',
    { properties: { a: {} }, additionalProperties: true },
    'a?: unknown;\n[key: string]: unknown;',
  ],
  [
    'a required member without a schema',
    { type: 'object', required: ['a', 'b'], properties: { a: { type: 'string' } } },
    'a: string;\nb: unknown;',
  ],
  [
    'the inline parts of an allOf',
    {
      allOf: [
        { properties: { a: { type: 'string' } } },
        { properties: { a: { enum: ['x', 1] }, b: {} } },
        { required: ['a'] },
      ],
    },
    "a: 'x';\nb?: unknown;",
  ],
  [
    'members that one direction leaves out',
    { properties: { a: {}, b: { writeOnly: true } }, required: ['b'] },
    'a?: unknown;',
  ],
  [
    'conditions',
    { properties: { a: {} }, if: { required: ['a'] }, else: { required: ['b'] } },
    'a?: unknown;',
  ],
])('an object: %s', async (_name, schema, members) => {
  expect(await declarationsOf(schema)).toBe(`export interface X {\n${members.replaceAll(/^/gm, '  ')}\n}`);
});

test('one of several requirements is a union of the members that each requires', async () => {
  const schema = { properties: { a: { type: 'string' } }, anyOf: [{ required: ['a'] }, { required: ['b'] }] };
  expect(await declarationsOf(schema)).toBe('export interface X {\n  a?: string;\n}');
  const both = { ...schema, properties: { a: { type: 'string' }, b: { type: 'number' } } };
  expect(await declarationsOf(both)).toBe(
    'export type X = {\n  a?: string;\n  b?: number;\n} & (\n  | { a: string }\n  | { b: number }\n);',
  );
});

test('referred schemas are named, recursive ones too', async () => {
  const others = { Y: { type: 'object', properties: { x: ref('X') } } };
  expect(await declarationsOf({ type: 'array', items: ref('Y') }, others)).toBe(
    'export type X = Y[];\n\nexport interface Y {\n  x?: X;\n}',
  );
});

test('an allOf of references is their intersection, with what is new beside them', async () => {
  const Y = { type: 'object', required: ['a'], properties: { a: { type: 'string' }, c: {} } };
  const schema = { allOf: [ref('Y'), { properties: { a: { type: 'string' }, b: { type: 'number' } } }] };
  expect(await declarationsOf(schema, { Y })).toContain(
    'export type X = Y & {\n  a?: string;\n  b?: number;\n};',
  );
});

test('members that allOf requires elsewhere are required', async () => {
  const Y = { type: 'object', properties: { a: { type: 'string' } } };
  expect(await declarationsOf({ allOf: [ref('Y')], required: ['a'] }, { Y })).toContain(
    'export type X = Y & { a: string };',
  );
});

test('a description becomes a comment that nothing in it can end', async () => {
  expect(await declarationsOf({ type: 'string', description: 'Ends a */ comment', deprecated: true })).toBe(
    '/**\n * Ends a *\\/ comment\n * @deprecated\n */\nexport type X = string;',
  );
});

test('bytes are a Blob', () => {
  expect(createSchemaTypes([]).inline({ type: 'array', items: { binary: true } })).toBe('Blob[]');
});

test('a long union is broken before each member, in a declaration and in a property', async () => {
  const values = Array.from({ length: 20 }, (_, index) => `value_${index}`);
  const literals = values.map((value) => `\n  | '${value}'`).join('');
  expect(await declarationsOf({ enum: values })).toBe(`export type X =${literals};`);
  expect(await declarationsOf({ type: 'object', properties: { p: { enum: values } } })).toBe(
    `export interface X {\n  p?:${literals.replaceAll('\n', '\n  ')};\n}`,
  );
});
