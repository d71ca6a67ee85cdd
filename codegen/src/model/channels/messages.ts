import { isJsonMediaType, isObject } from '../../json.ts';
import { type Cursor, child, items, placeOf, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import { SCHEMA_FORMATS } from '../messages.ts';
import { propertiesOf, wireType } from '../wire-types.ts';
import { memberOf } from './traits.ts';

/** What is said on a socket (AsyncAPI 3.1 Message Object). */
export interface SocketMessage {
  /** Its keys in its channels; `x-socket-session` refers to them. */
  readonly keys: readonly string[];
  readonly name: string;
  readonly place: Cursor;
  /** The schema of its payload; undefined where nothing is known of it. */
  readonly payload: Cursor | undefined;
  /** JSON pointer to the correlation id. */
  readonly correlationId?: string;
}

const IN_PAYLOAD = /^\$message\.payload#(\/.*)$/;

/** The pointer of a runtime expression into the payload, such as `$message.payload#/id`. */
export const payloadPointer = (expression: string): string | undefined => IN_PAYLOAD.exec(expression)?.[1];

/** The schema of what a pointer into a payload leads to; undefined where the payload does not say. */
export function schemaAt(payload: Cursor, pointer: string, documents: Documents): Cursor | undefined {
  const keys = pointer.split('/').slice(1);
  return keys.reduce<Cursor | undefined>((schema, key) => {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    return schema && propertiesOf(schema, documents).get(name);
  }, payload);
}

/** Whether a correlation id is a number. */
export function isNumeric(payload: Cursor | undefined, pointer: string, documents: Documents): boolean {
  const schema = payload && schemaAt(payload, pointer, documents);
  if (!schema) return false;
  const type = wireType(schema, documents);
  return type === 'integer' || type === 'number';
}

/** The schema of a payload; `left-out` for one that is not JSON. */
function readPayload(message: Cursor, documents: Documents): Cursor | undefined | 'left-out' {
  const payload = memberOf(message, 'payload', documents);
  if (payload.value === undefined) {
    documents.warn(message, 'The message has no payload: anything will do for it.');
    return undefined;
  }
  if (!isObject(payload.value) || !('schemaFormat' in payload.value)) return payload;
  const format = child(payload, 'schemaFormat');
  if (SCHEMA_FORMATS.test((text(format) ?? '').replaceAll(' ', ''))) return child(payload, 'schema');
  const advice = 'Describe the payload by a JSON Schema.';
  documents.warn(format, `The message is left out: its payload is of ${String(format.value)}. ${advice}`);
  return 'left-out';
}

/** Whether a message is JSON, as far as it or the document says. */
function isJson(message: Cursor, root: Cursor, documents: Documents): boolean {
  const own = memberOf(message, 'contentType', documents);
  const type = text(own) ?? text(child(root, 'defaultContentType')) ?? 'application/json';
  const [essence = ''] = type.split(';');
  if (isJsonMediaType(essence.trim())) return true;
  documents.warn(message, `The message is left out: it is ${type}, and only JSON is supported on sockets.`);
  return false;
}

function readCorrelationId(message: Cursor, documents: Documents): string | undefined {
  const cursor = memberOf(message, 'correlationId', documents);
  if (cursor.value === undefined) return undefined;
  const location = child(documents.follow(cursor), 'location');
  const pointer = payloadPointer(text(location) ?? '');
  if (pointer !== undefined) return pointer;
  const advice = 'Put the id into the payload: $message.payload#/id.';
  documents.warn(
    location,
    `A frame of a WebSocket has no headers, so that this id cannot be read. ${advice}`,
  );
  return undefined;
}

/** Reads one message; undefined, and a warning, for one that a socket of ours cannot carry. */
export function readSocketMessage(
  keys: readonly string[],
  message: Cursor,
  root: Cursor,
  documents: Documents,
): SocketMessage | undefined {
  const headers = memberOf(message, 'headers', documents);
  if (headers.value !== undefined)
    documents.warn(headers, 'A frame of a WebSocket has no headers. These are left out.');
  const payload = readPayload(message, documents);
  if (!isJson(message, root, documents) || payload === 'left-out') return undefined;
  const correlationId = readCorrelationId(message, documents);
  return {
    keys,
    name: text(memberOf(message, 'name', documents)) ?? keys[0] ?? '',
    place: message,
    payload,
    ...(correlationId !== undefined && { correlationId }),
  };
}

/** The messages that a list refers to. */
export const listedMessages = (list: Cursor, documents: Documents): string[] =>
  items(list).map((entry) => placeOf(documents.follow(entry)));
