import { isObject, type JsonObject } from '../json.ts';

/** A document in which every `$ref` leads to a place in itself. */
export interface BundledDocument {
  readonly root: JsonObject;
  /**
   * The object at a place, through `$ref`s; members beside a `$ref` win (JSON Schema 2020-12 section 8.2.3.1).
   * An empty object where there is none.
   */
  follow(value: unknown): JsonObject;
}

const NOTHING: JsonObject = {};

/** More `$ref`s in a row than any document has: they lead back to themselves. */
const MAX_HOPS = 50;

const unescapeKey = (key: string): string =>
  decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');

/** A member of an object or an array; undefined where there is none. */
export function memberOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function createBundledDocument(root: JsonObject): BundledDocument {
  const at = (pointer: string): unknown =>
    pointer
      .split('/')
      .slice(1)
      .reduce<unknown>((value, key) => memberOf(value, unescapeKey(key)), root);

  const follow = (value: unknown): JsonObject => {
    let here = value;
    let beside: JsonObject = NOTHING;
    for (let hops = 0; hops < MAX_HOPS; hops += 1) {
      if (!isObject(here)) return NOTHING;
      const { $ref, ...own } = here;
      beside = { ...own, ...beside };
      if (typeof $ref !== 'string') return beside;
      here = at($ref.slice($ref.indexOf('#') + 1));
    }
    return NOTHING;
  };

  return { root, follow };
}

/** The members of an object; none for other values. */
export const entriesOf = (value: unknown): [string, unknown][] =>
  isObject(value) ? Object.entries(value) : [];

/** The items of an array; none for other values. */
export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The last part of a `$ref`, which is the name of what it leads to. */
export const nameOfRef = (value: unknown): string | undefined => {
  const reference = isObject(value) ? textOf(value.$ref) : undefined;
  return reference === undefined ? undefined : unescapeKey(reference.split('/').at(-1) ?? '');
};
