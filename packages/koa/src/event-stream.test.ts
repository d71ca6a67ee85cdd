import { getEventListeners, once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect as connectHttp2, constants, createServer } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { bind, ReplyError, type StreamFrame } from './index.ts';
import { deferred } from './testing/deferred.ts';
import { type Delta, type Done, type NoteEvent, type NotesOperations, notesApi } from './testing/notes.ts';
import {
  type NotesHandlers,
  options,
  plainHandlers,
  type Running,
  serve,
  type User,
} from './testing/serve.ts';

type Ask = StreamFrame<Delta | Done>;

/** A handler for askNote that answers with this stream. */
const asking = (stream: AsyncIterable<Ask>): Partial<NotesHandlers> => ({
  askNote: async () => ({ status: 200, stream }),
});

const delta = (text: string, id?: string): Ask => ({
  item: { kind: 'delta', text },
  ...(id !== undefined && { id }),
});

/** Yields these frames, then waits for `until`, then ends. Tells whether its return() was called. */
const source = <Item>(frames: readonly StreamFrame<Item>[], until: Promise<unknown> = Promise.resolve()) => {
  const returned = deferred<true>();
  const pending = frames.slice();
  const asked = { count: 0 };
  const iterator: AsyncIterator<StreamFrame<Item>> = {
    next: async () => {
      asked.count += 1;
      const value = pending.shift();
      if (value !== undefined) return { done: false, value };
      await until;
      return { done: true, value: undefined };
    },
    return: async () => {
      returned.resolve(true);
      return { done: true, value: undefined };
    },
  };
  return { returned: returned.promise, asked, [Symbol.asyncIterator]: () => iterator };
};

const never = new Promise(() => undefined);

/** Opens a stream as a client; `chunk` waits for the text so far to match. */
const open = async ({ port }: Running, path: string, method = 'POST') => {
  const sent = request({
    port,
    host: '127.0.0.1',
    method,
    path,
    agent: false,
    headers: { authorization: 'Bearer reader' },
  });
  sent.end();
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (response === undefined) throw new Error('no response');
  const read = { text: '', failed: false };
  response.setEncoding('utf8').on('data', (chunk) => {
    read.text += chunk;
  });
  response.on('error', () => {
    read.failed = true;
  });
  const closed = new Promise((resolve) => response.once('close', resolve));
  return { response, read, closed, leave: () => sent.destroy() };
};

const parse = (text: string): EventSourceMessage[] => {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(text);
  return events;
};

test('a stream is sent with the head of an event stream and ends with the sentinel', async () => {
  const running = await serve({
    askNote: async () => ({
      status: 200,
      stream: source([delta('a', '1'), delta('b\nc', '2'), { item: { kind: 'done' }, id: '3' }]),
      headers: { 'X-Run': 'r1' },
    }),
  });
  const { response, read, closed } = await open(running, '/api/notes/1/ask');
  await closed;
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-run': 'r1',
  });
  expect(read.text).toBe(
    'id: 1\ndata: {"kind":"delta","text":"a"}\n\n' +
      'id: 2\ndata: {"kind":"delta","text":"b\\nc"}\n\n' +
      'id: 3\ndata: {"kind":"done"}\n\n' +
      'data: [DONE]\n\n',
  );
  await expect
    .poll(() => running.requests)
    .toMatchObject([{ operationId: 'askNote', status: 200, completed: true }]);
});

test('an item that names its event is written with event and id fields', async () => {
  const events: StreamFrame<NoteEvent>[] = [
    { item: { event: 'changed', data: { id: 'n', title: 't' }, id: '7' } },
    { id: '8', item: { event: 'deleted', data: { at: 5 } } },
  ];
  const running = await serve({ watchNote: async () => ({ status: 200, stream: source(events) }) });
  const { read, closed } = await open(running, '/api/notes/1/events', 'GET');
  await closed;
  expect(parse(read.text)).toEqual([
    { id: '7', event: 'changed', data: '{"id":"n","title":"t"}' },
    { id: '8', event: 'deleted', data: '{"at":5}' },
  ]);
});

test('the head is sent before the first frame', async () => {
  const running = await serve(asking(source([], never)));
  const { response } = await open(running, '/api/notes/1/ask');
  expect(response.statusCode).toBe(200);
});

test('a frame is encoded and validated once for all subscribers', async () => {
  let reads = 0;
  const shared: Ask = {
    id: '1',
    item: {
      kind: 'delta',
      get text() {
        reads += 1;
        return 'x';
      },
    },
  };
  const running = await serve({ askNote: async () => ({ status: 200, stream: source([shared]) }) });
  const streams = await Promise.all(Array.from({ length: 5 }, () => open(running, '/api/notes/1/ask')));
  await Promise.all(streams.map(({ closed }) => closed));
  expect(reads).toBe(1);
  for (const { read } of streams) expect(parse(read.text)[0]?.data).toBe('{"kind":"delta","text":"x"}');
});

test('HEAD of a stream lets the source go unread', async () => {
  const stream = source<NoteEvent>([], never);
  const running = await serve({ watchNote: async () => ({ status: 200, stream }) });
  const answer = await running.send('HEAD', '/api/notes/1/events');
  expect(answer).toMatchObject({ status: 200, text: '', headers: { 'content-type': 'text/event-stream' } });
  expect(await stream.returned).toBe(true);
  expect(stream.asked.count).toBe(0);
});

test('a client that leaves aborts the signal and ends the source, even while the source waits', async () => {
  const stream = source([delta('a')], never);
  const aborted = deferred();
  const running = await serve({
    askNote: async ({ signal }) => {
      signal.addEventListener('abort', () => aborted.resolve(signal.reason));
      return { status: 200, stream };
    },
  });
  const { leave, response } = await open(running, '/api/notes/1/ask');
  await once(response, 'data');
  response.on('error', () => undefined);
  leave();
  expect(await aborted.promise).toMatchObject({ type: 'client_gone' });
  expect(await stream.returned).toBe(true);
  await expect.poll(() => running.requests).toMatchObject([{ completed: false }]);
  expect(running.errors).toEqual([]);
});

test('an async generator that waits for its signal is ended too, and its abort is no error', async () => {
  const ended = deferred();
  const running = await serve({
    askNote: async ({ signal }) => ({
      status: 200,
      stream: (async function* () {
        try {
          yield delta('a');
          await new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason)),
          );
        } finally {
          ended.resolve(true);
        }
      })(),
    }),
  });
  const { leave, response } = await open(running, '/api/notes/1/ask');
  await once(response, 'data');
  leave();
  expect(await ended.promise).toBe(true);
  expect(running.errors).toEqual([]);
});

test('a client that left before the stream was opened is not kept', async () => {
  const stream = source([delta('a')], never);
  const called = deferred();
  const running = await serve({
    askNote: async ({ signal }) => {
      called.resolve(true);
      await once(signal, 'abort');
      return { status: 200, stream };
    },
  });
  const sent = request({
    port: running.port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/api/notes/1/ask',
    headers: { authorization: 'Bearer reader' },
  });
  sent.on('error', () => undefined).end();
  await called.promise;
  sent.destroy();
  expect(await stream.returned).toBe(true);
  expect(stream.asked.count).toBe(0);
});

test('a source that throws is reported and its stream breaks off without an end', async () => {
  const failure = new Error('the log is gone');
  const running = await serve(
    asking(
      (async function* () {
        yield delta('a');
        await new Promise(setImmediate);
        throw failure;
      })(),
    ),
  );
  const { read, closed } = await open(running, '/api/notes/1/ask');
  await closed;
  expect(read.failed).toBe(true);
  expect(read.text).not.toContain('[DONE]');
  expect(running.errors).toEqual([failure]);
});

test('a source that cannot be opened is answered 500', async () => {
  const broken = {
    [Symbol.asyncIterator]: () => {
      throw new Error('cannot be opened');
    },
  };
  const running = await serve(asking(broken));
  const { response } = await open(running, '/api/notes/1/ask');
  expect(response.statusCode).toBe(500);
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(running.errors).toHaveLength(1);
});

test('an item that breaks the document cuts the stream when answers are validated', async () => {
  // @ts-expect-error the kind is not declared
  const wrong: Ask = { item: { kind: 'other' } };
  const stream = source([delta('a'), wrong], never);
  const running = await serve(asking(stream), { validateReplies: true });
  const { read, closed } = await open(running, '/api/notes/1/ask');
  await closed;
  expect(read.failed).toBe(true);
  expect(await stream.returned).toBe(true);
  expect(running.errors).toEqual([expect.any(ReplyError)]);
  expect(String(running.errors[0])).toContain('/kind must be one of "delta", "done"');
});

test('an idle stream is sent comments, a busy one is not', async () => {
  const running = await serve(
    {
      askNote: async ({ path, signal }) => ({
        status: 200,
        stream: path.id === 'idle' ? source([], never) : ticks(10, signal),
      }),
    },
    { heartbeatMs: 160 },
  );
  const idle = await open(running, '/api/notes/idle/ask');
  const busy = await open(running, '/api/notes/busy/ask');
  await expect.poll(() => idle.read.text, { timeout: 5000 }).toMatch(/^(:\n\n){3,}$/);
  expect(busy.read.text).toContain('data:');
  expect(busy.read.text).not.toContain(':\n\n');
});

async function* ticks(ms: number, signal: AbortSignal): AsyncGenerator<Ask> {
  while (!signal.aborted) {
    yield delta('tick');
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

test('draining ends streams with a retry and no sentinel, those that are just being opened too', async () => {
  const draining = new AbortController();
  const stream = source([delta('a')], never);
  const reasons: unknown[] = [];
  const called = deferred();
  const running = await serve(
    {
      askNote: async ({ path, signal }) => {
        signal.addEventListener('abort', () => reasons.push(signal.reason.type));
        if (path.id === 'late') {
          called.resolve(true);
          await once(signal, 'abort');
        }
        return { status: 200, stream };
      },
    },
    { draining: draining.signal },
  );
  const early = await open(running, '/api/notes/1/ask');
  const opening = open(running, '/api/notes/late/ask');
  await expect.poll(() => early.read.text).toContain('"a"');
  await called.promise;
  draining.abort();
  await early.closed;
  const late = await opening;
  await late.closed;
  expect(early.read).toMatchObject({
    failed: false,
    text: expect.stringMatching(/"a"}\n\nretry: \d{3,4}\n\n$/),
  });
  expect(late.read).toMatchObject({ failed: false, text: expect.stringMatching(/^retry: \d{3,4}\n\n$/) });
  expect(await stream.returned).toBe(true);
  expect(reasons).toEqual(['draining', 'draining']);
  // The streams' and the handlers', however many there are of them.
  expect(getEventListeners(draining.signal, 'abort')).toHaveLength(2);
});

test('a client that does not read is cut off, and little is taken from the source meanwhile', async () => {
  const kilobyte = 'x'.repeat(1000);
  let taken = 0;
  const reason = deferred();
  const running = await serve(
    {
      askNote: async ({ signal }) => {
        signal.addEventListener('abort', () => reason.resolve(signal.reason));
        return {
          status: 200,
          stream: (async function* () {
            for (;;) {
              taken += 1;
              yield delta(kilobyte);
            }
          })(),
        };
      },
    },
    { heartbeatMs: 160, stalledMs: 300 },
  );
  const before = process.memoryUsage().rss;
  const socket = connect(running.port, '127.0.0.1');
  socket.pause();
  socket.write(
    'POST /api/notes/1/ask HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer reader\r\nContent-Length: 0\r\n\r\n',
  );
  expect(await reason.promise).toMatchObject({ type: 'stalled' });
  // The kernel's socket buffers take some megabytes; an unbounded writer would be at hundreds by now.
  expect(taken).toBeLessThan(20_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  socket.destroy();
  await expect.poll(() => running.requests).toMatchObject([{ completed: false }]);
  expect(running.errors).toEqual([]);
});

test('a slow client gets everything in order', async () => {
  const frames = Array.from({ length: 20_000 }, (_, i) => delta(`${i} ${'x'.repeat(400)}`, String(i)));
  const running = await serve(asking(source(frames)));
  const sent = request({
    port: running.port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/api/notes/1/ask',
    headers: { authorization: 'Bearer reader' },
  });
  sent.end();
  const [response]: IncomingMessage[] = await once(sent, 'response');
  const ids: (string | undefined)[] = [];
  const parser = createParser({ onEvent: ({ id }) => ids.push(id) });
  for await (const chunk of response ?? []) {
    parser.feed(String(chunk));
    await new Promise(setImmediate);
  }
  expect(ids).toEqual([...frames.map(({ id }) => id), undefined]);
});

test('frames that are there at once are written at once', async () => {
  const frames = Array.from({ length: 50 }, (_, i) => delta(String(i)));
  const running = await serve(asking(source(frames)));
  const { response, closed } = await open(running, '/api/notes/1/ask');
  let chunks = 0;
  response.on('data', () => {
    chunks += 1;
  });
  await closed;
  expect(chunks).toBeLessThanOrEqual(2);
});

test('a source that always has more does not keep others from being served', async () => {
  const running = await serve({
    askNote: async ({ signal }) => ({
      status: 200,
      stream: (async function* () {
        while (!signal.aborted) yield delta('more');
      })(),
    }),
  });
  const { leave, response } = await open(running, '/api/notes/1/ask');
  response.resume();
  expect((await running.send('GET', '/api/notes/health')).text).toBe('fine');
  leave();
});

test('streams are sent over HTTP/2, too', async () => {
  const app = new Koa();
  const stream = source([delta('a'), delta('b')]);
  const left = source([delta('a')], never);
  const reasons: unknown[] = [];
  const requests: unknown[] = [];
  const handlers: NotesHandlers = {
    ...plainHandlers,
    askNote: async ({ path, signal }) => {
      signal.addEventListener('abort', () => reasons.push(path.id, signal.reason.type));
      return { status: 200, stream: path.id === 'left' ? left : stream };
    },
  };
  app.use(
    bind<NotesOperations, User>(
      notesApi,
      handlers,
      options({ onRequest: (info) => requests.push(info.completed) }),
    ),
  );
  const server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`); // It listens on TCP.
  const post = (id: string) =>
    session.request({ ':method': 'POST', ':path': `/api/notes/${id}/ask`, authorization: 'Bearer reader' });
  expect(parse(await text(post('whole'))).map(({ data }) => data)).toEqual([
    '{"kind":"delta","text":"a"}',
    '{"kind":"delta","text":"b"}',
    '[DONE]',
  ]);
  const cut = post('left');
  await once(cut, 'data');
  cut.close(constants.NGHTTP2_CANCEL);
  expect(await left.returned).toBe(true);
  await expect.poll(() => requests).toEqual([true, false]);
  expect(reasons).toEqual(['left', 'client_gone']);
  session.close();
  await new Promise((resolve) => server.close(resolve));
});
