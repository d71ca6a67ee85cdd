import { isObject } from '../../../json.ts';
import type { Schema, SchemaObject } from '../../../model/api.ts';
import { numberOf, part, parts, partsByName, textOf, texts, typesIn } from '../schemas.ts';

/** The names and indexes that a schema has evaluated of a value; undefined when the value is not valid. */
type Evaluated = ReadonlySet<string | number> | undefined;

/** Schemas by name, for references. */
type Known = Readonly<Record<string, Schema>>;

/**
 * Validates as JSON Schema 2020-12 is written, keyword by keyword and with all annotations, without any
 * care for speed: the opinion that generated code is compared with.
 */
export function isValid(known: Known, schema: Schema, value: unknown): boolean {
  return evaluate(known, schema, value) !== undefined;
}

function evaluate(known: Known, schema: Schema, value: unknown): Evaluated {
  if (typeof schema === 'boolean') return schema ? new Set() : undefined;
  if (!meetsAssertions(schema, value)) return undefined;
  const evaluated = new Set<string | number>();
  const take = (result: Evaluated): boolean => {
    for (const key of result ?? []) evaluated.add(key);
    return result !== undefined;
  };
  const target = textOf(schema, '$ref')?.replace('#/components/schemas/', '');
  const inPlace = [...(target === undefined ? [] : [known[target] ?? true]), ...parts(schema, 'allOf')];
  for (const [name, child] of partsByName(schema, 'dependentSchemas')) {
    if (isObject(value) && Object.hasOwn(value, name)) inPlace.push(child);
  }
  const condition = part(schema, 'if');
  if (condition !== undefined) {
    const clause = take(evaluate(known, condition, value)) ? 'then' : 'else';
    inPlace.push(part(schema, clause) ?? true);
  }
  if (!inPlace.every((child) => take(evaluate(known, child, value)))) return undefined;
  const negated = part(schema, 'not');
  if (negated !== undefined && isValid(known, negated, value)) return undefined;
  for (const keyword of ['anyOf', 'oneOf']) {
    const children = parts(schema, keyword);
    const met = children.filter((child) => take(evaluate(known, child, value))).length;
    if (children.length > 0 && (keyword === 'anyOf' ? met === 0 : met !== 1)) return undefined;
  }
  const isMet = Array.isArray(value)
    ? evaluateItems(known, schema, value, evaluated)
    : !isObject(value) || evaluateMembers(known, schema, value, evaluated);
  return isMet ? evaluated : undefined;
}

function evaluateItems(
  known: Known,
  schema: SchemaObject,
  list: unknown[],
  evaluated: Set<string | number>,
): boolean {
  const prefix = parts(schema, 'prefixItems');
  const items = part(schema, 'items');
  const contains = part(schema, 'contains');
  const unevaluated = part(schema, 'unevaluatedItems');
  const check = (child: Schema, index: number): boolean => {
    evaluated.add(index);
    return isValid(known, child, list[index]);
  };
  const all = list.map((_, index) => index);
  if (!all.every((index) => index >= prefix.length || check(prefix[index] ?? true, index))) return false;
  if (items !== undefined && !all.slice(prefix.length).every((index) => check(items, index))) return false;
  if (contains !== undefined) {
    const held = all.filter((index) => isValid(known, contains, list[index]));
    for (const index of held) evaluated.add(index);
    const max = numberOf(schema, 'maxContains') ?? list.length;
    if (held.length < (numberOf(schema, 'minContains') ?? 1) || held.length > max) return false;
  }
  if (unevaluated === undefined) return true;
  return all.filter((index) => !evaluated.has(index)).every((index) => check(unevaluated, index));
}

function evaluateMembers(
  known: Known,
  schema: SchemaObject,
  object: Readonly<Record<string, unknown>>,
  evaluated: Set<string | number>,
): boolean {
  const names = Object.keys(object);
  const propertyNames = part(schema, 'propertyNames');
  if (propertyNames !== undefined && !names.every((name) => isValid(known, propertyNames, name)))
    return false;
  const matched = new Set<string>();
  const check = (child: Schema, name: string): boolean => {
    matched.add(name);
    evaluated.add(name);
    return isValid(known, child, object[name]);
  };
  for (const [name, child] of partsByName(schema, 'properties')) {
    if (Object.hasOwn(object, name) && !check(child, name)) return false;
  }
  for (const [pattern, child] of partsByName(schema, 'patternProperties')) {
    const expression = new RegExp(pattern, 'u');
    if (!names.filter((name) => expression.test(name)).every((name) => check(child, name))) return false;
  }
  const additional = part(schema, 'additionalProperties');
  const others = names.filter((name) => !matched.has(name));
  if (additional !== undefined && !others.every((name) => check(additional, name))) return false;
  const unevaluated = part(schema, 'unevaluatedProperties');
  if (unevaluated === undefined) return true;
  return names.filter((name) => !evaluated.has(name)).every((name) => check(unevaluated, name));
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'null') return value === null;
  return type === 'object' ? isObject(value) : typeof value === type;
}

/** The same for equal values. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

/** The keywords that hold no schemas. Those for other types than the value's do not apply. */
function meetsAssertions(schema: SchemaObject, value: unknown): boolean {
  const types = typesIn(schema);
  if (types.length > 0 && !types.some((type) => hasType(value, type))) return false;
  if ('const' in schema && canonical(schema.const) !== canonical(value)) return false;
  if (Array.isArray(schema.enum) && !schema.enum.map(canonical).includes(canonical(value))) return false;
  const isWithin = (size: number, what: string): boolean =>
    size >= (numberOf(schema, `min${what}`) ?? 0) && size <= (numberOf(schema, `max${what}`) ?? Infinity);
  if (typeof value === 'number') return meetsNumber(schema, value);
  if (typeof value === 'string') {
    const pattern = textOf(schema, 'pattern');
    return (
      isWithin([...value].length, 'Length') && (pattern === undefined || new RegExp(pattern, 'u').test(value))
    );
  }
  if (Array.isArray(value)) {
    const isUnique = new Set(value.map(canonical)).size === value.length;
    return isWithin(value.length, 'Items') && (schema.uniqueItems !== true || isUnique);
  }
  if (!isObject(value)) return true;
  const has = (name: string): boolean => Object.hasOwn(value, name);
  const dependent = isObject(schema.dependentRequired) ? Object.keys(schema.dependentRequired) : [];
  const needed = dependent
    .filter(has)
    .flatMap((name) => (isObject(schema.dependentRequired) ? texts(schema.dependentRequired, name) : []));
  return (
    isWithin(Object.keys(value).length, 'Properties') && [...texts(schema, 'required'), ...needed].every(has)
  );
}

function meetsNumber(schema: SchemaObject, value: number): boolean {
  const step = numberOf(schema, 'multipleOf');
  return (
    value >= (numberOf(schema, 'minimum') ?? -Infinity) &&
    value <= (numberOf(schema, 'maximum') ?? Infinity) &&
    value > (numberOf(schema, 'exclusiveMinimum') ?? -Infinity) &&
    value < (numberOf(schema, 'exclusiveMaximum') ?? Infinity) &&
    (step === undefined || Number.isInteger(value / step))
  );
}
