import type { Operation, Parameter } from '@flowwire/contract';
import { expect, test } from 'vitest';
import { buildUrl } from './serialize.ts';
import { writeCookies, writeHeader, writeQuery } from './styles.ts';

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
  ['path', 'simple', true, list, '/a/x,y%20z'],
  ['path', 'simple', false, object, '/a/a,x,b,%26'],
  ['path', 'label', false, list, '/a/.x,y%20z'],
  ['path', 'label', true, ['x.y', 'z'], '/a/.x%2Ey.z'],
  ['path', 'label', false, object, '/a/.a,x,b,%26'],
  ['path', 'label', true, object, '/a/.a=x.b=%26'],
  ['path', 'matrix', false, list, '/a/;p=x,y%20z'],
  ['path', 'matrix', true, list, '/a/;p=x;p=y%20z'],
  ['path', 'matrix', false, object, '/a/;p=a,x,b,%26'],
  ['path', 'matrix', true, object, '/a/;a=x;b=%26'],
  ['path', 'simple', false, '$&{p}', '/a/%24%26%7Bp%7D'],
  ['query', 'spaceDelimited', false, object, '/a?p=a%20x%20b%20%26'],
  ['query', 'pipeDelimited', false, object, '/a?p=a|x|b|%26'],
  ['query', 'deepObject', false, { 'a&': ['x', 1], none: null, gone: undefined }, '/a?p[a%26]=x&p[a%26]=1'],
  ['query', 'form', true, { a: [1, 2] }, '/a?a=1&a=2'],
  ['query', 'form', true, {}, '/a'],
  ['query', 'form', false, {}, '/a'],
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

const parameter: Parameter = {
  name: 'p',
  in: 'query',
  required: false,
  style: 'form',
  explode: true,
  type: 'string',
};

test.each<[Partial<Parameter>, unknown, string]>([
  [{}, 'a/b?c:d@e', 'p=a%2Fb%3Fc%3Ad%40e'],
  [{}, "!*'()$,;=", "p=!*'()%24%2C%3B%3D"],
  [{}, '&#+[] %', 'p=%26%23%2B%5B%5D%20%25'],
  [{ explode: false }, ['a,b', 'c'], 'p=a%2Cb,c'],
  [{ name: 'p=&' }, 'x=', 'p%3D%26=x%3D'],
])(
  'reserved characters are written as they are where the document says so: %j %j',
  (more, value, escaped) => {
    expect(writeQuery({ ...parameter, ...more }, value)).toBe(escaped);
    const raw = writeQuery({ ...parameter, ...more, allowReserved: true }, value);
    expect(new URLSearchParams(raw)).toEqual(new URLSearchParams(escaped));
    expect(raw).not.toMatch(/[#[\]+ ]/);
  },
);

test('with reserved characters only those are escaped that mean something else', () => {
  const write = (value: unknown, explode = true) =>
    writeQuery({ ...parameter, explode, allowReserved: true }, value);
  expect(write("a/b?c:d@e!$'()*,;=&#+[]%")).toBe("p=a/b?c:d@e!$'()*,;=%26%23%2B%5B%5D%25");
  expect(write(['a,b', 'c'])).toBe('p=a,b&p=c');
  expect(write(['a,b', 'c'], false)).toBe('p=a%2Cb,c');
  expect(write({ 'a=b': 'c=d' })).toBe('a%3Db=c=d');
});

test.each<[Partial<Parameter>, unknown, string]>([
  [{ contentType: 'application/json' }, { a: ['&'] }, 'p=%7B%22a%22%3A%5B%22%26%22%5D%7D'],
  [{ contentType: 'text/plain' }, 'a&b', 'p=a%26b'],
  [{ contentType: 'application/json' }, undefined, ''],
  [{ contentType: 'application/json' }, null, 'p=null'],
])('a parameter with content is one value: %j %j', (more, value, want) => {
  expect(writeQuery({ ...parameter, ...more }, value)).toBe(want);
});

test.each<[string, unknown, string]>([
  ['application/json', { a: 'x y' }, '?%7B%22a%22%3A%22x%20y%22%7D'],
  ['application/x-www-form-urlencoded', { a: 'x y', list: [1, 2] }, '?a=x%20y&list=1&list=2'],
  ['text/plain', 'a&b', '?a%26b'],
  ['application/json', undefined, ''],
])('the whole query is one parameter of %s: %j', (contentType, value, want) => {
  const operation = operationWith({ in: 'querystring', style: 'form', explode: true });
  const whole: Parameter = { ...parameter, in: 'querystring', type: 'object', contentType };
  expect(buildUrl('https://x', { ...operation, parameters: [whole] }, {}, {}, value)).toBe(
    `https://x/a${want}`,
  );
});

test.each<[Partial<Parameter>, unknown, string]>([
  [{}, 'a b', 'a b'],
  [{}, ['a', 1, true], 'a,1,true'],
  [{}, { a: 1, b: 'x' }, 'a,1,b,x'],
  [{ explode: true }, { a: 1, b: 'x' }, 'a=1,b=x'],
  [{ contentType: 'application/json' }, { a: '\u00fc\n\u{1f600}' }, '{"a":"\\u00fc\\n\\ud83d\\ude00"}'],
])('a header is written as %j: %j', (more, value, want) => {
  expect(writeHeader({ ...parameter, in: 'header', style: 'simple', explode: false, ...more }, value)).toBe(
    want,
  );
});

test.each<[Partial<Parameter>, unknown, string[]]>([
  [{}, 'a;b', ['p=a%3Bb']],
  [{ style: 'cookie' }, 'a%3B b', ['p=a%3B b']],
  [{}, ['a', 'b,'], ['p=a', 'p=b%2C']],
  [{ explode: false }, ['a', 'b,'], ['p=a,b%2C']],
  [{}, { a: 1, b: '=' }, ['a=1', 'b=%3D']],
  [{ explode: false }, { a: 1, b: 2 }, ['p=a,1,b,2']],
  [{ contentType: 'application/json' }, [';'], ['p=%5B%22%3B%22%5D']],
])('cookies are written as %j: %j', (more, value, want) => {
  expect(writeCookies({ ...parameter, in: 'cookie', ...more }, value)).toEqual(want);
});

test.each<[string, () => unknown, string]>([
  ['a list in a list', () => writeQuery(parameter, [['a']]), 'parameter p: OpenAPI does not say how'],
  ['an object in an object', () => writeQuery(parameter, { a: {} }), 'parameter p: OpenAPI does not say how'],
  [
    'a list in one text',
    () => writeQuery({ ...parameter, explode: false }, { a: [1] }),
    'parameter p: OpenAPI does not say how',
  ],
  [
    'half a character',
    () => writeQuery(parameter, '\ud800'),
    'a text with half of a surrogate pair cannot be sent',
  ],
  [
    'what has no JSON',
    () => writeQuery({ ...parameter, contentType: 'application/json' }, 1n),
    'parameter p cannot be written as JSON',
  ],
  [
    'a cookie in a cookie',
    () => writeCookies({ ...parameter, style: 'cookie' }, 'a; b=c'),
    'parameter p: a cookie cannot hold a semicolon',
  ],
])('%s cannot be sent', (_name, write, message) => {
  expect(write).toThrow(TypeError);
  expect(write).toThrow(message);
});

test.each([[['.']], [['', '']], [[]], [undefined], [null]])(
  'a label that would change the path cannot be sent: %j',
  (value) => {
    const operation = operationWith({ in: 'path', style: 'label', explode: true });
    expect(() => buildUrl('https://x', operation, { p: value }, {})).toThrow(
      'op: path parameter p cannot be',
    );
  },
);
