import { isObject, type JsonObject } from '../../json.ts';
import { type Definitions, inside, type Part, partsIn, referredName } from './schemas.ts';

const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const;
export type ValueType = (typeof TYPES)[number];

/** All that a schema says of a value, once references are followed and a branch of each union is chosen. */
export interface Facets {
  /** Of which the value must be one; undefined when nothing is said of types. */
  types: readonly ValueType[] | undefined;
  /** The values of `const` and `enum` that all agree on; undefined when there is no such keyword. */
  choices: readonly unknown[] | undefined;
  /** Examples and then defaults, outer ones first. */
  readonly examples: unknown[];
  readonly defaults: unknown[];
  /** The greatest of the lower limits and the least of the upper ones, by keyword. */
  readonly limits: Map<string, number>;
  readonly multiplesOf: number[];
  readonly patterns: string[];
  format: string | undefined;
  isUnique: boolean;
  isBinary: boolean;
  readonly items: Part[];
  readonly prefixItems: Part[][];
  readonly contains: Part[];
  readonly properties: Map<string, Part[]>;
  readonly patternProperties: [pattern: string, part: Part][];
  readonly additional: Part[];
  /** No member but the declared ones. */
  isClosed: boolean;
  readonly propertyNames: Part[];
  readonly required: Set<string>;
  readonly dependentRequired: [name: string, needed: readonly string[]][];
}

/** Chooses a branch of a union, which has at least one. */
export type Choose = (branches: readonly Part[]) => Part | undefined;

const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains'];
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties', 'maxContains'];

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): string[] =>
  list(value).filter((item): item is string => typeof item === 'string');

const createFacets = (): Facets => ({
  types: undefined,
  choices: undefined,
  examples: [],
  defaults: [],
  limits: new Map(),
  multiplesOf: [],
  patterns: [],
  format: undefined,
  isUnique: false,
  isBinary: false,
  items: [],
  prefixItems: [],
  contains: [],
  properties: new Map(),
  patternProperties: [],
  additional: [],
  isClosed: false,
  propertyNames: [],
  required: new Set(),
  dependentRequired: [],
});

function mergeTypes(before: Facets['types'], type: unknown): readonly ValueType[] {
  const named = typeof type === 'string' ? [type] : texts(type);
  const types = TYPES.filter((one) => named.includes(one));
  if (before === undefined) return types;
  const both = before.filter((one) => types.includes(one));
  const hasInteger = before.includes('integer') || types.includes('integer');
  const hasNumber = before.includes('number') || types.includes('number');
  return hasInteger && hasNumber && !both.includes('integer') && !both.includes('number')
    ? [...both, 'integer']
    : both;
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function mergeChoices(facets: Facets, schema: JsonObject): void {
  for (const choices of ['const' in schema ? [schema.const] : undefined, schema.enum]) {
    if (!Array.isArray(choices)) continue;
    facets.choices = facets.choices?.filter((one) => choices.some((other) => isEqual(one, other))) ?? choices;
  }
}

function mergeLimits({ limits }: Facets, schema: JsonObject): void {
  for (const [keywords, stricter] of [
    [LOWER, Math.max],
    [UPPER, Math.min],
  ] as const) {
    for (const keyword of keywords) {
      const limit = schema[keyword];
      if (typeof limit === 'number') limits.set(keyword, stricter(limit, limits.get(keyword) ?? limit));
    }
  }
}

/** What documents give as a value at a schema: `example` (OpenAPI 3.0) or `examples`. Conversion leaves them out. */
function mergeExamples(facets: Facets, { schema, place }: Part): void {
  const written = isObject(place?.value) ? place.value : {};
  facets.examples.push(...list(written.examples), ...('example' in written ? [written.example] : []));
  if (isObject(schema) && 'default' in schema) facets.defaults.push(schema.default);
}

function mergeItems(facets: Facets, part: Part, schema: JsonObject): void {
  if (schema.items !== undefined) facets.items.push(inside(part, 'items'));
  if (schema.contains !== undefined) facets.contains.push(inside(part, 'contains'));
  partsIn(part, 'prefixItems').forEach((item, index) => {
    facets.prefixItems[index] = [...(facets.prefixItems[index] ?? []), item];
  });
  facets.isUnique ||= schema.uniqueItems === true;
}

function mergeMembers(facets: Facets, part: Part, schema: JsonObject): void {
  const { properties, patternProperties, additionalProperties, propertyNames, dependentRequired } = schema;
  for (const name of Object.keys(isObject(properties) ? properties : {}))
    facets.properties.set(name, [...(facets.properties.get(name) ?? []), inside(part, 'properties', name)]);
  for (const pattern of Object.keys(isObject(patternProperties) ? patternProperties : {}))
    facets.patternProperties.push([pattern, inside(part, 'patternProperties', pattern)]);
  if (isObject(additionalProperties)) facets.additional.push(inside(part, 'additionalProperties'));
  facets.isClosed ||= additionalProperties === false || schema.unevaluatedProperties === false;
  if (isObject(propertyNames)) facets.propertyNames.push(inside(part, 'propertyNames'));
  for (const name of texts(schema.required)) facets.required.add(name);
  for (const [name, needed] of Object.entries(isObject(dependentRequired) ? dependentRequired : {}))
    facets.dependentRequired.push([name, texts(needed)]);
}

function mergeScalars(facets: Facets, schema: JsonObject): void {
  if (schema.type !== undefined) facets.types = mergeTypes(facets.types, schema.type);
  if (typeof schema.multipleOf === 'number') facets.multiplesOf.push(schema.multipleOf);
  if (typeof schema.pattern === 'string') facets.patterns.push(schema.pattern);
  if (typeof schema.format === 'string') facets.format ??= schema.format;
  facets.isBinary ||= schema.binary === true;
  mergeChoices(facets, schema);
  mergeLimits(facets, schema);
}

/**
 * Gathers what schemas say of one value: their own keywords and those of everything that applies to the
 * same value. Of each union one branch is chosen, of a condition either `if` and `then` or `else`. What must
 * not be (`not`, the other branches of `oneOf`) is not looked at.
 */
export function facetsOf(parts: readonly Part[], definitions: Definitions, choose: Choose): Facets {
  const facets = createFacets();

  function gather(part: Part, seen: ReadonlySet<string>): void {
    const { schema } = part;
    if (schema === false) facets.choices = [];
    if (!isObject(schema)) return;
    mergeExamples(facets, part);
    mergeScalars(facets, schema);
    mergeItems(facets, part, schema);
    mergeMembers(facets, part, schema);
    const name = referredName(schema);
    const target = name === undefined || seen.has(name) ? undefined : definitions.get(name);
    if (target && name !== undefined) gather(target, new Set([...seen, name]));
    for (const one of applied(part, schema, choose)) gather(one, seen);
  }

  for (const part of parts) gather(part, new Set());
  return facets;
}

/** The schemas inside another one that apply to the same value. */
function applied(part: Part, schema: JsonObject, choose: Choose): Part[] {
  const found = [...partsIn(part, 'allOf'), ...partsIn(part, 'dependentSchemas')];
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = partsIn(part, keyword);
    const chosen = branches.length > 0 ? choose(branches) : undefined;
    if (chosen) found.push(chosen);
  }
  if (schema.if === undefined) return found;
  const [condition, otherwise] = [inside(part, 'if'), inside(part, 'else')];
  const isElse = choose([condition, otherwise]) === otherwise;
  return isElse ? [...found, otherwise] : [...found, condition, inside(part, 'then')];
}
