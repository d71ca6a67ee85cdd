import { expect, test } from 'vitest';
import { createSchemaTypes } from '../../emit/schema-types.ts';
import { open, schemaDocument } from '../schemas.testing.ts';

async function typesOf(schemas: Record<string, unknown>, name = 'X'): Promise<string> {
  const { table, component, problems } = await open({ 'openapi.json': schemaDocument(schemas) });
  table.named(component(name), '');
  expect(problems()).toEqual([]);
  return createSchemaTypes(table.all()).declarations();
}

// The generic list of OpenAPI 3.1 (section 4.8.24.5, "Generic (Template) Data Structures"), in our words.
const List = {
  $id: 'list',
  type: 'array',
  items: { $dynamicRef: '#item' },
  $defs: { any: { $dynamicAnchor: 'item' } },
};
const listOf = (id: string, item: object) => ({
  $id: id,
  $ref: 'list',
  $defs: { [`${id}Item`]: { $dynamicAnchor: 'item', ...item } },
});

test('a list of one kind is that list with its items filled in', async () => {
  const types = await typesOf({
    List,
    Names: listOf('names', { type: 'string' }),
    Numbers: listOf('numbers', { type: 'number' }),
    X: {
      type: 'object',
      properties: { names: { $ref: 'names' }, numbers: { $ref: 'numbers' }, any: { $ref: 'list' } },
    },
  });
  expect(types).toContain('names?: Names;\n  numbers?: Numbers;\n  any?: List;');
  expect(types).toContain('export type Names = string[];');
  expect(types).toContain('export type Numbers = number[];');
  expect(types).toContain('export type List = unknown[];');
});

const Page = {
  type: 'object',
  required: ['items'],
  properties: { items: { type: 'array', items: { $dynamicRef: '#T' } } },
  $defs: { T: { $dynamicAnchor: 'T', not: {} } },
};
const pageOf = (item: object) => ({
  $ref: '#/components/schemas/Page',
  $defs: { T: { $dynamicAnchor: 'T', ...item } },
});
const User = { type: 'object', properties: { id: { type: 'string' } } };

test('components without $id are schemas of their own all the same', async () => {
  const types = await typesOf({
    Page,
    User,
    Users: pageOf({ $ref: '#/components/schemas/User' }),
    Pairs: pageOf({ type: 'object', properties: { left: {} } }),
    X: { prefixItems: [{ $ref: '#/components/schemas/Users' }, { $ref: '#/components/schemas/Pairs' }] },
  });
  expect(types).toContain('export interface Users {\n  items: User[];\n}');
  expect(types).toContain('export interface Pairs {\n  items: PairsT[];\n}');
  expect(types).toContain('export interface PairsT {\n  left?: unknown;\n}');
});

test('the outermost schema fills in, also where an inner one would fill in something else', async () => {
  const types = await typesOf({
    Page,
    User,
    Group: { type: 'object', properties: { users: { $ref: '#/components/schemas/Users' } } },
    Users: pageOf({ $ref: '#/components/schemas/User' }),
    X: pageOf({ $ref: '#/components/schemas/Group' }),
  });
  expect(types).toBe(
    'export interface X {\n  items: XGroup[];\n}\n\nexport interface XGroup {\n  users?: XUsers;\n}\n\n' +
      'export interface XUsers {\n  items: XGroup[];\n}\n',
  );
});

// The tree of JSON Schema 2020-12 (Core, appendix "Using $dynamicRef"), in our words.
const Tree = {
  $id: 'tree',
  $dynamicAnchor: 'node',
  type: 'object',
  properties: { data: {}, children: { type: 'array', items: { $dynamicRef: '#node' } } },
};

test('a tree that is extended has children that are extended', async () => {
  const types = await typesOf({
    Tree,
    X: {
      $id: 'labelled',
      $dynamicAnchor: 'node',
      $ref: 'tree',
      required: ['label'],
      properties: { label: { type: 'string' } },
    },
  });
  expect(types).toBe(
    'export type X = XTree & { label: string };\n\nexport interface XTree {\n  data?: unknown;\n  children?: X[];\n}\n',
  );
});

test('a tree by itself has children of its own kind', async () => {
  expect(await typesOf({ X: Tree })).toBe('export interface X {\n  data?: unknown;\n  children?: X[];\n}\n');
});

test('a closed tree stays closed: what the tree says of its members counts', async () => {
  const { table, at } = await open({
    'openapi.json': schemaDocument({
      Tree,
      X: { $id: 'strict', $dynamicAnchor: 'node', $ref: 'tree', unevaluatedProperties: false },
    }),
  });
  expect(table.convert(at('/components/schemas/X'))).toEqual({
    allOf: [{ $ref: '#/components/schemas/XTree' }],
    unevaluatedProperties: false,
  });
});

test('a $dynamicRef to a plain anchor is a $ref', async () => {
  const types = await typesOf({
    X: { type: 'array', items: { $dynamicRef: '#plain' } },
    Item: { $anchor: 'plain', type: 'string' },
  });
  expect(types).toBe('export type X = Item[];\n\nexport type Item = string;\n');
});

test('every definition keeps its name, whichever is asked for first', async () => {
  const schemas = {
    List,
    Names: listOf('names', { type: 'string' }),
    Numbers: listOf('numbers', { type: 'number' }),
  };
  for (const order of [
    ['Names', 'Numbers', 'List'],
    ['List', 'Numbers', 'Names'],
  ]) {
    const { table, component } = await open({ 'openapi.json': schemaDocument(schemas) });
    expect(order.map((name) => table.named(component(name), ''))).toEqual(order);
  }
});
