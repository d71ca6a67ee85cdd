import type { EventStreamFormat } from '@flowwire/contract';
import { isObject } from '../json.ts';
import { at, type Cursor, child, entries, items, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import type { Schema, StreamModel } from './api.ts';
import type { EventStreamConvention } from './build.ts';
import { deepDiscriminator, valuesAt } from './deep-discriminator.ts';
import {
  type DataModel,
  type EventShape,
  eventName,
  eventShapes,
  readData,
  sentinelOf,
} from './event-shapes.ts';
import type { SchemaTable } from './schemas.ts';

interface StreamContext {
  readonly documents: Documents;
  readonly table: SchemaTable;
  /** Told of the schema of each message that the stream carries, to be compared with an AsyncAPI document. */
  readonly onPayload: (payload: Cursor) => void;
  readonly eventStreams: EventStreamConvention;
}

/** What `data` is after decoding. */
function dataSchema({ kind, content }: DataModel, shape: EventShape, { table }: StreamContext): Schema {
  if (content) return table.convert(content);
  if (kind === 'json') return true;
  const parts = (shape.fields.get('data') ?? []).map((field) => table.convert(field)).filter(isObject);
  return { type: 'string', ...Object.assign({}, ...parts) };
}

const branchesOf = (schema: Cursor): Cursor[] => [
  ...items(child(schema, 'oneOf')),
  ...items(child(schema, 'anyOf')),
];

/** The messages that a schema stands for: the branches of unions, or itself. */
export function messagesOf(schema: Cursor, documents: Documents): Cursor[] {
  const target = documents.follow(schema);
  const branches = branchesOf(target);
  return branches.length > 0 ? branches.flatMap((branch) => messagesOf(branch, documents)) : [target];
}

/** The schemas of a mapping that lists some of a union's members must be all of them. */
function checkMapping(union: Cursor, { documents }: StreamContext): void {
  const mapping = child(union, 'discriminator', 'mapping');
  if (mapping.value === undefined) return;
  const known = new Set(entries(mapping).map(([, { value }]) => value));
  for (const branch of branchesOf(union)) {
    const reference = child(branch, '$ref').value;
    if (typeof reference !== 'string' || known.has(reference) || known.has(reference.split('/').at(-1)))
      continue;
    documents.warn(branch, `${reference} is a member of the union, but not in the discriminator's mapping.`);
  }
}

interface ToldApart {
  /** A property, or a JSON pointer where it lies deeper. */
  readonly discriminator: string | undefined;
  readonly branches: readonly {
    readonly link: Cursor;
    readonly target: Cursor;
    readonly values: readonly string[];
  }[];
}

function toldApart(union: Cursor, { documents, table }: StreamContext): ToldApart {
  const pointer = deepDiscriminator(union, documents);
  if (pointer !== undefined) {
    const branches = branchesOf(union).map((link) => {
      const target = documents.follow(link);
      return { link, target, values: valuesAt(target, pointer, documents) };
    });
    return { discriminator: pointer, branches };
  }
  const read = child(union, 'discriminator').value === undefined ? undefined : table.unions.read(union);
  return { discriminator: read?.propertyName, branches: read?.branches ?? [] };
}

/** How the items of a stream are told apart, and which of them end it. */
function readItems(content: Cursor, context: StreamContext) {
  const { documents, table } = context;
  const { discriminator, branches } = toldApart(documents.follow(content), context);
  const terminal = branches.flatMap(({ link, target, values }) => {
    if (child(target, 'x-terminal').value !== true) return [];
    const schema = documents.step(link) === link ? undefined : table.named(link, '');
    return values.map((value) => ({ value, ...(schema !== undefined && { schema }) }));
  });
  const known = [...new Set(branches.flatMap(({ values }) => values))];
  return { discriminator, terminal, known };
}

/** A stream whose items are the decoded `data`. */
function dataStream(
  { kind, content }: DataModel,
  item: string,
  sentinels: readonly string[],
  context: StreamContext,
): StreamModel {
  const { documents, onPayload } = context;
  const messages = content ? messagesOf(content, documents) : [];
  messages.forEach(onPayload);
  if (content) checkMapping(documents.follow(content), context);
  const items = content && readItems(content, context);
  const mark = messages.map((message) => child(message, 'x-terminal')).find(({ value }) => value === true);
  if (mark && items?.discriminator === undefined) {
    const advice = 'Tell the messages apart by a discriminator, or by x-discriminator, a JSON pointer.';
    documents.warn(mark, `x-terminal has no effect here. ${advice}`);
  }
  const format: EventStreamFormat = {
    item: 'data',
    data: kind,
    sentinels,
    ...(items?.discriminator !== undefined && { discriminator: items.discriminator }),
    terminal: [...new Set(items?.terminal.map(({ value }) => value))],
    known: items?.known ?? [],
  };
  return { format, item, terminal: items?.terminal ?? [] };
}

interface NamedShape {
  readonly shape: EventShape;
  readonly event: string;
  readonly data: DataModel;
}

function eventFormat(named: readonly NamedShape[], sentinels: readonly string[]): EventStreamFormat {
  const textEvents = named.filter(({ data }) => data.kind === 'text').map(({ event }) => event);
  const allText = textEvents.length === named.length;
  return {
    item: 'event',
    data: allText ? 'text' : 'json',
    ...(!allText && textEvents.length > 0 && { textEvents }),
    sentinels,
    discriminator: 'event',
    terminal: named.filter(({ shape }) => shape.terminal).map(({ event }) => event),
    known: named.map(({ event }) => event),
  };
}

/** A stream whose items are told apart by the `event` field: `{ event, data, id? }`. */
function eventStream(
  shapes: readonly EventShape[],
  sentinels: readonly string[],
  itemSchema: Cursor,
  name: string,
  context: StreamContext,
): StreamModel {
  const { documents, table, onPayload, eventStreams } = context;
  const named = shapes.flatMap((shape): NamedShape[] => {
    const event = eventName(shape);
    if (event !== undefined) return [{ shape, event, data: readData(shape, documents, eventStreams) }];
    documents.report(shape.place, 'Every branch needs properties.event.const when one of them has it.');
    return [];
  });
  for (const { data } of named) if (data.content) messagesOf(data.content, documents).forEach(onPayload);

  const branch = ({ shape, event, data }: NamedShape): Schema => {
    const description = text(child(shape.place, 'description'));
    return {
      type: 'object',
      ...(description !== undefined && { description }),
      properties: { event: { const: event }, data: dataSchema(data, shape, context), id: { type: 'string' } },
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
  const ownName = isReference ? table.nameOf(target) : name;
  const item = table.add(ownName, target, schema).name;
  const format = eventFormat(named, sentinels);
  return { format, item, terminal: format.terminal.map((value) => ({ value })) };
}

/** The text that a schema fixes. */
const fixedText = (schema: Cursor, documents: Documents): string | undefined =>
  text(child(documents.follow(schema), 'const'));

/** A stream whose schema is that of the decoded JSON of each event's data. */
function payloadStream(schema: Cursor, name: string, context: StreamContext): StreamModel {
  const { documents, table, onPayload } = context;
  const branches = branchesOf(documents.follow(schema));
  const sentinels = branches.flatMap((branch) => fixedText(branch, documents) ?? []);
  const items = branches.filter((branch) => fixedText(branch, documents) === undefined);
  const [only, another] = items;
  if (sentinels.length === 0 || (only && !another)) {
    const content = sentinels.length === 0 ? schema : (only ?? schema);
    return dataStream({ kind: 'json', content }, table.named(content, name), sentinels, context);
  }
  for (const item of items) messagesOf(item, documents).forEach(onPayload);
  const union = (): Schema => ({ oneOf: items.map((item) => table.convert(item)) });
  const item = table.add(name, schema, union).name;
  return dataStream({ kind: 'json' }, item, sentinels, context);
}

/** A stream of which nothing is known but that it has events. */
function textStream(media: Cursor, name: string, { documents, table }: StreamContext): StreamModel {
  const advice =
    child(media, 'schema').value === undefined
      ? 'Describe one event with itemSchema.'
      : 'If its schema describes the data of one event, generate with --event-streams payload.';
  documents.warn(
    media,
    `text/event-stream without itemSchema is read as events whose data is text. ${advice}`,
  );
  const item = table.add(name, media, () => ({ type: 'string' })).name;
  return {
    format: { item: 'data', data: 'text', sentinels: [], terminal: [], known: [] },
    item,
    terminal: [],
  };
}

/**
 * Reads a `text/event-stream` answer by its `itemSchema`, which may have no value. An inline schema of items
 * is called `name`.
 */
export function readStream(
  itemSchema: Cursor,
  name: string,
  context: StreamContext,
): StreamModel | undefined {
  const { documents, table, eventStreams } = context;
  const media = at(itemSchema.document, itemSchema.pointer.replace(/\/itemSchema$/, ''));
  const payload = itemSchema.value === undefined ? child(media, 'schema') : itemSchema;
  if (eventStreams === 'payload' && payload.value !== undefined) return payloadStream(payload, name, context);
  if (itemSchema.value === undefined) return textStream(media, name, context);
  const shapes = eventShapes(itemSchema, documents);
  const sentinels = shapes.flatMap((shape) => sentinelOf(shape) ?? []);
  const events = shapes.filter((shape) => sentinelOf(shape) === undefined);
  const [first, second] = events;
  if (!first) {
    documents.report(itemSchema, 'itemSchema describes no event but the one that ends the stream.');
    return undefined;
  }
  if (events.some((shape) => eventName(shape) !== undefined)) {
    return eventStream(events, sentinels, itemSchema, name, context);
  }
  if (second) {
    const advice = 'Tell them apart by properties.event.const, or put the union into contentSchema.';
    documents.report(second.place, `Two kinds of event cannot be told apart. ${advice}`);
  }
  const data = readData(first, documents, eventStreams);
  const item = data.content
    ? table.named(data.content, name)
    : table.add(name, first.place, () => dataSchema(data, first, context)).name;
  return dataStream(data, item, sentinels, context);
}
