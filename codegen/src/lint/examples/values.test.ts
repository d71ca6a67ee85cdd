import { expect, test } from 'vitest';
import { decode } from './values.ts';

test.each<[text: string, mediaType: string, decoded: unknown]>([
  ['{"a":1}', 'application/json', { value: { a: 1 } }],
  ['{"a":1}', 'application/problem+json; charset=utf-8', { value: { a: 1 } }],
  ['{"a":1}\n\n{"a":2}\n', 'application/jsonl', { value: [{ a: 1 }, { a: 2 }] }],
  ['\u001e{"a":1}\n\u001e2\n', 'application/json-seq', { value: [{ a: 1 }, 2] }],
  ['a,b', 'text/csv', undefined],
  [
    'id: 1\nevent: step\ndata: a\ndata: b\n\nretry: 5\ndata: c\n\n: ping\n\ndata: last',
    'text/event-stream',
    { value: [{ id: '1', event: 'step', data: 'a\nb' }, { retry: 5, data: 'c' }, { data: 'last' }] },
  ],
  ['data: a\r\n\r\ndata: b\r\n\r\n', 'text/event-stream', { value: [{ data: 'a' }, { data: 'b' }] }],
])('%j as %s', (text, mediaType, decoded) => {
  expect(decode(text, mediaType)).toEqual(decoded);
});

test('text that is no JSON is told', () => {
  expect(decode('{', 'application/json')).toEqual({ fault: expect.stringContaining('is no JSON') });
});
