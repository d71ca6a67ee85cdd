import { at, type Cursor, placeOf } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { SchemaGraph } from './graph.ts';

// `$dynamicRef` (JSON Schema 2020-12 section 8.2.3.2) means the outermost schema, of those that led here,
// with a `$dynamicAnchor` of that name. Which one that is follows from the references on the way, so it is
// worked out here, and a schema that depends on it is written once for each way that makes a difference.

/** For each name the schema that a `$dynamicRef` to it means. */
export type Scope = ReadonlyMap<string, Cursor>;

export const NO_SCOPE: Scope = new Map();

export interface Scopes {
  /** The scope within `schema` when it is entered from `scope`. */
  enter(scope: Scope, schema: Cursor): Scope;
  /** What a `$dynamicRef` at `cursor` means; undefined when it leads nowhere. */
  resolve(cursor: Cursor, reference: string, scope: Scope): Cursor | undefined;
  /**
   * The schemas that give `schema`, entered with `scope`, another meaning than it has by itself, by their
   * anchors' names. Empty for most.
   */
  foreign(scope: Scope, schema: Cursor): readonly (readonly [name: string, binding: Cursor])[];
  /** The definition that a binding is a part of. */
  ownerOf(binding: Cursor): Cursor;
}

export function createScopes(documents: Documents, graph: () => SchemaGraph): Scopes {
  const anchors = documents.dynamicAnchors.map(({ document, pointer, name }) => ({
    name,
    schema: at(document, pointer),
  }));
  const users = new Map<string, ReadonlySet<string>>();

  /** The schemas that a `$dynamicRef` to `name` is a part of, or is led to from. */
  function usersOf(name: string): ReadonlySet<string> {
    const known = users.get(name);
    if (known) return known;
    const uses = documents.references.filter(
      ({ keyword, target }) => keyword === '$dynamicRef' && target.split('#')[1] === name,
    );
    const found = graph().leadingTo(uses);
    users.set(name, found);
    return found;
  }

  /**
   * The schema that a place belongs to for the sake of its anchors. Strictly that is the schema with the
   * nearest `$id`; components without one are taken for such schemas too, since they are written as such.
   */
  function ownerOf({ document, pointer }: Cursor): Cursor {
    const resource = documents.resourceAt({ document, pointer })?.pointer ?? '';
    const [component = ''] = /^\/components\/schemas\/[^/]+/.exec(pointer) ?? [];
    return at(document, resource.length > component.length ? resource : component);
  }

  const anchorsOf = new Map<string, typeof anchors>();
  for (const anchor of anchors) {
    const owner = placeOf(ownerOf(anchor.schema));
    anchorsOf.set(owner, [...(anchorsOf.get(owner) ?? []), anchor]);
  }

  function enter(scope: Scope, schema: Cursor): Scope {
    if (anchors.length === 0) return scope;
    const own = anchorsOf.get(placeOf(ownerOf(schema))) ?? [];
    const fresh = own.filter(({ name }) => !scope.has(name));
    if (fresh.length === 0) return scope;
    return new Map([...scope, ...fresh.map(({ name, schema: binding }) => [name, binding] as const)]);
  }

  function resolve(cursor: Cursor, reference: string, scope: Scope): Cursor | undefined {
    const [path, name = ''] = reference.split('#');
    const near = anchorsOf.get(placeOf(ownerOf(cursor)))?.find((anchor) => anchor.name === name);
    const initial = path === '' && near ? near.schema : documents.resolve(cursor, reference);
    const isDynamic = initial && anchors.some((anchor) => placeOf(anchor.schema) === placeOf(initial));
    return isDynamic ? (scope.get(name) ?? initial) : initial;
  }

  return {
    enter,
    resolve,
    ownerOf,
    foreign(scope, schema) {
      if (anchors.length === 0) return [];
      const alone = enter(NO_SCOPE, schema);
      return [...scope].filter(([name, binding]) => {
        const own = alone.get(name);
        const isOther = own === undefined || placeOf(own) !== placeOf(binding);
        return isOther && usersOf(name).has(placeOf(schema));
      });
    },
  };
}
