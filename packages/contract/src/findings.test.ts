import { expect, test } from 'vitest';
import type { SchemaError } from './contract.ts';
import { MAX_FINDINGS, toFindings } from './findings.ts';

// The errors as Ajv 8 words them.
const cases: [string, SchemaError, { pointer: string; message: string; code: string }][] = [
  [
    'a missing field at the place where it belongs',
    { instancePath: '/inputs', keyword: 'required', params: { missingProperty: 'query' } },
    { pointer: '/inputs/query', message: 'is required', code: 'required' },
  ],
  [
    'a surplus field, escaped',
    { instancePath: '', keyword: 'additionalProperties', params: { additionalProperty: 'a/b~c' } },
    { pointer: '/a~1b~0c', message: 'is not a known field', code: 'additionalProperties' },
  ],
  [
    'an unevaluated field',
    { instancePath: '', keyword: 'unevaluatedProperties', params: { unevaluatedProperty: 'x' } },
    { pointer: '/x', message: 'is not a known field', code: 'unevaluatedProperties' },
  ],
  [
    'the allowed values of an enum',
    { instancePath: '/mode', keyword: 'enum', params: { allowedValues: ['fast', 1, null] } },
    { pointer: '/mode', message: 'must be one of "fast", 1, null', code: 'enum' },
  ],
  [
    'a constant',
    { instancePath: '/v', keyword: 'const', params: { allowedValue: 2 } },
    { pointer: '/v', message: 'must be 2', code: 'const' },
  ],
  [
    'the tag of a union with an unknown value',
    {
      instancePath: '/nodes/0',
      keyword: 'discriminator',
      params: { error: 'mapping', tag: 'type', tagValue: 'x' },
    },
    { pointer: '/nodes/0/type', message: 'has a value that is not known', code: 'discriminator' },
  ],
  [
    'the tag of a union that is no text',
    { instancePath: '', keyword: 'discriminator', params: { error: 'tag', tag: 'type', tagValue: 1 } },
    { pointer: '/type', message: 'must be a string', code: 'discriminator' },
  ],
  [
    'any other rule in the words of the validator',
    { instancePath: '/n', keyword: 'minimum', params: { limit: 1 }, message: 'must be >= 1' },
    { pointer: '/n', message: 'must be >= 1', code: 'minimum' },
  ],
];

test.each(cases)('points at %s', (_name, given, want) => {
  expect(toFindings([given])).toEqual([want]);
});

test('says nothing for a value without errors', () => {
  expect(toFindings(null)).toEqual([]);
  expect(toFindings(undefined)).toEqual([]);
});

test('says the same finding once and leaves out the echo of an if', () => {
  const missing: SchemaError = { instancePath: '', keyword: 'required', params: { missingProperty: 'a' } };
  const echo: SchemaError = { instancePath: '', keyword: 'if', params: { failingKeyword: 'then' } };
  expect(toFindings([missing, missing, echo])).toHaveLength(1);
});

test('is bounded, and so are the values that a message lists', () => {
  const errors = Array.from({ length: 1000 }, (_, i) => ({
    instancePath: `/${i}`,
    keyword: 'type',
    params: { type: 'string' },
  }));
  expect(toFindings(errors)).toHaveLength(MAX_FINDINGS);

  const allowedValues = Array.from({ length: 1000 }, (_, i) => i);
  const [finding] = toFindings([{ instancePath: '', keyword: 'enum', params: { allowedValues } }]);
  expect(finding?.message).toMatch(/, 19, \.\.\.$/);
});
