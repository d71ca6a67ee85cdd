import type { JsonObject, JsonValue } from '../../events.ts';
import { member, typesOf } from '../../models/json-schema.ts';

/**
 * A model's value as the schema means it, in the obvious cases: numbers and booleans that were written as
 * texts, and texts that were written as numbers. Everything else stays as it is, for validation to judge.
 */
export function coerce(value: JsonValue, schema: unknown): JsonValue {
  if (isList(value)) return value.map((item) => coerce(item, member(schema, 'items')));
  if (typeof value === 'object' && value !== null) return coerceMembers(value, member(schema, 'properties'));
  const types = typesOf(schema);
  const allows = (...names: string[]): boolean => names.some((name) => types.includes(name));
  if (typeof value === 'number' && allows('string') && !allows('number', 'integer')) return String(value);
  if (typeof value !== 'string' || allows('string')) return value;
  const text = value.trim();
  if (allows('boolean') && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (allows('number', 'integer') && /^[+-]?\d{1,300}(\.\d{1,300})?$/.test(text)) return Number(text);
  return value;
}

const coerceMembers = (object: JsonObject, properties: unknown): JsonObject =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, coerce(value, member(properties, name))]),
  );

// `Array.isArray` does not narrow readonly arrays.
const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
