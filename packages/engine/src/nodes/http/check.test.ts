import { expect, test } from 'vitest';
import type { HttpNode } from '../../definition/types.ts';
import { http } from './http.ts';

const check = (fields: Partial<HttpNode>) => {
  const node: HttpNode = { id: 'call', type: 'http', method: 'POST', url: 'https://api.test/', ...fields };
  return [...(http.check?.(node, '/nodes/0', { name: 'd', nodes: [node], edges: [] }) ?? [])];
};

test.each<[Partial<HttpNode>]>([
  [{}],
  [{ url: '{{ start.url }}' }],
  [{ url: 'HTTPS://{{ start.host }}/x' }],
  [{ url: '{{ start.host }}:8080/x' }],
  [
    {
      headers: { 'X-A': '{{ start.text }}' },
      auth: { type: 'api_key', name: 'k ü', value: '', in: 'query' },
    },
  ],
  [{ body: { type: 'form', content: '{{ start.fields }}' } }],
  [{ body: { type: 'multipart', content: { a: ['b'] } } }],
  [{ body: { type: 'binary', content: 'aGk={{ start.more }}' } }],
  [{ body: { type: 'binary', content: 'aGk=' } }],
])('%j is fine', (fields) => {
  expect(check(fields)).toEqual([]);
});

const key = { type: 'api_key', value: '' } as const;
test.each<[Partial<HttpNode>, string, string]>([
  [{ url: '/path' }, '/url', 'no absolute URL'],
  [{ url: 'ftp://x' }, '/url', 'not ftp:'],
  [{ url: 'file:///{{ start.path }}' }, '/url', 'not file:'],
  [{ url: 'https://a:b@c.test' }, '/url', 'credentials'],
  [{ headers: { Host: 'x' } }, '/headers/Host', 'the header Host belongs to the connection'],
  [{ headers: { 'a/b': 'x' } }, '/headers/a~1b', 'no name for a header'],
  [{ headers: { a: 'b\n{{ start.text }}' } }, '/headers/a', 'line break'],
  [{ headers: { 'X-A': '1', 'x-a': '2' } }, '/headers/x-a', 'twice'],
  [{ auth: { type: 'basic', username: 'a:{{ start.text }}', password: '' } }, '/auth/username', 'colon'],
  [{ auth: { ...key, name: 'a b' } }, '/auth/name', 'no name for a header'],
  [{ auth: { ...key, name: 'Cookie;', in: 'cookie' } }, '/auth/name', 'no name for a cookie'],
  [{ auth: { type: 'bearer', token: '' }, headers: { Authorization: 'x' } }, '/auth', 'not both'],
  [{ method: 'TRACE', body: { type: 'text', content: '' } }, '/body', 'TRACE'],
  [{ body: { type: 'form', content: 'a=b' } }, '/body/content', 'must be an object'],
  [{ body: { type: 'form', content: 'a={{ start.b }}' } }, '/body/content', 'must be an object'],
  [{ body: { type: 'multipart', content: [] } }, '/body/content', 'must be an object'],
  [{ body: { type: 'form', content: {}, content_type: 'x/y' } }, '/body/content_type', 'cannot be set'],
  [{ headers: { 'Content-Type': 'x/y' }, body: { type: 'multipart', content: {} } }, '/headers', 'boundary'],
  [{ body: { type: 'binary', content: 'hi!' } }, '/body/content', 'base64'],
  [{ body: { type: 'binary', content: {} } }, '/body/content', 'base64'],
])('%j is refused at %s', (fields, pointer, words) => {
  expect(check(fields)).toEqual([
    {
      code: 'invalid_node',
      message: expect.stringContaining(words),
      pointer: `/nodes/0${pointer}`,
      nodeId: 'call',
    },
  ]);
});
