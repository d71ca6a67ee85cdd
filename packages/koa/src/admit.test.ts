import { expect, test } from 'vitest';
import { bind, ProblemError } from './index.ts';
import { serveEcho } from './testing/echo.ts';
import { type NotesOperations, notesApi } from './testing/notes.ts';
import { listen, options, plainHandlers, serve } from './testing/serve.ts';

const LEFT = { 'X-Left': '7' };
const tooMany = () => {
  throw new ProblemError('rate_limited', 'Too many requests.', { headers: { 'Retry-After': '9' } });
};

test('it is told who asks for which operation', async () => {
  const asked: unknown[] = [];
  const { send } = await serve(
    {},
    {
      admit: ({ method, headers, remoteAddress }, { operationId }) => {
        asked.push([method, headers.host, remoteAddress, operationId]);
        return {};
      },
    },
  );
  await send('GET', '/api/notes/n1', { headers: { host: 'notes.example' } });
  expect(asked).toEqual([['GET', 'notes.example', '127.0.0.1', 'getNote']]);
});

test.each([
  ['an answer', 'GET', '/api/notes/n1', {}, 200],
  ['an answer without a body', 'DELETE', '/api/notes/n1', {}, 204],
  ['a refused credential', 'GET', '/api/notes/n1', { authorization: 'Bearer nobody' }, 401],
  ['a right that is missing', 'DELETE', '/api/notes/n1', { authorization: 'Bearer reader' }, 403],
  ['a refused type', 'GET', '/api/notes/n1', { accept: 'image/png' }, 406],
])('its headers are on %s', async (_what, method, path, headers, status) => {
  const { send } = await serve({}, { admit: async () => LEFT });
  expect(await send(method, path, { headers })).toMatchObject({ status, headers: { 'x-left': '7' } });
});

test('its headers are on a stream, and give way to those of the credential', async () => {
  const { send } = await serve(
    {
      async watchNote() {
        return { status: 200, stream: (async function* () {})() };
      },
    },
    { admit: () => ({ ...LEFT, 'X-RateLimit-Limit': '1' }) },
  );
  expect(await send('GET', '/api/notes/n1/events')).toMatchObject({
    status: 200,
    headers: { 'x-left': '7', 'x-ratelimit-limit': '100', 'content-type': 'text/event-stream' },
  });
});

test('it refuses before the credential is judged and the body is read', async () => {
  const judged: string[] = [];
  const { send, seen } = await serveEcho({
    schemes: { bearer: { type: 'http', scheme: 'bearer' } },
    operation: { security: [{ bearer: [] }] },
    options: {
      admit: tooMany,
      authenticate: ({ token }) => {
        judged.push(token);
        return { ok: true, context: { name: token } };
      },
    },
  });
  const answer = await send('POST', '/echo', { body: 'no JSON' });
  expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '9' } });
  expect(JSON.parse(answer.text)).toEqual({ error: 'rate_limited', message: 'Too many requests.' });
  expect([judged, seen]).toEqual([[], []]);
});

test('what matches no operation, and OPTIONS, it is not asked about', async () => {
  const { send } = await serve({}, { admit: tooMany });
  expect(await send('GET', '/api/notes/n1/nothing')).toMatchObject({ status: 404 });
  expect(await send('PUT', '/api/notes/n1')).toMatchObject({ status: 405 });
  expect(await send('OPTIONS', '/api/notes/n1')).toMatchObject({ status: 204 });
});

test('operations without a handler are limited too', async () => {
  const { getNote: _, ...handlers } = plainHandlers;
  const api = bind<NotesOperations, { name: string }, 'getNote'>(notesApi, handlers, {
    ...options({ admit: tooMany }),
    unimplemented: ['getNote'],
  });
  const { send } = await listen(api);
  expect(await send('GET', '/api/notes/n1')).toMatchObject({ status: 429 });
});

test('what it throws beside is a fault of the server', async () => {
  const { send, errors } = await serve({}, { admit: () => Promise.reject(new Error('no store')) });
  expect(await send('GET', '/api/notes/n1')).toMatchObject({ status: 500 });
  expect(errors).toEqual([new Error('no store')]);
});
