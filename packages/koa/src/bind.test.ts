import { once } from 'node:events';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import Koa from 'koa';
import { describe, expect, test } from 'vitest';
import { bind, ProblemError, ReplyError, type RequestInfo } from './index.ts';
import { deferred } from './testing/deferred.ts';
import { notesApi } from './testing/notes.ts';
import { listen, type NotesHandlers, options, plainHandlers, serve } from './testing/serve.ts';

const json = { 'content-type': 'application/json' };
const note = JSON.stringify({ title: 'x' });

describe('a refusal is in the words of the API', () => {
  const cases: [
    name: string,
    method: string,
    path: string,
    sent: { headers?: Record<string, string>; body?: string | Buffer },
    status: number,
    kind: string,
    headers?: Record<string, string>,
  ][] = [
    ['an unknown path', 'GET', '/api/notes/a/b/c', {}, 404, 'not_found'],
    ['another case', 'GET', '/api/notes/Health/x', {}, 404, 'not_found'],
    ['a slash too many', 'GET', '/api/notes/', {}, 404, 'not_found'],
    [
      'another method',
      'PUT',
      '/api/notes',
      {},
      405,
      'method_not_allowed',
      { allow: 'HEAD, GET, POST, OPTIONS' },
    ],
    [
      'another method below a parameter',
      'PATCH',
      '/api/notes/7',
      {},
      405,
      'method_not_allowed',
      { allow: 'HEAD, GET, DELETE, OPTIONS' },
    ],
    [
      'no credentials',
      'GET',
      '/api/notes',
      { headers: { authorization: '' } },
      401,
      'unauthenticated',
      { 'www-authenticate': 'Bearer' },
    ],
    [
      'credentials of another kind',
      'GET',
      '/api/notes',
      { headers: { authorization: 'Basic writer' } },
      401,
      'unauthenticated',
    ],
    [
      'a wrong token',
      'GET',
      '/api/notes',
      { headers: { authorization: 'Bearer nobody' } },
      401,
      'unauthenticated',
      { 'www-authenticate': 'Bearer error="invalid_token"' },
    ],
    [
      'a missing scope',
      'POST',
      '/api/notes',
      { headers: { ...json, authorization: 'Bearer reader' }, body: note },
      403,
      'forbidden',
      { 'www-authenticate': 'Bearer error="insufficient_scope", scope="WRITE"' },
    ],
    [
      'credentials before a body that is not JSON',
      'POST',
      '/api/notes',
      { headers: { authorization: 'Bearer reader' }, body: '{' },
      403,
      'forbidden',
    ],
    [
      'an Accept that excludes the answer',
      'GET',
      '/api/notes',
      { headers: { accept: 'image/png, text/html;q=0.5' } },
      406,
      'not_acceptable',
    ],
    [
      'an Accept that excludes everything',
      'GET',
      '/api/notes',
      { headers: { accept: '*/*;q=0' } },
      406,
      'not_acceptable',
    ],
    [
      'an Accept that excludes the one answer that the body chooses, a stream',
      'POST',
      '/api/notes/1/ask',
      { headers: { ...json, accept: 'application/json' }, body: '{"mode":"stream"}' },
      406,
      'not_acceptable',
    ],
    [
      'an Accept that excludes the one answer that the body chooses, JSON',
      'POST',
      '/api/notes/1/ask',
      { headers: { ...json, accept: 'text/event-stream' }, body: '{"mode":"single"}' },
      406,
      'not_acceptable',
    ],
    [
      'another charset',
      'POST',
      '/api/notes',
      { headers: { 'content-type': 'application/json; charset=utf-16' }, body: note },
      415,
      'unsupported_media_type',
    ],
    [
      'another charset, in quotes, that could be UTF-8',
      'POST',
      '/api/notes',
      { headers: { 'content-type': 'application/json;a=b; Charset="iso-8859-1"' }, body: note },
      415,
      'unsupported_media_type',
    ],
    [
      'bytes that are not UTF-8',
      'POST',
      '/api/notes',
      { headers: json, body: Buffer.from(note.replace('x', '\u00fc'), 'latin1') },
      400,
      'malformed_body',
    ],
    [
      'no Content-Type',
      'POST',
      '/api/notes',
      { body: note },
      415,
      'unsupported_media_type',
      { accept: 'application/json' },
    ],
    [
      'a form',
      'POST',
      '/api/notes',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'title=x' },
      415,
      'unsupported_media_type',
    ],
    [
      'an unknown Content-Encoding',
      'POST',
      '/api/notes',
      { headers: { ...json, 'content-encoding': 'zstd' }, body: note },
      415,
      'unsupported_media_type',
      { 'accept-encoding': 'gzip, deflate, br' },
    ],
    [
      'a body that is not what it is encoded as',
      'POST',
      '/api/notes',
      { headers: { ...json, 'content-encoding': 'gzip' }, body: note },
      400,
      'malformed_body',
    ],
    [
      'a body that is too long',
      'POST',
      '/api/notes',
      { headers: json, body: JSON.stringify({ title: 'x'.repeat(2000) }) },
      413,
      'payload_too_large',
    ],
    [
      'a body that is too long once inflated',
      'POST',
      '/api/notes',
      {
        headers: { ...json, 'content-encoding': 'gzip' },
        body: gzipSync(JSON.stringify({ title: 'x'.repeat(2000) })),
      },
      413,
      'payload_too_large',
    ],
    [
      'a body of unknown length that is too long',
      'POST',
      '/api/notes',
      {
        headers: { ...json, 'transfer-encoding': 'chunked' },
        body: JSON.stringify({ title: 'x'.repeat(200_000) }),
      },
      413,
      'payload_too_large',
    ],
    [
      'JSON that breaks',
      'POST',
      '/api/notes',
      { headers: json, body: '{\n  "title": }' },
      400,
      'malformed_body',
    ],
    [
      'JSON with a prototype in it',
      'POST',
      '/api/notes',
      { headers: json, body: '{"title":"x","__proto__":{}}' },
      400,
      'malformed_body',
    ],
    [
      'JSON with a prototype in it, escaped and deep',
      'POST',
      '/api/notes',
      { headers: json, body: '{"title":[{"\\u005f_pr\\u006Fto__":{}}]}' },
      400,
      'malformed_body',
    ],
    [
      'an empty body',
      'POST',
      '/api/notes',
      { headers: { ...json, 'content-length': '0' } },
      400,
      'invalid_request',
    ],
    [
      'an empty body of unknown length',
      'POST',
      '/api/notes',
      { headers: { ...json, 'transfer-encoding': 'chunked' } },
      400,
      'invalid_request',
    ],
    [
      'a value that breaks the schema',
      'POST',
      '/api/notes',
      { headers: json, body: '[]' },
      400,
      'invalid_request',
    ],
  ];

  test.each(cases)('%s', async (_name, method, path, sent, status, kind, headers = {}) => {
    const { send, errors } = await serve({}, { bodyLimit: 1000, validateReplies: true });
    const answer = await send(method, path, sent);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: kind });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers).toMatchObject(headers);
    expect(errors).toEqual([]);
  });

  test('says where JSON breaks', async () => {
    const { send } = await serve();
    const broken = await send('POST', '/api/notes', { headers: json, body: '{\n  "title": }' });
    expect(JSON.parse(broken.text).message).toBe('The body is not JSON: it breaks at line 2, column 12.');
    const short = await send('POST', '/api/notes', { headers: json, body: '{"title"' });
    expect(JSON.parse(short.text).message).toBe(
      'The body is not JSON: it ends too early, at line 1, column 9.',
    );
  });

  test('points at each field at fault, wherever it was sent', async () => {
    const { send } = await serve();
    const body = await send('POST', '/api/notes', { headers: json, body: '{"stars":"5","x":1}' });
    expect(JSON.parse(body.text).fields).toEqual([
      { in: 'body', pointer: '/title', code: 'required', message: 'is required' },
      { in: 'body', pointer: '/stars', code: 'type', message: 'must be integer' },
      { in: 'body', pointer: '/x', code: 'additionalProperties', message: 'is not a known field' },
    ]);
    const query = await send('GET', '/api/notes?limit=ten&done=maybe');
    expect(JSON.parse(query.text)).toMatchObject({
      message: 'The request is not valid: query /limit must be integer (and 1 more).',
      fields: [
        { in: 'query', pointer: '/limit' },
        { in: 'query', pointer: '/done' },
      ],
    });
    const none = await send('POST', '/api/notes', { headers: json });
    expect(JSON.parse(none.text).fields).toEqual([
      { in: 'body', pointer: '', code: 'required', message: 'is required' },
    ]);
  });

  test('a client that still sends comes to read it', async () => {
    const { send } = await serve({}, { bodyLimit: 1000 });
    const body = Buffer.alloc(8 * 1024 * 1024, 'x');
    const connection = 'keep-alive';
    expect((await send('POST', '/api/notes', { headers: { ...json, connection }, body })).status).toBe(413);
    expect(
      (await send('POST', '/api/notes', { headers: { authorization: '', connection }, body })).status,
    ).toBe(401);
  });
});

describe('routing', () => {
  test('fixed words come before parameters', async () => {
    const { send } = await serve();
    expect((await send('GET', '/api/notes/recent')).text).toContain('fixed word');
    expect(JSON.parse((await send('GET', '/api/notes/7')).text).id).toBe('7');
  });

  test('a request outside the prefix goes on to the next middleware', async () => {
    const { send, requests } = await serve();
    expect((await send('GET', '/api/notesbook')).text).toBe('the next middleware');
    expect((await send('GET', '/')).text).toBe('the next middleware');
    expect(requests).toEqual([]);
  });

  test('the prefix can be wider than the paths', async () => {
    const { send } = await serve({}, { prefix: '/api' });
    expect((await send('GET', '/api/other')).status).toBe(404);
    expect((await send('GET', '/other')).text).toBe('the next middleware');
  });

  test('HEAD is answered as GET without a body, OPTIONS with the methods', async () => {
    const { send } = await serve();
    expect(await send('HEAD', '/api/notes')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '12' },
    });
    expect(await send('OPTIONS', '/api/notes')).toMatchObject({
      status: 204,
      headers: { allow: 'HEAD, GET, POST, OPTIONS' },
    });
  });
});

describe('a handler', () => {
  test('is given what the request says, read by type', async () => {
    const seen: unknown[] = [];
    const { send } = await serve({
      listNotes: async ({ query, headers, cookies, path, body, context }) => {
        seen.push({ query, headers, cookies, path, body, context });
        return { status: 200, body: { notes: [] } };
      },
      createNote: async ({ headers, body }) => {
        seen.push({ headers, body });
        return { status: 201, body: { id: 'n', title: body.title } };
      },
      getNote: async ({ path }) => {
        seen.push(path);
        return { status: 200, body: { id: path.id, title: '' } };
      },
    });
    await send('GET', '/api/notes?limit=5&done=true&tag=a,b&tag=c&unknown=1');
    await send('GET', '/api/notes?tag=one');
    await send('POST', '/api/notes', {
      headers: { ...json, 'idempotency-key': 'k', 'x-other': '1' },
      body: note,
    });
    await send('GET', '/api/notes/a%2Fb%20c');
    const nothing = { headers: {}, cookies: {}, path: {}, body: undefined, context: { name: 'writer' } };
    expect(seen).toEqual([
      { ...nothing, query: { limit: 5, done: true, tag: ['a,b', 'c'] } },
      { ...nothing, query: { tag: ['one'] } },
      { headers: { 'Idempotency-Key': 'k' }, body: { title: 'x' } },
      { id: 'a/b c' },
    ]);
  });

  test('of an operation without a body is called whatever the request carries', async () => {
    const { send } = await serve();
    expect(
      (await send('DELETE', '/api/notes/1', { headers: { ...json, 'content-length': '1' }, body: '{' }))
        .status,
    ).toBe(204);
  });

  test('is called without a body where it is optional, and refused a wrong one', async () => {
    const { send } = await serve({
      askNote: async ({ body }) => ({ status: 200, body: { answer: body?.mode ?? 'none' } }),
    });
    expect((await send('POST', '/api/notes/1/ask')).text).toBe('{"answer":"none"}');
    const wrong = await send('POST', '/api/notes/1/ask', { headers: json, body: '{"mode":"x"}' });
    expect(JSON.parse(wrong.text).fields).toMatchObject([
      { pointer: '/mode', message: 'must be one of "single", "stream"' },
    ]);
  });

  test('can answer with text, with headers, and with nothing', async () => {
    const { send } = await serve({
      createNote: async () => ({
        status: 201,
        body: { id: 'n', title: '' },
        headers: { Location: '/api/notes/n' },
      }),
    });
    expect(await send('GET', '/api/notes/health')).toMatchObject({
      text: 'fine',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
    expect(await send('POST', '/api/notes', { headers: json, body: note })).toMatchObject({
      status: 201,
      headers: { location: '/api/notes/n', 'x-ratelimit-limit': '100' },
    });
    const gone = await send('DELETE', '/api/notes/1');
    expect(gone).toMatchObject({ status: 204, text: '' });
    expect(gone.headers['content-type']).toBeUndefined();
  });

  test('can refuse by throwing a problem', async () => {
    const { send, errors } = await serve({
      getNote: async () => {
        throw new ProblemError('rate_limited', 'Too fast.', { headers: { 'Retry-After': '3' } });
      },
    });
    expect(await send('GET', '/api/notes/1')).toMatchObject({
      status: 429,
      headers: { 'retry-after': '3' },
      text: '{"error":"rate_limited","message":"Too fast."}',
    });
    expect(errors).toEqual([]);
  });

  test('that throws is answered 500 without a word of the error, which is reported', async () => {
    const secret = new Error('password is hunter2');
    const { send, errors } = await serve({ getNote: () => Promise.reject(secret) });
    const answer = await send('GET', '/api/notes/1');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('hunter2');
    expect(errors).toEqual([secret]);
  });

  test('learns from its signal that the client has gone', async () => {
    const gone = deferred();
    const called = deferred();
    const { port, errors, requests } = await serve({
      getNote: ({ signal }) => {
        called.resolve(undefined);
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            gone.resolve(signal.reason);
            reject(signal.reason);
          });
        });
      },
    });
    const sent = request({
      port,
      host: '127.0.0.1',
      path: '/api/notes/1',
      headers: { authorization: 'Bearer reader' },
    });
    sent.on('error', () => undefined);
    sent.end();
    await called.promise;
    sent.destroy();
    expect(await gone.promise).toMatchObject({ name: 'AbortError', type: 'client_gone' });
    await expect.poll(() => requests).toMatchObject([{ operationId: 'getNote', completed: false }]);
    expect(errors).toEqual([]);
  });
});

describe('security', () => {
  test('the second of two schemes suffices', async () => {
    const { send } = await serve();
    expect(
      (await send('DELETE', '/api/notes/1', { headers: { authorization: '', cookie: 'sid=reader' } })).status,
    ).toBe(204);
    expect(
      (
        await send('DELETE', '/api/notes/1', {
          headers: { authorization: 'Bearer reader', cookie: 'sid=reader' },
        })
      ).status,
    ).toBe(204);
    const neither = await send('DELETE', '/api/notes/1', { headers: { authorization: '' } });
    expect(neither.headers['www-authenticate']).toBe('Bearer, ApiKey');
    expect(
      (await send('DELETE', '/api/notes/1', { headers: { authorization: 'Bearer reader' } })).status,
    ).toBe(403);
  });

  test('an open operation gets its context from `anonymous`', async () => {
    const { send } = await serve({
      health: async ({ context, cookies }) => ({ status: 200, body: `${context.name} ${cookies.theme}` }),
    });
    const answer = await send('GET', '/api/notes/health', {
      headers: { authorization: '', cookie: 'theme=dark' },
    });
    expect(answer.text).toBe('anonymous dark');
  });

  test('credentials come with the caller and the scopes asked for', async () => {
    const seen: unknown[] = [];
    const { send } = await serve(
      {},
      {
        authenticate: ({ headers, ...rest }) => {
          seen.push(rest, headers['x-who']);
          return { ok: true, context: { name: 'x' } };
        },
      },
    );
    await send('GET', '/api/notes', { headers: { authorization: 'bearer   abc', 'x-who': 'me' } });
    expect(seen).toEqual([
      { scheme: 'key', token: 'abc', scopes: ['READ'], method: 'GET', remoteAddress: '127.0.0.1' },
      'me',
    ]);
  });
});

describe('validateReplies', () => {
  const broken: Partial<NotesHandlers> = {
    // @ts-expect-error a title is missing
    getNote: async () => ({ status: 200, body: { id: 'x' } }),
    // @ts-expect-error the status is not declared
    createNote: async () => ({ status: 418, body: { id: 'x', title: '' } }),
  };

  test('answers 500 for a body or status that breaks the document, and says why', async () => {
    const { send, errors } = await serve(broken, { validateReplies: true });
    expect((await send('GET', '/api/notes/1')).status).toBe(500);
    expect((await send('POST', '/api/notes', { headers: json, body: note })).status).toBe(500);
    expect(errors).toEqual([expect.any(ReplyError), expect.any(ReplyError)]);
    expect(errors.map(String)).toEqual([
      'ReplyError: getNote: the body of 200 breaks the document; /title is required',
      'ReplyError: createNote does not declare the status 418',
    ]);
  });

  test('is off by default', async () => {
    const { send, errors } = await serve(broken);
    expect(await send('GET', '/api/notes/1')).toMatchObject({ status: 200, text: '{"id":"x"}' });
    expect(errors).toEqual([]);
  });

  test('reports a refusal that the document does not describe, and sends it', async () => {
    const { send, errors } = await serve(
      { getNote: () => Promise.reject(new ProblemError('conflict', 'Taken.')) },
      { validateReplies: true },
    );
    expect((await send('GET', '/api/notes/1')).status).toBe(409);
    expect(errors.map(String)).toEqual(['ReplyError: getNote does not declare the status 409']);
  });
});

describe('an operation that is not implemented', () => {
  const { getNote: _, ...implemented } = plainHandlers;

  const serveSome = async () => {
    const errors: unknown[] = [];
    const more = { ...options({ onError: (error) => errors.push(error), validateReplies: true }) };
    const running = await listen(bind(notesApi, implemented, { ...more, unimplemented: ['getNote'] }));
    return { ...running, errors };
  };

  test('is answered 501 in the words of the API, whatever it is asked for', async () => {
    const { send, errors } = await serveSome();
    for (const headers of [{}, { accept: 'image/png' }] as Record<string, string>[]) {
      const answer = await send('GET', '/api/notes/7', { headers });
      expect(answer.status).toBe(501);
      expect(JSON.parse(answer.text)).toEqual({
        error: 'not_implemented',
        message: 'This server does not have this operation.',
      });
    }
    expect((await send('DELETE', '/api/notes/7')).status).toBe(204);
    expect(errors).toEqual([]);
  });

  test('is answered so only to whom it would be open', async () => {
    const { send } = await serveSome();
    expect((await send('GET', '/api/notes/7', { headers: { authorization: '' } })).status).toBe(401);
  });

  test('needs no context, should it be open to all', async () => {
    const { health: _, ...closed } = plainHandlers;
    const { anonymous: __, ...withoutAnonymous } = options();
    const api = bind(notesApi, closed, { ...withoutAnonymous, unimplemented: ['health'] });
    const { send } = await listen(api);
    expect((await send('GET', '/api/notes/health')).status).toBe(501);
  });

  test.each<[object, string[], string]>([
    [plainHandlers, ['getNote'], 'notes: a handler for getNote, which should be unimplemented'],
    [implemented, ['getNote', 'getNotes'], 'notes: no operation for getNotes'],
    [implemented, [], 'notes: no handler for getNote'],
  ])('is not served with a wrong list: %#', (handlers, unimplemented, message) => {
    // @ts-expect-error what is listed and what is there do not fit
    expect(() => bind(notesApi, handlers, { ...options(), unimplemented })).toThrow(message);
  });
});

describe('an alias of a path', () => {
  const contract: typeof notesApi = {
    ...notesApi,
    operations: {
      ...notesApi.operations,
      getNote: { ...notesApi.operations.getNote, aliases: ['/v1/note/{id}', '/{id}.note'] },
    },
  };

  test('is answered as the path is, wherever it is; what is beside it is not the API’s', async () => {
    const requests: unknown[] = [];
    const onRequest = ({ operationId, route }: RequestInfo) => requests.push([operationId, route]);
    const { send } = await listen(bind(contract, plainHandlers, options({ onRequest })), (ctx) => {
      ctx.body = 'the next middleware';
    });
    for (const path of ['/v1/note/a%2Fb', '/a%2Fb.note', '/api/notes/a%2Fb']) {
      expect(JSON.parse((await send('GET', path)).text).id).toBe('a/b');
    }
    expect(await send('PUT', '/v1/note/7')).toMatchObject({
      status: 405,
      headers: { allow: 'HEAD, GET, OPTIONS' },
    });
    expect((await send('GET', '/v1/note/7/x')).text).toBe('the next middleware');
    expect((await send('GET', '/v1/other')).text).toBe('the next middleware');
    await expect.poll(() => requests).toHaveLength(4);
    expect(requests.slice(0, 3)).toEqual(Array(3).fill(['getNote', '/api/notes/{id}']));
  });
});

describe('bind', () => {
  test('names every handler that is missing or surplus', () => {
    const { getNote, health: _, ...rest } = plainHandlers;
    // @ts-expect-error two handlers are missing
    expect(() => bind(notesApi, { ...rest, getNotes: getNote, extra: getNote }, options())).toThrow(
      'notes: no handler for getNote, health; no operation for getNotes, extra',
    );
  });

  const { authenticate: _, ...withoutAuthenticate } = options();
  const { anonymous: __, ...withoutAnonymous } = options();
  const changed = (change: object) => ({
    ...notesApi,
    operations: { ...notesApi.operations, getNote: { ...notesApi.operations.getNote, ...change } },
  });

  test.each([
    ['without authenticate', notesApi, withoutAuthenticate, 'asks for credentials: authenticate is needed'],
    ['without anonymous', notesApi, withoutAnonymous, 'health is open: anonymous is needed'],
    [
      'a method that Node cannot read',
      changed({ method: 'PONDER' }),
      options(),
      `getNote: Node ${process.version} cannot read requests with the method PONDER; it knows ACL,`,
    ],
    [
      'two operations at one route',
      changed({ path: '/other/{name}', aliases: ['/api/notes/{note}/events'] }),
      options(),
      'notes: getNote and watchNote have the same route GET /api/notes/{id}/events',
    ],
    [
      'an unknown scheme',
      changed({ security: [{ other: [] }] }),
      options(),
      'getNote: the security scheme other is missing',
    ],
    [
      'a scheme that no request carries',
      {
        ...changed({ security: [{ key: [], tls: [] }] }),
        securitySchemes: { ...notesApi.securitySchemes, tls: { type: 'mutualTLS' as const } },
      },
      options(),
      'getNote: the security scheme tls is missing or cannot be read from a request',
    ],
  ])('refuses %s', (_name, contract, given, message) => {
    expect(() => bind(contract, plainHandlers, given)).toThrow(message);
  });

  test('tells of each request once it is over', async () => {
    const { send, requests } = await serve();
    await send('GET', '/api/notes/7');
    await send('GET', '/api/notes/a/b/c');
    await expect.poll(() => requests).toHaveLength(2);
    expect(requests).toMatchObject([
      {
        operationId: 'getNote',
        route: '/api/notes/{id}',
        method: 'GET',
        path: '/api/notes/7',
        status: 200,
        completed: true,
      },
      { operationId: undefined, route: undefined, status: 404, completed: true },
    ]);
    expect(requests[0]?.durationMs).toBeGreaterThan(0);
  });

  test('leaves headers that other middlewares set', async () => {
    const app = new Koa();
    app.use((ctx, next) => {
      ctx.set('X-Request-Id', '1');
      return next();
    });
    app.use(bind(notesApi, plainHandlers, options()));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const answer = await fetch(`http://127.0.0.1:${port}/api/notes/health`);
    expect(answer.headers.get('x-request-id')).toBe('1');
    server.closeAllConnections();
    server.close();
  });
});
