import { type Cursor, child, entries, placeOf, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import { channelMessages } from '../messages.ts';
import { listedMessages } from './messages.ts';
import { memberOf } from './traits.ts';

/** Whose words a document uses: an application that `sends` is the server, or a client. */
export type Perspective = 'server' | 'client';

/** Who says what on a socket, by the places of messages. */
export interface Dialogue {
  readonly server: ReadonlySet<string>;
  readonly client: ReadonlySet<string>;
  /** The messages that may answer one of a client's. */
  readonly replies: ReadonlyMap<string, ReadonlySet<string>>;
  /** The operations, in the document's order. */
  readonly operations: readonly Cursor[];
}

const allMessages = (channels: readonly Cursor[], documents: Documents): string[] =>
  channels.flatMap((channel) => channelMessages(channel, documents)).map(([, message]) => placeOf(message));

/** The operations of a document that are about one of some channels. */
export function operationsOn(channels: readonly Cursor[], root: Cursor, documents: Documents): Cursor[] {
  const places = new Set(channels.map(placeOf));
  return entries(child(root, 'operations'))
    .map(([, entry]) => documents.follow(entry))
    .filter((operation) => places.has(placeOf(documents.follow(child(operation, 'channel')))));
}

/** The messages of an operation or a reply: those listed, else all of its channel. */
function messagesIn(cursor: Cursor, documents: Documents): string[] {
  const listed = child(cursor, 'messages');
  if (listed.value !== undefined) return listedMessages(listed, documents);
  return allMessages([documents.follow(child(cursor, 'channel'))], documents);
}

/** What may answer an operation, as far as it is said on the same socket. */
function repliesTo(operation: Cursor, channels: readonly Cursor[], documents: Documents): string[] {
  const entry = memberOf(operation, 'reply', documents);
  if (entry.value === undefined) return [];
  const reply = documents.follow(entry);
  const channel = child(reply, 'channel');
  if (channel.value === undefined && child(reply, 'messages').value === undefined) {
    const advice = 'Name its channel and messages.';
    documents.warn(entry, `The reply is left out: where it comes is known only at run time. ${advice}`);
    return [];
  }
  const places = new Set(channels.map(placeOf));
  if (channel.value !== undefined && !places.has(placeOf(documents.follow(channel)))) {
    documents.warn(channel, 'The reply is left out: it comes on another channel than the request.');
    return [];
  }
  return messagesIn(reply, documents);
}

/** Reads who says what on the channels of one socket (AsyncAPI 3.1 Operation Object, Operation Reply Object). */
export function readDialogue(
  channels: readonly Cursor[],
  root: Cursor,
  perspective: Perspective,
  documents: Documents,
): Dialogue {
  const sides = { server: new Set<string>(), client: new Set<string>() };
  const replies = new Map<string, Set<string>>();
  const operations = operationsOn(channels, root, documents);
  for (const operation of operations) {
    const isSend = text(child(operation, 'action')) === 'send';
    const isServers = isSend === (perspective === 'server');
    const [speaker, other] = isServers ? [sides.server, sides.client] : [sides.client, sides.server];
    const asked = messagesIn(operation, documents);
    const answers = repliesTo(operation, channels, documents);
    for (const message of asked) speaker.add(message);
    for (const message of answers) other.add(message);
    if (isServers && answers.length > 0) {
      const advice = 'They are typed as messages.';
      documents.warn(child(operation, 'reply'), `Answers of a client's are not waited for. ${advice}`);
    } else if (answers.length > 0) {
      for (const message of asked) {
        replies.set(message, new Set([...(replies.get(message) ?? []), ...answers]));
      }
    }
  }
  return { ...sides, replies, operations };
}
