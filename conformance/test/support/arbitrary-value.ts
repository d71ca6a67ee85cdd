import fc from 'fast-check';
import {
  isObject,
  propertiesOf,
  requiredOf,
  type SchemaObject,
  type Schemas,
} from '../../src/probes/schema.ts';

const MAX_DEPTH = 4;
const MAX_TEXT = 60;
const MAX_ITEMS = 3;

/** Texts that have broken parsers before. */
const ODD_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1e9',
  'null',
  '__proto__',
  'constructor',
  '../..',
  "' OR 1=1 --",
  '{{ start }}',
  '\u0000',
  '\ud83d',
  '💥',
  'é',
  '%00',
  '<script>',
];

const anyText = fc.oneof(
  fc.constantFrom(...ODD_TEXTS),
  fc.string({ maxLength: MAX_TEXT }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

/** What has nothing to do with any schema. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  fc.constantFrom(null, true, 0, -1, 1.5, 1e308, [], {}),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Mostly values that a schema takes, and now and then anything. `ids` stand in for texts that name things. */
export function arbitraryValue(
  schema: unknown,
  schemas: Schemas,
  ids: readonly string[],
  depth = MAX_DEPTH,
): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 14, arbitrary: fitting(schemas.resolve(schema), schemas, ids, depth) },
    { weight: 1, arbitrary: anything },
  );
}

function fitting(
  schema: SchemaObject,
  schemas: Schemas,
  ids: readonly string[],
  depth: number,
): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const branches = [schema.oneOf, schema.anyOf].find(Array.isArray);
  if (branches && depth > 0)
    return fc.oneof(...branches.map((branch) => arbitraryValue(branch, schemas, ids, depth - 1)));
  const [type] = [schema.type].flat();
  switch (type) {
    case 'string':
      return textOf(schema, ids);
    case 'integer':
      return fc.integer({
        min: Number(schema.minimum ?? -10),
        max: Math.min(Number(schema.maximum ?? 1_000), 2_000_000_000),
      });
    case 'number':
      return fc.double({
        min: Number(schema.minimum ?? -10),
        max: Number(schema.maximum ?? 1_000),
        noNaN: true,
      });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return depth === 0
        ? fc.constant([])
        : fc.array(arbitraryValue(schema.items, schemas, ids, depth - 1), { maxLength: MAX_ITEMS });
    case 'object':
      return objectOf(schema, schemas, ids, depth);
    default:
      return anything;
  }
}

function objectOf(
  schema: SchemaObject,
  schemas: Schemas,
  ids: readonly string[],
  depth: number,
): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(
    propertiesOf(schema).map(([name, property]) => [
      name,
      depth === 0 ? anything : arbitraryValue(property, schemas, ids, depth - 1),
    ]),
  );
  const required = requiredOf(schema).filter((name) => Object.hasOwn(members, name));
  const known = fc.record(members, { requiredKeys: required });
  if (schema.additionalProperties === false || isObject(schema.properties)) return known;
  return fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), anything, { maxKeys: MAX_ITEMS });
}

function textOf(
  { pattern, minLength = 0, maxLength = MAX_TEXT }: SchemaObject,
  ids: readonly string[],
): fc.Arbitrary<string> {
  const isFit = (text: string): boolean =>
    text.length >= Number(minLength) &&
    text.length <= Number(maxLength) &&
    (typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text));
  const fits = [...ids, 'a', 'ab', 'a-b', '1', '12345678', 'node-start::1', 'v1.2', '0 3 * * *'].filter(
    isFit,
  );
  const some = fits.length > 0 ? fc.constantFrom(...fits) : fc.constant('a');
  return fc.oneof({ weight: 3, arbitrary: some }, { weight: 1, arbitrary: anyText });
}
