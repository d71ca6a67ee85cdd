import { isJsonMediaType } from '../json.ts';
import { type Cursor, child, entries, items, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import type { EventStreamConvention } from './build.ts';

/** One way that a server-sent event can look, after `$ref`, `allOf` and `oneOf` have been worked out. */
export interface EventShape {
  readonly place: Cursor;
  /** What each field's schemas say; several when a base and a branch both speak of it. */
  readonly fields: ReadonlyMap<string, readonly Cursor[]>;
  readonly terminal: boolean;
}

/** Combines what two parts of a schema say of the same event. The later part names the place. */
const both = (a: EventShape, b: EventShape): EventShape => ({
  place: b.place,
  fields: new Map(
    [...new Set([...a.fields.keys(), ...b.fields.keys()])].map((field) => [
      field,
      [...(a.fields.get(field) ?? []), ...(b.fields.get(field) ?? [])],
    ]),
  ),
  terminal: a.terminal || b.terminal,
});

const combine = (left: EventShape[], right: EventShape[]): EventShape[] =>
  left.flatMap((a) => right.map((b) => both(a, b)));

/** Works out the events that an itemSchema allows (OpenAPI 3.2 section 4.14.4). */
export function eventShapes(cursor: Cursor, documents: Documents): EventShape[] {
  const fields = new Map(
    entries(child(cursor, 'properties')).map(([name, field]) => [name, [documents.follow(field)]]),
  );
  let shapes: EventShape[] = [
    { place: cursor, fields, terminal: child(cursor, 'x-terminal').value === true },
  ];
  const referred = documents.step(cursor);
  if (referred !== cursor) shapes = combine(eventShapes(referred, documents), shapes);
  for (const part of items(child(cursor, 'allOf'))) shapes = combine(shapes, eventShapes(part, documents));
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = items(child(cursor, keyword));
    if (branches.length === 0) continue;
    shapes = combine(
      shapes,
      branches.flatMap((branch) => eventShapes(branch, documents)),
    );
  }
  return shapes;
}

/** The last of a field's schemas that uses a keyword, at that keyword. */
const lastOf = (shape: EventShape, field: string, keyword: string): Cursor | undefined =>
  shape.fields
    .get(field)
    ?.map((schema) => child(schema, keyword))
    .findLast(({ value }) => value !== undefined);

/** The name of an event, where its `event` field is fixed. */
export const eventName = (shape: EventShape): string | undefined => {
  const constant = lastOf(shape, 'event', 'const') ?? soleValue(lastOf(shape, 'event', 'enum'));
  return constant && text(constant);
};

/** OpenAPI 3.0 has no `const` and writes an enumeration of one. */
const soleValue = (list: Cursor | undefined): Cursor | undefined => {
  const values = list ? items(list) : [];
  return values.length === 1 ? values[0] : undefined;
};

/** The whole `data` of an event that is fixed text, such as `[DONE]`. */
export const sentinelOf = (shape: EventShape): string | undefined => {
  const constant = lastOf(shape, 'data', 'const') ?? soleValue(lastOf(shape, 'data', 'enum'));
  return constant && text(constant);
};

/** What the data of an event is. */
export interface DataModel {
  readonly kind: 'json' | 'text';
  /** The schema of decoded JSON; absent when nothing is said of the JSON. */
  readonly content?: Cursor;
}

/** Works out what the data of an event is, and reports where it is not said as `convention` wants it. */
export function readData(
  shape: EventShape,
  documents: Documents,
  convention: EventStreamConvention,
): DataModel {
  const schemas = shape.fields.get('data') ?? [];
  if (schemas.length === 0) {
    const advice = 'If it describes the decoded data instead, generate with --event-streams payload.';
    documents.report(
      shape.place,
      `itemSchema describes the whole event: say what properties.data is. ${advice}`,
    );
    return { kind: 'text' };
  }
  const isText = schemas.some(
    (schema) => child(schema, 'type').value === 'string' || sentinelOf(shape) !== undefined,
  );
  const last = schemas.at(-1);
  if (convention === 'object' && !isText && last) return { kind: 'json', content: last };
  const type = schemas.map((schema) => child(schema, 'type')).find(({ value }) => value !== undefined);
  if (type && type.value !== 'string') {
    const advice =
      'Describe decoded JSON with contentMediaType: application/json and contentSchema, or generate with ' +
      '--event-streams object.';
    documents.report(type, `The data of a server-sent event is a string. ${advice}`);
  }
  const content = lastOf(shape, 'data', 'contentSchema');
  const mediaType = lastOf(shape, 'data', 'contentMediaType');
  if (content && !mediaType) {
    documents.report(content, 'contentSchema needs contentMediaType: application/json beside it.');
  }
  if (!mediaType) return { kind: 'text' };
  if (isJsonMediaType(text(mediaType) ?? '')) return { kind: 'json', ...(content && { content }) };
  documents.warn(mediaType, `Event data of ${String(mediaType.value)} is read as text.`);
  return { kind: 'text' };
}
