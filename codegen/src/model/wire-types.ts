import type { Parameter, ScalarType } from '@flowwire/contract';
import { type Cursor, child, entries, items } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';

const SCALARS: readonly string[] = ['string', 'integer', 'number', 'boolean'] satisfies ScalarType[];

export const isScalar = (value: unknown): value is ScalarType =>
  typeof value === 'string' && SCALARS.includes(value);

/** Schemas of parameters and form fields are shallow; only one that contains itself is deeper. */
const MAX_DEPTH = 16;

/** Keywords that say of a schema without a type that objects are meant. */
const OBJECT_KEYWORDS = ['properties', 'additionalProperties', 'patternProperties', 'required'];

function literalType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** The JSON types that a schema names, `null` left out; through references and combinations. */
function typesOf(schema: Cursor, documents: Documents, depth = 0): string[] {
  if (depth > MAX_DEPTH) return [];
  const target = documents.follow(schema);
  const type = child(target, 'type').value;
  const named = Array.isArray(type) ? type : [type];
  const types = named.filter((name) => typeof name === 'string' && name !== 'null');
  if (types.length > 0) return types;
  const literals = child(target, 'enum').value ?? [child(target, 'const').value];
  const known = (Array.isArray(literals) ? literals : []).filter((value) => value != null);
  if (known.length > 0) return known.map(literalType);
  for (const part of items(child(target, 'allOf'))) {
    const found = typesOf(part, documents, depth + 1);
    if (found.length > 0) return found;
  }
  const branches = [...items(child(target, 'oneOf')), ...items(child(target, 'anyOf'))];
  if (branches.length > 0) return branches.flatMap((branch) => typesOf(branch, documents, depth + 1));
  return OBJECT_KEYWORDS.some((keyword) => child(target, keyword).value !== undefined) ? ['object'] : [];
}

/** Whether nothing in a schema names a type. */
export const isUntyped = (schema: Cursor, documents: Documents): boolean =>
  typesOf(schema, documents).length === 0;

/**
 * How the text of a value is read before it is validated. A list may have one item, so it stands for
 * one of its items too; text stands for whatever else a union allows.
 */
export function wireType(schema: Cursor, documents: Documents): Parameter['type'] {
  const types = new Set(typesOf(schema, documents));
  for (const type of ['array', 'string', 'object'] as const) if (types.has(type)) return type;
  if (types.has('boolean')) return types.size === 1 ? 'boolean' : 'string';
  if (types.has('number')) return 'number';
  return types.has('integer') ? 'integer' : 'string';
}

/** The schema of a list's items; that of the branch of a union which is a list. */
export function itemsOf(schema: Cursor, documents: Documents, depth = 0): Cursor | undefined {
  const target = documents.follow(schema);
  const own = child(target, 'items');
  if (own.value !== undefined || depth > MAX_DEPTH) return own.value === undefined ? undefined : own;
  for (const keyword of ['allOf', 'oneOf', 'anyOf']) {
    for (const part of items(child(target, keyword))) {
      const found = itemsOf(part, documents, depth + 1);
      if (found) return found;
    }
  }
  return undefined;
}

/** The declared properties of an object by name; a schema's own before those of its `allOf`. */
export function propertiesOf(schema: Cursor, documents: Documents, depth = 0): Map<string, Cursor> {
  const target = documents.follow(schema);
  const found = new Map(entries(child(target, 'properties')));
  if (depth > MAX_DEPTH) return found;
  for (const keyword of ['allOf', 'oneOf', 'anyOf']) {
    for (const part of items(child(target, keyword))) {
      for (const [name, property] of propertiesOf(part, documents, depth + 1))
        if (!found.has(name)) found.set(name, property);
    }
  }
  return found;
}
