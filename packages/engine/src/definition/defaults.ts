import type { JsonObject, JsonValue } from '../events.ts';
import type { ObjectSchema } from './types.ts';

/** Inputs with the defaults of the schema's own properties for those that are absent. */
export function withDefaults(schema: ObjectSchema | undefined, inputs: JsonObject): JsonObject {
  const missing = Object.entries(schema?.properties ?? {}).flatMap(([name, property]) => {
    if (Object.hasOwn(inputs, name) || typeof property !== 'object' || property === null) return [];
    // Sound: a definition is JSON.
    return 'default' in property ? [[name, property.default as JsonValue] as const] : [];
  });
  return missing.length === 0 ? inputs : { ...inputs, ...Object.fromEntries(missing) };
}
