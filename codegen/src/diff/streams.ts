import { follow, pointerOf, valueAt } from '../bundle/references.ts';
import { type Kind, parts } from '../bundle/shape.ts';
import { isObject, type JsonObject } from '../json.ts';
import { pointerTo } from '../load/cursor.ts';

/** A place of a bundled document. */
interface Place {
  readonly pointer: string;
  readonly value: unknown;
}

const inner = ({ pointer, value }: Place, ...keys: readonly (string | number)[]): Place => ({
  pointer: `${pointer}${pointerTo(keys)}`,
  value: valueAt(isObject(value) ? value : {}, pointerTo(keys)),
});

const membersOf = (place: Place): Place[] =>
  ['oneOf', 'anyOf'].flatMap((key) => {
    const { value: list } = inner(place, key);
    return Array.isArray(list) ? list.map((_, index) => inner(place, key, index)) : [];
  });

/** Everything that stands in a document as a part of `kind`, and all its parts. */
function* everything(
  kind: Kind,
  pointer: string,
  value: unknown,
): Generator<Place & { readonly kind: Kind }> {
  yield { kind, pointer, value };
  for (const part of parts(kind, value))
    yield* everything(part.kind, pointer + pointerTo(part.path), part.value);
}

/** Fields of a server-sent event beside `data`: an object that has one of them is a whole event. */
const isWholeEvent = (place: Place): boolean =>
  ['id', 'event', 'retry'].some((field) => inner(place, 'properties', field).value !== undefined);

/** Walks from the schema of a stream's items to the unions of its events. */
class EventSearch {
  readonly unions = new Set<string>();
  /** References by which streams reach their events. */
  readonly ways = new Set<string>();
  readonly #root: JsonObject;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  /** An item is an event, or its data. */
  visitItem(place: Place): void {
    for (const item of this.#visitUnion(place)) {
      const data = inner(item, 'properties', 'data');
      const content = inner(data, 'contentSchema');
      if (content.value !== undefined) this.#visitUnion(content);
      else if (data.value !== undefined && isWholeEvent(item)) this.#visitUnion(data);
    }
  }

  /** Notes a union and those in it. Yields what is no union. */
  #visitUnion(place: Place): Place[] {
    if (pointerOf(place.value) !== undefined) this.ways.add(place.pointer);
    const found = follow(this.#root, place);
    const members = membersOf(found);
    if (members.length === 0) return [found];
    if (this.unions.has(found.pointer)) return [];
    this.unions.add(found.pointer);
    return members.flatMap((member) => this.#visitUnion(member));
  }
}

/**
 * The unions whose members are events: the schema of a stream's items, that of their data, and unions in
 * these. A client that does not know an event leaves it out, so that a new one breaks nobody. Unions that
 * something else uses too are none.
 *
 * @returns the pointers of the unions.
 */
export function readEventUnions(
  root: JsonObject,
  rootKind: 'document' | 'asyncDocument',
): ReadonlySet<string> {
  const places = [...everything(rootKind, '', root)];
  const search = new EventSearch(root);
  for (const place of places) {
    const items = inner(place, 'itemSchema');
    if (place.kind === 'mediaType' && items.value !== undefined) search.visitItem(items);
  }
  for (const { pointer, value } of places) {
    const target = pointerOf(value);
    if (target !== undefined && !search.ways.has(pointer)) search.unions.delete(target);
  }
  return search.unions;
}
