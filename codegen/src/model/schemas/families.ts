import { isObject } from '../../json.ts';
import { at, type Cursor, placeOf } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import { narrows } from './keywords.ts';

// Inheritance as OpenAPI 3.0 describes it: a parent says `discriminator`, and its children refer to it in
// `allOf`. A child needs the parent's own members. Everybody else who refers to the parent means a child.

/** Knows which schemas extend which. */
export interface Families {
  /** The definitions that extend `parent`, directly or by way of another one, in the document's order. */
  descendantsOf(parent: Cursor): readonly Cursor[];
  /** Whether a reference makes the definition around it a child of a parent with a discriminator. */
  isChildLink(reference: Cursor): boolean;
}

/** Whether a place is that of a schema which others refer to by a name. */
function isDefinition({ document, pointer }: Pick<Cursor, 'document' | 'pointer'>): boolean {
  if (/\/(schemas|\$defs|definitions)\/[^/]+$/.test(pointer)) return true;
  const isApi = isObject(document.parsed) && ('openapi' in document.parsed || 'asyncapi' in document.parsed);
  return !isApi && /^(\/[^/]+)?$/.test(pointer);
}

/** A definition that is a `$ref` with more beside it extends what it refers to, as with `allOf`. */
const isExtension = ({ document, value }: Cursor): boolean =>
  document.dialect === 'json-schema' && isObject(value) && Object.keys(value).some(narrows);

export function createFamilies(documents: Documents): Families {
  const children = new Map<string, Cursor[]>();
  const links = new Set<string>();

  for (const { keyword, document, pointer, found } of documents.references) {
    const own = pointer.replace(/\/allOf\/\d+$/, '');
    if (keyword !== '$ref' || !isDefinition({ document, pointer: own })) continue;
    const child = at(document, own);
    if (own === pointer && !isExtension(child)) continue;
    const parent = documents.follow(found);
    const known = children.get(placeOf(parent));
    if (known) known.push(child);
    else children.set(placeOf(parent), [child]);
    if (isObject(parent.value) && isObject(parent.value.discriminator))
      links.add(placeOf({ document, pointer }));
  }

  return {
    descendantsOf(parent) {
      const found = new Map<string, Cursor>();
      const queue = [...(children.get(placeOf(parent)) ?? [])];
      for (let next = queue.shift(); next; next = queue.shift()) {
        if (found.has(placeOf(next)) || placeOf(next) === placeOf(parent)) continue;
        found.set(placeOf(next), next);
        queue.push(...(children.get(placeOf(next)) ?? []));
      }
      return [...found.values()];
    },
    isChildLink: (reference) => links.has(placeOf(reference)),
  };
}
