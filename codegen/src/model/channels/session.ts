import type { CloseCode, SocketSession } from '@flowwire/contract';
import { type Cursor, child, entries, items, text } from '../../load/cursor.ts';
import type { Documents } from '../../load/documents.ts';
import { payloadPointer, schemaAt } from './messages.ts';
import type { TypedDialogue, TypedMessage } from './types.ts';

// `x-socket-session` and `x-close-codes`: what AsyncAPI has no words for.

type Role = Exclude<keyof SocketSession, 'sequence'>;

/** Who sends the message of each role, and what its payload must have. */
const ROLES: Readonly<Record<Role, { side: 'client' | 'server' | 'either'; members: readonly string[] }>> = {
  auth: { side: 'client', members: ['/token'] },
  ready: { side: 'server', members: [] },
  ping: { side: 'either', members: [] },
  pong: { side: 'either', members: [] },
  resume: { side: 'client', members: ['/data/epoch', '/data/lastSeq'] },
  resumeFailed: { side: 'server', members: ['/data/epoch', '/data/lastSeq'] },
};

const isRole = (name: string): name is Role => Object.hasOwn(ROLES, name);

function checkMembers(
  cursor: Cursor,
  role: string,
  { payload }: TypedMessage,
  members: readonly string[],
  documents: Documents,
): void {
  const missing = members.filter((pointer) => !payload || !schemaAt(payload, pointer, documents));
  if (missing.length > 0) {
    documents.report(cursor, `The message for ${role} needs ${missing.join(' and ')} in its payload.`);
  }
}

/** The type of the message that a role refers to by its key. */
function readRole(
  cursor: Cursor,
  role: Role,
  dialogue: TypedDialogue,
  documents: Documents,
): string | undefined {
  const { side, members } = ROLES[role];
  const key = text(cursor) ?? '';
  const said = side === 'either' ? [...dialogue.client, ...dialogue.server] : dialogue[side];
  const found = said.find(({ message }) => message.keys.includes(key));
  const [type] = found?.types ?? [];
  if (found === undefined) {
    const who = side === 'either' ? 'no operation sends or receives' : `the ${side} does not send`;
    documents.report(cursor, `${key || 'This'} is no key of the channel's messages, or ${who} it.`);
  } else if (type === undefined) {
    const advice = 'Give its payload a property with const that tells it from the others.';
    documents.report(cursor, `The message for ${role} is told apart by nothing. ${advice}`);
  } else checkMembers(cursor, role, found, members, documents);
  return type;
}

function checkResume(
  cursor: Cursor,
  session: SocketSession,
  dialogue: TypedDialogue,
  documents: Documents,
): void {
  if (session.resume === undefined) return;
  const missing = (['ready', 'resumeFailed', 'sequence'] as const).filter(
    (name) => session[name] === undefined,
  );
  if (missing.length > 0)
    documents.report(child(cursor, 'resume'), `resume needs ${missing.join(', ')} beside it.`);
  const ready = dialogue.server.find(
    ({ types }) => session.ready !== undefined && types.includes(session.ready),
  );
  if (ready) checkMembers(child(cursor, 'ready'), 'ready', ready, ROLES.resumeFailed.members, documents);
}

/** Reads which messages authenticate, keep alive and resume a connection. */
export function readSession(
  channels: readonly Cursor[],
  dialogue: TypedDialogue,
  documents: Documents,
): SocketSession | undefined {
  const cursor = channels
    .map((channel) => child(channel, 'x-socket-session'))
    .find(({ value }) => value !== undefined);
  if (!cursor) return undefined;
  const session: Partial<Record<keyof SocketSession, string>> = {};
  for (const [name, entry] of entries(cursor)) {
    if (name === 'sequence') {
      const pointer = payloadPointer(text(entry) ?? '');
      if (pointer === undefined) documents.report(entry, 'sequence is like $message.payload#/metadata/seq.');
      else session.sequence = pointer;
    } else if (isRole(name)) {
      const type = readRole(entry, name, dialogue, documents);
      if (type !== undefined) session[name] = type;
    } else
      documents.warn(
        entry,
        `${name} is no part of x-socket-session: ${Object.keys(ROLES).join(', ')}, sequence.`,
      );
  }
  checkResume(cursor, session, dialogue, documents);
  return session;
}

function readCloseCode(entry: Cursor, documents: Documents): CloseCode[] {
  const { value: code } = child(entry, 'code');
  const { value: retry } = child(entry, 'retry');
  if (
    typeof code === 'number' &&
    Number.isInteger(code) &&
    code >= 1000 &&
    code <= 4999 &&
    typeof retry === 'boolean'
  )
    return [{ code, reason: text(child(entry, 'reason')) ?? '', retry }];
  documents.report(entry, 'A close code is { code: 1000 to 4999, reason, retry: true or false }.');
  return [];
}

/** Reads what a server closes with. */
export function readCloseCodes(channels: readonly Cursor[], documents: Documents): CloseCode[] {
  const listed = channels.flatMap((channel) => items(child(channel, 'x-close-codes')));
  const codes = listed.flatMap((entry) => readCloseCode(entry, documents));
  return [...new Map(codes.map((entry) => [entry.code, entry])).values()];
}
