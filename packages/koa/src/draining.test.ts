import { once } from 'node:events';
import { expect, test } from 'vitest';
import { deferred } from './testing/deferred.ts';
import { type NotesHandlers, serve } from './testing/serve.ts';

/** A handler that waits for its signal and then does as it is told. */
const waiting = (then: (signal: AbortSignal) => ReturnType<NotesHandlers['getNote']>) => {
  const called = deferred();
  const getNote: NotesHandlers['getNote'] = async ({ signal }) => {
    called.resolve(true);
    await once(signal, 'abort');
    return then(signal);
  };
  return { called: called.promise, getNote };
};

test('a server that drains refuses requests that begin now, streams too, and closes their connections', async () => {
  const draining = new AbortController();
  let calls = 0;
  const handler = async () => {
    calls += 1;
    return { status: 200 as const, body: { notes: [] } };
  };
  const { send, errors } = await serve(
    { listNotes: handler },
    { draining: draining.signal, validateReplies: true },
  );
  const connection = 'keep-alive';
  const before = await send('GET', '/api/notes', { headers: { connection } });
  expect(before).toMatchObject({ status: 200, headers: { connection: 'keep-alive' } });
  draining.abort();
  for (const [method, path] of [
    ['GET', '/api/notes'],
    ['POST', '/api/notes/1/ask'],
    ['GET', '/api/notes/1/events'],
    ['GET', '/api/notes/a/b/c'],
  ] as const) {
    const answer = await send(method, path, { headers: { connection } });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1', connection: 'close' } });
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'unavailable' });
  }
  expect(calls).toBe(1);
  expect(errors).toEqual([]);
});

test('a server that drains tells a handler that waits, and answers 503 when that gives up', async () => {
  const draining = new AbortController();
  const reasons: unknown[] = [];
  const { called, getNote } = waiting((signal) => {
    reasons.push(signal.reason);
    throw signal.reason;
  });
  const { send, errors, requests } = await serve({ getNote }, { draining: draining.signal });
  const sent = send('GET', '/api/notes/1', { headers: { connection: 'keep-alive' } });
  await called;
  draining.abort();
  expect(await sent).toMatchObject({
    status: 503,
    headers: { 'retry-after': '1', connection: 'close' },
    text: expect.stringContaining('"unavailable"'),
  });
  expect(reasons).toMatchObject([{ name: 'AbortError', type: 'draining' }]);
  expect(errors).toEqual([]);
  await expect.poll(() => requests).toMatchObject([{ status: 503, completed: true }]);
});

test('a server that drains tells a handler that asks for its signal only now', async () => {
  const draining = new AbortController();
  const called = deferred();
  const drained = deferred();
  const { send } = await serve(
    {
      getNote: async (asked) => {
        called.resolve(true);
        await drained.promise;
        asked.signal.throwIfAborted();
        throw new Error('not told');
      },
    },
    { draining: draining.signal },
  );
  const sent = send('GET', '/api/notes/1');
  await called.promise;
  draining.abort();
  drained.resolve(true);
  expect((await sent).status).toBe(503);
});

test('a server that drains sends what a handler answers all the same', async () => {
  const draining = new AbortController();
  const { called, getNote } = waiting(async () => ({
    status: 200,
    body: { id: '1', title: 'just in time' },
  }));
  const { send } = await serve({ getNote }, { draining: draining.signal });
  const sent = send('GET', '/api/notes/1');
  await called;
  draining.abort();
  expect(await sent).toMatchObject({ status: 200, text: expect.stringContaining('just in time') });
});
