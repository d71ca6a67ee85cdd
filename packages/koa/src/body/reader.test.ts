import { expect, test } from 'vitest';
import { serve } from '../testing/serve.ts';

test.each([
  ['application/json; charset=utf-8', Buffer.from('{"title":"\u00fc\u{1f600}\ufffd"}')],
  ['application/json;charset=UTF8', Buffer.from('{"title":"\u00fc\u{1f600}\ufffd"}')],
  ['application/json; charset="utf-8"; v=1', Buffer.from('\ufeff{"title":"\u00fc\u{1f600}\ufffd"}')],
  ['application/json', Buffer.from('{"title":"\\u00fc\\ud83d\\ude00\\ufffd"}')],
])('a body is read as UTF-8: %s', async (type, body) => {
  const { send } = await serve();
  const answer = await send('POST', '/api/notes', { headers: { 'content-type': type }, body });
  expect(JSON.parse(answer.text)).toEqual({ id: 'n1', title: '\u00fc\u{1f600}\ufffd' });
});

test('a body may speak of prototypes', async () => {
  const { send } = await serve();
  const body = JSON.stringify({ title: 'a "__proto__" in a text' });
  expect(
    (await send('POST', '/api/notes', { headers: { 'content-type': 'application/json' }, body })).status,
  ).toBe(201);
});
