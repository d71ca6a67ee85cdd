import { expect, test } from 'vitest';
import { serve } from './testing/serve.ts';

const uuid = /^[\da-f-]{36}$/;

test('a request id is on every answer, and another on each', async () => {
  const { send } = await serve();
  const answers = await Promise.all([
    send('GET', '/api/notes'),
    send('GET', '/api/notes/a/b/c'),
    send('OPTIONS', '/api/notes'),
    send('POST', '/api/notes', { headers: { 'content-type': 'application/json' }, body: '{' }),
    send('DELETE', '/api/notes/1'),
  ]);
  const ids = answers.map(({ headers }) => headers['x-request-id']);
  for (const id of ids) expect(id).toMatch(uuid);
  expect(new Set(ids).size).toBe(answers.length);
});

test('a request id is on a stream, too', async () => {
  const frames = (async function* () {
    yield { item: { kind: 'done' as const } };
  })();
  const { send } = await serve({ askNote: async () => ({ status: 200, stream: frames }) });
  const answer = await send('POST', '/api/notes/1/ask', { headers: { 'x-request-id': 'req_1' } });
  expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-request-id': 'req_1' });
});

test('a request id is the one that the request brings, if it is harmless', async () => {
  const { send } = await serve();
  const idFor = async (id: string) =>
    (await send('GET', '/api/notes', { headers: { 'x-request-id': id } })).headers['x-request-id'];
  const long = 'a'.repeat(64);
  expect(await idFor('req_1.a-B')).toBe('req_1.a-B');
  expect(await idFor(long)).toBe(long);
  for (const bad of [`${long}a`, 'a b', 'a"b', '', '<b>', 'a, b']) expect(await idFor(bad)).toMatch(uuid);
});

test('a request id is told with the request, with its errors and to the words of the API', async () => {
  const told: unknown[] = [];
  const { send, requests } = await serve(
    { getNote: () => Promise.reject(new Error('mine')) },
    {
      onError: (_error, { requestId }) => told.push(requestId),
      problem: ({ kind, status }, _operation, requestId) => ({
        status,
        body: { error: kind, message: requestId },
      }),
    },
  );
  const answer = await send('GET', '/api/notes/1', { headers: { 'x-request-id': 'req_1' } });
  expect(answer.text).toBe('{"error":"internal","message":"req_1"}');
  expect(told).toEqual(['req_1']);
  await expect.poll(() => requests).toMatchObject([{ requestId: 'req_1', status: 500 }]);
});
