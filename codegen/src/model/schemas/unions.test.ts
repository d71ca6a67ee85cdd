import { expect, test } from 'vitest';
import { createSchemaTypes } from '../../emit/schema-types.ts';
import type { NamedSchema } from '../api.ts';
import { open, schemaDocument } from '../schemas.testing.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const kind = (value: unknown, more: object = {}) => ({
  type: 'object',
  required: ['kind'],
  properties: { kind: value, ...more },
});
const dispatch = (...oneOf: unknown[]) => ({
  type: 'object',
  discriminator: { propertyName: 'kind' },
  oneOf,
});
const withKind = (name: string, value: unknown) => ({
  ...ref(name),
  properties: { kind: value },
  required: ['kind'],
});

async function read(schemas: Record<string, unknown>, version?: string) {
  const opened = await open({ 'openapi.json': schemaDocument(schemas, version) });
  opened.table.named(opened.component('X'), '');
  return { ...opened, named: opened.schemas(), types: typesOf(opened.table.all()) };
}

const typesOf = (schemas: readonly NamedSchema[]): string => createSchemaTypes(schemas).declarations();

const A = kind({ const: 'a' });
const B = kind({ enum: ['b', 'c'] });
const open1 = kind({ type: 'string' }, { one: { type: 'string' } });
const open2 = kind({ type: 'string' }, { two: { type: 'string' } });

test.each<[name: string, union: object, others: object, want: unknown]>([
  ['const and enum', { oneOf: [ref('A'), ref('B')] }, { A, B }, dispatch(ref('A'), ref('B'))],
  ['anyOf', { anyOf: [ref('A'), ref('B')] }, { A, B }, dispatch(ref('A'), ref('B'))],
  [
    'the names of the schemas',
    { oneOf: [ref('cat'), ref('Dog')] },
    { cat: open1, Dog: open2 },
    dispatch(withKind('Cat', { const: 'cat' }), withKind('Dog', { const: 'Dog' })),
  ],
  [
    'a mapping with two values for one schema',
    {
      oneOf: [ref('Cat'), ref('Dog')],
      mapping: { tom: 'Cat', lion: '#/components/schemas/Cat', rex: 'Dog' },
    },
    { Cat: open1, Dog: open2 },
    dispatch(withKind('Cat', { enum: ['tom', 'lion'] }), withKind('Dog', { const: 'rex' })),
  ],
  [
    'one enumeration in all branches and a mapping',
    { oneOf: [ref('Cat'), ref('Dog')], mapping: { a: 'Cat', b: 'Dog' } },
    { Cat: kind({ enum: ['a', 'b'] }), Dog: kind({ enum: ['a', 'b'] }) },
    dispatch(withKind('Cat', { const: 'a' }), withKind('Dog', { const: 'b' })),
  ],
  [
    'one enumeration in all branches and their names',
    { oneOf: [ref('Cat'), ref('Dog')] },
    { Cat: kind({ enum: ['Cat', 'Dog'] }), Dog: kind({ enum: ['Cat', 'Dog'] }) },
    dispatch(withKind('Cat', { const: 'Cat' }), withKind('Dog', { const: 'Dog' })),
  ],
  [
    'a union within the union',
    { oneOf: [ref('A'), ref('Rest')] },
    { A, B, D: kind({ const: 'd' }), Rest: { oneOf: [ref('B'), ref('D')] } },
    dispatch(ref('A'), ref('B'), ref('D')),
  ],
  [
    'a union within the union that its own mapping tells apart',
    { oneOf: [ref('A'), ref('Rest')] },
    {
      A,
      Cat: open1,
      Dog: open2,
      Rest: {
        oneOf: [ref('Cat'), ref('Dog')],
        discriminator: { propertyName: 'kind', mapping: { c: 'Cat', d: 'Dog' } },
      },
    },
    dispatch(ref('A'), withKind('Cat', { const: 'c' }), withKind('Dog', { const: 'd' })),
  ],
  [
    'a value that allOf says',
    { oneOf: [ref('A'), ref('Dog')] },
    { A, Base: open1, Dog: { allOf: [ref('Base'), { properties: { kind: { const: 'dog' } } }] } },
    dispatch(ref('A'), withKind('Dog', { const: 'dog' })),
  ],
  [
    'null beside the others',
    { oneOf: [ref('A'), ref('B'), { type: 'null' }] },
    { A, B },
    { anyOf: [dispatch(ref('A'), ref('B')), { type: 'null' }] },
  ],
  ['branches that are written out', { oneOf: [A, B] }, {}, dispatch(A, B)],
])(
  'a union is told apart by %s',
  async (_name, { mapping, ...union }: { mapping?: object }, others, want) => {
    const X = { ...union, discriminator: { propertyName: 'kind', ...(mapping && { mapping }) } };
    const { named, problems } = await read({ X, ...others });
    expect(named.X).toEqual(want);
    expect(problems()).toEqual([]);
  },
);

test.each<[name: string, others: object]>([
  ['lacks the property', { A, B: { type: 'object', properties: { kind: { const: 'b' } } } }],
  ['says the same', { A, B: A }],
  ['is no object', { A, B: { type: 'array', items: ref('A') } }],
  ['may be null', { A, B: { ...B, type: ['object', 'null'] } }],
  ['says numbers', { A, B: kind({ enum: [1] }) }],
])('a union of which one branch %s is tried branch by branch, without a word', async (_name, others) => {
  const { named, problems } = await read({
    X: { oneOf: [ref('A'), ref('B')], discriminator: { propertyName: 'kind' } },
    ...others,
  });
  expect(named.X).toEqual({ oneOf: [ref('A'), ref('B')] });
  expect(problems()).toEqual([]);
});

test('the types of branches that do not say their value narrow all the same', async () => {
  const { types } = await read({
    X: { oneOf: [ref('Cat'), ref('Dog')], discriminator: { propertyName: 'kind', mapping: { c: 'Cat' } } },
    Cat: open1,
    Dog: { allOf: [ref('Cat'), kind({ const: 'dog' })] },
  });
  expect(types).toContain("export type X = (Cat & { kind: 'c' }) | Dog;");
});

test('any other value goes to the default of the mapping', async () => {
  const { named, types } = await read(
    {
      X: { oneOf: [ref('A')], discriminator: { propertyName: 'kind', defaultMapping: 'Other' } },
      A,
      Other: { type: 'object', properties: { kind: { type: 'string' } } },
    },
    '3.2.0',
  );
  const known = { type: 'object', properties: { kind: { enum: ['a'] } }, required: ['kind'] };
  expect(named.X).toEqual({ anyOf: [dispatch(ref('A')), { allOf: [ref('Other'), { not: known }] }] });
  expect(types).toContain('export type X = A | Other;');
});

test.each([
  ['names no schema', { x: 'Nope' }, /error: There is no schema Nope in components.schemas.$/],
  ['names a schema that is no branch', { x: 'C' }, /warning: C is no branch of the union/],
  ['contradicts its branch', { x: 'A' }, /error: A says another value for kind than x.$/],
])('a mapping that %s is a finding', async (_name, mapping, finding) => {
  const { problems } = await read({
    X: { oneOf: [ref('A'), ref('B')], discriminator: { propertyName: 'kind', mapping } },
    A,
    B,
    C: A,
  });
  expect(problems()).toContainEqual(expect.stringMatching(finding));
});

const Pet = {
  type: 'object',
  required: ['kind'],
  properties: { kind: { type: 'string' }, name: { type: 'string' } },
  discriminator: { propertyName: 'kind' },
};
const Cat = { allOf: [ref('Pet'), { type: 'object', properties: { lives: { type: 'integer' } } }] };
const Dog = { allOf: [ref('Pet'), { type: 'object', properties: { bark: { type: 'string' } } }] };
const X = { type: 'object', properties: { pet: ref('Pet') } };
const { discriminator: _, ...PetBase } = Pet;

test('a parent that its children extend stands for one of them', async () => {
  const { named, types, problems } = await read({ X, Pet, Cat, Dog }, '3.0.3');
  expect(named).toMatchObject({
    X: { properties: { pet: ref('Pet') } },
    Pet: dispatch(withKind('Cat', { const: 'Cat' }), withKind('Dog', { const: 'Dog' })),
    PetBase,
    Cat: { allOf: [ref('PetBase'), { properties: { lives: { type: 'integer' } } }] },
  });
  expect(types).toContain('export type Cat = PetBase & { lives?: number };');
  expect(problems()).toEqual([]);
});

test('a mapping names the kinds of a parent, the parent itself among them', async () => {
  const mapping = { pet: 'Pet', tom: '#/components/schemas/Cat' };
  const { named } = await read(
    { X, Pet: { ...Pet, discriminator: { propertyName: 'kind', mapping } }, Cat, Dog },
    '3.0.3',
  );
  expect(named.Pet).toEqual(
    dispatch(
      withKind('PetBase', { const: 'pet' }),
      withKind('Cat', { const: 'tom' }),
      withKind('Dog', { const: 'Dog' }),
    ),
  );
});

test('grandchildren are kinds too', async () => {
  const { named } = await read({
    X,
    Pet,
    Cat: { ...Cat, discriminator: { propertyName: 'kind' } },
    Lion: { allOf: [ref('Cat'), { properties: { mane: { type: 'boolean' } } }] },
  });
  expect(named.Pet).toEqual(
    dispatch(withKind('CatBase', { const: 'Cat' }), withKind('Lion', { const: 'Lion' })),
  );
  expect(named.Lion).toMatchObject({ allOf: [ref('CatBase'), {}] });
});

test('kinds without a required property are any of them, or what they have in common', async () => {
  const { named } = await read({ X, Pet: { ...Pet, required: [] }, Cat, Dog });
  expect(named.Pet).toEqual({ anyOf: [ref('Cat'), ref('Dog'), ref('PetBase')] });
});

test('a parent that lists children which extend it is no circle', async () => {
  const { named } = await read({ X, Pet: { ...Pet, oneOf: [ref('Cat'), ref('Dog')] }, Cat, Dog });
  expect(named.Pet).toMatchObject(
    dispatch(withKind('Cat', { const: 'Cat' }), withKind('Dog', { const: 'Dog' })),
  );
  expect(named.PetBase).toEqual(PetBase);
});

test('an allOf around a property refers to the kinds, not to what they have in common', async () => {
  const { named } = await read({
    X: { type: 'object', properties: { pet: { allOf: [ref('Pet')] } } },
    Pet,
    Cat,
  });
  expect(named.X).toMatchObject({ properties: { pet: { allOf: [ref('Pet')] } } });
});

test('a discriminator of nothing is named and left out', async () => {
  const { named, problems } = await read({ X: Pet });
  expect(named.X).toEqual(PetBase);
  expect(problems()).toEqual([expect.stringMatching(/warning: This discriminator tells nothing apart\./)]);
});

test('a discriminator within allOf, whose kinds extend the schema around it, is named and left out', async () => {
  const discriminator = { propertyName: 'kind', mapping: { a: '#/components/schemas/Lion' } };
  const { named, problems } = await read({
    X: { allOf: [ref('A'), { ...open1, discriminator }] },
    A: open2,
    Lion: { allOf: [ref('X'), { type: 'object', properties: { mane: { type: 'string' } } }] },
  });
  expect(named.X).toEqual({ allOf: [ref('A'), open1] });
  expect(problems()).toEqual([expect.stringMatching(/warning: This discriminator is not followed: /)]);
});
