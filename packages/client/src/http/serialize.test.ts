import type { Operation, Parameter } from '@flowwire/contract';
import { expect, test } from 'vitest';
import { buildUrl } from './serialize.ts';

type Style = Pick<Parameter, 'in' | 'style' | 'explode'>;

const operationWith = (style: Style): Operation => ({
  operationId: 'op',
  method: 'GET',
  path: style.in === 'path' ? '/a/{p}' : '/a',
  parameters: [{ ...style, name: 'p', required: true, type: 'string' }],
  replies: {},
  security: [],
  resumable: false,
  idempotencyKey: false,
});

const list = ['x', 'y z'];
const object = { a: 'x', b: '&' };

/** The table of OpenAPI 3.2 section 4.12.6. */
test.each<[Style['in'], Style['style'], boolean, unknown, string]>([
  ['path', 'simple', false, 'a b', '/a/a%20b'],
  ['path', 'simple', false, list, '/a/x,y%20z'],
  ['path', 'simple', true, object, '/a/a=x,b=%26'],
  ['path', 'label', false, 'x', '/a/.x'],
  ['path', 'matrix', false, 'x', '/a/;p=x'],
  ['query', 'form', true, 'a b', '/a?p=a%20b'],
  ['query', 'form', true, 0, '/a?p=0'],
  ['query', 'form', true, false, '/a?p=false'],
  ['query', 'form', true, undefined, '/a'],
  ['query', 'form', true, [], '/a'],
  ['query', 'form', true, list, '/a?p=x&p=y%20z'],
  ['query', 'form', false, list, '/a?p=x,y%20z'],
  ['query', 'spaceDelimited', false, list, '/a?p=x%20y%20z'],
  ['query', 'pipeDelimited', false, list, '/a?p=x|y%20z'],
  ['query', 'form', true, object, '/a?a=x&b=%26'],
  ['query', 'form', false, object, '/a?p=a,x,b,%26'],
  ['query', 'deepObject', true, object, '/a?p[a]=x&p[b]=%26'],
])('%s %s, explode %j: %j', (place, style, explode, value, want) => {
  const values = { p: value };
  const operation = operationWith({ in: place, style, explode });
  const url = buildUrl(
    'https://x/',
    operation,
    place === 'path' ? values : {},
    place === 'query' ? values : {},
  );
  expect(url).toBe(`https://x${want}`);
});
