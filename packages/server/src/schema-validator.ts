import { toFindings } from '@flowwire/contract';
import type { SchemaProblem, ValidateSchema } from '@flowwire/engine';
import type { Options, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import { sizeProblem } from './schema-size.ts';

const MAX_COMPILED = 500;
const MAX_MESSAGE = 300;
const MAX_COMPILED_CHARACTERS = 8 * 1024 * 1024;

/** Works with schemas that users write: the inputs and outputs of workflows. */
export interface SchemaValidator {
  /** What is wrong with a value. Throws for a schema that does not pass `check`. */
  readonly validate: ValidateSchema;
  /** What is wrong with a schema itself. */
  check(schema: object): readonly SchemaProblem[];
}

/**
 * Such schemas cannot be compiled ahead of time, so the latest compiled ones are kept, by the schema's text.
 * Their patterns run on RE2, in linear time: a backtracking one could hold the server for ever.
 */
export function createSchemaValidator(): SchemaValidator {
  const compiled = new Map<string, ValidateFunction>();
  let characters = 0;
  // Judges schemas and never holds one, so that they can share it: it takes milliseconds to make.
  const judge = createAjv();

  const keep = (key: string, validate: ValidateFunction) => {
    compiled.set(key, validate);
    characters += key.length;
    for (const oldest of compiled.keys()) {
      if (compiled.size <= MAX_COMPILED && characters <= MAX_COMPILED_CHARACTERS) return;
      compiled.delete(oldest);
      characters -= oldest.length;
    }
  };

  const compile = (schema: object): ValidateFunction => {
    const key = JSON.stringify(schema);
    const known = compiled.get(key);
    if (known) return known;
    if (judge.validateSchema(schema) !== true) throw new Error(judge.errorsText());
    const validate = createAjv({ validateSchema: false }).compile(schema);
    // An asynchronous validator answers a promise, which nobody here waits for.
    if ('$async' in validate) throw new Error('$async is not supported');
    keep(key, validate);
    return validate;
  };

  return {
    validate(schema, value) {
      const validate = compile(schema);
      return validate(value) ? [] : toFindings(validate.errors);
    },
    check(schema) {
      const tooLarge = sizeProblem(schema);
      if (tooLarge) return [tooLarge];
      try {
        if (judge.validateSchema(schema) !== true) return toFindings(judge.errors);
        compile(schema);
        return [];
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return [{ pointer: '', code: 'schema', message: `cannot be used: ${message.slice(0, MAX_MESSAGE)}` }];
      }
    },
  };
}

/**
 * Each schema is compiled in an instance of its own: in a shared one, schemas could replace each other, or the
 * meta-schema, by their `$id`.
 */
function createAjv(options: Pick<Options, 'validateSchema'> = {}): Ajv2020 {
  const ajv = new Ajv2020({
    ...options,
    strict: false,
    strictNumbers: true,
    allErrors: true,
    discriminator: true,
    ownProperties: true,
    code: { regExp: linearRegExp },
  });
  addFormats.default(ajv);
  return ajv;
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
