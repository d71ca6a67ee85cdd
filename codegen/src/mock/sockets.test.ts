import { once } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { serveMock } from './testing/serve.ts';

/** A connection, and what came over it. */
class Table {
  readonly #socket: WebSocket;
  readonly #messages: unknown[] = [];
  /** The code that it was closed with. */
  readonly closed: Promise<number>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#socket = new WebSocket(url, { headers: { ...headers } });
    this.closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.on('message', (data) => this.#messages.push(JSON.parse(String(data))));
    this.#socket.on('error', (error) => this.#messages.push(error));
    onTestFinished(() => this.#socket.terminate());
  }

  async send(message: unknown): Promise<void> {
    if (this.#socket.readyState === WebSocket.CONNECTING) await once(this.#socket, 'open');
    this.#socket.send(JSON.stringify(message));
  }

  async next(): Promise<unknown> {
    while (this.#messages.length === 0) await once(this.#socket, 'message');
    return this.#messages.shift();
  }

  async take(count: number): Promise<unknown[]> {
    const taken = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }
}

const socketUrl = (url: string, path = '/live/tables/4'): string => `${url.replace('http', 'ws')}${path}`;

/** Sits down at a table, after the messages that it is greeted with. */
async function sit(url: string, greeted = 4): Promise<Table> {
  const table = new Table(socketUrl(url));
  await table.send({ type: 'auth', token: 'Bearer any' });
  await table.take(greeted);
  return table;
}

it('lets everybody in who brings a token, and says the examples of the server in their order', async () => {
  const { url } = await serveMock();
  const table = new Table(socketUrl(url));
  await table.send({ type: 'auth', token: 'Bearer any' });
  expect(await table.take(4)).toEqual([
    { type: 'welcome', data: { epoch: 'mock', lastSeq: 0, heartbeatMs: 25_000 } },
    { type: 'news', text: 'The kettle is on.', meta: { seq: 1, by: 'Aoi' } },
    { type: 'news', text: 'The kettle boils.', meta: { seq: 2, by: 'Aoi' } },
    { type: 'bill', yen: expect.any(Number), meta: expect.objectContaining({ seq: 3 }) },
  ]);
});

it('turns away who brings something else', async () => {
  const { url } = await serveMock();
  const table = new Table(socketUrl(url));
  await table.send({ type: 'auth', token: 'any' });
  expect(await table.closed).toBe(4401);
});

it('answers a request with the example of its answer, under the id of the request', async () => {
  const { url } = await serveMock();
  const table = await sit(url);
  await table.send({ type: 'wave' });
  await table.send({ type: 'order', id: 'mine', tea: 'Sencha' });
  expect(await table.next()).toEqual({ type: 'taken', replyTo: 'mine', minutes: 4 });
});

it('says what is wrong with a message, in the words of the document', async () => {
  const { url, lines } = await serveMock();
  const table = await sit(url);
  await table.send({ type: 'order', id: 'mine', tea: 'something very long' });
  expect(await table.next()).toEqual({
    type: 'sorry',
    replyTo: 'mine',
    message: expect.stringContaining('/tea must NOT have more than 10 characters'),
  });
  expect(lines.join('')).toContain('WS table: ');
});

it('answers a ping', async () => {
  const { url } = await serveMock();
  const table = await sit(url);
  await table.send({ type: 'ping', data: { time: 1 } });
  expect(await table.next()).toEqual({ type: 'pong', data: { time: 1 } });
});

it('goes on from the position that a client resumes at', async () => {
  const { url } = await serveMock({ eventInterval: 600_000 });
  const table = await sit(url, 2);
  await table.send({ type: 'resume', data: { epoch: 'mock', lastSeq: 2 } });
  expect(await table.next()).toMatchObject({ type: 'bill', meta: { seq: 3 } });
});

it('says that another log cannot be had', async () => {
  const { url } = await serveMock({ eventInterval: 600_000 });
  const table = await sit(url, 2);
  await table.send({ type: 'resume', data: { epoch: 'e7', lastSeq: 40 } });
  expect(await table.next()).toEqual({
    type: 'too_late',
    data: { epoch: 'mock', lastSeq: 0, reason: 'gone' },
  });
});

it('serves pages of any origin', async () => {
  const { url } = await serveMock();
  const table = new Table(socketUrl(url), { origin: 'http://a.test' });
  await table.send({ type: 'auth', token: 'Bearer any' });
  expect(await table.next()).toMatchObject({ type: 'welcome' });
});

it('knows no socket that no document has', async () => {
  const { url } = await serveMock();
  const table = new Table(socketUrl(url, '/rooms/4'));
  await table.closed;
  expect(String(await table.next())).toContain('404');
});

it('closes its sockets when it is stopped, and tells what went over them', async () => {
  const { url, stop, lines } = await serveMock();
  const table = await sit(url);
  await stop();
  expect(await table.closed).toBe(1012);
  await vi.waitFor(() =>
    expect(lines.join('')).toMatch(/WS \/live\/tables\/4 -> 1012 table \(1 received, 4 sent, \d+ ms\)\n/),
  );
});
