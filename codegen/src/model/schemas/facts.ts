import { isObject } from '../../json.ts';
import { type Cursor, child, items, placeOf } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';

/** What a schema says of one of its properties, by itself, by what it refers to and by the parts of its allOf. */
export interface PropertyFacts {
  /** The texts that the property may have; undefined where any value will do. */
  readonly values?: readonly string[];
  readonly required: boolean;
  /** Whether only objects fit the schema, as far as it says so. */
  readonly isObject: boolean;
}

const NOTHING: PropertyFacts = { required: false, isObject: true };

/** Combines what two schemas say that both hold. */
function both(a: PropertyFacts, b: PropertyFacts): PropertyFacts {
  const values =
    a.values && b.values ? a.values.filter((value) => b.values?.includes(value)) : (a.values ?? b.values);
  return {
    ...(values && { values }),
    required: a.required || b.required,
    isObject: a.isObject && b.isObject,
  };
}

/** Combines what schemas say of which one holds. */
function either(all: readonly PropertyFacts[]): PropertyFacts {
  const values = all.map((facts) => facts.values);
  return {
    ...(values.every((list) => list !== undefined) && {
      values: [...new Set(values.flatMap((list) => list ?? []))],
    }),
    required: all.every(({ required }) => required),
    isObject: all.every((facts) => facts.isObject),
  };
}

/** The values of a property's schema. */
function valuesOf(
  schema: Cursor,
  documents: Documents,
  seen: ReadonlySet<string>,
): readonly string[] | undefined {
  const property = documents.follow(schema);
  if (!isObject(property.value) || seen.has(placeOf(property))) return undefined;
  const inner = new Set([...seen, placeOf(property)]);
  const { const: constant, enum: list } = property.value;
  const own = constant === undefined ? list : [constant];
  if (Array.isArray(own)) return own.filter((value) => typeof value === 'string');
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = items(child(property, keyword)).map((branch) => valuesOf(branch, documents, inner));
    if (branches.length > 0)
      return branches.every((values) => values) ? branches.flatMap((values) => values ?? []) : undefined;
  }
  return items(child(property, 'allOf'))
    .map((part) => valuesOf(part, documents, inner))
    .find((values) => values !== undefined);
}

const isObjectType = (type: unknown): boolean =>
  type === undefined || type === 'object' || (Array.isArray(type) && type.join() === 'object');

function gather(
  schema: Cursor,
  name: string,
  documents: Documents,
  seen: ReadonlySet<string>,
  skip: string | undefined,
): PropertyFacts {
  if (!isObject(schema.value) || seen.has(placeOf(schema))) return NOTHING;
  const inner = new Set([...seen, placeOf(schema)]);
  const next = (cursor: Cursor): PropertyFacts => gather(cursor, name, documents, inner, skip);
  const target = documents.step(schema);
  const referred = target === schema ? NOTHING : next(target);
  if (target !== schema && schema.document.dialect === 'openapi-3.0') return referred;
  const property = child(schema, 'properties', name);
  const values = property.value === undefined ? undefined : valuesOf(property, documents, new Set());
  const { required, type, nullable } = schema.value;
  const own: PropertyFacts = {
    ...(values && { values }),
    required: Array.isArray(required) && required.includes(name),
    isObject: isObjectType(type) && nullable !== true,
  };
  const parts = items(child(schema, 'allOf')).map(next);
  const unions = ['oneOf', 'anyOf'].flatMap((keyword) => {
    const branches = placeOf(schema) === skip ? [] : items(child(schema, keyword)).map(next);
    return branches.length > 0 ? [either(branches)] : [];
  });
  return [referred, ...parts, ...unions].reduce(both, own);
}

/** Works out what `schema` says of its property `name`. The union at the place `skip` is not looked into. */
export const factsOf = (schema: Cursor, name: string, documents: Documents, skip?: string): PropertyFacts =>
  gather(schema, name, documents, new Set(), skip);
