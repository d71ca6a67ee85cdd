import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Schema } from '../../model/api.ts';
import { compile } from './testing/compile.ts';

/** What a schema is about, the schema, values that it accepts and values that it refuses. */
type Row = readonly [string, Schema, readonly unknown[], readonly unknown[]];

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** Schemas that the rows refer to. */
const definitions: Readonly<Record<string, Schema>> = {
  Tree: {
    type: 'object',
    required: ['value'],
    properties: { value: { type: 'number' }, nodes: { type: 'array', items: ref('Tree') } },
  },
  Text: { type: 'string' },
  Alias: ref('Text'),
  Circle: ref('Circle'),
  Short: { maxLength: 2 },
  Base: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
  Closed: { properties: { a: true }, unevaluatedProperties: false },
  'Named type': { type: 'string', minLength: 1, maxLength: 5, pattern: '^[a-z]+$', format: 'hostname' },
};

/** JSON has no way to say these. */
const beyondJson: readonly Row[] = [
  ['undefined is not null', { type: 'null' }, [null], [undefined]],
  ['undefined is no constant', { enum: ['a', null] }, ['a', null], [undefined]],
  ['NaN is no number', { type: 'number' }, [1], [Number.NaN]],
  ['an undefined member is missing', { required: ['a'] }, [{ a: null }], [{ a: undefined }]],
  ['an undefined member is not checked', { properties: { a: { type: 'string' } } }, [{ a: undefined }], []],
  ['a file', { binary: true }, [new Blob([])], [null, true, 1, 'a', [], {}]],
];

/**
 * Rows of `keywords.jsonl`, each a list of a group and what a `Row` has. They say of every keyword what the
 * required tests of the JSON Schema Test Suite (draft 2020-12) say, in words and examples of our own.
 */
const lines = readFileSync(new URL('./testing/keywords.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const groups = new Map<string, Row[]>([['beyond JSON', [...beyondJson]]]);
for (const line of lines) {
  const [group, ...row]: [string, ...Row] = JSON.parse(line);
  groups.set(group, [...(groups.get(group) ?? []), row]);
}

describe.each([...groups])('%s', (_group, rows) => {
  test.each(rows)('%s', (_name, schema, valid, invalid) => {
    for (const audience of ['server', 'client'] as const) {
      const validate = compile({ Root: schema, ...definitions }, audience)('Root');
      for (const value of valid) {
        const verdict = { value, isValid: validate(value), errors: validate.errors };
        expect(verdict).toEqual({ value, isValid: true, errors: null });
      }
      for (const value of invalid) {
        expect({ value, isValid: validate(value) }).toEqual({ value, isValid: false });
        expect(validate.errors).not.toHaveLength(0);
      }
    }
  });
});
