import { sizeOf } from '../../definition/size.ts';
import type { JsonObject, JsonValue } from '../../events.ts';
import { dereference, itemsOf, lookUp, member, membersOf, textMember } from './document.ts';

const MAX_LEVELS = 32;
// What a subschema costs beside its own text.
const PART = 50;

interface Walk {
  readonly document: unknown;
  /** How many characters the result may still have. */
  left: number;
  /** The references around, from the outside in. */
  readonly open: string[];
}

const COPIED = new Set([
  'type',
  'enum',
  'const',
  'title',
  'description',
  'default',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
]);
const OF_ONE_SCHEMA = new Set(['items', 'additionalProperties', 'propertyNames']);
const OF_SCHEMAS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const FORMATS = new Set(['date-time', 'date', 'time', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid']);

/** Reads schemas of one document, until the characters that it was given are used up. */
export interface SchemaReader {
  /** A schema of an OpenAPI document as JSON Schema 2020-12. Throws NodeError `invalid_tool`. */
  read(schema: unknown): JsonObject;
  /** Characters that are left. */
  left(): number;
}

/**
 * What it reads has no references, 32 levels, and together about as many `characters` as given. A part that
 * is beyond, or within itself, accepts anything, and so does what would be costly or uncertain to check, such
 * as `pattern` and `not`: the API looks at it in any case. Therefore only keywords stay that ask less when a
 * part of them asks less, and `oneOf` is `anyOf`.
 */
export function createSchemaReader(document: unknown, characters: number): SchemaReader {
  const walk: Walk = { document, left: characters, open: [] };
  return {
    read(schema) {
      const converted = convert(schema, walk, 0);
      return typeof converted === 'boolean' ? { allOf: [converted] } : converted;
    },
    left: () => Math.max(0, walk.left),
  };
}

function convert(schema: unknown, walk: Walk, level: number): JsonObject | boolean {
  if (typeof schema === 'boolean') return schema;
  const cost = costOf(schema);
  walk.left -= PART;
  if (cost > walk.left || level > MAX_LEVELS) return {};
  walk.left -= cost;
  const keywords: JsonObject = Object.fromEntries(convertMembers(schema, walk, level + 1));
  const reference = textMember(schema, '$ref');
  if (reference === undefined) return withNull(schema, withBounds(schema, keywords));
  if (walk.open.includes(reference)) return keywords;
  walk.open.push(reference);
  const target = convert(lookUp(walk.document, reference), walk, level + 1);
  walk.open.pop();
  if (Object.keys(keywords).length === 0) return target;
  const { allOf = [], ...rest } = keywords;
  return withNull(schema, { ...rest, allOf: Array.isArray(allOf) ? [...allOf, target] : [target] });
}

// Documents never change, so each schema is measured once.
const costs = new WeakMap<object, number>();

/** Roughly the characters that a schema has by itself, without the schemas in it. */
function costOf(schema: unknown): number {
  if (typeof schema !== 'object' || schema === null) return 0;
  const known = costs.get(schema);
  if (known !== undefined) return known;
  let cost = 0;
  for (const [keyword, value] of membersOf(schema)) {
    if (keyword === 'properties') for (const name of Object.keys(value ?? {})) cost += name.length + PART;
    else if (OF_SCHEMAS.has(keyword)) cost += itemsOf(value).length * PART;
    else if (!OF_ONE_SCHEMA.has(keyword)) cost += sizeOf(value);
  }
  costs.set(schema, cost);
  return cost;
}

function* convertMembers(schema: unknown, walk: Walk, level: number): Generator<[string, JsonValue]> {
  for (const [keyword, value] of membersOf(schema)) {
    const converted = convertMember(
      schema,
      keyword,
      value,
      (part) => convert(part, walk, level),
      walk.document,
    );
    if (converted !== undefined) yield [keyword === 'oneOf' ? 'anyOf' : keyword, converted];
  }
}

/** Undefined for a keyword that does not stay. */
function convertMember(
  schema: unknown,
  keyword: string,
  value: unknown,
  inner: (part: unknown) => JsonObject | boolean,
  document: unknown,
): JsonValue | undefined {
  // Sound: a document is JSON.
  if (COPIED.has(keyword)) return value as JsonValue;
  if (OF_SCHEMAS.has(keyword)) {
    const isSecond = keyword === 'oneOf' && member(schema, 'anyOf') !== undefined;
    return isSecond || itemsOf(value).length === 0 ? undefined : itemsOf(value).map(inner);
  }
  if (OF_ONE_SCHEMA.has(keyword)) {
    // Without the patterns, which do not stay, it would ask of more properties.
    const isPartial = keyword === 'additionalProperties' && member(schema, 'patternProperties') !== undefined;
    return isPartial ? undefined : inner(value);
  }
  if (keyword === 'properties') {
    return Object.fromEntries(membersOf(value).map(([name, part]) => [name, inner(part)]));
  }
  if (keyword === 'required') return requestedNames(schema, document);
  return keyword === 'format' && FORMATS.has(String(value)) ? String(value) : undefined;
}

/** What is read-only is required in answers only (OpenAPI 3.0.3 section 4.7.24.2). */
function requestedNames(schema: unknown, document: unknown): readonly string[] {
  const properties = member(schema, 'properties');
  const names = itemsOf(member(schema, 'required')).filter((name) => typeof name === 'string');
  return names.filter((name) => member(dereference(document, member(properties, name)), 'readOnly') !== true);
}

/** OpenAPI 3.0 says by true or false whether a bound belongs to the range. */
function withBounds(schema: unknown, keywords: JsonObject): JsonObject {
  let result = keywords;
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    const flag = member(schema, exclusive);
    if (typeof flag !== 'boolean') continue;
    const { [bound]: value, [exclusive]: _flag, ...rest } = result;
    result = value === undefined ? rest : { ...rest, [flag ? exclusive : bound]: value };
  }
  return result;
}

/** OpenAPI 3.0 says by `nullable` what JSON Schema says by the type null. */
function withNull(schema: unknown, keywords: JsonObject): JsonObject {
  if (member(schema, 'nullable') !== true) return keywords;
  const { description, ...rest } = keywords;
  return { ...(description !== undefined && { description }), anyOf: [rest, { type: 'null' }] };
}
