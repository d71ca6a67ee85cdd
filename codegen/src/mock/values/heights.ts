import { isObject } from '../../json.ts';
import { type Definitions, inside, type Part, partsIn, referredName } from './schemas.ts';

/**
 * How deep the least nested value of a schema is: 0 for a scalar, an empty list or object; Infinity where a
 * schema needs itself without end.
 */
export type HeightOf = (schema: unknown) => number;

/** Measures all named schemas, so that recursion can be left by the shortest way. */
export function createHeights(definitions: Definitions): HeightOf {
  const heights = new Map<string, number>();

  function ofObject(part: Part): number {
    const { schema } = part;
    const required = isObject(schema) && Array.isArray(schema.required) ? schema.required : [];
    const members = required.map((name) => heightOf(inside(part, 'properties', String(name)).schema));
    return members.length === 0 ? 0 : 1 + Math.max(...members);
  }

  function heightOf(schema: unknown): number {
    if (!isObject(schema) || 'const' in schema || 'enum' in schema) return 0;
    const part = { schema, place: undefined };
    const name = referredName(schema);
    const all = [
      name === undefined ? 0 : (heights.get(name) ?? Infinity),
      ofObject(part),
      typeof schema.minItems === 'number' && schema.minItems > 0 ? 1 + heightOf(schema.items) : 0,
      ...partsIn(part, 'allOf').map((one) => heightOf(one.schema)),
    ];
    for (const keyword of ['oneOf', 'anyOf']) {
      const branches = partsIn(part, keyword);
      if (branches.length > 0) all.push(Math.min(...branches.map((one) => heightOf(one.schema))));
    }
    return Math.max(...all);
  }

  // Each round finds the heights that lead to those of the round before, until none becomes less.
  for (let changed = true; changed; ) {
    changed = false;
    for (const [name, { schema }] of definitions) {
      const height = heightOf(schema);
      if (height >= (heights.get(name) ?? Infinity)) continue;
      heights.set(name, height);
      changed = true;
    }
  }
  return heightOf;
}
