import type { EventStream, StreamOptions } from '@flowwire/contract';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createClient } from '../client.ts';
import { ApiError, isApiError } from '../errors.ts';
import { fixture, type Tick } from '../testing/contract.ts';
import {
  DONE,
  drop,
  end,
  hang,
  type Reply,
  startServer,
  status,
  stream,
  tick,
  ticks,
} from '../testing/server.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function serve(...replies: Reply[]) {
  const server = await startServer(...replies);
  open.push(server);
  return { server, client: createClient(fixture, { baseUrl: server.url, auth: 'secret' }) };
}

async function seqs(events: EventStream<Tick>): Promise<number[]> {
  const all: number[] = [];
  for await (const { seq } of events) all.push(seq);
  return all;
}

async function failure(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error('expected an ApiError', { cause: error });
  return error;
}

describe('a stream that goes well', () => {
  test('sends nothing until it is read', async () => {
    const { server, client } = await serve(stream(end(1) + DONE));
    const events = client.follow();
    await new Promise(setImmediate);
    expect(server.requests).toHaveLength(0);
    expect(await seqs(events)).toEqual([1]);
    expect(server.requests[0]?.headers).toMatchObject({
      accept: 'text/event-stream',
      authorization: 'Bearer secret',
    });
  });

  test('ends at the terminal item without waiting for the connection, and closes it', async () => {
    const { server, client } = await serve(stream(ticks(1, 2) + end(3) + tick(4), 'stay'));
    const events = client.follow();
    expect(await seqs(events)).toEqual([1, 2, 3]);
    expect(events.lastEventId).toBe('3');
    await server.requests[0]?.closed;
  });

  test('ends at a sentinel where the document names no terminal item', async () => {
    const { server, client } = await serve(stream(['data: a\n\n', DONE, 'data: b\n\n'], 'stay'));
    const all: string[] = [];
    for await (const text of client.lines()) all.push(text);
    expect(all).toEqual(['a']);
    await server.requests[0]?.closed;
  });

  test('ends at 204, and has no result', async () => {
    const { client } = await serve(status(204));
    const events = client.follow();
    expect(await seqs(events)).toEqual([]);
    expect((await failure(events.result())).type).toBe('stream');
  });

  test('may have events of several megabytes', async () => {
    const text = 'x'.repeat(10 << 20);
    const { client } = await serve(stream(`data: ${text}\n\n`));
    expect(await client.tail().result()).toBe(text);
  });

  test('ends with the connection where the document names no end', async () => {
    const { server, client } = await serve(stream('data: a\n\ndata: b\n\n'));
    const all: string[] = [];
    const events = client.tail();
    for await (const text of events) all.push(text);
    expect(all).toEqual(['a', 'b']);
    expect(await events.result()).toBe('b');
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });

  test('has named events with their data and id', async () => {
    const { client } = await serve(
      stream('event: tick\nid: 7\ndata: {"n":1}\n\nevent: end\ndata: {"n":2}\n\n', 'stay'),
    );
    const all: object[] = [];
    for await (const event of client.named()) all.push(event);
    expect(all).toEqual([
      { event: 'tick', data: { n: 1 }, id: '7' },
      { event: 'end', data: { n: 2 }, id: '7' },
    ]);
  });

  test('is chosen by the body field that the document names', async () => {
    const { server, client } = await serve(stream(end(1)), status(200, { id: 'x' }));
    expect(await seqs(client.run.stream({ body: { inputs: {} } }))).toEqual([1]);
    expect(await client.run({ body: { inputs: {} } })).toEqual({ id: 'x' });
    expect(server.requests.map(({ body }) => JSON.parse(body).mode)).toEqual(['streaming', 'blocking']);
  });

  test('leaves unknown kinds of items out and tells of them', async () => {
    const { client } = await serve(stream(`${ticks(1, 1)}data: {"event":"new","x":1}\n\n${end(2)}`));
    const unknown: unknown[] = [];
    expect(await seqs(client.follow({}, { onUnknown: (item) => unknown.push(item) }))).toEqual([1, 2]);
    expect(unknown).toEqual([{ event: 'new', x: 1 }]);
  });

  test('delivers items in the order of calls that do not wait for each other', async () => {
    const { client } = await serve(stream([ticks(1, 1), tick(2), end(3)]));
    const iterator = client.follow()[Symbol.asyncIterator]();
    const results = await Promise.all([1, 2, 3, 4, 5].map(() => iterator.next()));
    expect(results.map(({ value }) => value?.seq)).toEqual([1, 2, 3, undefined, undefined]);
    for (let again = 0; again < 3; again++) expect((await iterator.next()).done).toBe(true);
  });
});

describe('result()', () => {
  test('reads the stream', async () => {
    const { client } = await serve(stream(ticks(1, 2) + end(3)));
    expect(await client.follow().result()).toEqual({ event: 'end', seq: 3 });
  });

  test('beside a loop is the loop’s terminal item', async () => {
    const { server, client } = await serve(stream(ticks(1, 2) + end(3)));
    const events = client.follow();
    const loop = seqs(events);
    expect(await events.result()).toEqual({ event: 'end', seq: 3 });
    expect(await loop).toEqual([1, 2, 3]);
    expect(server.requests).toHaveLength(1);
  });

  test('rejects where the stream ends without a terminal item, and a loop fails', async () => {
    const { server, client } = await serve(
      stream(ticks(1, 2) + DONE, 'stay'),
      stream(ticks(1, 2) + DONE, 'stay'),
    );
    expect((await failure(client.follow().result())).type).toBe('stream');
    const seen: number[] = [];
    const events = client.follow();
    const loop = async () => {
      for await (const { seq } of events) seen.push(seq);
    };
    expect(await failure(loop())).toMatchObject({
      type: 'stream',
      message: 'follow: the stream ended without its last item',
    });
    expect(seen).toEqual([1, 2]);
    expect((await failure(events.result())).type).toBe('stream');
    expect(server.requests).toHaveLength(2);
    await server.requests[1]?.closed;
  });

  test('rejects with the failure of the stream', async () => {
    const { client } = await serve(status(404, { code: 'GONE' }));
    expect(await failure(client.follow().result())).toMatchObject({
      type: 'http',
      status: 404,
      code: 'GONE',
    });
  });

  test('rejects when the stream was closed', async () => {
    const { client } = await serve(hang);
    const events = client.follow();
    events.close();
    expect((await failure(events.result())).type).toBe('aborted');
  });

  test('that nobody asked for rejects in silence', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const { client } = await serve(status(404, { code: 'GONE' }));
    const events = client.follow();
    await failure(seqs(events));
    await new Promise(setImmediate);
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });
});

test('a stream can be read once', async () => {
  const { client } = await serve(stream(end(1)));
  const events = client.follow();
  expect(await seqs(events)).toEqual([1]);
  expect(() => events[Symbol.asyncIterator]()).toThrow('only once');
});

describe('a lost connection', () => {
  test.each<[string, Reply]>([
    ['ends without the end of the stream', stream(ticks(1, 3))],
    ['is cut', stream(ticks(1, 3), 'cut')],
    ['is cut in a line', stream(`${ticks(1, 3)}id: 4\ndata: {"event":"ti`, 'cut')],
    ['is cut in a character', stream([ticks(1, 3), Uint8Array.of(0x69, 0x64, 0x3a, 0xe4, 0xb8)], 'cut')],
  ])('that %s is made again from the last event', async (_name, first) => {
    const { server, client } = await serve(first, stream(ticks(4, 5) + end(6)));
    const reasons: number[] = [];
    expect(await seqs(client.follow({}, { onReconnect: (attempt) => reasons.push(attempt) }))).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '3']);
    expect(reasons).toEqual([0]);
  });

  test('sends a POST again with the same key and body', async () => {
    const { server, client } = await serve(drop, stream(ticks(1, 1), 'cut'), stream(end(2)));
    expect(await seqs(client.run.stream({ body: { inputs: { a: 1 } } }))).toEqual([1, 2]);
    const [first, second, third] = server.requests;
    expect(first?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
    for (const request of [second, third]) {
      expect(request?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
      expect(request?.body).toBe(first?.body);
    }
    expect(third?.headers['last-event-id']).toBe('1');
  });

  test('of a POST without a key fails the stream', async () => {
    const { server, client } = await serve(stream(ticks(1, 2), 'cut'));
    expect((await failure(seqs(client.startOnce({ body: {} })))).type).toBe('network');
    expect(server.requests).toHaveLength(1);
  });

  test('of a stream without ids fails it: items would come twice', async () => {
    const { client } = await serve(stream('data: {"event":"tick","seq":1}\n\n'));
    expect((await failure(seqs(client.follow()))).type).toBe('stream');
  });

  test('brings nothing twice where the server repeats events', async () => {
    const { client } = await serve(stream(ticks(1, 3), 'cut'), stream(ticks(2, 4) + end(5)));
    expect(await seqs(client.follow())).toEqual([1, 2, 3, 4, 5]);
  });

  test('that breaks while it repeats events is made again from the furthest one', async () => {
    const { server, client } = await serve(
      stream(ticks(1, 3), 'cut'),
      stream(ticks(1, 1), 'cut'),
      stream(ticks(2, 4) + end(5)),
    );
    expect(await seqs(client.follow())).toEqual([1, 2, 3, 4, 5]);
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '3', '3']);
  });

  test('goes on from where the caller says', async () => {
    const { server, client } = await serve(drop, stream(ticks(4, 5) + end(6)));
    const events = client.follow({ headers: { 'Last-Event-ID': '4' } });
    expect(events.lastEventId).toBe('4');
    expect(await seqs(events)).toEqual([5, 6]);
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual(['4', '4']);
  });

  test('goes on from an id that came without data', async () => {
    const { server, client } = await serve(stream(`${ticks(1, 1)}id: 8\n\n`), stream(end(9)));
    expect(await seqs(client.follow())).toEqual([1, 9]);
    expect(server.requests[1]?.headers['last-event-id']).toBe('8');
  });

  test.each([500, 503, 429, 408])('is made again after %i', async (code) => {
    const { client } = await serve(stream(ticks(1, 1)), status(code, { code: 'BUSY' }), stream(end(2)));
    expect(await seqs(client.follow())).toEqual([1, 2]);
  });

  test('waits as long as Retry-After says', async () => {
    const { client } = await serve(status(429, { code: 'BUSY' }, { 'retry-after': '1' }), stream(end(1)));
    const start = performance.now();
    expect(await seqs(client.follow())).toEqual([1]);
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  test('is given up where Retry-After asks for too much', async () => {
    const { client } = await serve(status(503, { code: 'BUSY' }, { 'retry-after': '61' }));
    expect(await failure(seqs(client.follow()))).toMatchObject({ status: 503, retryAfterMs: 61_000 });
  });

  test('is given up after maxReconnects without a new event', async () => {
    const { server, client } = await serve(
      stream(ticks(1, 1)),
      stream(ticks(2, 2)),
      stream(ticks(2, 2)),
      stream(''),
      stream(end(3)),
    );
    const attempts: number[] = [];
    const events = client.follow({}, { maxReconnects: 2, onReconnect: (attempt) => attempts.push(attempt) });
    expect(await failure(seqs(events))).toMatchObject({ type: 'stream', operationId: 'follow' });
    expect(attempts).toEqual([0, 0, 1]);
    expect(server.requests).toHaveLength(4);
  });

  test.each([
    ['204 ends the stream', status(204), undefined],
    ['404 fails it', status(404, { code: 'GONE' }), 404],
    ['410 fails it', status(410), 410],
  ])('%s', async (_name, reply, code) => {
    const { server, client } = await serve(stream(ticks(1, 1)), reply);
    const all = seqs(client.follow());
    if (code === undefined) expect(await all).toEqual([1]);
    else expect((await failure(all)).status).toBe(code);
    expect(server.requests).toHaveLength(2);
  });

  test('is noticed when nothing comes, not even a comment', async () => {
    const { client } = await serve(stream(ticks(1, 1), 'stay'), stream(end(2)));
    const reasons: unknown[] = [];
    const options: StreamOptions = {
      idleTimeoutMs: 50,
      onReconnect: (_attempt, reason) => reasons.push(reason),
    };
    expect(await seqs(client.follow({}, options))).toEqual([1, 2]);
    expect(reasons).toMatchObject([{ type: 'timeout' }]);
  });

  test('is noticed when no head comes', async () => {
    const { client } = await serve(hang, stream(end(1)));
    expect(await seqs(client.follow({}, { timeoutMs: 50 }))).toEqual([1]);
  });

  test('comments keep a quiet stream open', async () => {
    const beats = Array.from({ length: 8 }, () => ':\n\n');
    const { server, client } = await serve(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const beat of beats) {
        response.write(beat);
        await new Promise((resume) => setTimeout(resume, 50));
      }
      response.end(end(1));
    });
    expect(await seqs(client.follow({}, { idleTimeoutMs: 200 }))).toEqual([1]);
    expect(server.requests).toHaveLength(1);
  });
});

describe('what the document does not allow fails the stream at once', () => {
  test.each<[string, Reply, object]>([
    ['another content type', status(200, { hello: 'there' }), { status: 200, rawBody: '{"hello":"there"}' }],
    ['another status', status(202), { status: 202 }],
    ['data that is not JSON', stream('data: {"event"\n\n'), { rawBody: '{"event"' }],
    [
      'a known item of another shape',
      stream('data: {"event":"tick"}\n\n'),
      { findings: [{ keyword: 'type' }] },
    ],
    ['an item without a kind', stream('data: {"seq":1}\n\n'), {}],
    ['an event without an end', stream(`data: ${'x'.repeat(17 << 20)}`, 'stay'), {}],
    ['a redirect', status(302, undefined, { location: 'http://127.0.0.1:1/' }), { status: 302 }],
  ])('%s', async (_name, reply, details) => {
    const { server, client } = await serve(reply);
    expect(await failure(seqs(client.follow()))).toMatchObject({ type: 'protocol', ...details });
    expect(server.requests).toHaveLength(1);
  });

  test('an event that is longer than the call allows, or else the client', async () => {
    const server = await startServer(
      ...Array.from({ length: 3 }, () => stream(`data: ${'x'.repeat(500_000)}\n\n`)),
    );
    open.push(server);
    const client = createClient(fixture, { baseUrl: server.url, maxEventBytes: 400_000 });
    expect(await failure(client.tail().result())).toMatchObject({
      type: 'protocol',
      message: 'tail: an event is longer than 400000 bytes',
    });
    expect((await failure(client.tail({}, { maxEventBytes: 300_000 }).result())).type).toBe('protocol');
    expect(await client.tail({}, { maxEventBytes: 600_000 }).result()).toHaveLength(500_000);
  });

  test('an id that no header can carry, once it has to be sent back', async () => {
    const { server, client } = await serve(
      stream('retry: 1\nid: \u4e8c\ndata: {"event":"tick","seq":1}\n\n'),
    );
    expect((await failure(seqs(client.follow()))).type).toBe('protocol');
    expect(server.requests).toHaveLength(1);
  });

  test('items before it are delivered', async () => {
    const { client } = await serve(stream(`${ticks(1, 2)}data: x\n\n`));
    const all: number[] = [];
    const read = async () => {
      for await (const { seq } of client.follow()) all.push(seq);
    };
    expect((await failure(read())).type).toBe('protocol');
    expect(all).toEqual([1, 2]);
  });

  test('an error answer is typed by its status', async () => {
    const { client } = await serve(status(404, { code: 'GONE' }));
    const error = await failure(seqs(client.follow()));
    expect(isApiError(error, fixture, 'follow', 404) && error.body.code).toBe('GONE');
  });
});

describe('closing', () => {
  test('leaving the loop closes the connection', async () => {
    const { server, client } = await serve(stream(ticks(1, 3), 'stay'));
    for await (const { seq } of client.follow()) if (seq === 2) break;
    await server.requests[0]?.closed;
  });

  test('close() ends a loop that waits for an item', async () => {
    const { server, client } = await serve(stream(ticks(1, 1), 'stay'));
    const events = client.follow();
    const iterator = events[Symbol.asyncIterator]();
    await iterator.next();
    const waiting = iterator.next();
    events.close();
    events.close();
    expect(await waiting).toEqual({ value: undefined, done: true });
    await server.requests[0]?.closed;
    expect((await failure(events.result())).type).toBe('aborted');
  });

  test('close() ends a loop that waits for the head', async () => {
    const { server, client } = await serve(hang);
    const arrived = server.nextRequest();
    const events = client.follow();
    const all = seqs(events);
    const request = await arrived;
    events.close();
    expect(await all).toEqual([]);
    await request.closed;
  });

  test('close() ends a stream that waits to reconnect', async () => {
    const { server, client } = await serve(stream(`retry: 60000\n\n${tick(1)}`));
    const events = client.follow({}, { onReconnect: () => setImmediate(() => events.close()) });
    expect(await seqs(events)).toEqual([1]);
    expect(server.requests).toHaveLength(1);
  });
});

describe('the caller’s signal', () => {
  const abortedBy = (controller: AbortController) => ({ type: 'aborted', cause: controller.signal.reason });

  test('stops a stream before it starts', async () => {
    const { server, client } = await serve(stream(end(1)));
    const iterator = client.follow({}, { signal: AbortSignal.abort() })[Symbol.asyncIterator]();
    expect((await failure(iterator.next())).type).toBe('aborted');
    for (let again = 0; again < 3; again++) expect((await iterator.next()).done).toBe(true);
    expect(server.requests).toHaveLength(0);
  });

  test('stops a wait for the head', async () => {
    const { server, client } = await serve(hang);
    const controller = new AbortController();
    const arrived = server.nextRequest();
    const all = seqs(client.follow({}, { signal: controller.signal }));
    await arrived;
    controller.abort(new Error('enough'));
    expect(await failure(all)).toMatchObject(abortedBy(controller));
    await server.requests[0]?.closed;
  });

  test('stops a wait for an item', async () => {
    const { client } = await serve(stream(ticks(1, 1), 'stay'));
    const controller = new AbortController();
    const iterator = client.follow({}, { signal: controller.signal })[Symbol.asyncIterator]();
    await iterator.next();
    const waiting = iterator.next();
    controller.abort();
    expect((await failure(waiting)).type).toBe('aborted');
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
  });

  test('stops a stream whose items are not all taken', async () => {
    const { client } = await serve(stream(ticks(1, 3), 'stay'));
    const controller = new AbortController();
    const iterator = client.follow({}, { signal: controller.signal })[Symbol.asyncIterator]();
    await iterator.next();
    controller.abort();
    expect((await failure(iterator.next())).type).toBe('aborted');
  });

  test('stops a wait to reconnect', async () => {
    const { client } = await serve(stream(`retry: 60000\n\n${tick(1)}`));
    const controller = new AbortController();
    const onReconnect = () => setImmediate(() => controller.abort());
    expect((await failure(seqs(client.follow({}, { signal: controller.signal, onReconnect })))).type).toBe(
      'aborted',
    );
  });

  test('stops a wait for the credential', async () => {
    const controller = new AbortController();
    const client = createClient(fixture, {
      baseUrl: 'http://127.0.0.1:1',
      auth: () => new Promise(() => setImmediate(() => controller.abort())),
    });
    expect((await failure(seqs(client.follow({}, { signal: controller.signal })))).type).toBe('aborted');
  });
});

test('an error of a callback is the caller’s own and ends the stream', async () => {
  const { client } = await serve(stream(ticks(1, 1)));
  const onReconnect = () => {
    throw new RangeError('mine');
  };
  await expect(seqs(client.follow({}, { onReconnect }))).rejects.toThrow(RangeError);
});

test('a fetch that ignores its signal is left behind', async () => {
  const body = new ReadableStream<Uint8Array>();
  const fetch = async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  const client = createClient(fixture, { baseUrl: 'http://x', fetch });
  const controller = new AbortController();
  const all = seqs(client.follow({}, { signal: controller.signal }));
  await new Promise(setImmediate);
  controller.abort();
  expect((await failure(all)).type).toBe('aborted');
});

test('the next chunk is read only when the items of the last are taken', async () => {
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulls++;
        controller.enqueue(new TextEncoder().encode(tick(2 * pulls - 1) + tick(2 * pulls)));
      },
    },
    { highWaterMark: 0 },
  );
  const fetch = async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  const iterator = createClient(fixture, { baseUrl: 'http://x', fetch }).follow()[Symbol.asyncIterator]();
  await iterator.next();
  await iterator.next();
  expect(pulls).toBe(1);
  await iterator.next();
  expect(pulls).toBe(2);
  await iterator.return?.();
});

test('any schedule of cuts and repeats brings every event once and in order', async () => {
  const count = 12;
  const whole = `retry: 0\n\n${Array.from({ length: count - 1 }, (_, index) => tick(index + 1)).join('')}${end(count)}`;
  const fault = fc.record({
    /** Bytes until the cut. */
    after: fc.nat(whole.length),
    /** Events sent again though the client has them. */
    repeated: fc.nat(3),
    ending: fc.constantFrom('end' as const, 'cut' as const),
    slice: fc.integer({ min: 9, max: 200 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 6 }), async (faults) => {
      const replies = [...faults, undefined].map(
        (next): Reply =>
          (response, request) => {
            const seen = Number(request.headers['last-event-id'] ?? 0);
            const from = Math.max(0, seen - (next?.repeated ?? 0)) + 1;
            const rest = `retry: 0\n\n${whole.slice(whole.indexOf(`id: ${from}\n`))}`;
            const sent = Buffer.from(rest.slice(0, next?.after));
            const slice = next?.slice ?? 64;
            const pieces = Array.from({ length: Math.ceil(sent.length / slice) }, (_, index) =>
              sent.subarray(index * slice, (index + 1) * slice),
            );
            stream(pieces, next?.ending)(response, request);
          },
      );
      const { server, client } = await serve(...replies);
      const got = await seqs(client.follow());
      server.close();
      expect(got).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    }),
    { numRuns: 40 },
  );
});
