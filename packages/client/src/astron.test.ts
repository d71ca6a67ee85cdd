import { astron } from '@flowwire/contract/astron';
import { expect, test } from 'vitest';
import { createAstron } from './astron.ts';

const answering = (body: object) =>
  createAstron({
    baseUrl: 'http://localhost',
    auth: 'key',
    fetch: async () =>
      new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } }),
  });

const REFUSAL = { code: 1006, message: 'There is no such flow', sid: 'spf1' };
const chat = { body: { flow_id: 'wf_1', parameters: {} } };

test('every operation of the astron document has its method', () => {
  expect(Object.keys(answering({}))).toEqual(Object.keys(astron.operations));
});

test('a failure that is answered with 200 is an error with its code', async () => {
  await expect(answering(REFUSAL).getLayout({ body: { flow_id: 'wf_1' } })).rejects.toMatchObject({
    type: 'http',
    status: 200,
    code: 1006,
    body: REFUSAL,
    message: expect.stringContaining('There is no such flow'),
  });
});

test('a refusal before a stream begins is an error with its code, and is not tried again', async () => {
  const stream = answering(REFUSAL).createChatCompletion.stream(chat);
  await expect(stream.result()).rejects.toMatchObject({ type: 'http', status: 200, code: 1006 });
});

test('JSON that is no refusal is no stream', async () => {
  const stream = answering({ code: 0, message: 'success' }).createChatCompletion.stream(chat);
  await expect(stream.result()).rejects.toMatchObject({ type: 'protocol' });
});
