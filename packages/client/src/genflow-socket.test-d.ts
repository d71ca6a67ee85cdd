// Compiled, never run: each `@ts-expect-error` fails the build when the line below it is accepted.
import type {
  AckFrame,
  EditInsertEvent,
  ErrorEvent,
  OutlineGeneratedEvent,
  RealtimeServerMessage,
} from '@flowwire/contract/genflow';
import { expectTypeOf } from 'vitest';
import { createGenflow } from './genflow.ts';

const client = createGenflow({ baseUrl: 'https://flows.example.com', auth: 'key' });
const socket = client.realtime({ path: { sessionId: 's' } });
const undo = { type: 'edit.undo' } as const;

// @ts-expect-error there is no such socket
client.events();
// @ts-expect-error the path has a parameter
client.realtime();
// @ts-expect-error the path's parameter is called otherwise
client.realtime({ path: { session: 's' } });

// Requests
expectTypeOf(socket.request(undo)).resolves.toEqualTypeOf<AckFrame | ErrorEvent>();
expectTypeOf(socket.request({ type: 'request.outline' })).resolves.toEqualTypeOf<
  OutlineGeneratedEvent | ErrorEvent
>();
expectTypeOf(socket.request({ type: 'stage.select', data: { stage: 'writing' } })).resolves.toEqualTypeOf<
  AckFrame | ErrorEvent
>();

// @ts-expect-error there is no such stage
socket.request({ type: 'stage.select', data: { stage: 'end' } });
// @ts-expect-error the data is missing
socket.request({ type: 'stage.select' });
// @ts-expect-error a cursor is not answered
socket.request({ type: 'cursor.update', data: { offset: 1 } });
// @ts-expect-error there is no such message
socket.request({ type: 'edit.revert' });

// Messages
socket.send({ type: 'cursor.update', data: { offset: 1 } });
socket.send({ id: '1', type: 'edit.undo' });
// @ts-expect-error sent without waiting for its answer, a request needs an id of the caller's
socket.send(undo);
// @ts-expect-error the server says this
socket.send({ type: 'ack', replyTo: '1' });
// @ts-expect-error the socket authenticates itself
socket.send({ type: 'auth', token: 'Bearer key' });
// @ts-expect-error an offset is a number
socket.send({ type: 'cursor.update', data: { offset: '1' } });

export async function narrows(): Promise<void> {
  for await (const message of socket) {
    expectTypeOf(message).toEqualTypeOf<RealtimeServerMessage>();
    if (message.type === 'edit.insert') expectTypeOf(message).toEqualTypeOf<EditInsertEvent>();
    if (message.type === 'error') expectTypeOf(message.data.code).toExtend<string>();
    // @ts-expect-error there is no such message
    if (message.type === 'edit.apply') return;
    // @ts-expect-error control messages are not among them
    if (message.type === 'pong') return;
    // @ts-expect-error not every message has metadata
    message.metadata;
  }
}
