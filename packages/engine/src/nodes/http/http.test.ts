import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HttpAuth, HttpBody, HttpNode } from '../../definition/types.ts';
import type { JsonObject } from '../../events.ts';
import { http } from './http.ts';
import { createHttpSender } from './sender.ts';
import { type LoopbackServer, type Seen, startLoopback } from './testing/loopback.ts';
import { createContext } from './testing/node-context.ts';

let server: LoopbackServer;
let other: LoopbackServer;
const sender = createHttpSender({ allowPrivateAddresses: true });

beforeAll(async () => {
  [server, other] = await Promise.all([startLoopback(), startLoopback()]);
});
beforeEach(() => {
  server.seen.length = 0;
  other.seen.length = 0;
  server.answer((_request, response) => response.end('fine'));
  other.answer((_request, response) => response.end('other'));
});
afterAll(async () => {
  await sender.close();
  server.close();
  other.close();
});

const context = (start: JsonObject = {}) =>
  createContext({ http: sender }, { start, secret: { USER: 'ann', KEY: 's3cret;' } });
const node = (fields: Partial<HttpNode>): HttpNode => ({
  id: 'call',
  type: 'http',
  method: 'GET',
  url: server.url,
  ...fields,
});
const run = async (fields: Partial<HttpNode>, start?: JsonObject) =>
  http.execute(node(fields), context(start));
/** The request that a node comes to. */
async function requestOf(fields: Partial<HttpNode>, start?: JsonObject): Promise<Seen> {
  await run(fields, start);
  const [seen] = server.seen;
  if (!seen) throw new Error('nothing was sent');
  return seen;
}

test('it sends what the definition says, references replaced, and reads the JSON answer', async () => {
  server.answer((_request, response) =>
    response.writeHead(201, { 'content-type': 'application/json', 'x-many': ['a', 'b'] }).end('{"ok":[1]}'),
  );
  const fields: Partial<HttpNode> = {
    method: 'POST',
    url: `${server.url}/items?a=%20b#end`,
    query: { q: '{{ start.q }}', r: 'ü' },
    headers: { 'X-Kind': 'k-{{ start.n }}' },
    body: { type: 'json', content: { n: '{{ start.n }}', t: 'n={{ start.n }}' } },
  };
  const { outputs } = await run(fields, { q: 'a&b', n: 5 });
  expect(server.seen).toMatchObject([
    {
      method: 'POST',
      // What the URL already has stays as it was written.
      url: '/items?a=%20b&q=a%26b&r=%C3%BC',
      body: '{"n":5,"t":"n=5"}',
      headers: { 'x-kind': 'k-5', 'content-type': 'application/json', 'idempotency-key': 'run_1/call' },
    },
  ]);
  expect(outputs).toMatchObject({
    status: 201,
    body: '{"ok":[1]}',
    json: { ok: [1] },
    headers: { 'x-many': 'a, b' },
  });
});

test('a key that the definition sets stays', async () => {
  const { headers } = await requestOf({ headers: { 'Idempotency-KEY': 'mine' } });
  expect(headers['idempotency-key']).toBe('mine');
});

test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const)(
  '%s',
  async (method) => {
    const { outputs } = await run({ method });
    expect(server.seen).toMatchObject([{ method }]);
    expect(outputs).toMatchObject({ status: 200, body: method === 'HEAD' ? '' : 'fine' });
  },
);

test.each<[string, HttpAuth, Partial<Seen>]>([
  [
    'basic',
    { type: 'basic', username: '{{ secret.USER }}', password: 'pä:ss' },
    { headers: { authorization: `Basic ${Buffer.from('ann:pä:ss').toString('base64')}` } },
  ],
  [
    'bearer',
    { type: 'bearer', token: 't-{{ secret.USER }}' },
    { headers: { authorization: 'Bearer t-ann' } },
  ],
  [
    'a key in a header',
    { type: 'api_key', name: 'X-Key', value: '{{ secret.KEY }}' },
    { headers: { 'x-key': 's3cret;' } },
  ],
  [
    'a key in the query',
    { type: 'api_key', name: 'k', value: '{{ secret.KEY }}', in: 'query' },
    { url: '/?a=1&k=s3cret%3B' },
  ],
  [
    'a key in a cookie',
    { type: 'api_key', name: 'k', value: 'v', in: 'cookie' },
    { headers: { cookie: 'x=y; k=v' } },
  ],
])('it proves who it is by %s', async (_name, auth, seen) => {
  const fields = { auth, query: { a: '1' }, headers: { Cookie: 'x=y' } };
  expect(await requestOf(fields)).toMatchObject(seen);
});

describe('a body', () => {
  test.each<[string, HttpBody, string, string]>([
    ['json', { type: 'json', content: [1, null] }, 'application/json', '[1,null]'],
    [
      'json of another type',
      { type: 'json', content: 1, content_type: 'application/ld+json' },
      'application/ld+json',
      '1',
    ],
    ['text', { type: 'text', content: 'a={{ start.a }}' }, 'text/plain; charset=utf-8', 'a=1'],
    [
      'text of a value',
      { type: 'text', content: { a: '{{ start.a }}' } },
      'text/plain; charset=utf-8',
      '{"a":1}',
    ],
    [
      'form',
      { type: 'form', content: { a: '1 2', b: true, c: ['x', 'y'], d: null, e: { f: 1 } } },
      'application/x-www-form-urlencoded',
      'a=1+2&b=true&c=x&c=y&d=&e=%7B%22f%22%3A1%7D',
    ],
    ['binary', { type: 'binary', content: '/wAB' }, 'application/octet-stream', '\xff\0\x01'],
    [
      'binary, base64 for URLs',
      { type: 'binary', content: '_wAB', content_type: 'image/png' },
      'image/png',
      '\xff\0\x01',
    ],
  ])('of %s', async (_name, body, contentType, sent) => {
    const seen = await requestOf({ method: 'POST', body }, { a: 1 });
    expect(seen.headers['content-type']).toBe(contentType);
    expect(seen.body).toBe(sent);
  });

  test('of several parts', async () => {
    const png = { filename: 'a".png\r\nX: y', content_type: 'image/png', base64: '/wAB' };
    const content = { title: 'T', 'n"\r\n': 1, list: ['a', { base64: 'aGk=' }], file: png };
    const seen = await requestOf({ method: 'POST', body: { type: 'multipart', content } });
    const boundary = /^multipart\/form-data; boundary=(flowwire-[\w-]{36})$/.exec(
      seen.headers['content-type'] ?? '',
    )?.[1];
    const part = (head: string, data: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${head}\r\n\r\n${data}\r\n`;
    expect(seen.body).toBe(
      [
        part('title"', 'T'),
        part('n%22%0D%0A"', '1'),
        part('list"', 'a'),
        part('list"; filename="file"\r\nContent-Type: application/octet-stream', 'hi'),
        part('file"; filename="a%22.png%0D%0AX: y"\r\nContent-Type: image/png', '\xff\0\x01'),
        `--${boundary}--\r\n`,
      ].join(''),
    );
  });

  test.each<[string, HttpBody]>([
    ['a form of a list', { type: 'form', content: '{{ start.list }}' }],
    ['a multipart body of text', { type: 'multipart', content: '{{ start.text }}' }],
    ['a part that is no file', { type: 'multipart', content: { a: { filename: 'x' } } }],
    [
      'a part whose type has a line break',
      { type: 'multipart', content: { a: { base64: '', content_type: 'a/b\r\nX: y' } } },
    ],
    ['a part that is no base64', { type: 'multipart', content: { a: { base64: '***' } } }],
    ['binary that is no base64', { type: 'binary', content: '{{ start.text }}' }],
  ])('cannot be %s', async (_name, body) => {
    const failed = run({ method: 'POST', body }, { list: [1], text: 'not base64!' });
    await expect(failed).rejects.toMatchObject({ code: 'invalid_request', retryable: false });
    expect(server.seen).toEqual([]);
  });
});

describe('nothing is sent with', () => {
  const names = [
    'Host',
    'content-length',
    'Transfer-Encoding',
    'Connection',
    'Keep-Alive',
    'Upgrade',
    'TE',
    'Expect',
  ];
  test.each<[string, Partial<HttpNode>, string]>([
    ...names.map((name): [string, Partial<HttpNode>, string] => [name, { headers: { [name]: 'x' } }, name]),
    ['a name that is none', { headers: { 'a b': 'x' } }, '"a b"'],
    ['a line break in a value', { headers: { 'x-a': '{{ start.evil }}' } }, 'x-a'],
    ['what headers cannot say', { headers: { 'x-a': '中' } }, 'x-a'],
    [
      'a line break in a type',
      { body: { type: 'text', content: '', content_type: '{{ start.evil }}' } },
      'content-type',
    ],
    ['a line break in a token', { auth: { type: 'bearer', token: '{{ start.evil }}' } }, 'authorization'],
    ['a colon in a username', { auth: { type: 'basic', username: 'a:b', password: '' } }, 'colon'],
    [
      'a second cookie in a cookie',
      { auth: { type: 'api_key', name: 'a', value: 'b; c=d', in: 'cookie' } },
      'cookie a',
    ],
  ])('%s', async (_name, fields, words) => {
    await expect(run({ method: 'POST', ...fields }, { evil: 'a\r\nHost: evil' })).rejects.toMatchObject({
      code: 'invalid_request',
      retryable: false,
      message: expect.stringContaining(words),
    });
    expect(server.seen).toEqual([]);
  });
});

describe('an answer', () => {
  test.each([
    [500, true],
    [429, true],
    [408, true],
    [404, false],
  ])('of status %i fails, retryable: %s', async (status, retryable) => {
    server.answer((_request, response) => response.writeHead(status, { 'retry-after': '3' }).end());
    await expect(run({})).rejects.toMatchObject({ code: 'http_status', retryable, retryAfterMs: 3_000 });
    expect((await run({ accept_errors: true })).outputs.status).toBe(status);
  });

  test('may ask to wait for a date', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    server.answer((_request, response) => response.writeHead(503, { 'retry-after': date }).end());
    const error = await run({}).then(undefined, (reason) => reason);
    expect(error.retryAfterMs).toBeGreaterThan(50_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test('is bytes in base64 where the node says so', async () => {
    server.answer((_request, response) => response.end(Buffer.from([255, 0, 1])));
    expect((await run({ response_type: 'base64' })).outputs).toMatchObject({ body: '/wAB', json: null });
  });

  test('is text in the charset that it names', async () => {
    const headers = { 'content-type': 'text/plain; charset=gb18030' };
    server.answer((_request, response) => response.writeHead(200, headers).end(Buffer.from('d6d0', 'hex')));
    expect((await run({})).outputs.body).toBe('中');
  });

  test('over its limit is cut off', async () => {
    server.answer((_request, response) => {
      const pump = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', pump);
      pump();
    });
    await expect(run({ max_response_bytes: 50_000 })).rejects.toMatchObject({ code: 'response_too_large' });
  });

  const text = JSON.stringify({ big: 'x'.repeat(1_000) });
  test.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
  ])('that is compressed as %s unasked is read, within the limit', async (encoding, bytes) => {
    server.answer((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(bytes),
    );
    expect((await run({})).outputs.body).toBe(text);
    expect(server.seen[0]?.headers['accept-encoding']).toBe('identity');
    await expect(run({ max_response_bytes: 999 })).rejects.toMatchObject({ code: 'response_too_large' });
  });

  test.each([
    ['zstd', 'x'],
    ['gzip, br', 'x'],
    ['gzip', 'not gzip'],
  ])('that is compressed as %s and cannot be read is refused', async (encoding, bytes) => {
    server.answer((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(bytes),
    );
    await expect(run({})).rejects.toMatchObject({ code: 'invalid_response', retryable: false });
  });
});

test('a server that is not there can be tried again', async () => {
  await expect(run({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
    code: 'http_unreachable',
    retryable: true,
  });
});

test('a URL that is none is refused without being told, as it may hold secrets', async () => {
  const error = await run({ url: 'nonsense-{{ secret.KEY }}' }).then(undefined, (reason) => reason);
  expect(error.code).toBe('invalid_url');
  expect(error.message).not.toContain('s3cret');
});

describe('a redirect', () => {
  test('to another origin takes no secrets along; within one origin it does', async () => {
    server.answer((request, response) => {
      if (request.url === '/away') response.writeHead(307, { location: `${other.url}/b` }).end();
      else if (request.url === '/here') response.writeHead(307, { location: '/b' }).end();
      else response.end('done');
    });
    const headers = { authorization: 'Bearer s', cookie: 'a=b', 'x-api-key': 's', accept: 'text/plain' };
    await run({ method: 'POST', url: `${server.url}/away`, headers, body: { type: 'text', content: 'hi' } });
    expect(other.seen).toMatchObject([{ method: 'POST', url: '/b', body: 'hi' }]);
    expect(Object.keys(other.seen[0]?.headers ?? {}).sort()).toEqual(
      ['accept', 'accept-encoding', 'connection', 'content-length', 'content-type', 'host'].sort(),
    );
    await run({ url: `${server.url}/here`, headers });
    expect(server.seen.at(-1)?.headers).toMatchObject({
      authorization: 'Bearer s',
      'idempotency-key': 'run_1/call',
    });
  });

  test('that a POST is seen other by becomes a GET without a body', async () => {
    server.answer((request, response) => {
      if (request.method === 'POST') response.writeHead(303, { location: '/see' }).end();
      else response.end('seen');
    });
    await run({ method: 'POST', body: { type: 'json', content: {} } });
    expect(server.seen[1]).toMatchObject({ method: 'GET', url: '/see', body: '' });
    expect(server.seen[1]?.headers).not.toHaveProperty('content-type');
  });

  test.each([
    [undefined, 6],
    [2, 3],
  ])('ends after as many as the node says: %s', async (maxRedirects, requests) => {
    server.answer((_request, response) => response.writeHead(302, { location: '/again' }).end());
    const fields = maxRedirects === undefined ? {} : { max_redirects: maxRedirects };
    await expect(run(fields)).rejects.toMatchObject({ code: 'too_many_redirects' });
    expect(server.seen).toHaveLength(requests);
  });

  test('is the answer where none is followed', async () => {
    server.answer((_request, response) => response.writeHead(302, { location: '/again' }).end());
    expect((await run({ max_redirects: 0 })).outputs).toMatchObject({
      status: 302,
      headers: { location: '/again' },
    });
  });
});

test('the signal ends a request that hangs', async () => {
  const arrived = new Promise<void>((resolve) => server.answer(() => resolve()));
  const stop = new AbortController();
  const pending = Promise.resolve(http.execute(node({}), { ...context(), signal: stop.signal }));
  const failed = pending.then(undefined, (error) => error.message);
  await arrived;
  stop.abort(new Error('enough'));
  expect(await failed).toBe('enough');
});
