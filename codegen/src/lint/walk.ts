import { type Kind, parts } from '../bundle/shape.ts';
import { isObject } from '../json.ts';
import { type Cursor, child, placeOf } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';

/** An object of a document, and how it was reached first. */
export interface Seen {
  readonly kind: Kind;
  /** Where it is written: what references lead to. */
  readonly cursor: Cursor;
  /** The object that it is part of, or that refers to it; undefined for the document. */
  readonly via: Seen | undefined;
  /** The last key on the way from there, such as the media type of a body. */
  readonly name: string;
}

/** The objects of a document and those of other files that it refers to, each once, in reading order. */
export function* walk(root: Cursor, kind: Kind, documents: Documents): Generator<Seen> {
  const known = new Set<string>();
  function* visit(cursor: Cursor, inner: Kind, via: Seen | undefined, name: string): Generator<Seen> {
    const found = inner === 'schema' || inner === 'payload' ? cursor : documents.follow(cursor);
    const key = `${inner} ${placeOf(found)}`;
    if (!isObject(found.value) || known.has(key)) return;
    known.add(key);
    const seen = { kind: inner, cursor: found, via, name };
    yield seen;
    if (found === cursor && typeof found.value.$ref === 'string') {
      const target = documents.follow(found);
      if (target !== found) yield* visit(target, inner, via, name);
    }
    for (const part of parts(inner, found.value))
      yield* visit(child(found, ...part.path), part.kind, seen, String(part.path.at(-1)));
  }
  yield* visit(root, kind, undefined, '');
}

/** The nearest object of a kind that this one is part of, or itself. */
export function nearest(seen: Seen, ...kinds: readonly Kind[]): Seen | undefined {
  for (let here: Seen | undefined = seen; here; here = here.via) if (kinds.includes(here.kind)) return here;
  return undefined;
}
