import { type Cursor, child, items } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';

/**
 * A member of an operation or message: its own, else that of the last of its traits which has it (AsyncAPI 3.1
 * section "Traits Merge Mechanism").
 */
export function memberOf(target: Cursor, key: string, documents: Documents): Cursor {
  const own = child(target, key);
  if (own.value !== undefined) return own;
  const traits = items(child(target, 'traits')).map((trait) => child(documents.follow(trait), key));
  return traits.findLast(({ value }) => value !== undefined) ?? own;
}
