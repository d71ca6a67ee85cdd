import fc from 'fast-check';
import { expect, test } from 'vitest';
import { convertAll, open, schemaDocument } from '../schemas.testing.ts';

const user = { type: 'object', properties: { name: { type: 'string' } } };

const convert = async (schema: unknown, version: string): Promise<unknown> =>
  (await convertAll({ X: schema, User: user }, version, ['X'])).X;

test.each<[name: string, old: unknown, today: unknown]>([
  ['a nullable type', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
  [
    'a nullable enumeration',
    { type: 'string', enum: ['a'], nullable: true },
    { type: ['string', 'null'], enum: ['a', null] },
  ],
  [
    'a nullable reference',
    { allOf: [{ $ref: '#/components/schemas/User' }], nullable: true, description: 'Who.' },
    { description: 'Who.', anyOf: [{ allOf: [{ $ref: '#/components/schemas/User' }] }, { type: 'null' }] },
  ],
  [
    'a nullable union',
    { oneOf: [{ type: 'string' }, { type: 'integer' }], nullable: true },
    { anyOf: [{ oneOf: [{ type: 'string' }, { type: 'integer' }] }, { type: 'null' }] },
  ],
  ['nullable: false', { type: 'string', nullable: false }, { type: 'string' }],
  [
    'exclusive bounds',
    { type: 'number', minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: true },
    { type: 'number', exclusiveMinimum: 1, exclusiveMaximum: 9 },
  ],
  [
    'bounds that are not exclusive',
    { type: 'number', minimum: 1, exclusiveMinimum: false },
    { type: 'number', minimum: 1 },
  ],
  [
    'a reference with more beside it, which does not count',
    { $ref: '#/components/schemas/User', required: ['name'], description: 'Who.' },
    { $ref: '#/components/schemas/User', description: 'Who.' },
  ],
  ['an example', { type: 'string', example: { $ref: 'nowhere' } }, { type: 'string' }],
])('%s of OpenAPI 3.0 is said as in 3.1', async (_name, old, today) => {
  expect(await convert(old, '3.0.3')).toEqual(await convert(today, '3.1.0'));
});

/** Schemas of OpenAPI 3.0 together with the same in 3.1. */
type Pair = readonly [old: object, today: object];

const { both } = fc.letrec<{ both: Pair; leaf: Pair }>((tie) => ({
  leaf: fc
    .record({ type: fc.constantFrom('string', 'integer', 'boolean'), nullable: fc.boolean() })
    .map(
      ({ type, nullable }): Pair => [
        { type, ...(nullable && { nullable }) },
        { type: nullable ? [type, 'null'] : type },
      ],
    ),
  both: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('leaf'),
    fc
      .tuple(fc.dictionary(fc.constantFrom('a', 'b', 'nullable'), tie('both'), { maxKeys: 3 }), fc.boolean())
      .map(([members, nullable]): Pair => {
        const pick = (index: 0 | 1) =>
          Object.fromEntries(Object.entries(members).map(([name, pair]) => [name, pair[index]]));
        return [
          { type: 'object', properties: pick(0), ...(nullable && { nullable }) },
          { type: nullable ? ['object', 'null'] : 'object', properties: pick(1) },
        ];
      }),
    tie('both').map(
      ([old, today]): Pair => [
        { type: 'array', items: old, nullable: true },
        { type: ['array', 'null'], items: today },
      ],
    ),
  ),
}));

test('whatever is nullable in 3.0 reads as its spelling in 3.1', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(both, { minLength: 1, maxLength: 20 }), async (pairs) => {
      const [old, today] = [0, 1].map((index) =>
        Object.fromEntries(pairs.map((pair, name) => [`X${name}`, pair[index]])),
      );
      expect(await convertAll(old ?? {}, '3.0.3')).toEqual(await convertAll(today ?? {}, '3.1.0'));
    }),
    { numRuns: 25 },
  );
});

test.each<[name: string, old: unknown, today: unknown]>([
  [
    'a tuple',
    { items: [{ type: 'string' }], additionalItems: false },
    { prefixItems: [{ type: 'string' }], items: false },
  ],
  ['definitions', { definitions: { A: { type: 'string' } } }, {}],
  [
    'dependencies',
    { dependencies: { a: ['b'], c: { required: ['d'] } } },
    { dependentRequired: { a: ['b'] }, dependentSchemas: { c: { required: ['d'] } } },
  ],
])('%s of draft 7 is said as in 2020-12', async (_name, old, today) => {
  expect(await convert(old, '3.1.0')).toEqual(today);
});

test('nullable beyond OpenAPI 3.0 is honoured, with a warning', async () => {
  const opened = await open({
    'openapi.json': schemaDocument({
      X: { type: 'string', nullable: true },
      Y: { nullable: true, enum: ['a'] },
    }),
  });
  for (const name of ['X', 'Y']) opened.table.named(opened.component(name), '');
  expect(opened.schemas()).toEqual({ X: { type: ['string', 'null'] }, Y: { enum: ['a', null] } });
  expect(opened.problems()).toContainEqual(expect.stringContaining('warning: nullable is of OpenAPI 3.0.'));
});

test('an exclusive bound of OpenAPI 3.0 is honoured beyond it, with a warning', async () => {
  const opened = await open({
    'openapi.json': schemaDocument({
      X: { type: 'number', minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false },
    }),
  });
  opened.table.named(opened.component('X'), '');
  expect(opened.schemas()).toEqual({ X: { type: 'number', exclusiveMinimum: 1, maximum: 9 } });
  expect(opened.problems()).toEqual([
    'openapi.json:1 warning: A boolean exclusiveMinimum is of OpenAPI 3.0. It is taken as there: write the number of minimum as exclusiveMinimum.',
    'openapi.json:1 warning: A boolean exclusiveMaximum is of OpenAPI 3.0. It is taken as there: write the number of maximum as exclusiveMaximum.',
  ]);
});

test('what OpenAPI 3.0 ignores beside a reference is named once', async () => {
  const ignoring = { $ref: '#/components/schemas/User', nullable: true };
  const opened = await open({
    'openapi.json': schemaDocument({ X: ignoring, Y: ignoring, User: user }, '3.0.3'),
  });
  for (const name of ['X', 'Y']) opened.table.convert(opened.component(name));
  expect(opened.problems()).toEqual([
    'openapi.json:1 warning: OpenAPI 3.0 ignores nullable beside a $ref. Write allOf: [{ $ref }] with nullable beside it.',
  ]);
});
