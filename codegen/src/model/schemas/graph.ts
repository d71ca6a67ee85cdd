import { placeOf } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { Place } from '../../load/resolve.ts';

// Which schemas lead to which, by the references of the documents alone. It answers what holds of a schema
// and of all that it refers to, without reading the schemas again for every question.

export interface SchemaGraph {
  /** The targets of references that contain one of `places`, or lead to one that does. */
  leadingTo(places: readonly Place[]): ReadonlySet<string>;
  /** The targets that references at places for which `test` holds lead to. Places within targets are not asked. */
  reachedFrom(test: (place: Place) => boolean): ReadonlySet<string>;
}

const outer = (pointer: string): string => pointer.slice(0, pointer.lastIndexOf('/'));

/** Everything that `edges` lead to from `seeds`, these included. */
function closure(seeds: Iterable<string>, edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set(seeds);
  // A set also yields what is added while it is read.
  for (const place of found) for (const next of edges.get(place) ?? []) found.add(next);
  return found;
}

const push = (map: Map<string, string[]>, key: string, value: string): void => {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
};

export function createSchemaGraph({ references, dynamicAnchors }: Documents): SchemaGraph {
  const targets = new Set([...references.map(({ found }) => found), ...dynamicAnchors].map(placeOf));
  const forward = new Map<string, string[]>();
  const backward = new Map<string, string[]>();

  /** The innermost target that a place is in; `self` leaves out the place itself. */
  function ownerOf({ document, pointer }: Place, self: boolean): string | undefined {
    for (let here = self ? pointer : outer(pointer); ; here = outer(here)) {
      const place = placeOf({ document, pointer: here });
      if (targets.has(place)) return place;
      if (here === '' || pointer === '') return undefined;
    }
  }

  function connect(from: string | undefined, to: string): void {
    if (from === undefined || from === to) return;
    push(forward, from, to);
    push(backward, to, from);
  }

  for (const reference of references) {
    const owner = ownerOf(reference, true);
    connect(owner, placeOf(reference.found));
    if (reference.keyword !== '$dynamicRef') continue;
    // Any schema with an anchor of this name may be what is meant, depending on the way that led here.
    const name = reference.target.split('#')[1];
    for (const anchor of dynamicAnchors) if (anchor.name === name) connect(owner, placeOf(anchor));
  }
  // A schema contains the targets that are written inside it.
  for (const place of [...references.map(({ found }) => found), ...dynamicAnchors]) {
    connect(ownerOf(place, false), placeOf(place));
  }

  return {
    leadingTo: (places) => {
      const owners = places.flatMap((place) => ownerOf(place, true) ?? []);
      return closure(owners, backward);
    },
    reachedFrom: (test) => {
      const seeds = references.filter(
        (reference) => ownerOf(reference, true) === undefined && test(reference),
      );
      return closure(
        seeds.map(({ found }) => placeOf(found)),
        forward,
      );
    },
  };
}
