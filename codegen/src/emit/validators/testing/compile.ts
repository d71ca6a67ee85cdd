import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SchemaError, Validator } from '@flowwire/contract';
import { afterAll } from 'vitest';
import type { Schema } from '../../../model/api.ts';
import { validatorName } from '../../../model/names.ts';
import { emitValidators } from '../../validators.ts';
import type { Audience } from '../scope.ts';

/** The JavaScript of validators for schemas by name. */
export function codeOf(schemas: Readonly<Record<string, Schema>>, audience: Audience): string {
  const all = Object.entries(schemas).map(([name, schema]) => ({ name, schema }));
  const exports = all.map((schema) => ({ schema, type: 'unknown' }));
  return emitValidators(exports, all, audience, ['test.yaml'], undefined).js;
}

const folder = mkdtempSync(join(tmpdir(), 'flowwire-validators-'));
let written = 0;

/** Past the test runner, which would transform each of hundreds of files. Sound: what they export may be anything. */
const load: (file: string) => Readonly<Record<string, unknown>> = createRequire(import.meta.url);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Sound: whatever a generated module exports is a validator.
const isValidator = (value: unknown): value is Validator<unknown> => typeof value === 'function';

/** Imports generated code and answers its validators by the names of their schemas. */
export function compile(
  schemas: Readonly<Record<string, Schema>>,
  audience: Audience,
): (name: string) => Validator<unknown> {
  written += 1;
  const file = join(folder, `${written}.mjs`);
  writeFileSync(file, codeOf(schemas, audience));
  const module = load(file);
  return (name) => {
    const validator = module[validatorName(name)];
    if (!isValidator(validator)) throw new Error(`There is no validator ${name}.`);
    return validator;
  };
}

/** Compiles one schema. */
export function compileOne(schema: Schema, audience: Audience = 'server'): Validator<unknown> {
  return compile({ Root: schema }, audience)('Root');
}

/** What a validator says of a value, each error as `path keyword`; empty when the value is valid. */
export function errorsOf(validate: Validator<unknown>, value: unknown): string[] {
  if (validate(value)) return [];
  const errors: readonly SchemaError[] = validate.errors ?? [];
  return [...new Set(errors.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`))].sort();
}
