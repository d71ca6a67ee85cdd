import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Schema } from '../../model/api.ts';
import { TEXT_FORMATS } from './formats.ts';
import { textLike } from './pattern.ts';
import { createRandom } from './random.ts';
import { createValues } from './values.ts';

const createAjv = () =>
  new Ajv2020({
    strict: false,
    discriminator: true,
    allErrors: true,
    ownProperties: true,
    formats: fullFormats,
    logger: false,
  });

/** Makes a value of a schema as the mock does, judged by an independent validator. */
function made(schema: Schema, definitions: Readonly<Record<string, Schema>> = {}, seed = 1) {
  const whole = typeof schema === 'boolean' ? schema : { ...schema, components: { schemas: definitions } };
  const validate = createAjv().compile(whole);
  const named = Object.entries(definitions).map(([name, definition]) => ({ name, schema: definition }));
  return createValues(named, seed).of({ schema, place: undefined }, Object.assign(validate, {}), 'test');
}

const scalars = (): fc.Arbitrary<Schema> =>
  fc.oneof(
    fc.constantFrom<Schema>({ type: 'boolean' }, { type: 'null' }, { type: 'string' }, true),
    fc.record({ type: fc.constant('string'), format: fc.constantFrom(...Object.keys(fullFormats)) }),
    fc.tuple(fc.nat(30), fc.nat(30)).map(([a, b]) => ({
      type: 'string',
      minLength: Math.min(a, b),
      maxLength: Math.max(a, b),
    })),
    fc
      .constantFrom(
        '^[a-z]{3,8}$',
        '^v\\d+$',
        '^(wf|run)_[\\w-]{4,}$',
        '^[^\\s]+@x$',
        '\\p{Lu}',
        '^#[0-9a-f]{6}$',
      )
      .map((pattern) => ({ type: 'string', pattern })),
    fc
      .tuple(fc.integer({ min: -50, max: 50 }), fc.nat(40), fc.constantFrom('integer', 'number'))
      .map(([minimum, size, type]) => ({ type, minimum, maximum: minimum + size })),
    fc
      .constantFrom(0.1, 0.25, 3, 7)
      .map((multipleOf) => ({ type: 'number', multipleOf, exclusiveMinimum: -1, maximum: 100 })),
    fc.uniqueArray(fc.oneof(fc.integer(), fc.string(), fc.boolean()), { minLength: 1 }).map((values) => ({
      enum: values,
    })),
    fc.oneof(fc.string(), fc.integer(), fc.constant({ deep: [1] })).map((value) => ({ const: value })),
  );

const discriminated = (branches: readonly Schema[]): Schema => ({
  type: 'object',
  discriminator: { propertyName: 'kind' },
  oneOf: branches.map((branch, index) => ({
    allOf: [branch],
    type: 'object',
    properties: { kind: { const: `kind-${index}` } },
    required: ['kind'],
  })),
});

/** Schemas that some value suits, and whose parts do not contradict one another. */
const { schema: anySchema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars(),
    fc
      .record({ items: tie('schema'), minItems: fc.nat(3), size: fc.nat(3) })
      .map(({ items, minItems, size }) => ({ type: 'array', items, minItems, maxItems: minItems + size })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((prefixItems) => ({
      type: 'array',
      prefixItems,
      minItems: prefixItems.length,
      items: false,
    })),
    objects(tie('schema')),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.record({ type: fc.constant('object'), additionalProperties: tie('schema'), minProperties: fc.nat(4) }),
    fc.tuple(objects(tie('schema'), 'a'), objects(tie('schema'), 'b')).map((allOf) => ({ allOf })),
    fc.array(objects(tie('schema')), { minLength: 1, maxLength: 3 }).map(discriminated),
  ),
}));

function objects(member: fc.Arbitrary<Schema>, prefix = ''): fc.Arbitrary<Schema> {
  const names = fc.uniqueArray(fc.constantFrom('id', 'name', 'a/b', '~', '__proto__', 'constructor'), {
    maxLength: 4,
  });
  return fc
    .tuple(names, fc.array(member, { minLength: 4, maxLength: 4 }), fc.nat(4))
    .map(([keys, schemas, count]) => ({
      type: 'object',
      properties: Object.fromEntries(keys.map((key, index) => [`${prefix}${key}`, schemas[index] ?? true])),
      required: keys.slice(0, count).map((key) => `${prefix}${key}`),
    }));
}

describe('values made from schemas', () => {
  it('pass the validator of their schema, whatever the schema', () => {
    fc.assert(
      fc.property(anySchema, fc.nat(), (schema, seed) => {
        const { value, errors } = made(schema, {}, seed);
        expect(errors, JSON.stringify(value)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('are the same for the same seed', () => {
    fc.assert(
      fc.property(anySchema, fc.nat(), (schema, seed) => {
        expect(made(schema, {}, seed)).toEqual(made(schema, {}, seed));
      }),
      { numRuns: 50 },
    );
  });

  it('differ with the seed', () => {
    const schema = { type: 'string', format: 'uuid' };
    expect(made(schema, {}, 1).value).not.toEqual(made(schema, {}, 2).value);
  });

  it.each<[string, Schema]>([
    ['two branches that a value may both suit', { oneOf: [{ type: 'integer' }, { type: 'number' }] }],
    [
      'a branch that is not',
      { type: 'integer', minimum: 1, maximum: 9, not: { enum: [1, 2, 3, 5, 6, 7, 8, 9] } },
    ],
    [
      'a unique list of few values',
      { type: 'array', items: { enum: [1, 2, 3] }, minItems: 3, uniqueItems: true },
    ],
    [
      'a list that contains',
      { type: 'array', items: { type: 'integer' }, contains: { minimum: 90 }, minContains: 2, minItems: 4 },
    ],
    [
      'a condition',
      {
        type: 'object',
        properties: { kind: { enum: ['card', 'cash'] }, number: { type: 'string' } },
        required: ['kind'],
        if: { properties: { kind: { const: 'card' } }, required: ['kind'] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
        then: { required: ['number'] },
        else: { properties: { number: false } },
      },
    ],
    ['names by a pattern', { type: 'object', propertyNames: { pattern: '^[A-Z]{3}$' }, minProperties: 3 }],
    [
      'closed maps',
      {
        type: 'object',
        patternProperties: { '^x-[a-z]+$': { type: 'integer' } },
        additionalProperties: false,
        minProperties: 2,
      },
    ],
    [
      'members that need others',
      { type: 'object', properties: { a: true }, required: ['a'], dependentRequired: { a: ['b'], b: ['c'] } },
    ],
    [
      'few members',
      { type: 'object', properties: { a: true, b: true, c: true }, maxProperties: 1, required: ['b'] },
    ],
    [
      'a pattern and a length',
      { type: 'string', pattern: '^[a-z]+(-[a-z]+)*$', minLength: 20, maxLength: 24 },
    ],
    ['common multiples', { type: 'integer', allOf: [{ multipleOf: 4 }, { multipleOf: 6 }], minimum: 30 }],
    ['a long text', { type: 'string', minLength: 400 }],
    ['one character', { type: 'string', minLength: 1, maxLength: 1 }],
    ['a narrow range', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.001 }],
    ['null beside a type', { type: ['string', 'null'], maxLength: 3 }],
    [
      'an intersection of types',
      { allOf: [{ type: ['number', 'string'] }, { type: ['integer', 'object'] }] },
    ],
  ])('suit %s', (_, schema) => {
    for (let seed = 0; seed < 20; seed += 1) expect(made(schema, {}, seed).errors).toEqual([]);
  });

  it('leave a recursive schema by its shortest way', () => {
    const Tree = {
      type: 'object',
      properties: {
        left: { $ref: '#/components/schemas/Tree' },
        kids: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
      },
      required: ['kids'],
    };
    const Expression = {
      oneOf: [
        {
          type: 'object',
          properties: { op: { const: 'not' }, of: { $ref: '#/components/schemas/Expression' } },
          required: ['op', 'of'],
        },
        { type: 'object', properties: { op: { const: 'true' } }, required: ['op'] },
      ],
    };
    for (let seed = 0; seed < 20; seed += 1) {
      expect(made({ $ref: '#/components/schemas/Tree' }, { Tree }, seed).errors).toEqual([]);
      expect(made({ $ref: '#/components/schemas/Expression' }, { Expression }, seed).errors).toEqual([]);
    }
  });

  it('are told from what no value can suit', () => {
    expect(made({ type: 'integer', minimum: 3, maximum: 2 }).errors).not.toEqual([]);
    expect(made(false).errors).not.toEqual([]);
  });

  it('have every member that is declared, but for what has no end', () => {
    const User = {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        boss: { $ref: '#/components/schemas/Endless' },
        tags: { type: 'array' },
      },
    };
    const Endless = {
      type: 'object',
      properties: { next: { $ref: '#/components/schemas/Endless' } },
      required: ['next'],
    };
    const { value } = made({ $ref: '#/components/schemas/User' }, { User, Endless });
    expect(Object.keys(value ?? {})).toEqual(['id', 'tags']);
  });
});

describe('texts', () => {
  it.each(Object.keys(TEXT_FORMATS).filter((name) => name in fullFormats))('have the format %s', (format) => {
    for (let seed = 0; seed < 20; seed += 1)
      expect(made({ type: 'string', format }, {}, seed).errors).toEqual([]);
  });

  it.each([
    '^[A-Z]{2}-\\d{4}$',
    '^(?:v(?<major>\\d+))?x*y+?$',
    '[^a-z]',
    '^\\S+\\s\\w\\W\\D$',
    '^[\\w.+-]+@[a-z]+\\.[a-z]{2,}$',
    '^\\u0041\\x42[\\u{43}]\\t$',
    '^(foo|ba[rz])(,(foo|ba[rz]))*$',
    '^\\p{Lu}\\p{Ll}+ [\\p{L}\\p{N}]$',
    '^\\bword\\b$',
    '^[-a]?[a-]?[\\]]$',
    '^$',
    '^(?=.*[a-z])[a-z]{3}$',
    '^(?!x)[a-w]$',
  ])('match %s', (pattern) => {
    const expression = new RegExp(pattern, 'u');
    for (let seed = 0; seed < 20; seed += 1) {
      const fit = { minLength: 0, test: (text: string) => expression.test(text) };
      expect(textLike(pattern, fit, createRandom(String(seed)))).toMatch(expression);
    }
  });

  it('are not made where a pattern asks for more than is looked for', () => {
    const none = { minLength: 0, test: () => true };
    expect(textLike('^(a)\\1$', none, createRandom(''))).toBeUndefined();
    expect(textLike('(', none, createRandom(''))).toBeUndefined();
  });
});
