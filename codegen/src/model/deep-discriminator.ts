import { type Cursor, child, items, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';

// OpenAPI's discriminator is a property of the union's members themselves. Some APIs tell their messages
// apart by a value that lies deeper, such as `choices[0].finish_reason`; `x-discriminator` names it by a
// JSON pointer into the instance.

/** The schema of one part of an instance. */
function step(schema: Cursor, key: string, documents: Documents): Cursor | undefined {
  const target = documents.follow(schema);
  const places = /^\d+$/.test(key)
    ? [child(target, 'prefixItems', Number(key)), child(target, 'items')]
    : [child(target, 'properties', key)];
  const found = places.find(({ value }) => value !== undefined);
  if (found) return found;
  for (const part of items(child(target, 'allOf'))) {
    const within = step(part, key, documents);
    if (within) return within;
  }
  return undefined;
}

/** The texts, numbers and booleans that a schema allows at `pointer`, as text; none where it does not say. */
export function valuesAt(schema: Cursor, pointer: string, documents: Documents): string[] {
  let place: Cursor | undefined = schema;
  for (const key of pointer.split('/').slice(1)) place = place && step(place, key, documents);
  if (!place) return [];
  const target = documents.follow(place);
  const constant = child(target, 'const').value;
  const values = constant === undefined ? items(child(target, 'enum')).map(({ value }) => value) : [constant];
  return values.filter((value) => value !== null).map(String);
}

/** The pointer that a union's `x-discriminator` names. */
export function deepDiscriminator(union: Cursor, documents: Documents): string | undefined {
  const mark = child(union, 'x-discriminator');
  if (mark.value === undefined) return undefined;
  const pointer = text(mark);
  if (pointer?.startsWith('/')) return pointer;
  documents.report(mark, 'x-discriminator is a JSON pointer into an item, such as /kind/name.');
  return undefined;
}
