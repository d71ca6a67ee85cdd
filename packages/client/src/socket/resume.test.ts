import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { failure, open, seqsOf, take, useSocketServer, welcomed } from './testing/harness.ts';
import { type Peer, said } from './testing/server.ts';

const served = useSocketServer();
const end = (lastSeq: number, epoch = 'e1') => ({ epoch, lastSeq, heartbeatMs: 10_000 });

describe('after a lost connection', () => {
  test('what was missed is asked for before all else, and comes once', async () => {
    const { socket, peer } = await welcomed();
    peer.send(said(1), said(2));
    const messages = socket[Symbol.asyncIterator]();
    await take(messages, 2);
    peer.cut();
    await vi.waitUntil(() => socket.state === 'reconnecting');
    const sent = socket.send({ type: 'look', at: 1 });
    const next = await served.server.connection();
    await next.welcome(end(4));
    await sent;
    expect(await next.next()).toEqual({ type: 'resume', data: { epoch: 'e1', lastSeq: 2 } });
    expect(await next.next()).toEqual({ type: 'look', at: 1 });
    // A live message overtakes the replay, and the replay begins with one that the client has.
    next.send(said(5), said(2), said(3), said(4), said(5), said(6));
    expect(seqsOf(await take(messages, 4))).toEqual([3, 4, 5, 6]);
    expect(socket.position).toEqual({ epoch: 'e1', lastSeq: 6 });
  });

  test('nothing is asked for where nothing was missed', async () => {
    const { socket, peer } = await welcomed();
    peer.cut();
    const next = await served.server.connection();
    await next.welcome();
    await socket.send({ type: 'look', at: 1 });
    expect(await next.next()).toEqual({ type: 'look', at: 1 });
  });

  test('a gap is told with the server’s message, and the log goes on after it', async () => {
    const gaps: unknown[] = [];
    const { socket, peer } = await welcomed({ onGap: (message) => gaps.push(message) });
    peer.send(said(1));
    const messages = socket[Symbol.asyncIterator]();
    await take(messages, 1);
    peer.cut();
    const next = await served.server.connection();
    await next.welcome(end(3, 'e2'));
    await next.next();
    const failed = { type: 'resume.failed', data: { epoch: 'e2', lastSeq: 3, reason: 'epoch_changed' } };
    next.send(failed, said(4));
    expect(seqsOf(await take(messages, 1))).toEqual([4]);
    expect(gaps).toEqual([failed]);
    expect(socket.position).toEqual({ epoch: 'e2', lastSeq: 4 });
  });

  test('a gap that nobody asked to be told of fails the socket', async () => {
    const { socket, peer } = await welcomed();
    peer.cut();
    const next = await served.server.connection();
    await next.welcome(end(3, 'e2'));
    await next.next();
    next.send({ type: 'resume.failed', data: { epoch: 'e2', lastSeq: 3 } });
    const error = await failure(socket[Symbol.asyncIterator]().next());
    expect(error).toMatchObject({ type: 'stream', message: expect.stringContaining('onGap') });
  });

  test('a server that does not bring what was missed is left', async () => {
    const reasons: unknown[] = [];
    const options = {
      connectTimeoutMs: 100,
      onReconnect: (_: number, reason: unknown) => reasons.push(reason),
    };
    const { peer } = await welcomed(options);
    peer.cut();
    const next = await served.server.connection();
    await next.welcome(end(2));
    await next.closed;
    await (await served.server.connection()).welcome(end(2));
    expect(reasons).toMatchObject([{ type: 'network' }, { type: 'timeout' }]);
  });
});

test('a socket goes on from the position of an earlier one', async () => {
  const socket = open({ resumeFrom: { epoch: 'e1', lastSeq: 1 } });
  const peer = await served.server.connection();
  await peer.welcome(end(3));
  expect(await peer.next()).toEqual({ type: 'resume', data: { epoch: 'e1', lastSeq: 1 } });
  peer.send(said(2), said(3));
  expect(seqsOf(await take(socket[Symbol.asyncIterator](), 2))).toEqual([2, 3]);
});

test('a hole in a live connection is filled', async () => {
  const { socket, peer } = await welcomed();
  peer.send(said(1), said(3));
  expect(await peer.next()).toEqual({ type: 'resume', data: { epoch: 'e1', lastSeq: 1 } });
  peer.send(said(2), said(3), said(4));
  expect(seqsOf(await take(socket[Symbol.asyncIterator](), 4))).toEqual([1, 2, 3, 4]);
});

describe('a heartbeat', () => {
  test('is sent as often as the server says, and a pong keeps the connection', async () => {
    const { socket, peer } = await welcomed({}, { ...end(0), heartbeatMs: 20 });
    for (let count = 0; count < 3; count++) {
      expect(await peer.next()).toEqual({ type: 'ping' });
      peer.send({ type: 'pong' });
    }
    expect(socket.state).toBe('open');
  });

  test('without an answer gives the connection up', async () => {
    const reasons: unknown[] = [];
    const { peer } = await welcomed(
      { onReconnect: (_, reason) => reasons.push(reason) },
      { ...end(0), heartbeatMs: 20 },
    );
    await peer.closed;
    await (await served.server.connection()).welcome();
    expect(reasons).toMatchObject([{ type: 'network', message: expect.stringContaining('not even a pong') }]);
  });
});

const UNTIL = 12;

/**
 * A server of one log that follows the documented session. Each connection adds to the log, and sends what it
 * added before it is asked to resume. It is cut after its budget of bytes, in a frame if need be; the first
 * without a budget brings the log to its end.
 */
async function serveLog(budgets: number[], gained: number): Promise<void> {
  let last = 0;
  async function connect(peer: Peer): Promise<void> {
    const budget = budgets.shift();
    if (budget !== undefined) cutAfter(peer, budget);
    await peer.next();
    const before = last;
    peer.send({ type: 'auth.ok', data: end(before) });
    last = budget === undefined ? UNTIL : Math.min(UNTIL, last + gained);
    for (let seq = before + 1; seq <= last; seq++) peer.send(said(seq));
    // The pong comes behind a resume.
    peer.send({ type: 'ping' });
    for (let frame = await peer.next(); frame.type !== 'pong'; frame = await peer.next()) {
      for (let seq = Number(Reflect.get(Object(frame.data), 'lastSeq')) + 1; seq <= last; seq++)
        peer.send(said(seq));
    }
    if (budget !== undefined) peer.cut();
  }
  for (;;) void connect(await served.server.connection()).catch(() => {});
}

function cutAfter(peer: Peer, bytes: number): void {
  const { socket } = peer.request;
  const write = socket.write.bind(socket);
  let left = bytes;
  Object.assign(socket, {
    write(chunk: Uint8Array | string) {
      const buffer = Buffer.from(chunk);
      const isTaken = write(buffer.subarray(0, Math.max(0, left)));
      left -= buffer.length;
      if (left <= 0) setImmediate(() => socket.destroy());
      return isTaken;
    },
  });
}

test('any schedule of cuts, in frames too, brings every message once and in order', async () => {
  // No wait before a reconnect.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  const budgets = fc.array(fc.nat(700), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(budgets, fc.integer({ min: 1, max: 5 }), async (cuts, gained) => {
      const abort = new AbortController();
      void serveLog([...cuts], gained);
      const socket = open({
        resumeFrom: { epoch: 'e1', lastSeq: 0 },
        maxReconnects: 20,
        signal: abort.signal,
        onGap: () => abort.abort(),
      });
      const seen = seqsOf(await take(socket[Symbol.asyncIterator](), UNTIL));
      socket.close();
      await served.renew();
      expect(seen).toEqual(Array.from({ length: UNTIL }, (_, index) => index + 1));
    }),
    { numRuns: 40 },
  );
});
