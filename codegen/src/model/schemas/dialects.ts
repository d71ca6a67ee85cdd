import type { Schema, SchemaObject } from '../api.ts';
import { isAnnotation } from './keywords.ts';

// What older dialects say, as JSON Schema 2020-12 says it.

const COMPOUND = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if', 'discriminator'];

/** OpenAPI 3.0's `exclusiveMinimum: true` beside `minimum` (draft 5 of JSON Schema, validation 5.1.3). */
export function legacyBounds(schema: SchemaObject): SchemaObject {
  let mended = schema;
  for (const [exclusive, inclusive] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    const { [exclusive]: flag, [inclusive]: bound, ...rest } = mended;
    if (flag === true && bound !== undefined) mended = { ...rest, [exclusive]: bound };
    else if (typeof flag === 'boolean')
      mended = { ...rest, ...(bound !== undefined && { [inclusive]: bound }) };
  }
  return mended;
}

/**
 * OpenAPI 3.0's `nullable: true` (section 4.7.24.1). Taken as it is meant: null is also a value where an
 * enumeration does not list it, and where the type is said by a part of the schema.
 */
export function makeNullable(schema: Schema): Schema {
  if (typeof schema === 'boolean') return schema || { type: 'null' };
  if (COMPOUND.some((keyword) => keyword in schema)) {
    const pairs = Object.entries(schema);
    const outer = Object.fromEntries(pairs.filter(([keyword]) => isAnnotation(keyword)));
    const inner = Object.fromEntries(pairs.filter(([keyword]) => !isAnnotation(keyword)));
    return { ...outer, anyOf: [inner, { type: 'null' }] };
  }
  const { type, enum: list, const: constant, ...rest } = schema;
  const types = type === undefined ? [] : [type].flat();
  const values = constant === undefined ? list : [constant];
  return {
    ...rest,
    ...(types.length > 0 && { type: [...new Set([...types, 'null'])] }),
    ...(Array.isArray(values) && { enum: [...new Set([...values, null])] }),
  };
}
