import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { client, failure, open, seqsOf, take, useSocketServer, welcomed } from './testing/harness.ts';
import { said } from './testing/server.ts';

const served = useSocketServer();

/** As in a browser: it cannot stop reading. */
class Unpausable extends WebSocket {
  override pause = undefined as never;
}

const many = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => said(from + index));
const end = (lastSeq: number) => ({ epoch: 'e1', lastSeq, heartbeatMs: 10_000 });

describe('a reader that is slow', () => {
  test('stops a WebSocket that can pause, and all messages come', async () => {
    const { socket, peer } = await welcomed({ maxUnread: 10 });
    const messages = socket[Symbol.asyncIterator]();
    peer.send(said(1));
    await take(messages, 1);
    for (let seq = 2; seq <= 20_000; seq++)
      peer.socket.send(JSON.stringify({ ...said(seq), text: 'x'.repeat(500) }));
    await vi.waitUntil(() => peer.socket.bufferedAmount > 0);
    expect(seqsOf(await take(messages, 19_999)).at(-1)).toBe(20_000);
    expect(socket.state).toBe('open');
  });

  test('is still given the answer to a request', async () => {
    const { socket, peer } = await welcomed({ maxUnread: 10 });
    const messages = socket[Symbol.asyncIterator]();
    peer.send(...many(1, 30));
    await vi.waitUntil(() => (socket.position?.lastSeq ?? 0) > 10);
    const answer = socket.request({ type: 'say', text: 'a' });
    const { id } = await peer.next();
    peer.send(...many(31, 60), { type: 'ack', replyTo: id });
    expect(await answer).toEqual({ type: 'ack', replyTo: id });
    expect(seqsOf(await take(messages, 60)).at(-1)).toBe(60);
  });

  test('lets a connection go that cannot pause, and resumes when it has read', async () => {
    const reasons: unknown[] = [];
    const socket = open(
      { maxUnread: 10, onReconnect: (_, reason) => reasons.push(reason) },
      { WebSocket: Unpausable },
    );
    const messages = socket[Symbol.asyncIterator]();
    const peer = await served.server.connection();
    await peer.welcome();
    peer.send(...many(1, 5000));
    await peer.closed;
    expect(reasons).toMatchObject([{ type: 'stream', message: expect.stringContaining('wait to be read') }]);
    const before = seqsOf(await take(messages, 11));
    const next = await served.server.connection();
    await next.welcome(end(5000));
    const { data } = await next.next();
    expect(data).toEqual({ epoch: 'e1', lastSeq: before.at(-1) });
    next.send(...many(12, 20));
    expect(seqsOf(await take(messages, 9))).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  test('fails a channel that can neither pause nor resume', async () => {
    const socket = client({ WebSocket: Unpausable }).bare({}, { maxUnread: 3 });
    served.track(socket);
    const messages = socket[Symbol.asyncIterator]();
    const peer = await served.server.connection();
    await socket.opened;
    peer.send(...many(1, 5));
    await peer.closed;
    for (let count = 0; count < 4; count++) await messages.next();
    expect((await failure(messages.next())).type).toBe('stream');
  });
});

describe('without a reader', () => {
  test('the oldest messages make room, and requests go on', async () => {
    const { socket, peer } = await welcomed({ maxUnread: 3 });
    peer.send(...many(1, 100));
    const answer = socket.request({ type: 'say', text: 'a' });
    const { id } = await peer.next();
    peer.send({ type: 'ack', replyTo: id });
    await answer;
    expect(socket.position?.lastSeq).toBe(100);
  });

  test('whoever begins to read late is told of the gap', async () => {
    const onGap = vi.fn();
    const { socket, peer } = await welcomed({ maxUnread: 3, onGap });
    peer.send(...many(1, 5));
    await vi.waitUntil(() => socket.position?.lastSeq === 5);
    expect(seqsOf(await take(socket[Symbol.asyncIterator](), 3))).toEqual([3, 4, 5]);
    expect(onGap).toHaveBeenCalledWith(undefined);
  });
});
