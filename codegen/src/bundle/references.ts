import { isObject, type JsonObject } from '../json.ts';
import { keysOf, member } from '../load/cursor.ts';

const MAX_HOPS = 100;

/** A fragment is percent-encoded (RFC 6901 section 6). */
function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** The JSON pointer of a reference into the own document; undefined for any other value. */
export const pointerOf = (value: unknown): string | undefined =>
  isObject(value) && typeof value.$ref === 'string' && value.$ref.startsWith('#')
    ? decode(value.$ref.slice(1))
    : undefined;

/** What stands at a JSON pointer; undefined when that is nothing. */
export const valueAt = (root: JsonObject, pointer: string): unknown =>
  keysOf(pointer).reduce<unknown>(member, root);

/** A value of a bundled document, with the pointer to where it stands. */
export interface Found {
  readonly pointer: string;
  readonly value: unknown;
}

/**
 * Follows references through a bundled document until something else is found. A reference that leads
 * nowhere or back to itself leads to `undefined`.
 */
export function follow(root: JsonObject, found: Found): Found {
  let here = found;
  for (let hops = 0; hops < MAX_HOPS; hops += 1) {
    const pointer = pointerOf(here.value);
    if (pointer === undefined) return here;
    here = { pointer, value: valueAt(root, pointer) };
  }
  return { ...here, value: undefined };
}
