import { expect, test } from 'vitest';
import { schemaFilesOf } from '../../test/support.ts';

/** What is declared for a schema X, without the banner. */
async function declarationsOf(schema: string, others = ''): Promise<string> {
  const document = `$ref: '#/$defs/X'\n$defs:\n  X: ${schema}\n${others.replaceAll(/^(?=.)/gm, '  ')}`;
  const types = (await schemaFilesOf(document)).get('types.ts') ?? '';
  return types.split('\n').slice(2).join('\n').trim();
}

test.each([
  ['nullable text', '{ type: [string, "null"] }', 'export type X = string | null;'],
  ['a constant', '{ const: on }', "export type X = 'on';"],
  ['null', '{ const: null }', 'export type X = null;'],
  [
    'an enumeration',
    '{ enum: [a, "b\'c", 3, true, null] }',
    "export type X = 'a' | 'b\\'c' | 3 | true | null;",
  ],
  ['anything', '{}', 'export type X = unknown;'],
  ['true', 'true', 'export type X = unknown;'],
  ['an array', '{ type: array, items: { type: integer } }', 'export type X = number[];'],
  [
    'a tuple',
    '{ type: array, prefixItems: [{ type: string }, {}] }',
    'export type X = [\n  string,\n  unknown\n];',
  ],
  ['an open object', '{ type: object }', 'export type X = Record<string, unknown>;'],
  [
    'an empty object',
    '{ type: object, additionalProperties: false }',
    'export type X = Record<string, never>;',
  ],
  [
    'a map',
    '{ type: object, additionalProperties: { type: number } }',
    'export interface X {\n  [key: string]: number;\n}',
  ],
  [
    'properties',
    "{ type: object, required: [a], properties: { a: { type: string }, 'b-c': { type: boolean, default: true } } }",
    "export interface X {\n  a: string;\n  /** @default true */\n  'b-c'?: boolean;\n}",
  ],
  [
    'anyOf beside properties',
    '{ type: object, properties: { a: { type: string } }, anyOf: [{ required: [a] }, { required: [b] }] }',
    'export type X = {\n  a?: string;\n} & (unknown | unknown);',
  ],
  [
    'a description',
    '{ type: string, description: "Ends a */ comment" }',
    '/** Ends a *\\/ comment */\nexport type X = string;',
  ],
])('%s', async (_name, given, want) => {
  expect(await declarationsOf(given)).toBe(want);
});

test('referred schemas are named, recursive ones too', async () => {
  const others = 'Y: { type: object, properties: { x: { $ref: "#/$defs/X" } } }';
  expect(await declarationsOf('{ type: array, items: { $ref: "#/$defs/Y" } }', others)).toBe(
    'export type X = Y[];\n\nexport interface Y {\n  x?: X;\n}',
  );
});

test('members that allOf requires elsewhere are required', async () => {
  const others = 'Y: { type: object, properties: { a: { type: string } } }';
  const given = '{ allOf: [{ $ref: "#/$defs/Y" }], required: [a] }';
  expect(await declarationsOf(given, others)).toContain("export type X = WithRequired<Y, 'a'>;");
});

test('a long union is broken before each member, in a declaration and in a property', async () => {
  const values = Array.from({ length: 20 }, (_, index) => `value_${index}`);
  const literals = values.map((value) => `\n  | '${value}'`).join('');
  expect(await declarationsOf(`{ enum: [${values}] }`)).toBe(`export type X =${literals};`);
  const property = `{ type: object, properties: { p: { enum: [${values}] } } }`;
  expect(await declarationsOf(property)).toBe(
    `export interface X {\n  p?:${literals.replaceAll('\n', '\n  ')};\n}`,
  );
});
