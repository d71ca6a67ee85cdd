import { validatorName } from '../model/names.ts';
import { banner, quote } from './text.ts';
import { createModule } from './validators/module.ts';
import type { Entry } from './validators/schemas.ts';
import type { Audience } from './validators/scope.ts';

/** One validator of a file: the schema that it checks and the type that it vouches for. */
export interface Export {
  readonly schema: Entry;
  readonly type: string;
}

/** The type of a validator for code that has no module to import it from. */
const OWN_VALIDATOR_TYPE = `/** One error that a validator found. */
export interface SchemaError {
  /** JSON pointer (RFC 6901) to the value at fault. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** After a call that answered false, \`errors\` says why. */
export interface Validator<T> {
  (data: unknown): data is T;
  errors?: readonly SchemaError[] | null;
}

`;

/**
 * An exported validator. Inside the file its name has an underscore, which the names of helpers lack, so
 * that they cannot clash.
 */
const validatorCode = (name: string, check: string): string => `
function validate_${name}(data) {
  return settle(validate_${name}, start() && ${check}(data));
}
`;

/**
 * Emits validators as one module that imports nothing, and its declarations. `schemas` are all that
 * the exported ones may refer to; without `runtime` the declarations import nothing.
 */
export function emitValidators(
  exports: readonly Export[],
  schemas: readonly Entry[],
  audience: Audience,
  sources: readonly string[],
  runtime: string | undefined,
): { readonly js: string; readonly dts: string } {
  const roots = exports.map(({ schema }) => schema.schema);
  const module = createModule(schemas, roots, audience);
  const validators = exports.map(({ schema: { name, schema } }) =>
    validatorCode(validatorName(name), module.functionFor(schema, [validatorName(name)])),
  );
  const names = exports.map(({ schema }) => validatorName(schema.name));
  const exported = names.map((name) => `  validate_${name} as ${name},\n`);
  const js = [
    `${banner(sources)}\n`,
    ...(exports.length > 0
      ? [module.finish(), ...validators, `\nexport {\n${exported.join('')}};\n`]
      : ['export {};\n']),
  ];
  const declared = exports.map(
    ({ schema, type }) => `export declare const ${validatorName(schema.name)}: Validator<${type}>;\n`,
  );
  const dts = [
    banner(sources),
    ...(runtime === undefined ? [] : [`import type { Validator } from ${quote(runtime)};\n`]),
    `import type * as types from './types.js';\n\n`,
    ...(runtime === undefined ? [OWN_VALIDATOR_TYPE] : []),
    ...declared,
  ];
  return { js: js.join(''), dts: dts.join('') };
}
