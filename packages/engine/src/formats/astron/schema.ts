import type { JsonValue } from '../../events.ts';
import { isObject, listIn, member, textIn } from '../foreign.ts';
import type { AstronOutput } from './flow.ts';

/** Keywords that mean the same in JSON Schema and need no look into them. */
const KEPT = ['description', 'enum', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'];

const EMPTY: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['string', ''],
  ['integer', 0],
  ['number', 0],
  ['boolean', false],
  ['array', []],
  ['object', {}],
]);

/** The value that astron-agent takes for a variable of a type that was never set. */
export const emptyOf = (type: string): JsonValue => EMPTY.get(plainType(type)) ?? null;

/** `array-object` is an array. */
export const plainType = (type: string): string => (type.startsWith('array-') ? 'array' : type);

/** The JSON Schema of an output. The console lists properties as `[{name, type}]`, the engine by name. */
export function toJsonSchema(schema: unknown): Record<string, unknown> {
  const type = textIn(schema, 'type');
  const kept = KEPT.filter((key) => member(schema, key) !== undefined).map((key) => [
    key,
    member(schema, key),
  ]);
  const common = Object.fromEntries(kept);
  if (!EMPTY.has(plainType(type))) return common;
  const fallback = defaultOf(schema);
  const typed = { ...common, type: plainType(type), ...(fallback !== undefined && { default: fallback }) };
  if (type.startsWith('array-')) {
    const item = { type: type.slice('array-'.length), properties: member(schema, 'properties') };
    return { ...typed, items: toJsonSchema(item) };
  }
  if (type === 'array' && isObject(member(schema, 'items'))) {
    return { ...typed, items: toJsonSchema(member(schema, 'items')) };
  }
  return type === 'object' ? { ...typed, ...toProperties(schema) } : typed;
}

function toProperties(schema: unknown): Record<string, unknown> {
  const entries = propertiesOf(schema);
  if (entries.length === 0) return {};
  const required = [
    ...entries.filter(([, value]) => member(value, 'required') === true).map(([name]) => name),
    ...listIn(schema, 'required').filter((name) => typeof name === 'string'),
  ];
  return {
    properties: Object.fromEntries(entries.map(([name, value]) => [name, toJsonSchema(value)])),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  };
}

/** The properties of a schema, by name. */
function propertiesOf(schema: unknown): readonly (readonly [string, unknown])[] {
  const properties = member(schema, 'properties');
  if (isObject(properties)) return Object.entries(properties);
  return listIn(schema, 'properties').map((property) => [textIn(property, 'name'), property] as const);
}

/** Its default, unless that is not of its type: the console writes an empty text for every type. */
function defaultOf(schema: unknown): unknown {
  const value = member(schema, 'default');
  switch (plainType(textIn(schema, 'type'))) {
    case 'array':
      return Array.isArray(value) ? value : undefined;
    case 'object':
      return isObject(value) ? value : undefined;
    case 'integer':
      return Number.isInteger(value) ? value : undefined;
    default:
      return typeof value === textIn(schema, 'type') ? value : undefined;
  }
}

/** An object with these outputs as its properties. */
export const toObjectSchema = (outputs: readonly AstronOutput[]) => {
  const required = outputs.filter((output) => output.required).map(({ name }) => name);
  return {
    type: 'object' as const,
    properties: Object.fromEntries(outputs.map(({ name, schema }) => [name, toJsonSchema(schema)])),
    ...(required.length > 0 && { required }),
  };
};

/**
 * Where the steps of a dotted name go through a list: the number of steps that lead to it. Astron-agent takes
 * the member of every item there. Undefined where they go through none.
 */
export function stepsToList(schema: unknown, steps: readonly string[]): number | undefined {
  let at = schema;
  for (const [index, step] of steps.entries()) {
    const type = textIn(at, 'type');
    if (plainType(type) === 'array') return index;
    at = propertiesOf(at).find(([name]) => name === step)?.[1];
  }
  return undefined;
}
