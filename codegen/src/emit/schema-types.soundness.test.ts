import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { typeFaults } from '../../test/compile.ts';
import { temporaryFolder } from '../../test/support.ts';
import { open } from '../model/schemas.testing.ts';
import { createSchemaTypes } from './schema-types.ts';

// Whatever a schema allows must fit its type. Ajv says what a schema allows, the compiler what fits.

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A schema, and values that mostly fit it. */
interface Sample {
  readonly schema: object | boolean;
  readonly value: fc.Arbitrary<Json>;
}

const scalars: readonly Sample[] = [
  { schema: { type: 'string' }, value: fc.constantFrom('a', 'b', 'x') },
  { schema: { type: 'integer' }, value: fc.integer({ min: 0, max: 9 }) },
  { schema: { type: ['boolean', 'null'] }, value: fc.constantFrom(true, false, null) },
  { schema: { enum: ['a', 1, null] }, value: fc.constantFrom('a', 1, null) },
  { schema: { const: 'b' }, value: fc.constant('b') },
  { schema: { const: { k: [1, 'two'] } }, value: fc.constant({ k: [1, 'two'] }) },
  { schema: {}, value: fc.constantFrom(1, 'a', null) },
];

const NAMES = ['a', 'b', 'c-d'];

function objectOf(
  members: readonly Sample[],
  required: readonly boolean[],
  other: Sample | undefined,
): Sample {
  const named = members.map((member, index) => [NAMES[index] ?? '', member] as const);
  const values = [...named, ...(other ? [['extra', other] as const] : [])];
  const model: Record<string, fc.Arbitrary<Json>> = Object.fromEntries(
    values.map(([name, { value }]) => [name, value]),
  );
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(named.map(([name, { schema }]) => [name, schema])),
      required: NAMES.slice(0, members.length).filter((_, index) => required[index]),
      ...(other && { additionalProperties: other.schema }),
    },
    value: fc.record(model, { requiredKeys: [] }).map(withoutHoles),
  };
}

const withoutHoles = (value: Readonly<Record<string, Json | undefined>>): Json =>
  Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, member]])),
  );

const merge = (values: readonly Json[]): Json =>
  values.every((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
    ? Object.assign({}, ...values)
    : (values[0] ?? null);

const { sample } = fc.letrec<{ sample: Sample; object: Sample }>((tie) => ({
  object: fc
    .tuple(
      fc.array(tie('sample'), { maxLength: 3 }),
      fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
      fc.option(tie('sample'), { nil: undefined, freq: 3 }),
    )
    .map(([members, required, other]) => objectOf(members, required, other)),
  sample: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'sample' },
    fc.constantFrom(...scalars),
    tie('object'),
    tie('sample').map(
      ({ schema, value }): Sample => ({
        schema: { type: 'array', items: schema },
        value: fc.array(value, { maxLength: 2 }),
      }),
    ),
    fc.tuple(tie('sample'), tie('sample'), fc.nat(2), fc.boolean()).map(
      ([first, second, minItems, isClosed]): Sample => ({
        schema: {
          type: 'array',
          prefixItems: [first.schema, second.schema],
          minItems,
          ...(isClosed && { items: false }),
        },
        value: fc.oneof(
          fc.tuple(first.value, second.value),
          fc.tuple(first.value),
          fc.constant<Json[]>([]),
          fc.tuple(first.value, second.value, fc.constant('more')),
        ),
      }),
    ),
    fc.tuple(fc.constantFrom('anyOf', 'oneOf'), tie('sample'), tie('sample')).map(
      ([keyword, a, b]): Sample => ({
        schema: { [keyword]: [a.schema, b.schema] },
        value: fc.oneof(a.value, b.value),
      }),
    ),
    fc.tuple(tie('object'), tie('object')).map(
      ([a, b]): Sample => ({
        schema: { allOf: [a.schema, b.schema] },
        value: fc.tuple(a.value, b.value).map(merge),
      }),
    ),
    fc.tuple(tie('object'), fc.subarray(NAMES)).map(
      ([a, required]): Sample => ({
        schema: { ...Object(a.schema), anyOf: [{ required }, { required: ['b'] }] },
        value: a.value,
      }),
    ),
  ),
}));

/** Takes a value as it is: neither widened nor refused for members that the type leaves open. */
const FITS = 'const fits = <T>() => <const V extends T>(value: V): V => value;\n';

test('a value that a schema allows fits the type of the schema', { timeout: 60_000 }, async () => {
  const samples = fc.sample(sample, { numRuns: 300, seed: 20261120 });
  const ajv = new Ajv2020({ strict: false });
  const accepted = samples.map(({ schema, value }) => {
    const accepts = ajv.compile(schema);
    return fc.sample(value, { numRuns: 6, seed: 1 }).filter((each) => accepts(each));
  });
  const schemas = Object.fromEntries(samples.map(({ schema }, index) => [`X${index}`, schema]));
  const { table, at } = await open({ 'schemas.json': JSON.stringify({ $defs: schemas }) });
  for (const name of Object.keys(schemas)) table.named(at(`/$defs/${name}`), '');
  const values = accepted.flatMap((each, index) =>
    each.map((value) => `fits<X${index}>()(${JSON.stringify(value)});\n`),
  );
  expect(values.length).toBeGreaterThan(500);
  const types = createSchemaTypes(table.all()).declarations();
  const folder = await temporaryFolder({ 'types.ts': `${types}\n${FITS}${values.join('')}` });
  expect(typeFaults([join(folder, 'types.ts')])).toEqual([]);
});
