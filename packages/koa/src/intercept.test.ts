import { describe, expect, test } from 'vitest';
import { type InterceptedCall, ProblemError } from './index.ts';
import { serve, type User } from './testing/serve.ts';

const sent = {
  headers: { 'content-type': 'application/json', 'x-request-id': 'mine' },
  body: JSON.stringify({ title: 'x' }),
};

describe('intercept', () => {
  test('sees the operation and the whole validated request, and hands on to the handler', async () => {
    const calls: { operationId: string; call: InterceptedCall<User> }[] = [];
    const { send } = await serve(
      {},
      {
        intercept: (operation, call, next) => {
          calls.push({ operationId: operation.operationId, call });
          return next();
        },
      },
    );
    expect(await send('POST', '/api/notes', sent)).toMatchObject({ status: 201 });
    await send('GET', '/api/notes/7');
    expect(calls).toMatchObject([
      {
        operationId: 'createNote',
        call: { context: { name: 'writer' }, path: {}, query: {}, body: { title: 'x' } },
      },
      { operationId: 'getNote', call: { path: { id: '7' }, body: undefined } },
    ]);
    expect(calls[0]?.call.signal.aborted).toBe(false);
    expect(calls[0]?.call.requestId).toBe('mine');
  });

  test('may answer in the place of the handler, with headers of its own', async () => {
    let handled = 0;
    const { send } = await serve(
      {
        createNote: async () => {
          handled += 1;
          return { status: 201, body: { id: 'n1', title: 'x' } };
        },
      },
      {
        intercept: async () => ({
          status: 201,
          body: { id: 'n0', title: 'before' },
          headers: { 'Idempotency-Replayed': 'true' },
        }),
      },
    );
    const answered = await send('POST', '/api/notes', sent);
    expect(answered).toMatchObject({ status: 201, headers: { 'idempotency-replayed': 'true' } });
    expect(JSON.parse(answered.text)).toEqual({ id: 'n0', title: 'before' });
    expect(handled).toBe(0);
  });

  test('may refuse a request in the words of the API', async () => {
    const { send, errors } = await serve(
      {},
      {
        intercept: async () => {
          throw new ProblemError('idempotency_key_reused', 'This key was used.');
        },
      },
    );
    const refused = await send('GET', '/api/notes/7');
    expect(refused.status).toBe(409);
    expect(JSON.parse(refused.text)).toMatchObject({ error: 'idempotency_key_reused' });
    expect(errors).toEqual([]);
  });

  test('is not asked about what was refused before', async () => {
    let asked = 0;
    const { send } = await serve(
      {},
      {
        intercept: (_operation, _call, next) => {
          asked += 1;
          return next();
        },
      },
    );
    const invalid = { ...sent, body: JSON.stringify({ title: 7 }) };
    expect(await send('POST', '/api/notes', invalid)).toMatchObject({ status: 400 });
    expect(await send('GET', '/api/notes/7', { headers: { authorization: 'Bearer nobody' } })).toMatchObject({
      status: 401,
    });
    expect(asked).toBe(0);
  });
});

describe('explain', () => {
  class StoreGone extends Error {}
  const explain = (error: unknown) =>
    error instanceof StoreGone
      ? new ProblemError('unavailable', 'Come again.', { headers: { 'Retry-After': '5' } })
      : undefined;
  const broken = (error: Error) => ({
    getNote: async () => {
      throw error;
    },
  });

  test('says what an exception means to the client, and it is reported all the same', async () => {
    const error = new StoreGone('no connection to db-1');
    const { send, errors } = await serve(broken(error), { explain });
    const answered = await send('GET', '/api/notes/7');
    expect(answered).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(JSON.parse(answered.text)).toEqual({ error: 'unavailable', message: 'Come again.' });
    expect(errors).toEqual([error]);
  });

  test('also of an exception while credentials are judged', async () => {
    const { send } = await serve(
      {},
      {
        explain,
        authenticate: async () => {
          throw new StoreGone();
        },
      },
    );
    expect(await send('GET', '/api/notes/7')).toMatchObject({ status: 503 });
  });

  test('leaves other exceptions at 500', async () => {
    const error = new Error('a fault');
    const { send, errors } = await serve(broken(error), { explain });
    expect(await send('GET', '/api/notes/7')).toMatchObject({ status: 500 });
    expect(errors).toEqual([error]);
  });
});
