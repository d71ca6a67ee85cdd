import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _, type Format } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { fastFormats, fullFormats } from 'ajv-formats/dist/formats.js';
import { isObject } from '../json.ts';
import type { NamedSchema } from '../model/api.ts';
import { validatorName } from '../model/names.ts';
import { banner, quote } from './text.ts';

/** Annotations: they change no verdict, and would only make the compiled file longer. */
const ANNOTATIONS = new Set(['title', 'description', 'default', 'deprecated', 'readOnly', 'writeOnly']);
const MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas']);
const DATA = new Set(['const', 'enum', 'required', 'dependentRequired', 'type', 'discriminator']);

/** Who reads what the validators find. */
export type Audience =
  /** A server: every fault, formats to the letter. */
  | 'server'
  /** A client: the first fault, formats by pattern, so that the file stays small. */
  | 'client';

/** The schema without annotations, its references by plain name. */
function strip(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strip);
  if (!isObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([keyword]) => !ANNOTATIONS.has(keyword));
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, stripKeyword(keyword, value)]));
}

function stripKeyword(keyword: string, value: unknown): unknown {
  if (keyword === '$ref' && typeof value === 'string') return value.replace('#/components/schemas/', '');
  if (DATA.has(keyword)) return value;
  if (!MAPS.has(keyword) || !isObject(value)) return strip(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, strip(member)]));
}

const usesUnevaluated = (schemas: readonly NamedSchema[]): boolean =>
  schemas.some(({ schema }) => /"unevaluated(Properties|Items)"/.test(JSON.stringify(schema)));

/** A format as a pattern alone. The few that need code, such as int32, are left to the server. */
function toPattern([name, format]: [string, Format]): [string, Format] {
  const test = isObject(format) && 'validate' in format ? format.validate : format;
  return [name, test instanceof RegExp ? test : true];
}

function createAjv(schemas: readonly NamedSchema[], audience: Audience): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    strictSchema: true,
    discriminator: true,
    allErrors: audience === 'server',
    // A reference to a few keywords is written out; others call the referred schema's function.
    inlineRefs: 3,
    code: {
      source: true,
      esm: true,
      lines: true,
      ...(audience === 'server' && { formats: _`require("ajv-formats/dist/formats").fullFormats` }),
    },
  });
  // The 2020 class tracks evaluated members of every schema; it costs code that few schemas need.
  if (!usesUnevaluated(schemas)) ajv.opts.unevaluated = false;
  const formats =
    audience === 'server' ? Object.entries(fullFormats) : Object.entries(fastFormats).map(toPattern);
  for (const [name, format] of formats) ajv.addFormat(name, format);
  for (const { name, schema } of schemas) {
    const stripped = strip(schema);
    ajv.addSchema(typeof stripped === 'boolean' || isObject(stripped) ? stripped : {}, name);
  }
  return ajv;
}

/** Function names that say which schema they check and stay the same when others come and go. */
function nameFunctions(code: string, ajv: Ajv2020, schemas: readonly NamedSchema[]): string {
  // A schema that has such a word as data is rare, but must not change its meaning.
  if (/\bvalidate\d+\b/.test(JSON.stringify(schemas.map(({ schema }) => schema)))) return code;
  const names = new Map<string, string>();
  for (const { name } of schemas) {
    const generated = ajv.getSchema(name)?.source?.validateName.toString();
    if (generated !== undefined) names.set(generated, `check_${validatorName(name)}`);
  }
  return code.replaceAll(/\bvalidate\d+\b/g, (name) => names.get(name) ?? name);
}

/** Errors say where in the value they are; where in the schema nobody asks, and it is a tenth of the file. */
const dropSchemaPaths = (code: string): string => code.replaceAll(/schemaPath:"(?:[^"\\]|\\.)*",/g, '');

/** Gathers code with everything that it requires into one module without imports. */
async function bundle(code: string): Promise<string> {
  const { build } = await import('esbuild');
  const result = await build({
    stdin: { contents: code, resolveDir: dirname(fileURLToPath(import.meta.url)), loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
  });
  // Module paths in comments differ between installations.
  return (result.outputFiles[0]?.text ?? '')
    .replaceAll(/^ *\/\/ .*\n/gm, '')
    .replaceAll(/^ {2}"[^"\n]*node_modules\/([^"\n]*)"\(/gm, '  "$1"(');
}

/** One validator of a file: the schema that it checks and the type that it vouches for. */
export interface Export {
  readonly schema: NamedSchema;
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
 * Emits validators as one module that imports nothing, and its declarations. `schemas` are all that
 * the exported ones may refer to; without `runtime` the declarations import nothing.
 */
export async function emitValidators(
  exports: readonly Export[],
  schemas: readonly NamedSchema[],
  audience: Audience,
  sources: readonly string[],
  runtime: string | undefined,
): Promise<{ readonly js: string; readonly dts: string }> {
  const ajv = createAjv(schemas, audience);
  const names = Object.fromEntries(exports.map(({ schema }) => [validatorName(schema.name), schema.name]));
  const code = nameFunctions(dropSchemaPaths(standaloneCode(ajv, names)), ajv, schemas);
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
  return { js: `${banner(sources)}\n${await bundle(code)}`, dts: dts.join('') };
}
