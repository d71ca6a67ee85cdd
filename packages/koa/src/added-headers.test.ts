import type { Middleware } from 'koa';
import { expect, test } from 'vitest';
import { addHeaders, applyHeaders } from './index.ts';
import type { AnyReply } from './replies.ts';
import { bindEcho } from './testing/echo.ts';
import { listen } from './testing/serve.ts';

const adding: Middleware = async (ctx, next) => {
  addHeaders(ctx, { 'X-Kept': 'middleware', 'Cache-Control': 'no-store' });
  await next();
  applyHeaders(ctx);
};

/** An operation that answers this, behind the middleware. */
const serveBehind = (answer: () => AnyReply) =>
  listen(
    adding,
    bindEcho(
      {
        operation: {
          method: 'GET',
          replies: {
            '200': {
              content: [
                { mediaType: 'application/json', kind: 'json' },
                { mediaType: 'image/png', kind: 'binary' },
              ],
              stream: { item: 'event', data: 'json', known: [], terminal: [], sentinels: [] },
            },
            '204': {},
            default: { content: [{ mediaType: 'application/json', kind: 'json' }] },
          },
        },
        handler: answer,
      },
      [],
      [],
    ),
    (ctx) => {
      ctx.body = 'the next middleware';
    },
  );

test.each<[string, () => AnyReply, number]>([
  ['JSON', () => ({ status: 200, body: {} }), 200],
  ['no body', () => ({ status: 204 }), 204],
  ['a Blob', () => ({ status: 200, body: new Blob(['png']), contentType: 'image/png' }), 200],
  [
    'a fault',
    () => {
      throw new Error('a fault');
    },
    500,
  ],
])('they go out with %s', async (_what, answer, status) => {
  const { send } = await serveBehind(answer);
  expect(await send('GET', '/echo')).toMatchObject({
    status,
    headers: { 'x-kept': 'middleware', 'cache-control': 'no-store' },
  });
});

test('they go out with a stream, but for what a stream says itself', async () => {
  const { send } = await serveBehind(() => ({ status: 200, stream: (async function* () {})() }));
  expect((await send('GET', '/echo')).headers).toMatchObject({
    'x-kept': 'middleware',
    'cache-control': 'no-cache, no-transform',
  });
});

test('they give way to the headers of an answer', async () => {
  const { send } = await serveBehind(() => ({
    status: 200,
    body: {},
    headers: { 'cache-control': 'private' },
  }));
  expect((await send('GET', '/echo')).headers).toMatchObject({
    'x-kept': 'middleware',
    'cache-control': 'private',
  });
});

test('they go out with what no operation answers', async () => {
  const { send } = await serveBehind(() => ({ status: 204 }));
  expect(await send('POST', '/echo')).toMatchObject({ status: 405, headers: { 'x-kept': 'middleware' } });
  expect(await send('GET', '/elsewhere')).toMatchObject({
    text: 'the next middleware',
    headers: { 'x-kept': 'middleware' },
  });
});
