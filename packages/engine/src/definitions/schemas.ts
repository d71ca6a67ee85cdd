import { isDeepStrictEqual } from 'node:util';
import { escapePointer } from '../definition/references.ts';
import type { SchemaProblem, ValidateSchema } from '../errors.ts';

type Check = (expected: unknown, value: unknown, pointer: string) => Generator<SchemaProblem>;

/** Validates with the keywords that the workflows of these tests use, in Ajv's words. Throws for others. */
export const validateSchema: ValidateSchema = (schema, value) => [...problemsOf(schema, value, '')];

const ANNOTATIONS: ReadonlySet<string> = new Set(['title', 'description', 'default']);

function* problemsOf(schema: unknown, value: unknown, pointer: string): Generator<SchemaProblem> {
  for (const [keyword, expected] of entriesOf(schema)) {
    if (ANNOTATIONS.has(keyword)) continue;
    const check = keyword === 'additionalProperties' ? closedTo(schema) : CHECKS.get(keyword);
    if (!check) throw new Error(`the schemas of these tests have no keyword ${keyword}`);
    yield* check(expected, value, pointer);
  }
}

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

const namesOf = (value: unknown): readonly string[] => entriesOf(value).map(([name]) => name);

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** A keyword that holds or does not. */
const simple = (
  code: string,
  holds: (expected: unknown, value: unknown) => boolean,
  message: string,
): Check =>
  function* (expected, value, pointer) {
    if (!holds(expected, value)) yield { pointer, code, message: message.replace('%', String(expected)) };
  };

const isOfType = (expected: unknown, value: unknown): boolean =>
  [expected].flat().some((type) => type === typeOf(value) || (type === 'integer' && Number.isInteger(value)));

const isAtMost = (expected: unknown, value: unknown): boolean =>
  typeof value !== 'number' || value <= Number(expected);

const isShort = (expected: unknown, value: unknown): boolean =>
  typeof value !== 'string' || value.length <= Number(expected);

const CHECKS: ReadonlyMap<string, Check> = new Map([
  ['type', simple('type', isOfType, 'must be %')],
  ['maximum', simple('maximum', isAtMost, 'must be <= %')],
  ['maxLength', simple('maxLength', isShort, 'must NOT have more than % characters')],
  [
    'enum',
    simple(
      'enum',
      (expected, value) => Array.isArray(expected) && expected.some((one) => isDeepStrictEqual(one, value)),
      'must be equal to one of the allowed values',
    ),
  ],
  ['required', checkRequired],
  ['properties', checkProperties],
  ['items', checkItems],
]);

function* checkRequired(expected: unknown, value: unknown, pointer: string): Generator<SchemaProblem> {
  if (typeOf(value) !== 'object' || !Array.isArray(expected)) return;
  for (const name of expected) {
    if (namesOf(value).includes(name)) continue;
    yield { pointer, code: 'required', message: `must have required property '${name}'` };
  }
}

function* checkProperties(expected: unknown, value: unknown, pointer: string): Generator<SchemaProblem> {
  const properties = new Map(entriesOf(expected));
  for (const [name, item] of entriesOf(value)) {
    yield* problemsOf(properties.get(name), item, `${pointer}/${escapePointer(name)}`);
  }
}

function* checkItems(expected: unknown, value: unknown, pointer: string): Generator<SchemaProblem> {
  if (!Array.isArray(value)) return;
  for (const [index, item] of value.entries()) yield* problemsOf(expected, item, `${pointer}/${index}`);
}

/** What `additionalProperties: false` says depends on the properties beside it. */
const closedTo = (schema: unknown): Check =>
  function* (expected, value, pointer) {
    const known = namesOf(new Map(entriesOf(schema)).get('properties'));
    for (const name of expected === false ? namesOf(value) : []) {
      if (known.includes(name)) continue;
      yield { pointer, code: 'additionalProperties', message: 'must NOT have additional properties' };
    }
  };
