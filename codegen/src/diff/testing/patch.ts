import { keysOf, member } from '../../load/cursor.ts';

/** Changes a document in place. */
export type Patch = (root: unknown) => void;

/** The object or array that a pointer's last key belongs to, and that key. */
function holderOf(root: unknown, pointer: string): [holder: object, key: string] {
  const keys = keysOf(pointer);
  const key = keys.pop() ?? '';
  const holder = keys.reduce(member, root);
  if (typeof holder !== 'object' || holder === null) throw new Error(`There is nothing at ${pointer}.`);
  return [holder, key];
}

/** Sets, adds or, at the end of an array, appends what stands at a pointer. */
export const set =
  (pointer: string, value: unknown): Patch =>
  (root) => {
    const [holder, key] = holderOf(root, pointer);
    Reflect.set(holder, key, value);
  };

/** Removes what stands at a pointer. */
export const remove =
  (pointer: string): Patch =>
  (root) => {
    const [holder, key] = holderOf(root, pointer);
    if (!(key in holder)) throw new Error(`There is nothing at ${pointer}.`);
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else Reflect.deleteProperty(holder, key);
  };

/** Gives what stands at a pointer another place. */
export const move =
  (from: string, to: string): Patch =>
  (root) => {
    const value = keysOf(from).reduce(member, root);
    remove(from)(root);
    set(to, value)(root);
  };

/** A changed copy. */
export function patched<T>(document: T, ...patches: readonly Patch[]): T {
  const copy = structuredClone(document);
  for (const patch of patches) patch(copy);
  return copy;
}
