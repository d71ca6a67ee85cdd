import { type Cursor, child, entries, placeOf, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import type { ChannelModel } from './api.ts';
import { formatMessages } from './channels/formats.ts';
import { readSocketMessage, type SocketMessage } from './channels/messages.ts';
import { type Dialogue, type Perspective, readDialogue } from './channels/operations.ts';
import { checkBinding, readAddressParameters, readBindings } from './channels/parameters.ts';
import { readSocketSecurity } from './channels/security.ts';
import { addressOf, protocolsOf, serversOf } from './channels/servers.ts';
import { readCloseCodes, readSession } from './channels/session.ts';
import { typeMessages } from './channels/types.ts';
import { channelMessages, isSocketChannel } from './messages.ts';
import { camelCase, isIdentifier } from './names.ts';
import { groupParameters } from './parameter-groups.ts';
import type { SchemaTable } from './schemas.ts';

export type { Perspective } from './channels/operations.ts';

export interface ChannelContext {
  readonly documents: Documents;
  readonly table: SchemaTable;
  /** The AsyncAPI document. */
  readonly root: Cursor;
  /** The methods that the client has already; undefined where there is no OpenAPI document. */
  readonly operationIds: readonly string[] | undefined;
  /** Whose words the document uses; what it says itself (`x-perspective`), else the server's, when absent. */
  readonly perspective?: Perspective | undefined;
}

/** One socket: the channels that have one address. */
interface SocketSource {
  readonly address: string;
  readonly channels: readonly Cursor[];
  readonly keys: readonly string[];
}

function readPerspective({ root, perspective, documents }: ChannelContext): Perspective {
  const own = child(root, 'x-perspective');
  if (perspective !== undefined || own.value === undefined) return perspective ?? 'server';
  if (own.value === 'client' || own.value === 'server') return own.value;
  documents.report(own, 'x-perspective is client or server.');
  return 'server';
}

/** Whether a channel is a socket. One of which nothing says its protocol is, where no stream could have it. */
function isSocket(channel: Cursor, { documents, operationIds }: ChannelContext): boolean {
  if (isSocketChannel(channel, documents)) return true;
  const isUntold =
    protocolsOf(channel, documents).length === 0 && child(channel, 'bindings').value === undefined;
  return operationIds === undefined && isUntold && (text(child(channel, 'address')) ?? '').startsWith('/');
}

/** Says why nothing is generated for a channel, unless it describes the streams of an OpenAPI document. */
function warnOfOther(channel: Cursor, { documents, operationIds }: ChannelContext): void {
  const protocols = [...new Set(protocolsOf(channel, documents))];
  const isStream = protocols.every((protocol) => /^(https?|sse)$/i.test(protocol));
  if (operationIds !== undefined && isStream) return;
  const what = protocols.length > 0 ? `It is for ${protocols.join(', ')}` : 'Nothing says its protocol';
  const advice = 'Only WebSockets are generated: give it the binding `ws: {}`, or a server of ws or wss.';
  documents.warn(channel, `The channel is left out. ${what}. ${advice}`);
}

/** The sockets of a document. Channels with one address are one socket: frames do not say their channel. */
function findSockets(context: ChannelContext): SocketSource[] {
  const { root, documents } = context;
  const byAddress = new Map<string, { address: string; channels: Cursor[]; keys: string[] }>();
  for (const [key, entry] of entries(child(root, 'channels'))) {
    const channel = documents.follow(entry);
    if (!isSocket(channel, context)) {
      warnOfOther(entry, context);
      continue;
    }
    const address = addressOf(channel, documents);
    if (address === undefined) continue;
    checkBinding(channel, documents);
    const source = byAddress.get(address) ?? { address, channels: [], keys: [] };
    source.channels.push(channel);
    source.keys.push(key);
    byAddress.set(address, source);
  }
  return [...byAddress.values()];
}

/** Members that every object has, and `then`, for which `await` would take the client for a promise. */
const isUnusable = (name: string): boolean => name in Object.prototype || name === 'then';

/** The name of a method that opens a socket: its channel's key, or, of several channels, their address. */
function nameSocket({ address, keys }: SocketSource, taken: ReadonlySet<string>): string {
  const [key = ''] = keys;
  const wanted = keys.length === 1 && isIdentifier(key) ? key : camelCase(keys.length === 1 ? key : address);
  const base = isIdentifier(wanted) && !isUnusable(wanted) ? wanted : 'socket';
  const names = [base, `${base}Socket`];
  for (let number = 2; names.every((name) => taken.has(name)); number += 1)
    names.push(`${base}Socket${number}`);
  return names.find((name) => !taken.has(name)) ?? base;
}

/** The messages of a socket's channels, each once, by their places. */
function readMessages(
  { channels }: SocketSource,
  dialogue: Dialogue,
  { root, documents }: ChannelContext,
): Map<string, SocketMessage> {
  const found = new Map<string, { message: Cursor; entry: Cursor; keys: string[] }>();
  for (const channel of channels) {
    for (const [key, message] of channelMessages(channel, documents)) {
      const place = placeOf(message);
      const known = found.get(place) ?? { message, entry: child(channel, 'messages', key), keys: [] };
      known.keys.push(key);
      found.set(place, known);
    }
  }
  const messages = new Map<string, SocketMessage>();
  for (const [place, { message, entry, keys }] of found) {
    if (!dialogue.server.has(place) && !dialogue.client.has(place)) {
      documents.warn(entry, 'The message is left out: no operation sends or receives it.');
      continue;
    }
    const read = readSocketMessage(keys, message, root, documents);
    if (read) messages.set(place, read);
  }
  return messages;
}

/** Reads one socket; undefined, and a warning, where nobody says anything on it. */
function readSocket(
  source: SocketSource,
  name: string,
  perspective: Perspective,
  context: ChannelContext,
): ChannelModel | undefined {
  const { documents, table, root } = context;
  const { address, channels } = source;
  const [first] = channels;
  if (!first) return undefined;
  const dialogue = readDialogue(channels, root, perspective, documents);
  if (dialogue.operations.length === 0) {
    documents.warn(first, 'The channel is left out: no operation says who sends its messages.');
    return undefined;
  }
  const messages = readMessages(source, dialogue, context);
  const saidBy = (places: ReadonlySet<string>): SocketMessage[] =>
    [...messages].flatMap(([place, message]) => (places.has(place) ? [message] : []));
  const typed = typeMessages(saidBy(dialogue.server), saidBy(dialogue.client), documents);
  const session = readSession(channels, typed, documents);
  const parameters = [
    ...readAddressParameters(address, channels, documents),
    ...readBindings(channels, documents),
  ];
  const [summary, description] = [
    text(child(first, 'summary')) ?? text(child(first, 'title')),
    text(child(first, 'description')),
  ];
  return {
    name,
    address,
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    parameters: parameters.map(({ parameter }) => parameter),
    groups: groupParameters(name, first, parameters, table),
    security: readSocketSecurity(serversOf(first, documents), dialogue.operations, documents),
    ...(typed.discriminator !== undefined && { discriminator: typed.discriminator }),
    ...formatMessages({ documents, table, dialogue, typed, session }),
    ...(session && { session }),
    closeCodes: readCloseCodes(channels, documents),
  };
}

/**
 * Reads every WebSocket of an AsyncAPI document (AsyncAPI 3.1 Channel Object, WebSockets Bindings 0.1.0). What
 * is said in other ways is left out with a warning.
 */
export function readChannels(context: ChannelContext): ChannelModel[] {
  const perspective = readPerspective(context);
  const taken = new Set(context.operationIds);
  return findSockets(context).flatMap((source) => {
    const name = nameSocket(source, taken);
    taken.add(name);
    return readSocket(source, name, perspective, context) ?? [];
  });
}
