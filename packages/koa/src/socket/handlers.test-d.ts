// Checked by tsc alone: each expected error fails the type check when it does not occur.
import { bindSockets } from './bind-sockets.ts';
import type { OpenedSocket, ReadyData, ServerMessage, SocketConnection, Subscription } from './handlers.ts';
import {
  type Ack,
  type Failed,
  type RoomsChannels,
  roomsApi,
  type Said,
  type Typing,
} from './testing/rooms.ts';
import { options, plainHandlers, plainRoom, READY, type RoomsHandlers, type User } from './testing/serve.ts';

type Room = RoomsChannels['room'];
type Opened = OpenedSocket<Room, User>;

const { room: _room, ...withoutRoom } = plainHandlers;
const { say: _say, ...withoutSay } = plainRoom.messages;

// @ts-expect-error the channel room has no handler
withoutRoom satisfies RoomsHandlers;

// @ts-expect-error bindSockets wants every channel, too
bindSockets(roomsApi, withoutRoom, options());

// @ts-expect-error the message say has no handler
({ ready: READY, messages: withoutSay }) satisfies Opened;

// @ts-expect-error ready is missing
({ messages: plainRoom.messages }) satisfies Opened;

// @ts-expect-error ready has no lastSeq
({ ...plainRoom, ready: { epoch: 'e1', heartbeatMs: 1 } }) satisfies Opened;

({
  ...plainRoom,
  messages: {
    ...plainRoom.messages,
    // @ts-expect-error a typing does not answer say
    say: () => ({ type: 'typing' as const, who: '' }),
  },
}) satisfies Opened;

({
  ...plainRoom,
  messages: {
    ...plainRoom.messages,
    // @ts-expect-error an error needs a code
    say: () => ({ type: 'error' as const, message: '' }),
  },
}) satisfies Opened;

({
  ...plainRoom,
  messages: {
    ...plainRoom.messages,
    // @ts-expect-error say must be answered
    say: () => {},
  },
}) satisfies Opened;

({
  ...plainRoom,
  messages: {
    ...plainRoom.messages,
    // @ts-expect-error say has no field at
    say: ({ at }) => ({ type: 'ack' as const, at }),
  },
}) satisfies Opened;

({
  ...plainRoom,
  messages: {
    ...plainRoom.messages,
    // @ts-expect-error there is no such message
    shout: () => {},
  },
}) satisfies Opened;

({
  ...plainRoom,
  // @ts-expect-error the server does not say this
  subscribe: async function* () {
    yield { type: 'shouted' as const };
  },
}) satisfies Opened;

({
  ...plainRoom,
  // @ts-expect-error a gap must say where the log goes on
  subscribe: () => ({ resumeFailed: { reason: 'too_old' } }),
}) satisfies Opened;

// @ts-expect-error there is no such type
({ ...plainRoom, concurrent: ['shout'] }) satisfies Opened;

export function sends(connection: SocketConnection<Room, User>): void {
  connection.send({ type: 'typing', who: connection.context.name });
  // @ts-expect-error who is missing
  connection.send({ type: 'typing' });
  // @ts-expect-error control messages are the connection's own
  connection.send({ type: 'auth.ok', data: READY });
  // @ts-expect-error the path has no such parameter
  connection.path.name;
  // @ts-expect-error the context has no tenant
  connection.context.tenant;
}

const { problem: _problem, ...judging } = options();
bindSockets(roomsApi, plainHandlers, {
  ...judging,
  problem: ({ kind, message }) => ({ type: 'error', code: kind, message }),
});
bindSockets(roomsApi, plainHandlers, {
  ...judging,
  // @ts-expect-error the error has no code
  problem: ({ message }) => ({ type: 'error', message }),
});
bindSockets(roomsApi, plainHandlers, {
  ...judging,
  // @ts-expect-error control messages are the connection's own
  problem: () => ({ type: 'auth.ok', data: READY }),
});
// @ts-expect-error the error has no code
options({ problem: ({ message }) => ({ type: 'error', message }) });

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

true satisfies Equal<ServerMessage<Room>, Said | Typing | Ack | Failed>;
true satisfies Equal<ReadyData<Room>, { epoch: string; lastSeq: number; heartbeatMs: number }>;
true satisfies Equal<ReadyData<RoomsChannels['bare']>, undefined>;
true satisfies Equal<SocketConnection<Room, User>['path'], { id: string }>;
true satisfies Equal<SocketConnection<Room, User>['query'], { lang?: string }>;
true satisfies Extract<Subscription<Room>, AsyncIterable<unknown>> extends AsyncIterable<infer Message>
  ? Equal<Message, ServerMessage<Room>>
  : false;

// A channel without `ready` and without messages that are answered.
({ messages: { look: ({ at }) => void at } }) satisfies OpenedSocket<RoomsChannels['bare'], User>;
