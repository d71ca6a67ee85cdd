// Compiled, never run: each `@ts-expect-error` fails the build when the line below it is accepted.
import type { Socket, SocketPosition } from '@flowwire/contract';
import { expectTypeOf } from 'vitest';
import { WebSocket } from 'ws';
import type { Ack, Failed, Room, RoomEvent, Said } from './testing/room.ts';
import { createRooms } from './testing/room.ts';
import type { WebSocketClass } from './web-socket.ts';

const rooms = createRooms({ baseUrl: 'https://rooms.example.com', auth: 'key', WebSocket });
const room = rooms.room({ path: { id: 'a' } });

expectTypeOf(room).toEqualTypeOf<Room>();
expectTypeOf(room.position).toEqualTypeOf<SocketPosition | undefined>();
expectTypeOf(rooms.bare).toBeCallableWith();
expectTypeOf(globalThis.WebSocket).toExtend<WebSocketClass>();
expectTypeOf(WebSocket).toExtend<WebSocketClass>();

// Requests
expectTypeOf(room.request({ type: 'say', text: 'a' })).toEqualTypeOf<Promise<Ack | Failed>>();
expectTypeOf(room.request({ type: 'say', id: 'mine', text: 'a' })).resolves.toEqualTypeOf<Ack | Failed>();

// @ts-expect-error text is missing
room.request({ type: 'say' });
// @ts-expect-error there is no such field
room.request({ type: 'say', text: 'a', loud: true });
// @ts-expect-error look is not answered
room.request({ type: 'look', at: 1 });
// @ts-expect-error there is no such message
room.request({ type: 'shout', text: 'a' });
// @ts-expect-error timeoutMs is a number
room.request({ type: 'say', text: 'a' }, { timeoutMs: '1' });

// Messages
room.send({ type: 'look', at: 1 });
room.send({ type: 'say', id: '1', text: 'a' });
// @ts-expect-error sent without waiting for its answer, a request needs an id of the caller's
room.send({ type: 'say', text: 'a' });
// @ts-expect-error the client does not say this
room.send({ type: 'said', text: 'a', seq: 1 });
// @ts-expect-error the socket authenticates itself
room.send({ type: 'auth', token: 'Bearer key' });
// @ts-expect-error the path has a parameter
rooms.room();
// @ts-expect-error baseUrl is a text
createRooms({ baseUrl: 1 });

export async function narrows(): Promise<void> {
  for await (const event of room) {
    expectTypeOf(event).toEqualTypeOf<RoomEvent>();
    if (event.type === 'said') expectTypeOf(event).toEqualTypeOf<Said>();
    // @ts-expect-error control messages are not among them
    if (event.type === 'auth.ok') return;
    // @ts-expect-error not every message has text
    event.text;
  }
}

// Where messages are not told apart there are no requests.
export function plain(socket: Socket<string, number>): void {
  // @ts-expect-error nothing can be asked
  socket.request('a');
}
