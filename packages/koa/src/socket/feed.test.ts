import type { SocketPosition } from '@flowwire/contract';
import { describe, expect, test, vi } from 'vitest';
import type { Subscription } from './handlers.ts';
import type { RoomsChannels, Said } from './testing/rooms.ts';
import { type OpenedRoom, plainRoom, READY, serve } from './testing/serve.ts';

const said = (seq: number): Said => ({ type: 'said', text: `text ${seq}`, seq });

/** A log with readers that wait for what is still to come. */
class Log {
  readonly messages: Said[] = [];
  readonly positions: (SocketPosition | undefined)[] = [];
  readonly #waiting = new Set<() => void>();
  first = 1;
  reading = 0;

  add(count: number): void {
    for (let index = 0; index < count; index++) this.messages.push(said(this.messages.length + 1));
    for (const wake of this.#waiting) wake();
  }

  subscribe(after: SocketPosition | undefined, signal: AbortSignal): Subscription<RoomsChannels['room']> {
    this.positions.push(after);
    const from = after?.lastSeq ?? 0;
    if (from + 1 < this.first) {
      const end = { epoch: 'e1', lastSeq: this.messages.length };
      return { resumeFailed: { ...end, reason: 'too_old' } };
    }
    return this.#read(from, signal);
  }

  async *#read(from: number, signal: AbortSignal): AsyncGenerator<Said> {
    this.reading += 1;
    try {
      for (let at = from; ; at++) {
        while (this.messages[at] === undefined) await this.#more(signal);
        const message = this.messages[at];
        if (message !== undefined) yield message;
      }
    } finally {
      this.reading -= 1;
    }
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#waiting.delete(done);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

const roomOf = (log: Log) => ({
  room: (): OpenedRoom => ({
    ...plainRoom,
    ready: { ...READY, lastSeq: log.messages.length },
    subscribe: ({ after, signal }) => log.subscribe(after, signal),
  }),
});

test('messages are sent from the position that ready told', async () => {
  const log = new Log();
  log.add(3);
  const { join } = await serve(roomOf(log));
  const client = await join();
  log.add(2);
  expect([await client.next(), await client.next()]).toEqual([said(4), said(5)]);
  expect(log.positions).toEqual([{ ...READY, lastSeq: 3 }].map(({ epoch, lastSeq }) => ({ epoch, lastSeq })));
});

describe('a resume', () => {
  test('begins after the position that the client has', async () => {
    const log = new Log();
    log.add(5);
    const { join } = await serve(roomOf(log));
    const client = await join();
    client.send({ type: 'resume', data: { epoch: 'e1', lastSeq: 2 } });
    expect([await client.next(), await client.next(), await client.next()]).toEqual([
      said(3),
      said(4),
      said(5),
    ]);
    log.add(1);
    expect(await client.next()).toEqual(said(6));
    expect(log.reading).toBe(1);
  });

  test('that cannot be is answered with where the log goes on, and it goes on there', async () => {
    const log = new Log();
    log.add(5);
    log.first = 4;
    const { join } = await serve(roomOf(log));
    const client = await join();
    client.send({ type: 'resume', data: { epoch: 'e1', lastSeq: 1 } });
    const data = { epoch: 'e1', lastSeq: 5, reason: 'too_old' };
    expect(await client.next()).toEqual({ type: 'resume.failed', data });
    log.add(1);
    expect(await client.next()).toEqual(said(6));
  });

  test('that fails even where the server said to go on is a bug', async () => {
    const log = new Log();
    log.first = 100;
    const { join, errors } = await serve(roomOf(log));
    const client = await join();
    expect(await client.next()).toMatchObject({ type: 'resume.failed' });
    expect((await client.closed)[0]).toBe(1011);
    expect(String(errors[0])).toContain('cannot be read from the position that it said itself');
  });
});

test('a source is let go when its client goes', async () => {
  const log = new Log();
  const { join } = await serve(roomOf(log));
  const client = await join();
  await vi.waitUntil(() => log.reading === 1);
  client.socket.terminate();
  await vi.waitUntil(() => log.reading === 0);
});

test('a source that fails is told, and closes with 1011', async () => {
  const { join, errors } = await serve({
    room: () => ({
      ...plainRoom,
      // biome-ignore lint/correctness/useYield: it fails before it has anything
      subscribe: async function* () {
        throw new RangeError('the disk is gone');
      },
    }),
  });
  const client = await join();
  expect((await client.closed)[0]).toBe(1011);
  expect(errors).toEqual([new RangeError('the disk is gone')]);
});

test('a source that ends leaves the connection open', async () => {
  const { join } = await serve({
    room: () => ({
      ...plainRoom,
      subscribe: async function* () {
        yield said(1);
      },
    }),
  });
  const client = await join();
  expect(await client.next()).toEqual(said(1));
  client.send({ type: 'say', id: '1', text: '' });
  expect(await client.next()).toEqual({ type: 'ack', replyTo: '1' });
});

test('a source is asked for no more than its client reads', async () => {
  let given = 0;
  const text = 'x'.repeat(50_000);
  const { join } = await serve({
    room: () => ({
      ...plainRoom,
      subscribe: async function* () {
        for (;;) yield { type: 'said', text, seq: ++given };
      },
    }),
  });
  const client = await join();
  client.socket.pause();
  let before = -1;
  // The kernel takes some megabytes; then nothing is asked for any more.
  await vi.waitUntil(
    () => {
      const isStill = given === before;
      before = given;
      return isStill;
    },
    { timeout: 10_000, interval: 100 },
  );
  client.socket.resume();
  await vi.waitUntil(() => given > before + 10);
  client.socket.terminate();
});

test('a message that goes to many is encoded once', async () => {
  const log = new Log();
  const { join } = await serve(roomOf(log));
  const clients = [await join('ada'), await join('bob')];
  const encoded = vi.spyOn(JSON, 'stringify');
  log.add(1);
  for (const client of clients) expect(await client.next()).toEqual(said(1));
  expect(encoded.mock.calls.filter(([value]) => value === log.messages[0])).toHaveLength(1);
  encoded.mockRestore();
});
