import { isObject, type JsonObject } from '../json.ts';
import { pointerTo } from '../load/cursor.ts';
import { type Kind, parts } from './shape.ts';

/** An object of a document that is being rewritten. */
export type Node = Record<string, unknown>;

/** The object with other names for some members; the order stays. */
export const rename = (node: Node, names: Readonly<Record<string, string>>): Node =>
  Object.fromEntries(
    Object.entries(node).map(([key, value]) => [(Object.hasOwn(names, key) && names[key]) || key, value]),
  );

/** The object without some members. */
export const without = (node: Node, ...keys: readonly string[]): Node =>
  Object.fromEntries(Object.entries(node).filter(([key]) => !keys.includes(key)));

/** Sets a member also where its name means something to JavaScript. */
const put = (holder: object, key: string | number, value: unknown): void => {
  Object.defineProperty(holder, key, { value, configurable: true, enumerable: true, writable: true });
};

/** Makes another object of one whose parts are rewritten already. `pointer` is where it stands. */
export type Rewriter = (kind: Kind, node: Node, pointer: string) => Node;

function rewriteInPlace(value: unknown, kind: Kind, convert: Rewriter, pointer: string): unknown {
  if (!isObject(value)) return value;
  for (const part of parts(kind, value)) {
    const [name = '', key] = part.path;
    const holder = key === undefined ? value : value[name];
    const inner = rewriteInPlace(part.value, part.kind, convert, pointer + pointerTo(part.path));
    if (typeof holder === 'object' && holder !== null) put(holder, key ?? name, inner);
  }
  return convert(kind, { ...value }, pointer);
}

/** A copy of a document in which each object, references included, is what `convert` makes of it. */
export function rewrite(root: JsonObject, kind: Kind, convert: Rewriter): JsonObject {
  const rewritten = rewriteInPlace(structuredClone(root), kind, convert, '');
  return isObject(rewritten) ? rewritten : root;
}
