import { toFindings } from '@flowwire/contract';
import type { SchemaProblem, ValidateSchema } from '@flowwire/engine';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';

const MAX_COMPILED = 500;

/** Works with schemas that users write: the inputs and outputs of workflows. */
export interface SchemaValidator {
  /** What is wrong with a value. The schema must have passed `check`. */
  readonly validate: ValidateSchema;
  /** What is wrong with a schema itself. */
  check(schema: object): readonly SchemaProblem[];
}

/**
 * Such schemas cannot be compiled ahead of time, so the latest compiled ones are kept, by the schema's text.
 * Their patterns run on RE2, in linear time: a backtracking one could hold the server for ever.
 */
export function createSchemaValidator(): SchemaValidator {
  // A fresh instance per schema would cost about 10 ms each; one instance is shared, and schemas with
  // `$id` are kept from colliding in it by removing each one again.
  const ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    discriminator: true,
    addUsedSchema: false,
    code: { regExp: linearRegExp },
  });
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

  return {
    validate(schema, value) {
      const validate = compile(schema);
      return validate(value) ? [] : toFindings(validate.errors);
    },
    check(schema) {
      if (ajv.validateSchema(schema) !== true) return toFindings(ajv.errors);
      try {
        compile(schema);
        return [];
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return [{ pointer: '', code: 'schema', message: `cannot be used: ${message}` }];
      }
    },
  };
}

const linearRegExp = Object.assign(
  (pattern: string) => {
    const expression = RE2JS.compile(pattern);
    // Ajv tells compiled patterns apart by their text.
    return { test: (text: string) => expression.matcher(text).find(), toString: () => pattern };
  },
  // Ajv writes this into generated code, of which none is kept.
  { code: 'linearRegExp' },
);
