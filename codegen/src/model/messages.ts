import { isObject } from '../json.ts';
import { type Cursor, child, entries, placeOf, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import { messagesOf } from './streams.ts';

/** The messages of an AsyncAPI document by the place of their payload's schema. */
function readMessages(root: Cursor, documents: Documents): Map<string, Cursor> {
  const payloads = new Map<string, Cursor>();
  for (const [, channelCursor] of entries(child(root, 'channels'))) {
    const channel = documents.follow(channelCursor);
    const socket = child(channel, 'bindings', 'ws');
    if (socket.value !== undefined) documents.report(socket, 'Not supported yet: WebSocket channels.');
    for (const [, messageCursor] of entries(child(channel, 'messages'))) {
      const message = documents.follow(messageCursor);
      const payload = child(message, 'payload');
      const traits = child(message, 'traits');
      if (traits.value !== undefined) documents.report(traits, 'Not supported yet: traits of a message.');
      if (isObject(payload.value) && 'schemaFormat' in payload.value) {
        documents.report(payload, 'Not supported yet: schemaFormat. Write the payload as a JSON Schema.');
        continue;
      }
      if (payload.value === undefined) {
        documents.report(message, 'A message needs a payload.');
        continue;
      }
      for (const schema of messagesOf(payload, documents)) payloads.set(placeOf(schema), message);
    }
  }
  return payloads;
}

/** A message whose payload is fixed text, such as `[DONE]`, ends a stream and is no item of it. */
const isSentinel = (message: Cursor, documents: Documents): boolean =>
  text(child(documents.follow(child(message, 'payload')), 'const')) !== undefined;

/** Reports where an AsyncAPI document and the streams of an OpenAPI document speak of different messages. */
export function compareMessages(root: Cursor, streamed: readonly Cursor[], documents: Documents): void {
  const messages = readMessages(root, documents);
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
    if (carried.has(place) || isSentinel(message, documents)) continue;
    documents.report(message, 'No stream of the OpenAPI document carries this message.');
  }
  const used = new Set([...messages.values()].map(placeOf));
  for (const [, message] of entries(child(root, 'components', 'messages'))) {
    if (!used.has(placeOf(documents.follow(message))))
      documents.report(message, 'No channel has this message.');
  }
}
