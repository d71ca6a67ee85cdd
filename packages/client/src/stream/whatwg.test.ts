import type { EventStream } from '@flowwire/contract';
import { afterEach, describe, expect, test } from 'vitest';
import { createClient } from '../client.ts';
import { ApiError } from '../errors.ts';
import { fixture } from '../testing/contract.ts';
import { end, type Reply, startServer, status, stream, tick } from '../testing/server.ts';

/**
 * The tests of web-platform-tests (folder `eventsource`) about requests and reconnecting. Those about the
 * format stand beside the decoder, with the list of what does not apply.
 *
 * This client goes its own way in these:
 *
 * - `request-status-error` for 503, and 500: it tries again. An answer that says "not now" is no refusal.
 * - `request-redirect`: it refuses every redirect, for it would carry credentials to where no one meant.
 * - `eventsource-reconnect` without ids, and after an id that was taken back (`format-field-id-3`): it fails,
 *   for the events that were read would come again.
 * - `format-field-id` beyond ASCII: what a header cannot carry fails the stream once it has to be sent back.
 * - `request-cache-control`: it leaves caching to the server's `Cache-Control`.
 * - `eventsource-cross-origin*`, `request-credentials`, `eventsource-constructor-document-domain`: `fetch` does
 *   that, in browsers.
 */

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function serve(...replies: Reply[]) {
  const server = await startServer(...replies);
  open.push(server);
  return { server, client: createClient(fixture, { baseUrl: server.url, auth: 'secret' }) };
}

async function read<T>(events: EventStream<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of events) all.push(item);
  return all;
}

/** Answers with any head. */
const answer =
  (code: number, type: string, body: string | Uint8Array): Reply =>
  (response) => {
    response.writeHead(code, { 'content-type': type });
    response.end(body);
  };

const sse = (text: string): Reply => answer(200, 'text/event-stream', `retry: 1\n\n${text}`);

describe('request-accept', () => {
  test('asks for an event stream', async () => {
    const { server, client } = await serve(stream('data: x\n\n'));
    await read(client.tail());
    expect(server.requests[0]?.headers.accept).toBe('text/event-stream');
  });
});

describe('request-status-error', () => {
  test.each([205, 210, 299, 404, 410])('%i fails the stream, whatever its body', async (code) => {
    const { server, client } = await serve(answer(code, 'text/event-stream', end(1)), stream(end(2)));
    await expect(read(client.follow())).rejects.toMatchObject({ status: code });
    expect(server.requests).toHaveLength(1);
  });

  test('204 ends it', async () => {
    const { server, client } = await serve(status(204), stream(end(2)));
    expect(await read(client.follow())).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });
});

describe('format-mime', () => {
  test.each(['x bogus', 'text/x-bogus', 'text/event-stream-x', 'application/json; x=text/event-stream'])(
    'refuses %s',
    async (type) => {
      const { server, client } = await serve(answer(200, type, 'data: x\n\n'), stream('data: y\n\n'));
      await expect(read(client.tail())).rejects.toMatchObject({ type: 'protocol' });
      expect(server.requests).toHaveLength(1);
    },
  );

  test.each(['text/event-stream;', 'Text/Event-Stream', 'text/event-stream; charset=windows-1252'])(
    'reads %s as UTF-8',
    async (type) => {
      const { client } = await serve(answer(200, type, 'data:ok…\n\n'));
      expect(await read(client.tail())).toEqual(['ok…']);
    },
  );
});

describe('format-bom', () => {
  test('a byte order mark in packets of its own is dropped', async () => {
    const mark = [...new TextEncoder().encode('\uFEFF')].map((byte) => Uint8Array.of(byte));
    const { client } = await serve(stream([...mark, 'data:1\n\n', ...mark, 'data:2\n\n', 'data:3\n\n']));
    expect(await read(client.tail())).toEqual(['1', '3']);
  });
});

describe('eventsource-reconnect', () => {
  test('a stream that ends before its first event is asked for again', async () => {
    const { server, client } = await serve(answer(200, 'text/event-stream', 'retry: 2\n'), stream(end(1)));
    expect(await read(client.follow())).toEqual([{ event: 'end', seq: 1 }]);
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]?.headers['last-event-id']).toBeUndefined();
  });

  test('the reader is told between the last event of one connection and the first of the next', async () => {
    const { client } = await serve(sse(tick(1)), stream(end(2)));
    const log: unknown[] = [];
    const events = client.follow({}, { onReconnect: () => log.push('reconnect') });
    for await (const { seq } of events) log.push(seq);
    expect(log).toEqual([1, 'reconnect', 2]);
  });
});

describe('format-field-id: what is sent back', () => {
  test.each([
    ['the last id', tick(1) + tick(2), '2'],
    ['the id that holds for later events', `${tick(1)}data: {"event":"tick","seq":2}\n\n`, '1'],
    ['the id of a block without data', `${tick(1)}id: 7\n\n`, '7'],
    ['not that of a block that did not end', `${tick(1)}id: 2\ndata: {"event":"tick","seq":2}\n`, '1'],
    ['not one with a NUL', `${tick(1)}id: x\0y\ndata: {"event":"tick","seq":2}\n\n`, '1'],
    ['one with a colon and spaces inside', `${tick(1)}id: a: b\ndata: {"event":"tick","seq":2}\n\n`, 'a: b'],
  ])('%s', async (_name, text, id) => {
    const { server, client } = await serve(sse(text), stream(end(9)));
    await read(client.follow());
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, id]);
  });
});

describe('eventsource-close', () => {
  test('a stream that was made again ends at 204', async () => {
    const { server, client } = await serve(sse(tick(1)), sse(tick(2)), status(204));
    const events = client.follow();
    expect((await read(events)).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(server.requests).toHaveLength(3);
  });

  test('close() ends it: nothing more is read or asked for', async () => {
    const { server, client } = await serve(stream(tick(1) + tick(2), 'stay'), stream(end(3)));
    const events = client.follow();
    const seen: number[] = [];
    for await (const { seq } of events) {
      seen.push(seq);
      events.close();
    }
    await server.requests[0]?.closed;
    expect(seen).toEqual([1]);
    expect(server.requests).toHaveLength(1);
  });
});

describe('eventsource-request-cancellation', () => {
  test('an aborted request is not made again', async () => {
    const { server, client } = await serve(stream('', 'stay'), stream(end(1)));
    const controller = new AbortController();
    const asked = server.nextRequest();
    const reading = read(client.follow({}, { signal: controller.signal }));
    const request = await asked;
    controller.abort();
    const error: unknown = await reading.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ type: 'aborted' });
    await request.closed;
    expect(server.requests).toHaveLength(1);
  });
});
