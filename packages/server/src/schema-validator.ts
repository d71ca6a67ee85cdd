import { toFindings } from '@flowwire/contract';
import type { ValidateSchema } from '@flowwire/engine';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const MAX_COMPILED = 500;

/**
 * Checks values against schemas that users write: the inputs and outputs of workflows. Those cannot be
 * compiled ahead of time, so the latest compiled ones are kept, by the schema's text.
 */
export function createSchemaValidator(): ValidateSchema {
  // A fresh instance per schema would cost about 10 ms each; one instance is shared, and schemas with
  // `$id` are kept from colliding in it by removing each one again.
  const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: true, addUsedSchema: false });
  addFormats.default(ajv);
  const compiled = new Map<string, ValidateFunction>();

  const compile = (schema: object): ValidateFunction => {
    const key = JSON.stringify(schema);
    const known = compiled.get(key);
    if (known) return known;
    const validate = ajv.compile(schema);
    ajv.removeSchema(schema);
    const oldest = compiled.keys().next().value;
    if (compiled.size >= MAX_COMPILED && oldest !== undefined) compiled.delete(oldest);
    compiled.set(key, validate);
    return validate;
  };

  return (schema, value) => {
    const validate = compile(schema);
    return validate(value) ? [] : toFindings(validate.errors ?? []);
  };
}
