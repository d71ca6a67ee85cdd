import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, isApiError } from '@flowwire/client';
import { bindSockets, type SocketHandlers } from '@flowwire/koa';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Cut, startCuttingProxy } from './support/cutting-proxy.ts';
import { type RoomsClient, roomsApi, type Said } from './support/rooms.ts';

/** What is said in a room, from the first word. */
class Room {
  readonly said: Said[] = [];
  readonly #waiting = new Set<() => void>();

  say(text: string): void {
    this.said.push({ type: 'said', text, seq: this.said.length + 1 });
    for (const wake of this.#waiting) wake();
  }

  async *after(seq: number, signal: AbortSignal): AsyncGenerator<Said> {
    for (let at = seq; ; at++) {
      while (this.said[at] === undefined) await this.#more(signal);
      const message = this.said[at];
      if (message !== undefined) yield message;
    }
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        this.#waiting.delete(wake);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

/** Serves one room until the test is over. */
async function serveRoom(room: Room): Promise<{ port: number; errors: unknown[] }> {
  const errors: unknown[] = [];
  const handlers: SocketHandlers<typeof roomsApi, string> = {
    room: () => ({
      ready: { epoch: 'e1', lastSeq: room.said.length, heartbeatMs: 10_000 },
      messages: {
        say: ({ text }) => {
          room.say(text);
          return { type: 'ack' };
        },
      },
      subscribe: ({ after, signal }) => room.after(after?.lastSeq ?? 0, signal),
    }),
  };
  const sockets = bindSockets(roomsApi, handlers, {
    authenticate: ({ token }) => ({ ok: true, context: token }),
    problem: ({ kind }) => ({ type: 'error', code: kind }),
    onError: (error) => errors.push(error),
    validateReplies: true,
  });
  const http = createServer();
  http.on('upgrade', (request, socket, head) => {
    if (!sockets.handleUpgrade(request, socket, head)) socket.destroy();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(async () => {
    await sockets.close();
    http.close();
  });
  const { port } = http.address() as AddressInfo; // It listens on TCP.
  return { port, errors };
}

const clientOf = (baseUrl: string): RoomsClient =>
  createClient(roomsApi, { baseUrl, auth: 'ada', WebSocket }) as RoomsClient;

const cut: fc.Arbitrary<Cut> = fc.record({
  fromServer: fc.integer({ min: 1, max: 900 }),
  fromClient: fc.integer({ min: 1, max: 1500 }),
});

test('however connections break, every client reads the same log, and a request that was answered was done once', async () => {
  // No wait before a reconnect.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  const room = new Room();
  const { port, errors } = await serveRoom(room);

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(cut, { maxLength: 6 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 8 }),
      async (clients, count) => {
        const from = room.said.length;
        const proxies = await Promise.all(clients.map((cuts) => startCuttingProxy(port, cuts)));
        const sockets = proxies.map(({ url }) =>
          clientOf(url).room(
            { path: { id: '1' } },
            { resumeFrom: { epoch: 'e1', lastSeq: from }, maxReconnects: 30, connectTimeoutMs: 2000 },
          ),
        );
        const logs = sockets.map((socket) => {
          const seen: Said[] = [];
          const read = async () => {
            for await (const message of socket) {
              if (message.type !== 'said') continue;
              seen.push(message);
              if (message.text === 'the end') return seen;
            }
            throw new Error('the socket ended early');
          };
          return read();
        });
        const answered: string[] = [];
        const lost: string[] = [];
        await Promise.all(
          sockets.flatMap((socket, index) =>
            Array.from({ length: count }, async (_, number) => {
              const text = `${from} ${index} ${number}`;
              const { type } = await socket.request({ type: 'say', text }).catch((error: unknown) => {
                if (isApiError(error) && error.type === 'network') return { type: 'lost' };
                throw error;
              });
              (type === 'ack' ? answered : lost).push(text);
            }),
          ),
        );
        room.say('the end');
        const expected = room.said.slice(from);
        for (const log of logs) expect(await log).toEqual(expected);
        const texts = expected.map(({ text }) => text);
        for (const text of answered) expect(texts.filter((said) => said === text)).toHaveLength(1);
        for (const text of lost) expect(texts.filter((said) => said === text).length).toBeLessThan(2);
        expect(answered.length + lost.length).toBe(clients.length * count);
        for (const socket of sockets) socket.close();
      },
    ),
    { numRuns: 25 },
  );
  expect(errors).toEqual([]);
});

test('a socket goes on where an earlier one was closed', async () => {
  const room = new Room();
  const first = await serveRoom(room);
  const socket = clientOf(`http://127.0.0.1:${first.port}`).room({ path: { id: '1' } });
  onTestFinished(() => socket.close());
  await socket.opened;
  room.say('hello');
  for await (const message of socket) {
    expect(message).toMatchObject({ text: 'hello', seq: 1 });
    break;
  }
  expect(socket.state).toBe('closed');
  const later = clientOf(`http://127.0.0.1:${first.port}`).room(
    { path: { id: '1' } },
    { resumeFrom: socket.position ?? { epoch: '', lastSeq: 0 } },
  );
  onTestFinished(() => later.close());
  room.say('again');
  const { value } = await later[Symbol.asyncIterator]().next();
  expect(value).toMatchObject({ text: 'again', seq: 2 });
});
