import { describe, expect, test, vi } from 'vitest';
import { ProblemError } from '../problem.ts';
import { SocketClosed } from './close.ts';
import { type OpenedRoom, plainRoom, type RoomConnection, serve } from './testing/serve.ts';

/** A room with some handlers of its own. */
const roomWith = (messages: Partial<OpenedRoom['messages']>, more: Partial<OpenedRoom> = {}) => ({
  room: (): OpenedRoom => ({ ...plainRoom, ...more, messages: { ...plainRoom.messages, ...messages } }),
});

describe('a request', () => {
  test('is answered with its own id', async () => {
    const { join } = await serve(roomWith({ say: ({ text }) => ({ type: 'ack', at: text.length }) }));
    const client = await join();
    client.send({ type: 'say', id: 'c1', text: 'four' });
    expect(await client.next()).toEqual({ type: 'ack', replyTo: 'c1', at: 4 });
  });

  test('may be answered by any message that the document names', async () => {
    const { join } = await serve(
      roomWith({ say: () => ({ type: 'error', code: 'MUTED', message: 'Not now.' }) }),
    );
    const client = await join();
    client.send({ type: 'say', id: 'c1', text: '' });
    expect(await client.next()).toEqual({ type: 'error', replyTo: 'c1', code: 'MUTED', message: 'Not now.' });
  });

  test('that a handler refuses is answered in the API’s words', async () => {
    const say = () => {
      throw new ProblemError('conflict', 'Somebody else speaks.');
    };
    const { join, errors } = await serve(roomWith({ say }));
    const client = await join();
    client.send({ type: 'say', id: 'c1', text: '' });
    expect(await client.next()).toMatchObject({
      replyTo: 'c1',
      code: 'conflict',
      message: 'Somebody else speaks.',
    });
    expect(errors).toEqual([]);
  });

  test('whose handler fails is answered as an internal error, and the error is told', async () => {
    const say = () => Promise.reject(new RangeError('a bug'));
    const { join, errors } = await serve(roomWith({ say }));
    const client = await join();
    client.send({ type: 'say', id: 'c1', text: '' });
    expect(await client.next()).toMatchObject({ replyTo: 'c1', code: 'internal' });
    expect(errors).toEqual([new RangeError('a bug')]);
  });

  test.each<[string, unknown, string]>([
    ['a message that is no answer to it', { type: 'typing', who: 'a' }, 'say is not answered by typing'],
    ['nothing', undefined, 'say is not answered by undefined'],
    ['an answer that breaks the document', { type: 'ack', at: 'soon' }, 'ack breaks the document; /at'],
  ])('that a handler answers by %s is answered as an internal error', async (_name, answer, message) => {
    // @ts-expect-error the compiler refuses most of these
    const { join, errors } = await serve(roomWith({ say: () => answer }));
    const client = await join();
    client.send({ type: 'say', id: 'c1', text: '' });
    expect(await client.next()).toMatchObject({ replyTo: 'c1', code: 'internal' });
    expect(String(errors[0])).toContain(message);
  });

  test('may close the connection with a code', async () => {
    const say = () => {
      throw new SocketClosed(4409, 'A newer connection.');
    };
    const { join, closed } = await serve(roomWith({ say }));
    const client = await join();
    client.send({ type: 'say', id: 'c1', text: '' });
    expect(await client.closed).toEqual([4409, 'A newer connection.']);
    await vi.waitUntil(() => closed.length > 0);
    expect(closed[0]).toMatchObject({ code: 4409, reason: 'A newer connection.' });
  });
});

describe('a message', () => {
  test.each<[string, object, object]>([
    ['breaks its schema', { type: 'say', id: 'c1', text: 1 }, { replyTo: 'c1', pointers: ['/text'] }],
    ['lacks a field', { type: 'say', id: 'c1' }, { replyTo: 'c1', pointers: ['/text'] }],
    ['has an id that is none', { type: 'say', id: 7, text: 'a' }, { pointers: ['/id'] }],
    ['has an id without end', { type: 'say', id: 'x'.repeat(300) }, { pointers: ['/text'] }],
    ['is not answered', { type: 'look', at: 'x' }, { pointers: ['/at'] }],
    ['is not known', { type: 'shout', id: 'c1' }, { replyTo: 'c1', pointers: ['/type'] }],
    ['has no type', { id: 'c1' }, { replyTo: 'c1', pointers: ['/type'] }],
    ['is a list', [], { pointers: ['/type'] }],
  ])('that %s is refused with findings', async (_name, message, expected) => {
    const { join, errors } = await serve();
    const client = await join();
    client.send(message);
    expect(await client.next()).toEqual({
      type: 'error',
      code: 'invalid_request',
      message: expect.any(String),
      ...expected,
    });
    expect(errors).toEqual([]);
  });

  test.each<[string, string | Buffer]>([
    ['no JSON', '{"type":'],
    ['no object', '7'],
    ['bytes', Buffer.from('{"type":"look","at":1}')],
    ['a field __proto__', '{"type":"look","at":1,"__proto__":{}}'],
  ])('that is %s closes with 4400', async (_name, frame) => {
    const { join } = await serve();
    const client = await join();
    client.socket.send(frame);
    expect((await client.closed)[0]).toBe(4400);
  });

  test('that is too long closes with 1009', async () => {
    const { join } = await serve({}, { maxFrameBytes: 1024 });
    const client = await join();
    client.send({ type: 'say', id: 'c1', text: 'x'.repeat(1024) });
    expect((await client.closed)[0]).toBe(1009);
  });

  test('that is not answered may still fail, which is said', async () => {
    const look = () => {
      throw new ProblemError('not_found', 'There is nothing.');
    };
    const { join } = await serve(roomWith({ look }));
    const client = await join();
    client.send({ type: 'look', at: 1 });
    expect(await client.next()).toEqual({ type: 'error', code: 'not_found', message: 'There is nothing.' });
  });

  test('that the server may not say is a bug, and says so', async () => {
    const sent: unknown[] = [];
    const { join, errors } = await serve({
      room: (connection) => {
        const say = () => {
          for (const message of [{ type: 'typing' }, { type: 'auth.ok' }, { type: 'other' }]) {
            try {
              // @ts-expect-error the compiler refuses these
              connection.send(message);
            } catch (error) {
              sent.push(String(error));
            }
          }
          return { type: 'ack' as const };
        };
        return { ...plainRoom, messages: { ...plainRoom.messages, say } };
      },
    });
    const client = await join();
    client.send({ type: 'say', id: 'c1', text: '' });
    expect(await client.next()).toMatchObject({ type: 'ack' });
    expect(sent).toEqual([
      expect.stringContaining('typing breaks the document; /who is required'),
      expect.stringContaining('auth.ok is sent by the connection itself'),
      expect.stringContaining('other breaks the document'),
    ]);
    expect(errors).toEqual([]);
  });

  test('cannot be sent before the connection is taken up', async () => {
    const { connect, errors } = await serve({
      room: (connection) => {
        connection.send({ type: 'typing', who: 'me' });
        return plainRoom;
      },
    });
    const client = await connect();
    client.send({ type: 'auth', token: 'Bearer ada' });
    await client.closed;
    expect(String(errors[0])).toContain('not before');
  });
});

describe('the order', () => {
  test('of answers is that of the requests', async () => {
    const release: (() => void)[] = [];
    const say = async ({ text }: { text: string }) => {
      if (text === 'slow') await new Promise<void>((resolve) => release.push(resolve));
      return { type: 'ack' as const };
    };
    const { join } = await serve(roomWith({ say }));
    const client = await join();
    client.send(
      { type: 'say', id: '1', text: 'slow' },
      { type: 'say', id: '2', text: 'fast' },
      { type: 'ping' },
    );
    // A ping asks whether anybody is there, and is not kept waiting.
    expect(await client.next()).toEqual({ type: 'pong' });
    release[0]?.();
    expect([await client.next(), await client.next()]).toMatchObject([{ replyTo: '1' }, { replyTo: '2' }]);
  });

  test('is not kept by types that keep nobody waiting', async () => {
    const release: (() => void)[] = [];
    const ask = async () => {
      await new Promise<void>((resolve) => release.push(resolve));
      return { type: 'ack' as const };
    };
    const { join } = await serve(roomWith({ ask }, { concurrent: ['ask'] }));
    const client = await join();
    client.send({ type: 'ask', id: '1' }, { type: 'say', id: '2', text: '' });
    expect(await client.next()).toMatchObject({ replyTo: '2' });
    release[0]?.();
    expect(await client.next()).toMatchObject({ replyTo: '1' });
  });

  test('no more of these than 16 run at once', async () => {
    const release: (() => void)[] = [];
    const ask = async () => {
      await new Promise<void>((resolve) => release.push(resolve));
      return { type: 'ack' as const };
    };
    const { join } = await serve(roomWith({ ask }, { concurrent: ['ask'] }));
    const client = await join();
    client.send(...Array.from({ length: 17 }, (_, index) => ({ type: 'ask', id: String(index) })));
    expect(await client.next()).toMatchObject({ code: 'rate_limited', replyTo: '16' });
    for (const resolve of release) resolve();
    for (let count = 0; count < 16; count++) expect(await client.next()).toMatchObject({ type: 'ack' });
  });

  test('of many requests at once is kept, though the client is read no further for a while', async () => {
    const { join } = await serve(
      roomWith({ say: () => new Promise((resolve) => setImmediate(() => resolve({ type: 'ack' }))) }),
    );
    const client = await join();
    const ids = Array.from({ length: 500 }, (_, index) => String(index));
    client.send(...ids.map((id) => ({ type: 'say', id, text: '' })));
    for (const id of ids) expect(await client.next()).toMatchObject({ replyTo: id });
  });
});

test('a handler’s signal says how the connection ended, and it is told once', async () => {
  let connection: RoomConnection | undefined;
  const closed = vi.fn();
  const { join, closed: ended } = await serve({
    room: (given) => {
      connection = given;
      return { ...plainRoom, closed };
    },
  });
  const client = await join();
  expect(connection?.signal.aborted).toBe(false);
  client.socket.close(4000, 'bye');
  await vi.waitUntil(() => ended.length > 0);
  expect(connection?.signal.reason).toMatchObject({ name: 'AbortError', code: 4000, reason: 'bye' });
  expect(closed).toHaveBeenCalledExactlyOnceWith(connection?.signal.reason);
  connection?.send({ type: 'typing', who: 'nobody hears' });
});

test('a handler that is done only after its client has gone is told at once', async () => {
  const waiting: (() => void)[] = [];
  const closed = vi.fn();
  const { connect, closed: ended } = await serve({
    room: async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { ...plainRoom, closed };
    },
  });
  const client = await connect();
  client.send({ type: 'auth', token: 'Bearer ada' });
  await vi.waitUntil(() => waiting.length > 0);
  client.socket.terminate();
  await vi.waitUntil(() => ended.length > 0);
  expect(closed).not.toHaveBeenCalled();
  waiting[0]?.();
  await vi.waitUntil(() => closed.mock.calls.length > 0);
  expect(closed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 1006 }));
});
