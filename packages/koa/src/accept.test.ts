import { expect, test } from 'vitest';
import { serve } from './testing/serve.ts';

const asking = (accept: string) => ({ headers: { 'content-type': 'application/json', accept } });

test.each([
  ['text/event-stream', '{"mode":"stream"}'],
  ['application/json', '{"mode":"single"}'],
  ['application/json;q=0.1, text/*', '{"mode":"stream"}'],
  ['*/*', '{"mode":"stream"}'],
  // Which one comes is the default's matter then.
  ['text/event-stream', undefined],
  ['application/json', undefined],
])('Accept: %s lets a request pass whose body says %s', async (accept, body) => {
  const { send } = await serve();
  const answer = await send('POST', '/api/notes/1/ask', { ...asking(accept), ...(body && { body }) });
  expect(answer.status).toBe(200);
});

test('Accept is judged before the handler is called', async () => {
  let calls = 0;
  const { send } = await serve({
    askNote: async () => {
      calls += 1;
      return { status: 200, body: { answer: '42' } };
    },
  });
  await send('POST', '/api/notes/1/ask', { ...asking('application/json'), body: '{"mode":"stream"}' });
  expect(calls).toBe(0);
});
