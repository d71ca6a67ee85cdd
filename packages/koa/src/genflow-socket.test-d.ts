// Checked by tsc alone: each expected error fails the type check when it does not occur.
import type { Channels, EventMetadata, Outline } from '@flowwire/contract/genflow';
import type { genflowServer } from '@flowwire/contract/genflow/server';
import { expectTypeOf } from 'vitest';
import type { MessageHandlers, OpenedSocket, SocketConnection, SocketHandlers } from './socket/handlers.ts';
import type { User } from './testing/serve.ts';

type Realtime = Channels['realtime'];
type RealtimeMessages = MessageHandlers<Realtime>;

declare const messages: RealtimeMessages;
declare const opened: OpenedSocket<Realtime, User>;
declare const outline: Outline;
declare const metadata: EventMetadata;

({ realtime: () => opened }) satisfies SocketHandlers<typeof genflowServer, User>;
// @ts-expect-error the channel realtime has no handler
({}) satisfies SocketHandlers<typeof genflowServer, User>;

({
  ...messages,
  'edit.apply': ({ data }) => {
    expectTypeOf(data.onConflict).toEqualTypeOf<'rebase' | 'reject' | undefined>();
    return { type: 'ack' };
  },
  'edit.undo': () => ({ type: 'error', data: { code: 'EDIT_001', message: 'a' } }),
  'request.outline': async () => ({ type: 'outline.generated', data: outline, metadata }),
  'cursor.update': ({ data }) => {
    expectTypeOf(data.offset).toEqualTypeOf<number>();
  },
}) satisfies RealtimeMessages;

const { 'edit.apply': _apply, ...withoutApply } = messages;
// @ts-expect-error edit.apply has no handler
withoutApply satisfies RealtimeMessages;

({
  ...messages,
  // @ts-expect-error there is no such message
  'edit.revert': () => ({ type: 'ack' }),
}) satisfies RealtimeMessages;

({
  ...messages,
  // @ts-expect-error an edit is not answered with an outline
  'edit.apply': () => ({ type: 'outline.generated' as const, data: outline, metadata }),
}) satisfies RealtimeMessages;

({
  ...messages,
  // @ts-expect-error an outline is not answered with a mere ack
  'request.outline': () => ({ type: 'ack' as const }),
}) satisfies RealtimeMessages;

({
  ...messages,
  // @ts-expect-error there is no such code
  'edit.undo': () => ({ type: 'error' as const, data: { code: 'EDIT_009' as const, message: 'a' } }),
}) satisfies RealtimeMessages;

({
  ...messages,
  // @ts-expect-error an edit must be answered
  'edit.redo': () => {},
}) satisfies RealtimeMessages;

export function sends(connection: SocketConnection<Realtime, User>): void {
  expectTypeOf(connection.path).toEqualTypeOf<{ sessionId: string }>();
  connection.send({ type: 'outline.generated', data: outline, metadata });
  // @ts-expect-error the metadata is missing
  connection.send({ type: 'outline.generated', data: outline });
  // @ts-expect-error the client says this
  connection.send({ type: 'edit.apply', id: '1', data: { operations: [] } });
  // @ts-expect-error control messages are the connection's own
  connection.send({ type: 'pong' });
}
