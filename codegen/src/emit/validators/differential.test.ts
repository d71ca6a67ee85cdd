import type { SchemaError, Validator } from '@flowwire/contract';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Schema } from '../../model/api.ts';
import { cases, type Schemas } from './testing/arbitraries.ts';
import { compile, compileOne, errorsOf } from './testing/compile.ts';
import { isValid } from './testing/reference.ts';

const RUNS = 150;
const TIMEOUT = { timeout: 120_000 };

/** Ajv as another opinion. It is no dependency of what we generate. */
function ajvOf(all: Schemas): Validator<unknown> {
  const ajv = new Ajv2020({
    strict: false,
    strictNumbers: true,
    allErrors: true,
    discriminator: true,
    ownProperties: true,
    validateSchema: false,
    logger: false,
  });
  // Not among these schemas; with it Ajv's code for patternProperties in unions throws.
  ajv.opts.unevaluated = false;
  const copies: Schemas = JSON.parse(JSON.stringify(all).replaceAll('#/components/schemas/', ''));
  for (const [name, schema] of Object.entries(copies)) ajv.addSchema(schema, name);
  const validate = ajv.getSchema('Root');
  if (!validate) throw new Error('Ajv has no Root.');
  // Sound: a schema without $async compiles to a function that answers a boolean.
  return validate as Validator<unknown>;
}

test('a server finds what Ajv finds', TIMEOUT, () => {
  fc.assert(
    fc.property(cases('common'), ([all, values]) => {
      const ours = compile(all, 'server')('Root');
      const ajv = ajvOf(all);
      for (const value of values) {
        expect({ value, errors: errorsOf(ours, value) }).toEqual({ value, errors: errorsOf(ajv, value) });
      }
    }),
    { numRuns: RUNS },
  );
});

test('servers and clients accept what the specification accepts', TIMEOUT, () => {
  fc.assert(
    fc.property(cases('whole'), ([all, values]) => {
      const server = compile(all, 'server')('Root');
      const client = compile(all, 'client')('Root');
      for (const value of values) {
        const expected = isValid(all, all.Root ?? true, value);
        expect({ value, server: server(value), client: client(value) }).toEqual({
          value,
          server: expected,
          client: expected,
        });
      }
    }),
    { numRuns: RUNS },
  );
});

const invalid: readonly (readonly [Schema, unknown])[] = [
  [false, 1],
  [{ type: 'string' }, 1],
  [{ type: ['string', 'null'] }, 1],
  [{ const: 'a' }, 'b'],
  [{ const: { a: [1] } }, {}],
  [{ enum: ['a', { b: 1 }] }, 1],
  [{ minimum: 1 }, 0],
  [{ exclusiveMinimum: 1 }, 1],
  [{ maximum: 1 }, 2],
  [{ exclusiveMaximum: 1 }, 1],
  [{ multipleOf: 2 }, 3],
  [{ minLength: 2 }, 'a'],
  [{ maxLength: 1 }, 'ab'],
  [{ pattern: '^a/b$' }, 'a'],
  [{ minItems: 1 }, []],
  [{ maxItems: 0 }, [1]],
  [{ prefixItems: [true], items: false }, [1, 2]],
  [{ items: { type: 'string' } }, ['a', 1]],
  [{ uniqueItems: true }, [1, 2, 1]],
  [{ contains: { type: 'string' } }, [1]],
  [{ contains: { type: 'string' }, minContains: 1, maxContains: 1 }, ['a', 'b']],
  [{ minProperties: 1 }, {}],
  [{ maxProperties: 0 }, { a: 1 }],
  [{ required: ['a', "b'c"] }, {}],
  [{ additionalProperties: false }, { 'a/b~c': 1 }],
  [{ additionalProperties: { type: 'string' } }, { 'a/b~c': 1 }],
  [{ properties: { 'a/b~c`${x}': false } }, { 'a/b~c`${x}': 1 }],
  [{ patternProperties: { '^a': { type: 'string' } } }, { ab: 1, b: 1 }],
  [{ propertyNames: { maxLength: 1 } }, { ab: 1 }],
  [{ dependentRequired: { a: ['b', 'c'] } }, { a: 1 }],
  [{ dependentRequired: { a: ['b'] } }, { a: 1 }],
  [{ dependentSchemas: { a: { required: ['b'] } } }, { a: 1 }],
  [{ allOf: [{ type: 'string' }, { minimum: 3 }] }, 1],
  [{ anyOf: [{ type: 'string' }, { type: 'object', required: ['a'] }] }, {}],
  [{ oneOf: [{ type: 'string' }, { type: 'object', required: ['a'] }] }, {}],
  [{ oneOf: [{ minimum: 1 }, { minimum: 5 }, { minimum: 3 }] }, 4],
  [{ not: { type: 'number' } }, 1],
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  [{ if: true, then: { type: 'string' } }, 1],
  [{ if: false, else: { type: 'string' } }, 1],
];

const withoutSchemaPath = ({ instancePath, keyword, params, message }: SchemaError): SchemaError => ({
  instancePath,
  keyword,
  params,
  ...(message !== undefined && { message }),
});

test.each(invalid)('the errors of %j for %j are worded as Ajv words them', (schema, value) => {
  const ours = compileOne(schema);
  const ajv = ajvOf({ Root: schema });
  expect([ours(value), ajv(value)]).toEqual([false, false]);
  const expected = (ajv.errors ?? []).map(withoutSchemaPath);
  expect(ours.errors).toHaveLength(expected.length);
  expect(ours.errors).toEqual(expect.arrayContaining(expected));
});
