import { isObject } from '../../json.ts';
import type { Schema, SchemaObject } from '../../model/api.ts';
import { parts, partsByName, type Schemas, texts, typesIn } from './schemas.ts';

/** What can be told apart without looking into a value. `integer` counts as number. */
export type ValueType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

/** A value that `===` compares. */
export type Primitive = string | number | boolean | null;

export const isPrimitive = (value: unknown): value is Primitive =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** Deeper references than this are not looked into: what is found stays true, only less exact. */
const MAX_DEPTH = 8;

const TYPES: Readonly<Record<string, ValueType>> = {
  null: 'null',
  boolean: 'boolean',
  integer: 'number',
  number: 'number',
  string: 'string',
  array: 'array',
  object: 'object',
};

function typeOfValue(value: unknown): ValueType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return TYPES[typeof value] ?? 'object';
}

type Types = ReadonlySet<ValueType> | undefined;

const intersect = (a: Types, b: Types): Types =>
  a && b ? new Set([...a].filter((type) => b.has(type))) : (a ?? b);

function unite(members: readonly Types[]): Types {
  const all = new Set<ValueType>();
  for (const types of members) {
    if (!types) return undefined;
    for (const type of types) all.add(type);
  }
  return all;
}

/** The types of the values that a schema can accept; undefined when it may accept all. */
export function acceptedTypes(schemas: Schemas, schema: Schema, depth = 0): Types {
  const known = schemas.resolve(schema);
  if (known === false) return new Set();
  if (known === true || known.binary === true || depth > MAX_DEPTH) return undefined;
  const own = typesIn(known).flatMap((type) => TYPES[type] ?? []);
  let types: Types = own.length > 0 ? new Set(own) : undefined;
  const values = allowedValues(known);
  if (values) types = intersect(types, new Set(values.map(typeOfValue)));
  const inner = (child: Schema): Types => acceptedTypes(schemas, child, depth + 1);
  const target = schemas.target(known);
  for (const child of [...(target === undefined ? [] : [target]), ...parts(known, 'allOf')]) {
    types = intersect(types, inner(child));
  }
  for (const keyword of ['anyOf', 'oneOf']) {
    const branches = parts(known, keyword);
    if (branches.length > 0) types = intersect(types, unite(branches.map(inner)));
  }
  return types;
}

/** The only values that `const` or `enum` leave. */
export function allowedValues(schema: SchemaObject): readonly unknown[] | undefined {
  if (schema.const !== undefined) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : undefined;
}

/** The primitive values that are all a schema can accept. */
export function constantsOf(schemas: Schemas, schema: Schema): readonly Primitive[] | undefined {
  const known = schemas.resolve(schema);
  const values = isObject(known) ? allowedValues(known) : undefined;
  return values?.every(isPrimitive) ? values : undefined;
}

/** What a schema says of an object's members by constants and by `required`. */
interface MemberFacts {
  readonly constants: Map<string, readonly Primitive[]>;
  readonly required: Set<string>;
}

function gatherMembers(schemas: Schemas, schema: Schema, facts: MemberFacts, depth: number): void {
  const known = schemas.resolve(schema);
  if (typeof known === 'boolean' || depth > MAX_DEPTH) return;
  for (const child of [schemas.target(known) ?? true, ...parts(known, 'allOf')]) {
    gatherMembers(schemas, child, facts, depth + 1);
  }
  for (const [name, member] of partsByName(known, 'properties')) {
    const values = constantsOf(schemas, member);
    if (values) facts.constants.set(name, values);
  }
  for (const name of texts(known, 'required')) facts.required.add(name);
  const tag = discriminatorOf(known);
  const branches = parts(known, 'oneOf').map((branch) => requiredConstants(schemas, branch, depth + 1));
  const values = tag === undefined ? [] : branches.map((branch) => branch.get(tag));
  if (tag === undefined || values.length === 0 || values.includes(undefined)) return;
  facts.constants.set(
    tag,
    values.flatMap((list) => list ?? []),
  );
  facts.required.add(tag);
}

/** The members that every object that a schema accepts has, each with one of a few primitive values. */
export function requiredConstants(
  schemas: Schemas,
  schema: Schema,
  depth = 0,
): ReadonlyMap<string, readonly Primitive[]> {
  const facts: MemberFacts = { constants: new Map(), required: new Set() };
  gatherMembers(schemas, schema, facts, depth);
  for (const name of facts.constants.keys()) if (!facts.required.has(name)) facts.constants.delete(name);
  return facts.constants;
}

/** The property that tells a union's branches apart, when the document names one. */
export function discriminatorOf(schema: SchemaObject): string | undefined {
  const name = isObject(schema.discriminator) ? schema.discriminator.propertyName : undefined;
  return typeof name === 'string' ? name : undefined;
}

export const overlap = <T>(a: Iterable<T>, b: ReadonlySet<T>): boolean => {
  for (const item of a) if (b.has(item)) return true;
  return false;
};

/** Whether no two of the lists share a member. */
export function areDisjoint<T>(lists: readonly (readonly T[])[]): boolean {
  const all = new Set<T>();
  for (const list of lists) {
    if (overlap(list, all)) return false;
    for (const item of list) all.add(item);
  }
  return true;
}
