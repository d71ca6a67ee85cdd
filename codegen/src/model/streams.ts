import type { EventStreamFormat } from '@flowwire/contract';
import { isJsonMediaType, isObject } from '../json.ts';
import { type Cursor, child, entries, items, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import type { Schema, StreamModel } from './api.ts';
import { discriminatorValues, type SchemaTable } from './schemas.ts';

/** One way that a server-sent event can look, after `$ref`, `allOf` and `oneOf` have been worked out. */
interface EventShape {
  readonly place: Cursor;
  /** What each field's schemas say; several when a base and a branch both speak of it. */
  readonly fields: ReadonlyMap<string, readonly Cursor[]>;
  readonly terminal: boolean;
}

interface StreamContext {
  readonly documents: Documents;
  readonly table: SchemaTable;
  /** Told of the schema of each message that the stream carries, to be compared with an AsyncAPI document. */
  readonly onPayload: (payload: Cursor) => void;
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
function eventShapes(cursor: Cursor, documents: Documents): EventShape[] {
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
    if (branches.length > 0)
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

const eventName = (shape: EventShape): string | undefined => {
  const constant = lastOf(shape, 'event', 'const');
  return constant && text(constant);
};

/** The whole `data` of an event that is fixed text, such as `[DONE]`. */
const sentinelOf = (shape: EventShape): string | undefined => {
  const constant = lastOf(shape, 'data', 'const');
  return constant && text(constant);
};

interface DataModel {
  readonly kind: 'json' | 'text';
  /** The schema of decoded JSON; absent when JSON text has no contentSchema. */
  readonly content?: Cursor;
}

function readData(shape: EventShape, documents: Documents): DataModel {
  const schemas = shape.fields.get('data') ?? [];
  if (schemas.length === 0) {
    documents.report(shape.place, 'itemSchema describes the whole event: say what properties.data is.');
  }
  const type = schemas.map((schema) => child(schema, 'type')).find(({ value }) => value !== undefined);
  if (type && type.value !== 'string') {
    const advice = 'Describe decoded JSON with contentMediaType: application/json and contentSchema.';
    documents.report(type, `The data of a server-sent event is a string. ${advice}`);
  }
  const content = lastOf(shape, 'data', 'contentSchema');
  const mediaType = lastOf(shape, 'data', 'contentMediaType');
  if (content && !mediaType) {
    documents.report(content, 'contentSchema needs contentMediaType: application/json beside it.');
  }
  if (!mediaType) return { kind: 'text' };
  if (isJsonMediaType(text(mediaType) ?? '')) return { kind: 'json', ...(content && { content }) };
  documents.report(mediaType, `Not supported yet: event data of ${String(mediaType.value)}.`);
  return { kind: 'text' };
}

/** What `data` is after decoding. */
function dataSchema(shape: EventShape, { documents, table }: StreamContext): Schema {
  const { kind, content } = readData(shape, documents);
  if (content) return table.convert(content);
  if (kind === 'json') return true;
  const parts = (shape.fields.get('data') ?? []).map(table.convert).filter(isObject);
  return { type: 'string', ...Object.assign({}, ...parts) };
}

/** The messages that a schema stands for: the branches of unions, or itself. */
export function messagesOf(schema: Cursor, documents: Documents): Cursor[] {
  const target = documents.follow(schema);
  const branches = items(child(target, 'oneOf'));
  return branches.length > 0 ? branches.flatMap((branch) => messagesOf(branch, documents)) : [target];
}

/** A stream whose items are the decoded `data`. */
function dataStream(
  shape: EventShape,
  sentinels: string[],
  name: string,
  context: StreamContext,
): StreamModel {
  const { documents, table, onPayload } = context;
  const { kind, content } = readData(shape, documents);
  const item = content
    ? table.named(content, name)
    : table.add(name, shape.place, () => dataSchema(shape, context)).name;
  const messages = content ? messagesOf(content, documents) : [];
  messages.forEach(onPayload);
  const union = content && documents.follow(content);
  const discriminator = union && text(child(union, 'discriminator', 'propertyName'));
  const branches = discriminator === undefined ? [] : items(child(union ?? shape.place, 'oneOf'));
  const values = branches.map((branch) => discriminatorValues(branch, discriminator ?? '', documents));
  const terminal = branches.flatMap((branch, index) => {
    if (child(documents.follow(branch), 'x-terminal').value !== true) return [];
    const schema = documents.step(branch) === branch ? undefined : table.named(branch, '');
    return (values[index] ?? []).map((value) => ({ value, ...(schema && { schema }) }));
  });
  if (discriminator === undefined) {
    for (const message of messages) {
      const mark = child(message, 'x-terminal');
      if (mark.value === true)
        documents.report(mark, 'x-terminal needs a union with a discriminator around it.');
    }
  }
  const format: EventStreamFormat = {
    item: 'data',
    data: kind,
    sentinels,
    ...(discriminator !== undefined && { discriminator }),
    terminal: terminal.map(({ value }) => value),
    known: values.flat(),
  };
  return { format, item, terminal };
}

/** A stream whose items are told apart by the `event` field: `{ event, data, id? }`. */
function eventStream(
  shapes: EventShape[],
  sentinels: string[],
  itemSchema: Cursor,
  name: string,
  context: StreamContext,
): StreamModel {
  const { documents, table, onPayload } = context;
  const named = shapes.flatMap((shape) => {
    const event = eventName(shape);
    if (event !== undefined) return [{ shape, event, data: readData(shape, documents) }];
    documents.report(shape.place, 'Every branch needs properties.event.const when one of them has it.');
    return [];
  });
  for (const { data } of named) if (data.content) messagesOf(data.content, documents).forEach(onPayload);

  const branch = ({ shape, event }: (typeof named)[number]): Schema => {
    const description = text(child(shape.place, 'description'));
    return {
      type: 'object',
      ...(description !== undefined && { description }),
      properties: { event: { const: event }, data: dataSchema(shape, context), id: { type: 'string' } },
      required: ['event', 'data'],
    };
  };
  const schema = (): Schema => ({
    type: 'object',
    discriminator: { propertyName: 'event' },
    oneOf: named.map(branch),
  });
  // A component gives its name to the decoded item: the event as it is on the wire is nobody's type.
  const isReference = isObject(itemSchema.value) && Object.keys(itemSchema.value).join() === '$ref';
  const target = isReference ? documents.follow(itemSchema) : itemSchema;
  const ownName = isReference ? (target.pointer.split('/').at(-1) ?? name) : name;
  const item = table.add(ownName, target, schema).name;

  const textEvents = named.filter(({ data }) => data.kind === 'text').map(({ event }) => event);
  const terminal = named.filter(({ shape }) => shape.terminal).map(({ event }) => ({ value: event }));
  const allText = textEvents.length === named.length;
  const format: EventStreamFormat = {
    item: 'event',
    data: allText ? 'text' : 'json',
    ...(!allText && textEvents.length > 0 && { textEvents }),
    sentinels,
    discriminator: 'event',
    terminal: terminal.map(({ value }) => value),
    known: named.map(({ event }) => event),
  };
  return { format, item, terminal };
}

/** Reads the itemSchema of a `text/event-stream` answer. An inline schema of items is called `name`. */
export function readStream(
  itemSchema: Cursor,
  name: string,
  context: StreamContext,
): StreamModel | undefined {
  const shapes = eventShapes(itemSchema, context.documents);
  const sentinels = shapes.flatMap((shape) => sentinelOf(shape) ?? []);
  const events = shapes.filter((shape) => sentinelOf(shape) === undefined);
  const [first, second] = events;
  if (!first) {
    context.documents.report(itemSchema, 'itemSchema describes no event but the one that ends the stream.');
    return undefined;
  }
  if (events.some((shape) => eventName(shape) !== undefined)) {
    return eventStream(events, sentinels, itemSchema, name, context);
  }
  if (second) {
    const advice = 'Tell them apart by properties.event.const, or put the union into contentSchema.';
    context.documents.report(second.place, `Two kinds of event cannot be told apart. ${advice}`);
  }
  return dataStream(first, sentinels, name, context);
}
