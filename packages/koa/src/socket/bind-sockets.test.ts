import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { ProblemError } from '../problem.ts';
import { bindSockets } from './bind-sockets.ts';
import { SocketClosed } from './close.ts';
import { roomsApi } from './testing/rooms.ts';
import { options, plainHandlers, plainRoom, READY, type RoomConnection, serve } from './testing/serve.ts';

describe('a request', () => {
  test('for another path is left to others', async () => {
    const { sockets, port } = await serve();
    expect(sockets.connections).toBe(0);
    await expect(
      fetch(`http://127.0.0.1:${port}/api/rooms/7/socket`).then((answer) => answer.text()),
    ).resolves.toBe('http');
  });

  test.each<[string, string, Readonly<Record<string, string>>, number, string]>([
    ['of a page of another site', '/api/rooms/7/socket', { Origin: 'https://evil.example' }, 403, 'origin'],
    ['of a page without an address', '/api/rooms/7/socket', { Origin: 'null' }, 403, 'origin'],
    ['with an escape that is none', '/api/rooms/%E4/socket', {}, 400, 'path'],
    ['with a bad key', '/api/rooms/7/socket', { Authorization: 'Bearer nobody' }, 401, 'not valid'],
    ['with a key that may not', '/api/rooms/7/socket', { Authorization: 'Bearer guest' }, 403, 'READ'],
    ['without credentials where no frame brings them', '/api/bare', {}, 401, 'credentials'],
    [
      'that asks for another protocol version',
      '/api/rooms/7/socket',
      { 'Sec-WebSocket-Version': '7' },
      400,
      'Version',
    ],
  ])('%s is refused', async (_name, path, headers, status, words) => {
    const { refused } = await serve();
    const answer = await refused(path, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(words);
  });

  test('that is refused for want of credentials says how to authenticate', async () => {
    const { refused } = await serve();
    expect((await refused('/api/bare')).head).toContain('WWW-Authenticate: ApiKey, Bearer');
  });

  test.each([
    ['the server’s own host', (port: number) => `http://127.0.0.1:${port}`],
    ['a listed origin', () => 'https://app.example'],
  ])('of a page of %s may connect', async (_name, origin) => {
    const { connect, port } = await serve({}, { origins: ['https://app.example'] });
    const client = await connect(undefined, { origin: origin(port) });
    client.send({ type: 'auth', token: 'Bearer ada' });
    expect(await client.next()).toMatchObject({ type: 'auth.ok' });
  });

  test('brings its parameters, read and validated, to the handler', async () => {
    const seen: unknown[] = [];
    const { join } = await serve({
      room: ({ path, query, headers }) => {
        seen.push({ path, query, headers });
        return plainRoom;
      },
    });
    await join('ada', '/api/rooms/a%20b/socket?lang=zh&other=1');
    expect(seen).toEqual([{ path: { id: 'a b' }, query: { lang: 'zh' }, headers: {} }]);
  });

  test('may have a query that is not valid, which is said', async () => {
    const { refused } = await serve();
    const answer = await refused('/api/rooms/7/socket?lang=a&lang=b');
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('query /lang') });
  });

  test('without what a WebSocket needs is refused', async () => {
    const { refused } = await serve();
    expect((await refused('/api/rooms/7/socket', { 'Sec-WebSocket-Key': 'short' })).status).toBe(400);
  });
});

describe('authentication', () => {
  test('is the first frame, and is answered by what the handler says', async () => {
    const seen: RoomConnection[] = [];
    const { join } = await serve({
      room: (connection) => {
        seen.push(connection);
        return plainRoom;
      },
    });
    expect((await join('bob')).ready).toEqual({ type: 'auth.ok', data: READY });
    expect(seen[0]?.context).toEqual({ name: 'bob' });
    expect(seen[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('by a header needs no frame', async () => {
    const { connect } = await serve();
    const client = await connect(undefined, { headers: { authorization: 'Bearer ada' } });
    expect(await client.next()).toMatchObject({ type: 'auth.ok' });
  });

  test('by a cookie opens a channel that has no frame for it', async () => {
    const contexts: unknown[] = [];
    const { connect } = await serve({
      bare: ({ context }) => {
        contexts.push(context);
        return { messages: { look: () => {} } };
      },
    });
    await connect('/api/bare', { headers: { cookie: 'sid=ada' } });
    await vi.waitUntil(() => contexts.length > 0);
    expect(contexts).toEqual([{ name: 'ada' }]);
  });

  test.each<[string, unknown, number, string]>([
    ['a bad key', { type: 'auth', token: 'Bearer nobody' }, 4401, 'unauthenticated'],
    ['a key that may not', { type: 'auth', token: 'Bearer guest' }, 4403, 'forbidden'],
    ['another scheme', { type: 'auth', token: 'Basic YTpi' }, 4401, 'unauthenticated'],
  ])('with %s is refused in the API’s words and closed', async (_name, frame, code, kind) => {
    const { connect } = await serve();
    const client = await connect();
    client.send(frame);
    expect(await client.next()).toMatchObject({ type: 'error', code: kind });
    expect((await client.closed)[0]).toBe(code);
  });

  test.each<[string, unknown]>([
    ['another message', { type: 'look', at: 1 }],
    ['an auth frame without a token', { type: 'auth' }],
    ['an auth frame that is too long', { type: 'auth', token: `Bearer ${'x'.repeat(5000)}` }],
    ['no JSON', 'hello'],
    ['no object', '"auth"'],
    ['a ping', { type: 'ping' }],
  ])('that begins with %s closes with 4400', async (_name, frame) => {
    const { connect } = await serve();
    const client = await connect();
    client.send(frame);
    expect((await client.closed)[0]).toBe(4400);
  });

  test('that does not come in time closes with 4408', async () => {
    const { connect } = await serve({}, { authTimeoutMs: 30 });
    expect((await (await connect()).closed)[0]).toBe(4408);
  });

  test('a handler may refuse with a code of its own', async () => {
    const { connect } = await serve({
      room: () => {
        throw new SocketClosed(4404, 'There is no such room.');
      },
    });
    const client = await connect();
    client.send({ type: 'auth', token: 'Bearer ada' });
    expect(await client.closed).toEqual([4404, 'There is no such room.']);
  });

  test('a handler may refuse with a problem, which is put into the API’s words', async () => {
    const { connect } = await serve({
      room: () => {
        throw new ProblemError('not_found', 'There is no such room.');
      },
    });
    const client = await connect();
    client.send({ type: 'auth', token: 'Bearer ada' });
    expect(await client.next()).toEqual({
      type: 'error',
      code: 'not_found',
      message: 'There is no such room.',
    });
    expect((await client.closed)[0]).toBe(4404);
  });

  test('a handler that fails is reported, and closes with 1011', async () => {
    const { connect, errors } = await serve({
      room: () => {
        throw new RangeError('a bug');
      },
    });
    const client = await connect();
    client.send({ type: 'auth', token: 'Bearer ada' });
    expect((await client.closed)[0]).toBe(1011);
    expect(errors).toEqual([new RangeError('a bug')]);
  });

  test('a handler without one of the messages is a bug, and says which', async () => {
    const { say: _say, ...others } = plainRoom.messages;
    // @ts-expect-error a handler is missing
    const { connect, errors } = await serve({ room: () => ({ ready: READY, messages: others }) });
    const client = await connect();
    client.send({ type: 'auth', token: 'Bearer ada' });
    await client.closed;
    expect(String(errors[0])).toContain('room: no handler for say');
  });

  test('messages that come before the handler is ready wait for it', async () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { connect } = await serve({
      room: async () => {
        await opened;
        return plainRoom;
      },
    });
    const client = await connect();
    client.send({ type: 'auth', token: 'Bearer ada' }, { type: 'ping' }, { type: 'say', id: '1', text: 'a' });
    open();
    expect([await client.next(), await client.next(), await client.next()]).toMatchObject([
      { type: 'auth.ok' },
      { type: 'pong' },
      { type: 'ack', replyTo: '1' },
    ]);
  });
});

describe('a credential', () => {
  test('that comes again takes the place of the first', async () => {
    let connection: RoomConnection | undefined;
    const { join } = await serve({
      room: (given) => {
        connection = given;
        return { ...plainRoom, renew: ({ name }) => ({ ...READY, epoch: name }) };
      },
    });
    const client = await join('ada');
    client.send({ type: 'auth', token: 'Bearer bob' });
    expect(await client.next()).toMatchObject({ type: 'auth.ok', data: { epoch: 'bob' } });
    expect(connection?.context).toEqual({ name: 'bob' });
  });

  test('that comes again may be refused, as of somebody else', async () => {
    const renew = () => {
      throw new SocketClosed(4403, 'Another user.');
    };
    const { join } = await serve({ room: () => ({ ...plainRoom, renew }) });
    const client = await join('ada');
    client.send({ type: 'auth', token: 'Bearer bob' });
    expect(await client.closed).toEqual([4403, 'Another user.']);
  });

  test('that comes again where nobody wants it answers an error, and the connection stays', async () => {
    const { join } = await serve();
    const client = await join();
    client.send({ type: 'auth', token: 'Bearer ada' }, { type: 'ping' });
    expect([await client.next(), await client.next()]).toMatchObject([
      { type: 'error', code: 'conflict' },
      { type: 'pong' },
    ]);
  });

  test('that is revoked closes the connection', async () => {
    let isRevoked = false;
    const { join } = await serve(
      {},
      {
        heartbeatMs: 20,
        reauthenticateMs: 0,
        authenticate: ({ token }) =>
          isRevoked ? { ok: false, problem: 'unauthenticated' } : { ok: true, context: { name: token } },
      },
    );
    const client = await join();
    isRevoked = true;
    expect((await client.closed)[0]).toBe(4401);
  });

  test('that cannot be judged for a while is reported, and the connection stays', async () => {
    let isDown = false;
    const { join, errors } = await serve(
      {},
      {
        heartbeatMs: 20,
        reauthenticateMs: 0,
        authenticate: ({ token }) => {
          if (isDown) throw new Error('the store is down');
          return { ok: true, context: { name: token } };
        },
      },
    );
    const client = await join();
    isDown = true;
    await vi.waitUntil(() => errors.length > 0);
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
  });
});

describe('capacity', () => {
  test('in all is refused with 503', async () => {
    const { join, refused, sockets } = await serve({}, { maxConnections: 1 });
    const client = await join();
    expect(sockets.connections).toBe(1);
    expect(await refused('/api/rooms/7/socket')).toMatchObject({
      status: 503,
      head: expect.stringContaining('Retry-After: 1'),
    });
    client.socket.terminate();
    await vi.waitUntil(() => sockets.connections === 0);
    expect((await join()).ready).toMatchObject({ type: 'auth.ok' });
  });

  test('of those that have not authenticated is refused with 503', async () => {
    const { connect, refused } = await serve({}, { maxUnauthenticated: 1 });
    const client = await connect();
    expect((await refused('/api/rooms/7/socket')).status).toBe(503);
    client.send({ type: 'auth', token: 'Bearer ada' });
    await client.next();
    await connect();
  });

  test('of one caller closes with 4429', async () => {
    const { join, connect } = await serve({}, { maxConnectionsPerCaller: 1, callerOf: ({ name }) => name });
    const first = await join('ada');
    await join('bob');
    const second = await connect();
    second.send({ type: 'auth', token: 'Bearer ada' });
    expect((await second.closed)[0]).toBe(4429);
    first.socket.close();
    await first.closed;
    expect((await join('ada')).ready).toMatchObject({ type: 'auth.ok' });
  });
});

describe('a server that stops', () => {
  test('closes with 1012, refuses others with 503, and settles when all are gone', async () => {
    const { join, sockets, refused, closed } = await serve();
    const clients = [await join('ada'), await join('bob')];
    const stopped = sockets.close();
    expect((await refused('/api/rooms/7/socket')).status).toBe(503);
    for (const client of clients) expect((await client.closed)[0]).toBe(1012);
    await stopped;
    expect(sockets.connections).toBe(0);
    expect(closed).toMatchObject([{ code: 1012 }, { code: 1012 }]);
  });

  test('can be told so by its signal', async () => {
    const draining = new AbortController();
    const { join, refused } = await serve({}, { draining: draining.signal });
    const client = await join();
    draining.abort();
    expect((await client.closed)[0]).toBe(1012);
    expect((await refused('/api/rooms/7/socket')).status).toBe(503);
  });
});

test('a connection that has ended is told of once, with what came of it', async () => {
  const { join, closed } = await serve();
  const client = await join();
  client.send({ type: 'say', id: '1', text: 'a' });
  await client.next();
  client.socket.close(4000, 'bye');
  await vi.waitUntil(() => closed.length > 0);
  expect(closed).toEqual([
    {
      channel: 'room',
      route: '/api/rooms/{id}/socket',
      path: '/api/rooms/7/socket',
      connectionId: expect.any(String),
      code: 4000,
      reason: 'bye',
      durationMs: expect.any(Number),
      received: 2,
      sent: 2,
    },
  ]);
});

test('a client that resets its connection while it is judged does no harm', async () => {
  const waiting: (() => void)[] = [];
  const { port, join } = await serve(
    {},
    {
      authenticate: async ({ token }) => {
        if (token === 'slow') await new Promise<void>((resolve) => waiting.push(resolve));
        return { ok: true, context: { name: token } };
      },
    },
  );
  const socket = connect(port, '127.0.0.1');
  const headers = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer slow\r\n';
  socket.write(`GET /api/rooms/7/socket HTTP/1.1\r\nHost: a\r\n${headers}${key}\r\n`);
  await vi.waitUntil(() => waiting.length > 0);
  socket.resetAndDestroy();
  waiting[0]?.();
  expect((await join()).ready).toMatchObject({ type: 'auth.ok' });
});

test('a client that goes while it is judged leaves no place taken', async () => {
  const waiting: (() => void)[] = [];
  const { connect, join } = await serve(
    {},
    {
      maxConnections: 1,
      authenticate: async ({ token }) => {
        if (token === 'slow') await new Promise<void>((resolve) => waiting.push(resolve));
        return { ok: true, context: { name: token } };
      },
    },
  );
  const abandoned = connect(undefined, { headers: { authorization: 'Bearer slow' }, handshakeTimeout: 50 });
  await expect(abandoned).rejects.toThrow('timed out');
  waiting[0]?.();
  await vi.waitUntil(async () => (await join().catch(() => undefined)) !== undefined);
});

describe('what is wrong with the contract or the handlers', () => {
  test('is a channel without a handler', () => {
    const { bare: _bare, ...others } = plainHandlers;
    // @ts-expect-error bare is missing
    expect(() => bindSockets(roomsApi, others, options())).toThrow('rooms: no handler for bare');
  });

  test('is a handler without a channel', () => {
    const handlers = { ...plainHandlers, other: plainHandlers.room };
    expect(() => bindSockets(roomsApi, handlers, options())).toThrow('rooms: no channel for other');
  });

  test('is a scheme that nobody judges', () => {
    const { authenticate: _authenticate, ...others } = options();
    expect(() => bindSockets(roomsApi, plainHandlers, others)).toThrow('authenticate is needed');
  });
});
