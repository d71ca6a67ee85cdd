import { isObject } from '../../json.ts';
import { at, type Cursor, child, entries, items, placeOf } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import type { Place } from '../../load/resolve.ts';
import type { SchemaGraph } from './graph.ts';

/** Which way values of a schema travel: `input` to the server, `output` from it. */
export type Direction = 'input' | 'output';

/** What a direction leaves out (JSON Schema 2020-12, Validation, section 9.4). */
export const LEFT_OUT = { input: 'readOnly', output: 'writeOnly' } as const satisfies Record<
  Direction,
  string
>;

/** Knows where `readOnly` and `writeOnly` make two schemas of one. */
export interface Variants {
  /** Whether a schema, or one that it leads to, has members that only one direction has. */
  matters(schema: Cursor): boolean;
  /** Whether a schema with such members is also part of an answer. */
  isOutput(schema: Cursor): boolean;
  /** The properties that a direction leaves out; they are never required. */
  leftOut(schema: Cursor, direction: Direction): ReadonlySet<string>;
}

const keysAt = ({ value }: Cursor): string[] => (isObject(value) ? Object.keys(value) : []);

const NONE: ReadonlySet<string> = new Set();

/** Whether a reference at a place outside of all schemas is part of an answer, by the names on the way. */
function isInAnswer({ pointer }: Place): boolean {
  const [part] = /\/(requestBody|parameters|responses)\//.exec(pointer)?.slice(1) ?? [];
  return part === undefined || part === 'responses';
}

/**
 * The places of the objects that have a marked property. A schema that is marked as a whole, to be referred
 * to by properties, is no such object itself.
 */
function markedObjects({ marks, references }: Documents): Place[] {
  const places = new Set(marks.map(placeOf));
  const referring = references.filter(({ found }) => places.has(placeOf(found)));
  const around = marks.map(({ document, pointer }) => ({
    document,
    pointer: pointer.slice(0, pointer.lastIndexOf('/')),
  }));
  return [...around, ...referring];
}

export function createVariants(documents: Documents, graph: () => SchemaGraph): Variants {
  const { marks } = documents;
  const present = new Set(marks.flatMap(({ document, pointer }) => keysAt(at(document, pointer))));
  let marked: ReadonlySet<string> | undefined;
  let outputs: ReadonlySet<string> | undefined;

  /** Whether a property carries a mark, itself, by what it refers to or by a part of its allOf. */
  function isMarked(cursor: Cursor, mark: string, depth = 0): boolean {
    if (!isObject(cursor.value) || depth > 20) return false;
    if (cursor.value[mark] === true && !('$ref' in cursor.value && cursor.document.dialect === 'openapi-3.0'))
      return true;
    const target = documents.step(cursor);
    if (target !== cursor && isMarked(target, mark, depth + 1)) return true;
    return items(child(cursor, 'allOf')).some((part) => isMarked(part, mark, depth + 1));
  }

  function gather(cursor: Cursor, mark: string, found: Set<string>, seen: Set<string>): void {
    if (!isObject(cursor.value) || seen.has(placeOf(cursor))) return;
    seen.add(placeOf(cursor));
    for (const [name, property] of entries(child(cursor, 'properties'))) {
      if (isMarked(property, mark)) found.add(name);
    }
    const target = documents.step(cursor);
    if (target !== cursor) gather(target, mark, found, seen);
    for (const part of items(child(cursor, 'allOf'))) gather(part, mark, found, seen);
  }

  return {
    matters(schema) {
      if (marks.length === 0) return false;
      marked ??= graph().leadingTo(markedObjects(documents));
      return marked.has(placeOf(schema));
    },
    isOutput(schema) {
      outputs ??= graph().reachedFrom(isInAnswer);
      return outputs.has(placeOf(schema));
    },
    leftOut(schema, direction) {
      const mark = LEFT_OUT[direction];
      if (!present.has(mark)) return NONE;
      const found = new Set<string>();
      gather(schema, mark, found, new Set());
      return found;
    },
  };
}
