import { basename } from 'node:path';
import { isObject } from '../../json.ts';
import { type Cursor, child, entries, keysOf, placeOf } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import { createNames, pascalCase, typeName } from '../names.ts';
import { narrows } from './keywords.ts';

/** Gives types the names that their schemas have in the documents. */
export interface SchemaNames {
  /**
   * A name for the schema at a place. An inline schema is called `inlineName`; a schema that means something
   * of its own within `owners` has their names before its own; `suffix` tells variants of it apart.
   */
  claim(place: Cursor, inlineName: string | undefined, owners: readonly Cursor[], suffix: string): string;
  /** The name that a schema with a place of its own should have. */
  nameAt(place: Cursor): string;
  /** `name`, for something that is made of the schema at a place and may bear that schema's name. */
  claimAs(place: Cursor, name: string): string;
}

/** Whether a schema says nothing but what another one says. */
export const isBareReference = ({ value, document }: Cursor): boolean =>
  isObject(value) &&
  typeof value.$ref === 'string' &&
  (document.dialect === 'openapi-3.0' || !Object.keys(value).some(narrows));

const lastKey = ({ pointer }: Cursor): string | undefined => keysOf(pointer).at(-1);

/** Follows schemas that are but references, as long as `goesOn` says so of one and what it refers to. */
function followBare(
  cursor: Cursor,
  documents: Documents,
  goesOn: (from: Cursor, to: Cursor) => boolean,
): Cursor {
  let here = cursor;
  for (let hops = 0; hops < 100 && isBareReference(here); hops += 1) {
    const next = documents.step(here);
    if (next.value === undefined || !goesOn(here, next)) break;
    here = next;
  }
  return here;
}

/** What a schema that is but a reference stands for. */
export const aliasedBy = (cursor: Cursor, documents: Documents): Cursor =>
  followBare(cursor, documents, () => true);

/**
 * A definition that is but a `$ref` to its namesake is that namesake, and a document whose root is but a
 * `$ref` is what it refers to.
 */
export const namesakeOf = (target: Cursor, documents: Documents): Cursor =>
  followBare(target, documents, (from, to) => from.pointer === '' || lastKey(from) === lastKey(to));

const isDefined = (pointer: string): boolean => /\/(schemas|\$defs|definitions)\/[^/]+$/.test(pointer);

/** The names of all that a place is in. */
function qualifiedName({ pointer, document }: Cursor): string {
  const path = pointer.replaceAll(/\/(components|schemas|\$defs|definitions|properties)(?=\/)/g, '');
  return typeName(
    pascalCase(path === '' ? basename(document.source.absoluteRef).replace(/\..*$/, '') : path),
  );
}

/** The name of a schema that has one in its document: the last part of its place. */
function definedName(target: Cursor): string {
  const isNested = /\/(schemas|\$defs|definitions)\/.*\/(\$defs|definitions)\//.test(target.pointer);
  const isAnchored = isObject(target.value) && '$dynamicAnchor' in target.value;
  // Definitions of generic schemas go by the same few names, such as `T`.
  if (!isDefined(target.pointer) || (isNested && isAnchored)) return qualifiedName(target);
  return typeName(lastKey(target) ?? '');
}

/** The schemas that the opened documents name, in their order. */
const definitionsOf = (root: Cursor): Cursor[] =>
  [child(root, 'components', 'schemas'), child(root, '$defs'), child(root, 'definitions')].flatMap((holder) =>
    entries(holder).map(([, definition]) => definition),
  );

/**
 * Definitions of the opened documents come first, so that their names do not depend on what else is generated,
 * and of these the ones that are called as their types are.
 */
export function createSchemaNames(documents: Documents): SchemaNames {
  const names = createNames();
  const own = new Map<string, string>();
  const given = new Set<string>();
  const definitions = documents.roots
    .flatMap(definitionsOf)
    .map((definition) => namesakeOf(definition, documents));
  const isExact = (definition: Cursor): boolean => definedName(definition) === lastKey(definition);
  for (const wanted of [true, false]) {
    for (const definition of definitions) {
      const place = placeOf(definition);
      if (isExact(definition) !== wanted || own.has(place)) continue;
      own.set(place, names.claim(definedName(definition), qualifiedName(definition)));
    }
  }

  const nameAt = (place: Cursor): string => own.get(placeOf(place)) ?? definedName(place);

  /** The name that is kept for a place, for the first who asks. */
  function take(place: Cursor): string | undefined {
    const name = own.get(placeOf(place));
    if (name === undefined || given.has(name)) return undefined;
    given.add(name);
    return name;
  }

  return {
    nameAt,
    claim(place, inlineName, owners, suffix) {
      const kept = owners.length === 0 && suffix === '' ? take(place) : undefined;
      if (kept !== undefined) return kept;
      const prefix = [...new Set(owners.map(nameAt))].join('');
      const stem = own.get(placeOf(place)) ?? inlineName ?? definedName(place);
      const others = inlineName === undefined ? [qualifiedName(place) + suffix] : [];
      return names.claim(prefix + stem + suffix, ...others);
    },
    claimAs: (place, name) =>
      (own.get(placeOf(place)) === name ? take(place) : undefined) ?? names.claim(name),
  };
}
