import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { createClient } from './client.ts';
import { ApiError, isApiError } from './errors.ts';
import type { ClientOptions } from './options.ts';
import { type Client, fixture } from './testing/contract.ts';
import { drop, hang, type Reply, startServer, status, stream } from './testing/server.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function serve(replies: Reply[], options: Partial<ClientOptions> = {}) {
  const server = await startServer(...replies);
  open.push(server);
  return { server, client: createClient(fixture, { baseUrl: `${server.url}/`, auth: 'secret', ...options }) };
}

async function failure(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error('expected an ApiError', { cause: error });
  return error;
}

const thing = { id: 'a' };
const getThing = { path: { id: 'a' } };

describe('a request', () => {
  test('has its parameters where the document says', async () => {
    const { server, client } = await serve([status(200, thing)]);
    await client.getThing({ path: { id: 'a/b ü' }, query: { tags: ['x', 'y&z'], filter: { 'a&b': 'c d' } } });
    const [request] = server.requests;
    expect(request?.method).toBe('GET');
    expect(request?.url).toBe('/things/a%2Fb%20%C3%BC?tags=x&tags=y%26z&filter[a%26b]=c%20d');
    expect(request?.headers.accept).toBe('application/json');
  });

  test.each(['', '.', '..'])(
    'is not made for a path parameter that would change the path: %j',
    async (id) => {
      const { server, client } = await serve([status(200, thing)]);
      await expect(client.getThing({ path: { id } })).rejects.toThrow(TypeError);
      expect(server.requests).toHaveLength(0);
    },
  );

  test.each<[string, unknown]>([
    ['a BigInt', { id: 1n }],
    ['a function', () => 1],
    ['a toJSON that throws', { toJSON: () => JSON.parse('{') }],
  ])('is not made for a body that has no JSON: %s', async (_name, body) => {
    const { server, client } = await serve([status(201, thing)]);
    // @ts-expect-error not a thing
    const sent = client.createThing({ body });
    await expect(sent).rejects.toThrow(new TypeError('createThing: the body cannot be written as JSON'));
    expect(server.requests).toHaveLength(0);
  });

  test('is not made for a header that cannot be sent, whose value is quoted nowhere', async () => {
    const { server, client } = await serve([status(200, thing)]);
    const headers = { authorization: 'Bearer hunter2\nx' };
    const error = await client.getThing(getThing, { headers }).catch((reason) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain("the header 'authorization' cannot be sent");
    expect(inspect(error)).not.toContain('hunter2');
    expect(server.requests).toHaveLength(0);
  });

  test('carries JSON and the headers of the client and of the call', async () => {
    const { server, client } = await serve([status(201, thing)], { headers: { 'x-a': '1', 'x-b': '1' } });
    expect(await client.createThing({ body: thing }, { headers: { 'x-b': '2' } })).toEqual(thing);
    expect(server.requests[0]).toMatchObject({ body: '{"id":"a"}' });
    expect(server.requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-a': '1',
      'x-b': '2',
    });
  });

  test('carries multipart forms', async () => {
    const { server, client } = await serve([status(204)]);
    expect(await client.upload({ body: { name: 'n', file: new Blob(['hi']) } })).toBeUndefined();
    expect(server.requests[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(server.requests[0]?.body).toMatch(/name="name"\r\n\r\nn\r\n.*name="file"; filename="blob".*hi/s);
  });
});

describe('the credential', () => {
  test.each<[string, (client: ReturnType<typeof createClient<typeof fixture>>) => Promise<unknown>, object]>([
    [
      'as a bearer token',
      (client) => client.getThing(getThing),
      { headers: { authorization: 'Bearer secret' } },
    ],
    ['in a header', (client) => client.createThing({ body: thing }), { headers: { 'x-api-key': 'secret' } }],
    [
      'in the query',
      (client) => client.upload({ body: { name: 'n', file: new Blob([]) } }),
      { url: '/upload?key=secret' },
    ],
    ['in a cookie', (client) => client.named().result(), { headers: { cookie: 'session=secret' } }],
  ])('goes %s', async (_name, send, want) => {
    const { server, client } = await serve([status(404)]);
    await failure(send(client));
    expect(server.requests[0]).toMatchObject(want);
  });

  test('is asked for before each attempt', async () => {
    let count = 0;
    const auth = async () => `key-${++count}`;
    const { server, client } = await serve([status(503), status(200, thing)], { auth });
    await client.getThing(getThing);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer key-1',
      'Bearer key-2',
    ]);
  });

  test('gives way to a header of the call', async () => {
    const { server, client } = await serve([status(200, thing)]);
    await client.getThing(getThing, { headers: { Authorization: 'Bearer other' } });
    expect(server.requests[0]?.headers.authorization).toBe('Bearer other');
  });

  test('is not sent on to where a redirect points', async () => {
    const other = await startServer(status(200, thing));
    open.push(other);
    for (const code of [301, 302, 303, 307, 308]) {
      const { client } = await serve([status(code, undefined, { location: `${other.url}/things/a` })]);
      expect(await failure(client.getThing(getThing))).toMatchObject({ type: 'protocol', status: code });
    }
    expect(other.requests).toHaveLength(0);
  });

  test.each([
    ['rejects', () => Promise.reject(new RangeError('no key'))],
    [
      'throws',
      () => {
        throw new RangeError('no key');
      },
    ],
  ])('that cannot be had fails the call with the error behind it: the function %s', async (_name, auth) => {
    const { server, client } = await serve([status(200, thing)], { auth });
    const error = await failure(client.getThing(getThing));
    expect(error).toMatchObject({ type: 'auth', cause: expect.any(RangeError) });
    expect(server.requests).toHaveLength(0);
  });

  test('that is no text fails the call', async () => {
    // @ts-expect-error a program without types may do so
    const { server, client } = await serve([status(200, thing)], { auth: () => undefined });
    expect(await failure(client.getThing(getThing))).toMatchObject({
      type: 'auth',
      message: 'getThing: the credential is not a string but undefined',
    });
    expect(server.requests).toHaveLength(0);
  });

  test.each([
    ['bearer', (client: Client) => client.getThing(getThing)],
    ['header', (client: Client) => client.createThing({ body: thing })],
  ])('that a header cannot carry is quoted nowhere: %s', async (_name, send) => {
    for (const auth of ['hunter2\nx', 'hunter2\0', 'hunter2\u2019', () => 'hunter2\r\nx: y']) {
      const { server, client } = await serve([status(200, thing)], { auth });
      const error = await failure(send(client));
      expect(error.type).toBe('auth');
      expect(inspect(error)).not.toContain('hunter2');
      expect(server.requests).toHaveLength(0);
    }
  });
});

describe('an error answer', () => {
  test('has the body that the document describes', async () => {
    const headers = { 'x-request-id': 'req_1' };
    const { client } = await serve([status(404, { code: 'NOT_FOUND', more: 1 }, headers)]);
    const error = await failure(client.getThing(getThing));
    expect(error).toMatchObject({
      name: 'ApiError',
      type: 'http',
      status: 404,
      api: 'fixture',
      operationId: 'getThing',
      code: 'NOT_FOUND',
      body: { code: 'NOT_FOUND', more: 1 },
      requestId: 'req_1',
    });
    expect(isApiError(error, fixture, 'getThing', 404) && error.body.code).toBe('NOT_FOUND');
    expect(isApiError(error, fixture, 'getThing', 410)).toBe(false);
    expect(isApiError(error, fixture, 'run', 409)).toBe(false);
    expect(isApiError(error, { ...fixture, name: 'other' }, 'getThing', 404)).toBe(false);
    expect(isApiError(new Error('other'))).toBe(false);
  });

  test('of another shape has only its text', async () => {
    const { client } = await serve([status(404, { error: { code: 'DEEP' } })]);
    const error = await failure(client.getThing(getThing));
    expect(error).toMatchObject({
      status: 404,
      body: undefined,
      code: 'DEEP',
      rawBody: '{"error":{"code":"DEEP"}}',
    });
    expect(isApiError(error, fixture, 'getThing', 404)).toBe(false);
  });

  test('needs no body where the document describes none', async () => {
    const { client } = await serve([status(410)]);
    expect(isApiError(await failure(client.getThing(getThing)), fixture, 'getThing', 410)).toBe(true);
  });

  test('is read up to a limit', async () => {
    const { client } = await serve([status(404, 'x'.repeat(100_000))]);
    expect((await failure(client.getThing(getThing))).rawBody).toHaveLength(64 * 1024);
  });
});

describe('an answer that the document does not allow', () => {
  test.each<[string, Reply, object]>([
    ['another shape', status(200, { id: 1 }), { findings: [{ keyword: 'type' }] }],
    ['another status', status(202, thing), { status: 202 }],
    ['another content type', status(200, thing, { 'content-type': 'text/html' }), { rawBody: '{"id":"a"}' }],
    ['an event stream', stream('data: x\n\n', 'stay'), { rawBody: undefined }],
    [
      'broken JSON',
      (response) => response.setHeader('content-type', 'application/json').end('{'),
      { rawBody: '{' },
    ],
  ])('is refused: %s', async (_name, reply, details) => {
    const { server, client } = await serve([reply]);
    expect(await failure(client.getThing(getThing))).toMatchObject({ type: 'protocol', ...details });
    expect(server.requests).toHaveLength(1);
  });

  test('is refused: 204 from an operation that answers it to streams only', async () => {
    const { client } = await serve([status(204)]);
    expect((await failure(client.run({ body: { inputs: {} } }))).type).toBe('protocol');
  });
});

describe('a failed attempt', () => {
  test.each([408, 429, 502, 503, 504])('is made again after %i', async (code) => {
    const { server, client } = await serve([status(code), status(200, thing)]);
    expect(await client.getThing(getThing)).toEqual(thing);
    expect(server.requests).toHaveLength(2);
  });

  test.each([400, 404, 409, 500, 501])('is not made again after %i', async (code) => {
    const { server, client } = await serve([status(code)]);
    expect((await failure(client.getThing(getThing))).status).toBe(code);
    expect(server.requests).toHaveLength(1);
  });

  test('is made again after a broken connection, twice at most', async () => {
    const { server, client } = await serve([drop, drop, drop, status(200, thing)]);
    expect((await failure(client.getThing(getThing))).type).toBe('network');
    expect(server.requests).toHaveLength(3);
  });

  test('is made again after an answer that broke off', async () => {
    const half: Reply = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{', () => response.destroy());
    };
    const { client } = await serve([half, status(200, thing)]);
    expect(await client.getThing(getThing)).toEqual(thing);
  });

  test('of a POST is made again only with an Idempotency-Key, the same each time', async () => {
    const { server, client } = await serve([drop, drop, status(503), status(200, thing)]);
    expect((await failure(client.createThing({ body: thing }))).type).toBe('network');
    expect(server.requests).toHaveLength(1);
    await client.run({ body: { inputs: {} } });
    const keys = server.requests.slice(1).map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  test('keeps a key that the caller gave', async () => {
    const { server, client } = await serve([drop, status(201, thing), status(200, thing)]);
    await client.createThing({ body: thing }, { headers: { 'Idempotency-Key': 'mine' } });
    await client.run({ headers: { 'Idempotency-Key': 'mine' }, body: { inputs: {} } });
    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual([
      'mine',
      'mine',
      'mine',
    ]);
  });

  test('waits as long as Retry-After says', async () => {
    const { client } = await serve([status(429, {}, { 'retry-after': '1' }), status(200, thing)]);
    const start = performance.now();
    await client.getThing(getThing);
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  test('is given up where Retry-After asks for more than a minute', async () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    const { server, client } = await serve([status(503, {}, { 'retry-after': inAnHour })]);
    const { retryAfterMs } = await failure(client.getThing(getThing));
    expect(retryAfterMs).toBeGreaterThan(3_500_000);
    expect(server.requests).toHaveLength(1);
  });

  test('has the time that the call gives it', async () => {
    const { server, client } = await serve([hang, hang]);
    const error = await failure(client.getThing(getThing, { timeoutMs: 30, maxRetries: 1 }));
    expect(error.type).toBe('timeout');
    expect(server.requests).toHaveLength(2);
    await Promise.all(server.requests.map(({ closed }) => closed));
  });

  test('may take for ever', async () => {
    const late: Reply = (response, request) => setTimeout(() => status(200, thing)(response, request), 20);
    const { client } = await serve([late]);
    expect(await client.getThing(getThing, { timeoutMs: Number.POSITIVE_INFINITY })).toEqual(thing);
  });
});

describe('the caller’s signal', () => {
  test('stops a call before it starts', async () => {
    const { server, client } = await serve([status(200, thing)]);
    const error = await failure(client.getThing(getThing, { signal: AbortSignal.abort('enough') }));
    expect(error).toMatchObject({ type: 'aborted', cause: 'enough' });
    expect(server.requests).toHaveLength(0);
  });

  test('stops a wait for the answer', async () => {
    const { server, client } = await serve([hang]);
    const controller = new AbortController();
    const arrived = server.nextRequest();
    const call = client.getThing(getThing, { signal: controller.signal });
    const request = await arrived;
    controller.abort();
    expect((await failure(call)).type).toBe('aborted');
    await request.closed;
  });

  test('stops a wait for the rest of the answer', async () => {
    const half: Reply = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{');
    };
    const controller = new AbortController();
    const fetchAndAbort = async (url: string, init: RequestInit) => {
      const response = await fetch(url, init);
      setImmediate(() => controller.abort());
      return response;
    };
    const { server, client } = await serve([half], { fetch: fetchAndAbort });
    expect((await failure(client.getThing(getThing, { signal: controller.signal }))).type).toBe('aborted');
    await server.requests[0]?.closed;
  });

  test('stops a wait between attempts', async () => {
    const controller = new AbortController();
    const client = createClient(fixture, {
      baseUrl: 'http://x',
      async fetch() {
        setImmediate(() => controller.abort());
        return new Response(null, { status: 503, headers: { 'retry-after': '30' } });
      },
    });
    expect((await failure(client.getThing(getThing, { signal: controller.signal }))).type).toBe('aborted');
  });
});
