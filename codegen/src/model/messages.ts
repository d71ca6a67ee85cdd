import { isObject } from '../json.ts';
import { type Cursor, child, entries, items, placeOf, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import { isJsonSchemaFormat } from '../load/schema-formats.ts';
import { messagesOf } from './streams.ts';

export { SCHEMA_FORMATS } from '../load/schema-formats.ts';

const listOf = (cursor: Cursor, documents: Documents): Cursor[] =>
  items(cursor).map((item) => documents.follow(item));

/** Whether a channel is a WebSocket: it has a `ws` binding, or every server that it is on speaks `ws` or `wss`. */
export function isSocketChannel(channel: Cursor, documents: Documents): boolean {
  if (child(channel, 'bindings', 'ws').value !== undefined) return true;
  const own = listOf(child(channel, 'servers'), documents);
  const root = documents.roots.find(({ document }) => document === channel.document);
  const all = entries(child(root ?? channel, 'servers')).map(([, server]) => documents.follow(server));
  const protocols = (own.length > 0 ? own : all).map((server) => text(child(server, 'protocol')) ?? '');
  return protocols.length > 0 && protocols.every((protocol) => /^wss?$/i.test(protocol));
}

/** The messages of a channel by their keys. */
export const channelMessages = (channel: Cursor, documents: Documents): [key: string, message: Cursor][] =>
  entries(child(channel, 'messages')).map(([key, message]) => [key, documents.follow(message)]);

/** The schema of a message's payload; undefined, and a problem, where it has none or one that is no JSON Schema. */
export function payloadOf(message: Cursor, documents: Documents): Cursor | undefined {
  const payload = child(message, 'payload');
  if (payload.value === undefined) {
    documents.report(message, 'A message needs a payload.');
    return undefined;
  }
  if (!isObject(payload.value) || !('schemaFormat' in payload.value)) return payload;
  const format = child(payload, 'schemaFormat');
  if (isJsonSchemaFormat(format.value)) return child(payload, 'schema');
  documents.report(format, `Not supported: payloads of ${String(format.value)}. Write a JSON Schema.`);
  return undefined;
}

/** The places of the messages that an operation uses; without a list an operation uses all of its channel. */
function usedMessages(root: Cursor, documents: Documents): Set<string> {
  const used = new Set<string>();
  for (const [, entry] of entries(child(root, 'operations'))) {
    const operation = documents.follow(entry);
    const listed = child(operation, 'messages');
    const channel = documents.follow(child(operation, 'channel'));
    const messages =
      listed.value === undefined
        ? channelMessages(channel, documents).map(([, message]) => message)
        : listOf(listed, documents);
    for (const message of messages) used.add(placeOf(message));
  }
  return used;
}

/** The messages of the channels that are no sockets, by the places of the schemas that their payloads stand for. */
function streamedMessages(channels: readonly Cursor[], documents: Documents): Map<string, Cursor> {
  const payloads = new Map<string, Cursor>();
  const messages = channels
    .filter((channel) => !isSocketChannel(channel, documents))
    .flatMap((channel) => channelMessages(channel, documents));
  for (const [, message] of messages) {
    const payload = payloadOf(message, documents);
    for (const schema of payload ? messagesOf(payload, documents) : [])
      payloads.set(placeOf(schema), message);
  }
  return payloads;
}

/** A message whose payload is fixed text, such as `[DONE]`, ends a stream and is no item of it. */
const isSentinel = (message: Cursor, documents: Documents): boolean =>
  text(child(documents.follow(child(message, 'payload')), 'const')) !== undefined;

/**
 * Reports where an AsyncAPI document and the streams of an OpenAPI document, if there is one, speak of
 * different messages. Sockets speak for themselves.
 */
export function compareMessages(root: Cursor, streamed: readonly Cursor[], documents: Documents): void {
  const channels = entries(child(root, 'channels')).map(([, channel]) => documents.follow(channel));
  const messages = streamedMessages(channels, documents);
  const hasStreams = documents.roots.some((opened) => child(opened, 'openapi').value !== undefined);
  const file = root.document.source.absoluteRef.split('/').at(-1) ?? '';
  const carried = new Set(streamed.map(placeOf));
  for (const schema of streamed) {
    if (!messages.has(placeOf(schema))) {
      documents.report(
        schema,
        `A stream carries this schema, but it is the payload of no message in ${file}.`,
      );
    }
  }
  for (const [place, message] of messages) {
    if (!hasStreams || carried.has(place) || isSentinel(message, documents)) continue;
    documents.report(message, 'No stream of the OpenAPI document carries this message.');
  }
  checkUse(root, channels, documents);
}

/** Reports messages that no channel has, and those of a channel that no operation sends or receives. */
function checkUse(root: Cursor, channels: readonly Cursor[], documents: Documents): void {
  const used = usedMessages(root, documents);
  const inChannels = channels.flatMap((channel) => channelMessages(channel, documents));
  for (const channel of channels.filter((entry) => !isSocketChannel(entry, documents))) {
    for (const [key, message] of channelMessages(channel, documents)) {
      const entry = child(channel, 'messages', key);
      if (!used.has(placeOf(message))) documents.report(entry, 'No operation uses this message.');
    }
  }
  const known = new Set(inChannels.map(([, message]) => placeOf(message)));
  for (const [, message] of entries(child(root, 'components', 'messages'))) {
    if (!known.has(placeOf(documents.follow(message))))
      documents.report(message, 'No channel has this message.');
  }
}
