import { type Cursor, child, entries, items, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';

/** A value that a document gives to show what something looks like. */
export interface Example {
  /** Its key under `examples`; empty for `example`. */
  readonly name: string;
  readonly content: ExampleContent;
  readonly place: Cursor;
}

/** A value as a program has it, or as it goes over the wire. */
export type ExampleContent =
  | { readonly kind: 'data'; readonly value: unknown }
  | { readonly kind: 'wire'; readonly text: string };

/** Reads an Example Object (OpenAPI 3.2 section 4.19); undefined when its value is in another file. */
function readExample(name: string, entry: Cursor, documents: Documents): Example | undefined {
  const example = documents.follow(entry);
  for (const key of ['dataValue', 'value']) {
    const place = child(example, key);
    if (place.value !== undefined) return { name, content: { kind: 'data', value: place.value }, place };
  }
  const wire = child(example, 'serializedValue');
  const written = text(wire);
  if (written !== undefined) return { name, content: { kind: 'wire', text: written }, place: wire };
  const external = child(example, 'externalValue');
  if (external.value !== undefined)
    documents.warn(external, 'Not supported: externalValue. Write the value here.');
  return undefined;
}

/**
 * The examples of a media type, a parameter or a header, in the document's order: `examples`, `example`,
 * and what its schema says itself.
 */
export function readExamples(holder: Cursor, documents: Documents): Example[] {
  const named = entries(child(holder, 'examples')).flatMap(
    ([name, entry]) => readExample(name, entry, documents) ?? [],
  );
  const schema = documents.follow(child(holder, 'schema'));
  const places = [child(holder, 'example'), ...items(child(schema, 'examples')), child(schema, 'example')];
  const plain = places.flatMap((place): Example[] =>
    place.value === undefined ? [] : [{ name: '', content: { kind: 'data', value: place.value }, place }],
  );
  return [...named, ...plain];
}
