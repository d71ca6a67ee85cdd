import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { client, failure, open, seqsOf, take, useSocketServer, welcomed } from './testing/harness.ts';
import { createRooms, type RoomEvent } from './testing/room.ts';
import { said } from './testing/server.ts';

const served = useSocketServer();

describe('opening', () => {
  test('authenticates in the first frame, with nothing secret in the request', async () => {
    const socket = open();
    expect(socket.state).toBe('connecting');
    const peer = await served.server.connection();
    expect(peer.request.url).toBe('/rooms/r%201');
    expect(peer.request.headers.authorization).toBeUndefined();
    expect(await peer.welcome()).toEqual({ type: 'auth', token: 'Bearer secret' });
    await socket.opened;
    expect(socket.state).toBe('open');
    expect(socket.position).toEqual({ epoch: 'e1', lastSeq: 0 });
  });

  test('asks for the credential anew for each connection', async () => {
    const keys = ['one', 'two'];
    const socket = open({}, { auth: async () => keys.shift() ?? '' });
    const first = await served.server.connection();
    expect(await first.welcome()).toMatchObject({ token: 'Bearer one' });
    await socket.opened;
    first.cut();
    expect(await (await served.server.connection()).welcome()).toMatchObject({ token: 'Bearer two' });
  });

  test('writes parameters where the document says, and fills in what has a default', async () => {
    served.track(client().room({ path: { id: 'a' }, query: { lang: 'zh' } }), client().bare());
    const urls = [
      (await served.server.connection()).request.url,
      (await served.server.connection()).request.url,
    ];
    expect(urls.sort()).toEqual(['/bare/v1', '/rooms/a?lang=zh']);
  });

  test('without a session the credential goes into a header, and the socket is ready at once', async () => {
    const socket = client().bare();
    served.track(socket);
    const peer = await served.server.connection();
    await socket.opened;
    expect(peer.request.headers.authorization).toBe('Bearer secret');
  });

  test('fails at once without a credential', async () => {
    const socket = createRooms({ baseUrl: served.server.url, WebSocket }).room({ path: { id: 'a' } });
    expect((await failure(socket.opened)).type).toBe('auth');
    expect(socket.state).toBe('closed');
  });

  test('fails at once where auth throws, and says why', async () => {
    const cause = new Error('no key today');
    const error = await failure(open({}, { auth: () => Promise.reject(cause) }).opened);
    expect(error).toMatchObject({ type: 'auth', cause });
  });

  test('an empty path parameter is the caller’s mistake', () => {
    expect(() => client().room({ path: { id: '' } })).toThrow(TypeError);
  });

  test('a platform without a WebSocket is told what to do', () => {
    vi.stubGlobal('WebSocket', undefined);
    try {
      const bare = createRooms({ baseUrl: served.server.url, auth: 'secret' });
      expect(() => bare.room({ path: { id: 'a' } })).toThrow('install the package ws');
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test('the platform’s WebSocket cannot send headers, which is said before anything is sent', async () => {
    vi.stubGlobal('WebSocket', WebSocket);
    try {
      const bare = createRooms({ baseUrl: served.server.url, auth: 'secret' });
      expect(() => bare.bare({ headers: { 'x-tenant': 'a' } })).toThrow('x-tenant');
      const error = await failure(bare.bare().opened);
      expect(error).toMatchObject({ type: 'auth', message: expect.stringContaining('authorization') });
      expect(error.message).not.toContain('secret');
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test.each([401, 403, 404])('a request that is refused with %i fails for good', async (status) => {
    served.server.refuse(status);
    const error = await failure(open().opened);
    expect(error).toMatchObject({ type: 'http', status });
  });

  test('a request that is refused with 503 is made again', async () => {
    served.server.refuse(503);
    const reasons: unknown[] = [];
    const socket = open({ onReconnect: (_attempt, reason) => reasons.push(reason) });
    await (await served.server.connection()).welcome();
    await socket.opened;
    expect(reasons).toMatchObject([{ type: 'http', status: 503 }]);
  });

  test('what the server said before it closed comes with the error', async () => {
    const socket = open();
    const peer = await served.server.connection();
    await peer.next();
    peer.send({ type: 'error', code: 'AUTH_001' });
    peer.socket.close(4401, 'who are you?');
    const error = await failure(socket.opened);
    expect(error).toMatchObject({ type: 'stream', code: '4401', body: { type: 'error', code: 'AUTH_001' } });
    expect(error.message).toContain('who are you?');
    expect((await failure(socket[Symbol.asyncIterator]().next())).code).toBe('4401');
  });

  test('a server that does not answer the credential is left, and tried again', async () => {
    const reasons: unknown[] = [];
    const socket = open({
      connectTimeoutMs: 50,
      maxReconnects: 1,
      onReconnect: (_, reason) => reasons.push(reason),
    });
    expect((await failure(socket.opened)).type).toBe('timeout');
    expect(reasons).toMatchObject([{ type: 'timeout' }]);
  });

  test('a server that is not there fails after so many attempts', async () => {
    const { url } = served.server;
    await served.renew();
    const attempts: number[] = [];
    const socket = createRooms({ baseUrl: url, auth: 'a', WebSocket }).room(
      { path: { id: 'a' } },
      { maxReconnects: 2, onReconnect: (attempt) => attempts.push(attempt) },
    );
    expect((await failure(socket.opened)).type).toBe('network');
    expect(attempts).toEqual([0, 1]);
  });
});

describe('messages', () => {
  test('come in order, control messages left out', async () => {
    const { socket, peer } = await welcomed();
    peer.send(said(1), { type: 'ping' }, { type: 'typing', who: 'a' }, { type: 'pong' }, said(2));
    expect(await take(socket[Symbol.asyncIterator](), 3)).toEqual([
      said(1),
      { type: 'typing', who: 'a' },
      said(2),
    ]);
    expect(await peer.next()).toEqual({ type: 'pong' });
  });

  test('a ping is answered with its data', async () => {
    const { peer } = await welcomed();
    peer.send({ type: 'ping', data: { time: 7 } });
    expect(await peer.next()).toEqual({ type: 'pong', data: { time: 7 } });
  });

  test('unknown ones are left out and told of', async () => {
    const unknown: unknown[] = [];
    const { socket, peer } = await welcomed({ onUnknown: (message) => unknown.push(message) });
    peer.send({ type: 'new', x: 1 }, { x: 2 }, said(1));
    expect(await take(socket[Symbol.asyncIterator](), 1)).toEqual([said(1)]);
    expect(unknown).toEqual([{ type: 'new', x: 1 }, { x: 2 }]);
  });

  test.each<[string, string | Buffer, string]>([
    ['breaks its schema', JSON.stringify({ type: 'said', seq: 1 }), 'said is not as documented'],
    ['is not JSON', '{"type":', 'not JSON'],
    ['is bytes', Buffer.from('{}'), 'not text'],
    ['is too long', JSON.stringify({ ...said(1), text: 'x'.repeat(200) }), 'longer than'],
  ])('one that %s fails the socket', async (_name, frame, message) => {
    const { socket, peer } = await welcomed({ maxMessageChars: 100 });
    peer.socket.send(frame);
    const error = await failure(socket[Symbol.asyncIterator]().next());
    expect(error).toMatchObject({ type: 'protocol', message: expect.stringContaining(message) });
    expect(socket.state).toBe('closed');
    await peer.closed;
  });

  test('what was read before a failure is delivered before it', async () => {
    const { socket, peer } = await welcomed();
    peer.send(said(1), said(2));
    peer.socket.close(4401);
    await peer.closed;
    await vi.waitUntil(() => socket.state === 'closed');
    const messages = socket[Symbol.asyncIterator]();
    expect(seqsOf(await take(messages, 2))).toEqual([1, 2]);
    expect((await failure(messages.next())).code).toBe('4401');
    expect((await messages.next()).done).toBe(true);
  });

  test('a server that closes normally ends the iteration', async () => {
    const { socket, peer } = await welcomed();
    peer.send(said(1));
    peer.socket.close(1000);
    const all: RoomEvent[] = [];
    for await (const message of socket) all.push(message);
    expect(all).toEqual([said(1)]);
    expect(socket.state).toBe('closed');
  });

  test('a socket can be iterated once', async () => {
    const { socket } = await welcomed();
    socket[Symbol.asyncIterator]();
    expect(() => socket[Symbol.asyncIterator]()).toThrow('only once');
  });

  test('what a callback throws fails the socket as it is', async () => {
    const onUnknown = () => {
      throw new RangeError('mine');
    };
    const { socket, peer } = await welcomed({ onUnknown });
    peer.send({ type: 'new' });
    await expect(socket[Symbol.asyncIterator]().next()).rejects.toThrow(RangeError);
  });
});

describe('sending', () => {
  test('waits for the connection and keeps its order', async () => {
    const socket = open();
    const sent = [1, 2, 3].map((at) => socket.send({ type: 'look', at }));
    const peer = await served.server.connection();
    await peer.welcome();
    await Promise.all(sent);
    expect([await peer.next(), await peer.next(), await peer.next()]).toEqual(
      [1, 2, 3].map((at) => ({ type: 'look', at })),
    );
  });

  test('what waits is sent over the next connection', async () => {
    const { socket, peer } = await welcomed();
    peer.cut();
    await vi.waitUntil(() => socket.state === 'reconnecting');
    const sent = socket.send({ type: 'look', at: 1 });
    const next = await served.server.connection();
    await next.welcome();
    await sent;
    expect(await next.next()).toEqual({ type: 'look', at: 1 });
  });

  test('more than may wait rejects', async () => {
    const socket = open({ maxQueuedBytes: 60 });
    const first = socket.send({ type: 'look', at: 1 });
    const error = await failure(socket.send({ type: 'say', id: 'a', text: '写'.repeat(12) }));
    expect(error).toMatchObject({ type: 'network', message: expect.stringContaining('60 bytes') });
    await (await served.server.connection()).welcome();
    await first;
  });

  test('there is room again for what was sent', async () => {
    const { socket } = await welcomed({ maxQueuedBytes: 60 });
    for (let at = 0; at < 10; at++) await socket.send({ type: 'look', at });
  });

  test('a message that is no JSON is the caller’s mistake', async () => {
    const { socket } = await welcomed();
    // @ts-expect-error a bigint is no JSON
    await expect(socket.send({ type: 'look', at: 1n })).rejects.toThrow(TypeError);
  });

  test('rejects after close', async () => {
    const { socket } = await welcomed();
    socket.close();
    expect((await failure(socket.send({ type: 'look', at: 1 }))).type).toBe('aborted');
  });
});

describe('a request', () => {
  test('is answered by the message with its id, which is no message of the iteration', async () => {
    const { socket, peer } = await welcomed();
    const answers = [socket.request({ type: 'say', text: 'a' }), socket.request({ type: 'say', text: 'b' })];
    const [a, b] = [await peer.next(), await peer.next()];
    expect(a.id).not.toBe(b.id);
    peer.send({ type: 'error', replyTo: b.id, code: 'NO' }, { type: 'ack', replyTo: a.id }, said(1));
    expect(await Promise.all(answers)).toEqual([
      { type: 'ack', replyTo: a.id },
      { type: 'error', replyTo: b.id, code: 'NO' },
    ]);
    expect(await take(socket[Symbol.asyncIterator](), 1)).toEqual([said(1)]);
  });

  test('keeps the id that the caller gave, and refuses it twice', async () => {
    const { socket, peer } = await welcomed();
    const first = socket.request({ type: 'say', id: 'mine', text: 'a' });
    await expect(socket.request({ type: 'say', id: 'mine', text: 'b' })).rejects.toThrow('mine');
    expect(await peer.next()).toMatchObject({ id: 'mine' });
    peer.send({ type: 'ack', replyTo: 'mine' });
    await first;
  });

  test('times out', async () => {
    const { socket, peer } = await welcomed();
    const late = socket.request({ type: 'say', text: 'a' }, { timeoutMs: 20 });
    expect((await failure(late)).type).toBe('timeout');
    const { id } = await peer.next();
    peer.send({ type: 'ack', replyTo: id });
    // An answer that nobody waits for any more is a message like others.
    expect(await take(socket[Symbol.asyncIterator](), 1)).toEqual([{ type: 'ack', replyTo: id }]);
  });

  test('obeys its signal, and is not sent any more if it still waits', async () => {
    const socket = open();
    const controller = new AbortController();
    const request = socket.request({ type: 'say', text: 'a' }, { signal: controller.signal });
    controller.abort();
    expect((await failure(request)).type).toBe('aborted');
    const peer = await served.server.connection();
    await peer.welcome();
    await socket.send({ type: 'look', at: 1 });
    expect(await peer.next()).toEqual({ type: 'look', at: 1 });
  });

  test('that a lost connection had rejects; one that waited is sent over the next', async () => {
    const { socket, peer } = await welcomed();
    const lost = failure(socket.request({ type: 'say', text: 'lost' }));
    await peer.next();
    peer.cut();
    expect(await lost).toMatchObject({ type: 'network', message: expect.stringContaining('not known') });
    const waiting = socket.request({ type: 'say', text: 'waits' });
    const next = await served.server.connection();
    await next.welcome();
    const { id, text } = await next.next();
    expect(text).toBe('waits');
    next.send({ type: 'ack', replyTo: id });
    expect(await waiting).toEqual({ type: 'ack', replyTo: id });
  });

  test('that no connection had yet outlives those that fail', async () => {
    const socket = open();
    const waiting = socket.request({ type: 'say', text: 'waits' });
    (await served.server.connection()).cut();
    const peer = await served.server.connection();
    await peer.welcome();
    const { id } = await peer.next();
    peer.send({ type: 'ack', replyTo: id });
    expect(await waiting).toEqual({ type: 'ack', replyTo: id });
  });

  test('is not answered by what comes of it besides', async () => {
    const { socket, peer } = await welcomed();
    const answer = socket.request({ type: 'say', text: 'a' });
    const { id } = await peer.next();
    peer.send({ type: 'typing', who: 'me', replyTo: id }, { type: 'ack', replyTo: id });
    expect(await answer).toEqual({ type: 'ack', replyTo: id });
    expect(await take(socket[Symbol.asyncIterator](), 1)).toEqual([
      { type: 'typing', who: 'me', replyTo: id },
    ]);
  });

  test('that nothing answers is the caller’s mistake', async () => {
    const { socket } = await welcomed();
    // @ts-expect-error look is not answered
    await expect(socket.request({ type: 'look', at: 1 })).rejects.toThrow('use send()');
  });

  test('rejects when the socket is closed', async () => {
    const { socket } = await welcomed();
    const request = failure(socket.request({ type: 'say', text: 'a' }));
    socket.close();
    expect((await request).type).toBe('aborted');
  });
});
