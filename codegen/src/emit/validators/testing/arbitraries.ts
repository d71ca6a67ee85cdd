import fc from 'fast-check';
import { isObject } from '../../../json.ts';
import type { Schema, SchemaObject } from '../../../model/api.ts';
import { part, parts, partsByName } from '../schemas.ts';

/** Few names and values, so that schemas and instances meet. */
const NAMES = ['a', 'b', 'c', 'constructor', 'x/y', 'p~q', 'two words'];
const TEXTS = ['', 'a', 'ab', 'abc', 'b', '\u{1F600}', '\u{1F600}a'];
const NUMBERS = [0, 1, 2, 3, -1, 1.5, 2.5];
const PATTERNS = ['^a', 'b$', '^.{1,2}$', '[/~]'];

const name = fc.constantFrom(...NAMES);
const primitive = fc.constantFrom<unknown>(null, true, false, ...NUMBERS, ...TEXTS);
const number = fc.constantFrom(...NUMBERS);
const limit = fc.nat({ max: 3 });

const dictionary = <T>(key: fc.Arbitrary<string>, member: fc.Arbitrary<T>, maxKeys: number) =>
  fc.dictionary(key, member, { maxKeys, noNullPrototype: true });

/** Ajv compares members called `constructor` by identity. */
const withPlainConstructor = (object: Readonly<Record<string, unknown>>): object =>
  typeof object.constructor === 'object' ? { ...object, constructor: 1 } : object;

/** Any small JSON value. */
const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    primitive,
    fc.array(tie('value'), { maxLength: 3 }),
    dictionary(name, tie('value'), 4).map(withPlainConstructor),
  ),
})).value;

/** An object with any of some members. */
const optional = (model: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> =>
  fc.record(model, { requiredKeys: [], noNullPrototype: true });

/** A schema with or without its type: without, its keywords apply to values of that type only. */
const typed = (type: string, keywords: fc.Arbitrary<object>): fc.Arbitrary<SchemaObject> =>
  fc.oneof(
    { weight: 4, arbitrary: keywords.map((rest) => ({ type, ...rest })) },
    { weight: 1, arbitrary: keywords.map((rest) => ({ ...rest })) },
    { weight: 1, arbitrary: keywords.map((rest) => ({ type: [type, 'null'], ...rest })) },
  );

const text = typed(
  'string',
  optional({ minLength: limit, maxLength: limit, pattern: fc.constantFrom(...PATTERNS) }),
);

const numeric = fc.constantFrom('number', 'integer').chain((type) =>
  typed(
    type,
    optional({
      minimum: number,
      maximum: number,
      exclusiveMinimum: number,
      exclusiveMaximum: number,
      multipleOf: fc.constantFrom(1, 2, 0.5),
    }),
  ),
);

const distinct = (item: fc.Arbitrary<unknown>) =>
  fc.uniqueArray(item, { minLength: 1, maxLength: 6, selector: (member) => JSON.stringify(member) });

const constant = fc.oneof(
  value.map((item) => ({ const: item })),
  distinct(value).map((list) => ({ enum: list })),
  distinct(fc.constantFrom(...TEXTS)).map((list) => ({ type: 'string', enum: list })),
);

const list = (schema: fc.Arbitrary<Schema>): fc.Arbitrary<SchemaObject> =>
  fc.oneof(
    typed(
      'array',
      optional({
        items: schema,
        prefixItems: fc.array(schema, { minLength: 1, maxLength: 2 }),
        maxItems: limit,
      }),
    ),
    // Not beside `items`: of items with a wrong type Ajv does not say that they are repeated.
    typed('array', optional({ minItems: limit, uniqueItems: fc.boolean() })),
  );

const holder = (schema: fc.Arbitrary<Schema>): fc.Arbitrary<SchemaObject> =>
  fc
    .tuple(schema, fc.nat({ max: 2 }), fc.option(fc.nat({ max: 1 }), { nil: undefined }))
    .map(([contains, minContains, more]) => ({
      contains,
      minContains,
      ...(more !== undefined && { maxContains: minContains + more }),
    }));

const members = (inside: fc.Arbitrary<Schema>, same: fc.Arbitrary<Schema>): fc.Arbitrary<SchemaObject> =>
  typed(
    'object',
    optional({
      properties: dictionary(name, inside, 3),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      additionalProperties: inside,
      patternProperties: dictionary(fc.constantFrom(...PATTERNS), inside, 2),
      propertyNames: text,
      minProperties: limit,
      maxProperties: limit,
      dependentRequired: dictionary(name, fc.uniqueArray(name, { minLength: 1, maxLength: 2 }), 2),
      dependentSchemas: dictionary(name, same, 2),
    }),
  );

const combined = (schema: fc.Arbitrary<Schema>): fc.Arbitrary<SchemaObject> => {
  const branches = fc.array(schema, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    branches.map((allOf) => ({ allOf })),
    branches.map((anyOf) => ({ anyOf })),
    branches.map((oneOf) => ({ oneOf })),
    schema.map((not) => ({ not })),
    fc
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
      .tuple(schema, optional({ then: schema, else: schema }))
      .map(([condition, clauses]) => ({ if: condition, ...clauses })),
  );
};

/** Objects told apart by `kind`, with or without the keyword that says so. */
const union = (schema: fc.Arbitrary<Schema>): fc.Arbitrary<SchemaObject> =>
  fc
    .tuple(
      fc.array(schema, { minLength: 2, maxLength: 3 }),
      fc.constantFrom('discriminator', 'oneOf', 'anyOf'),
    )
    .map(([inner, how]) => {
      const kinds = inner.map((child, index) => ({
        type: 'object',
        properties: { kind: { const: TEXTS[index + 1] }, a: child },
        required: ['kind'],
      }));
      if (how !== 'discriminator') return { [how]: kinds };
      return { type: 'object', discriminator: { propertyName: 'kind' }, oneOf: kinds };
    });

/** Sometimes adds a keyword about what the others have not evaluated. */
const withUnevaluated = (schema: fc.Arbitrary<SchemaObject>): fc.Arbitrary<SchemaObject> =>
  fc
    .tuple(
      schema,
      fc.constantFrom('unevaluatedProperties', 'unevaluatedItems'),
      fc.oneof(fc.boolean(), text, numeric),
    )
    .map(([child, keyword, unevaluated]) => ({ ...child, [keyword]: unevaluated }));

/** The names of schemas that others refer to. A schema may contain itself only in a member or an item. */
const DEFINITIONS = ['First', 'Second'];

/**
 * What of the language schemas are made of. `common` leaves out what Ajv gets wrong: unevaluated keywords
 * in unions, and `contains` in loops, where an empty array is taken for one that holds what the last one held.
 */
export type Language = 'common' | 'whole';

/** Schemas that refer to `inPlace` where they stand, and to any definition further inside. */
function schema(language: Language, depth: number, inPlace: readonly string[]): fc.Arbitrary<Schema> {
  const references = inPlace.map((target) => fc.constant({ $ref: `#/components/schemas/${target}` }));
  const leaves = [fc.boolean(), text, numeric, constant, ...references];
  if (depth === 0) return fc.oneof(...leaves);
  const same = schema(language, depth - 1, inPlace);
  const inside = schema(language, depth - 1, DEFINITIONS);
  const nodes = [
    members(inside, same),
    list(inside),
    combined(same),
    union(inside),
    // Several of these at once.
    fc.tuple(members(inside, same), combined(same)).map(([a, b]) => ({ ...a, ...b })),
    fc.tuple(list(inside), combined(same)).map(([a, b]) => ({ ...a, ...b })),
  ];
  if (language === 'common') return fc.oneof(...leaves, ...nodes, ...nodes);
  const whole = [...nodes, holder(same)];
  return fc.oneof(...leaves, ...whole, withUnevaluated(fc.oneof(...whole)), withUnevaluated(combined(same)));
}

export type Schemas = Readonly<Record<string, Schema>>;

/** A schema `Root`, with others that it may refer to. */
export function schemas(language: Language): fc.Arbitrary<Schemas> {
  const root = schema(language, 2, DEFINITIONS);
  return fc.record(
    {
      Root:
        language === 'common'
          ? fc.oneof({ weight: 9, arbitrary: root }, holder(fc.oneof(text, numeric)))
          : root,
      First: schema(language, 1, []),
      Second: schema(language, 1, ['First']),
    },
    { noNullPrototype: true },
  );
}

/** Values of which many are valid, and the others nearly so. */
export function nearValue(all: Schemas, of: Schema = all.Root ?? true, depth = 4): fc.Arbitrary<unknown> {
  if (!isObject(of) || depth === 0) return value;
  const near = (child: Schema | undefined): fc.Arbitrary<unknown> =>
    child === undefined ? value : nearValue(all, child, depth - 1);
  const hints: fc.Arbitrary<unknown>[] = [];
  if (typeof of.$ref === 'string') hints.push(near(all[of.$ref.replace('#/components/schemas/', '')]));
  if (of.const !== undefined) hints.push(fc.constant(of.const));
  if (Array.isArray(of.enum)) hints.push(fc.constantFrom(...of.enum));
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    const children = parts(of, keyword);
    if (children.length > 0) hints.push(fc.oneof(...children.map(near)));
  }
  for (const keyword of ['if', 'then', 'else']) {
    const child = part(of, keyword);
    if (child !== undefined) hints.push(near(child));
  }
  const properties = partsByName(of, 'properties');
  if (of.type === 'object' || properties.length > 0) hints.push(nearObject(of, properties, near));
  const items = part(of, 'items') ?? part(of, 'contains');
  if (of.type === 'array' || items !== undefined) hints.push(fc.array(near(items), { maxLength: 3 }));
  return fc.oneof({ weight: 1, arbitrary: value }, ...hints.map((arbitrary) => ({ weight: 4, arbitrary })));
}

function nearObject(
  of: SchemaObject,
  properties: readonly (readonly [string, Schema])[],
  near: (child: Schema | undefined) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const known = Object.fromEntries(properties.map(([key, child]) => [key, near(child)]));
  const others = dictionary(name, near(part(of, 'additionalProperties')), 2);
  const own = fc.record(known, { requiredKeys: Object.keys(known).slice(0, 2), noNullPrototype: true });
  return fc.tuple(others, own).map(([more, mine]) => withPlainConstructor({ ...more, ...mine }));
}

/** Schemas, with values for `Root`. */
export const cases = (language: Language): fc.Arbitrary<readonly [Schemas, readonly unknown[]]> =>
  schemas(language).chain((all) =>
    fc.tuple(fc.constant(all), fc.array(nearValue(all), { minLength: 1, maxLength: 12 })),
  );
