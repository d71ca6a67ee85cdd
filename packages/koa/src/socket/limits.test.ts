import { describe, expect, test, vi } from 'vitest';
import { createRateMeter } from './rate.ts';
import { plainRoom, type RoomConnection, serve } from './testing/serve.ts';

describe('a rate', () => {
  test('allows a minute’s worth at once, then what comes in evenly', () => {
    const meter = createRateMeter({ perMinute: 60 }, 0);
    for (let count = 0; count < 60; count++) expect(meter.frame(0)).toBe('allow');
    expect(meter.frame(0)).toBe('refuse');
    expect(meter.frame(1000)).toBe('allow');
    expect(meter.frame(1000)).toBe('refuse');
  });

  test('is a flood when a client goes on', () => {
    const meter = createRateMeter({ perMinute: 60 }, 0);
    for (let count = 0; count < 60; count++) meter.frame(0);
    for (let count = 0; count < 10; count++) expect(meter.frame(0)).toBe('refuse');
    expect(meter.frame(0)).toBe('flood');
  });

  test('may bound some types further', () => {
    const meter = createRateMeter({ groups: [{ types: ['ask', 'think'], perMinute: 2 }] }, 0);
    expect(['ask', 'think', 'ask', 'say'].map((type) => meter.allows(type, 0))).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });
});

test('frames beyond the rate answer an error, then close with 4429', async () => {
  const { join } = await serve({}, { rates: { perMinute: 3 } });
  const client = await join();
  client.send(...Array.from({ length: 13 }, (_, index) => ({ type: 'say', id: String(index), text: '' })));
  const answers = new Map<unknown, unknown>();
  while (answers.size < 12) {
    const { replyTo, type } = await client.next();
    answers.set(replyTo, type);
  }
  expect(answers.get('0')).toBe('ack');
  expect(answers.get('1')).toBe('ack');
  expect(answers.get('2')).toBe('error');
  expect((await client.closed)[0]).toBe(4429);
});

test('a group’s rate answers an error for its types alone', async () => {
  const { join } = await serve({}, { rates: { groups: [{ types: ['ask'], perMinute: 1 }] } });
  const client = await join();
  client.send({ type: 'ask', id: '1' }, { type: 'ask', id: '2' }, { type: 'say', id: '3', text: '' });
  expect([await client.next(), await client.next(), await client.next()]).toMatchObject([
    { type: 'ack', replyTo: '1' },
    { type: 'error', code: 'rate_limited', replyTo: '2' },
    { type: 'ack', replyTo: '3' },
  ]);
});

describe('a heartbeat', () => {
  test('keeps a client that answers', async () => {
    const { join } = await serve({}, { heartbeatMs: 20 });
    const client = await join();
    for (let count = 0; count < 4; count++)
      await new Promise((resolve) => client.socket.once('ping', resolve));
    client.send({ type: 'ping', data: { time: 1 } });
    expect(await client.next()).toEqual({ type: 'pong', data: { time: 1 } });
  });

  test('cuts a client off that does not', async () => {
    const { connect, closed } = await serve({}, { heartbeatMs: 20 });
    const client = await connect(undefined, { autoPong: false });
    client.send({ type: 'auth', token: 'Bearer ada' });
    await client.closed;
    await vi.waitUntil(() => closed.length > 0);
    expect(closed[0]).toMatchObject({ code: 4408, reason: 'A ping was not answered.' });
  });

  test('does not count as use', async () => {
    const { join } = await serve({}, { heartbeatMs: 20, idleMs: 60 });
    const client = await join();
    const timer = setInterval(() => client.send({ type: 'ping' }), 10);
    expect(await client.closed).toEqual([4408, 'The connection was not used.']);
    clearInterval(timer);
  });
});

describe('a client that does not read', () => {
  const text = 'x'.repeat(60_000);

  /** A room whose connection is at hand, with a client that reads nothing. */
  async function stalled(more: object) {
    let connection: RoomConnection | undefined;
    const served = await serve(
      {
        room: (given) => {
          connection = given;
          return plainRoom;
        },
      },
      more,
    );
    const client = await served.join();
    client.socket.pause();
    if (connection === undefined) throw new Error('the room was not opened');
    return { ...served, client, connection };
  }

  test('is closed with 4008 when too much waits for it', async () => {
    const { connection, closed, client } = await stalled({ maxBufferedBytes: 200_000 });
    // Until the kernel takes no more, and then the server.
    await vi.waitUntil(
      () => {
        for (let count = 0; count < 20; count++) connection.send({ type: 'typing', who: text });
        return connection.signal.aborted;
      },
      { timeout: 10_000, interval: 1 },
    );
    expect(connection.signal.reason).toMatchObject({ code: 4008 });
    expect(connection.bufferedBytes).toBeLessThan(400_000);
    client.socket.terminate();
    await vi.waitUntil(() => closed.length > 0);
    expect(closed[0]).toMatchObject({ code: 4008 });
  });

  test('is closed with 4008 when it takes nothing for too long', async () => {
    const { connection } = await stalled({ maxBufferedBytes: 100_000_000, heartbeatMs: 20, stalledMs: 40 });
    // More than the kernels of both ends take.
    for (let count = 0; count < 500; count++) connection.send({ type: 'typing', who: text });
    await vi.waitUntil(() => connection.signal.aborted);
    expect(connection.signal.reason).toMatchObject({ code: 4008, reason: 'The client does not read.' });
  });

  test('and reads again in time stays', async () => {
    const { connection, client } = await stalled({
      maxBufferedBytes: 100_000_000,
      heartbeatMs: 20,
      stalledMs: 300,
    });
    for (let count = 0; count < 500; count++) connection.send({ type: 'typing', who: text });
    client.socket.resume();
    await vi.waitUntil(() => connection.bufferedBytes === 0, { timeout: 10_000 });
    for (let count = 0; count < 25; count++)
      await new Promise((resolve) => client.socket.once('ping', resolve));
    expect(connection.signal.aborted).toBe(false);
  });
});
