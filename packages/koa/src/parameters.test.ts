import type { Parameter } from '@flowwire/contract';
import { describe, expect, test } from 'vitest';
import { readParameter } from './parameters.ts';
import { serveEcho } from './testing/echo.ts';
import { object as objectOf, string } from './testing/notes.ts';

const parameter = (more: Partial<Parameter>): Parameter => ({
  name: 'p',
  in: 'query',
  required: false,
  style: 'form',
  explode: true,
  type: 'string',
  ...more,
});

test.each<[string, Partial<Parameter>, string | string[], unknown]>([
  ['an integer', { type: 'integer' }, '-7', -7],
  ['an integer that is none', { type: 'integer' }, '7.5', '7.5'],
  ['an integer with a space', { type: 'integer' }, ' 7', ' 7'],
  ['an integer without digits', { type: 'integer' }, '', ''],
  ['a hexadecimal integer', { type: 'integer' }, '0x10', '0x10'],
  ['a number', { type: 'number' }, '1.5e3', 1500],
  ['a number that is none', { type: 'number' }, 'NaN', 'NaN'],
  ['a boolean', { type: 'boolean' }, 'false', false],
  ['a boolean that is none', { type: 'boolean' }, '1', '1'],
  ['a text that looks like a number', {}, '007', '007'],
  ['a scalar that was repeated', { type: 'integer' }, ['1', '2'], ['1', '2']],
  ['a list of one', { type: 'array' }, 'a,b', ['a,b']],
  ['a repeated list', { type: 'array', items: 'integer' }, ['1', 'x'], [1, 'x']],
  ['a list with commas', { type: 'array', explode: false, items: 'integer' }, '1,2', [1, 2]],
  ['an empty list', { type: 'array', explode: false }, '', []],
  ['a list with bars', { type: 'array', explode: false, style: 'pipeDelimited' }, 'a|b', ['a', 'b']],
  ['a list with spaces', { type: 'array', explode: false, style: 'spaceDelimited' }, 'a b', ['a', 'b']],
  [
    'a list in a header',
    { in: 'header', style: 'simple', type: 'array', explode: false },
    'a, b',
    ['a', 'b'],
  ],
  [
    'a list in a path',
    { in: 'path', style: 'simple', type: 'array', items: 'boolean' },
    'true,x',
    [true, 'x'],
  ],
])('reads %s', (_name, given, text, want) => {
  expect(readParameter(parameter(given), text)).toEqual(want);
});

describe('over the wire', () => {
  type Place = 'path' | 'query' | 'headers' | 'cookies';
  const object = { type: 'object', properties: { n: 'integer', list: 'array' } } as const;
  const list = { type: 'array', items: 'string' } as const;

  test.each<[name: string, place: Place, Partial<Parameter>, sent: string, want: unknown]>([
    ['a label', 'path', { style: 'label' }, '.a.b', 'a.b'],
    ['a list of labels', 'path', { style: 'label', ...list }, '.a.b%2Ec', ['a', 'b.c']],
    ['labels in one', 'path', { style: 'label', explode: false, ...list }, '.a,b%2Cc', ['a', 'b,c']],
    ['labelled members', 'path', { style: 'label', ...object }, '.n=1.x=y', { n: 1, x: 'y' }],
    ['a matrix', 'path', { style: 'matrix', type: 'integer' }, ';p=7', 7],
    ['a matrix without text', 'path', { style: 'matrix' }, ';p', ''],
    ['a matrix list', 'path', { style: 'matrix', ...list }, ';p=a;p=b%3Bc', ['a', 'b;c']],
    ['a matrix in one', 'path', { style: 'matrix', explode: false, ...list }, ';p=a,b', ['a', 'b']],
    ['matrix members', 'path', { style: 'matrix', ...object }, ';n=1;x=y', { n: 1, x: 'y' }],
    [
      'joined members',
      'path',
      { style: 'simple', explode: false, ...object },
      'n,1,x,y%2Cz',
      { n: 1, x: 'y,z' },
    ],
    ['members', 'path', { style: 'simple', ...object }, 'n=1,x=a%3Db', { n: 1, x: 'a=b' }],
    ['a list with commas in it', 'path', { style: 'simple', ...list }, 'a,b%2Cc', ['a', 'b,c']],
    ['JSON in a path', 'path', { contentType: 'application/json', ...object }, '%7B%22a%22%3A1%7D', { a: 1 }],
    ['a list in one text', 'query', { explode: false, ...list }, 'p=a,b%2Cc+d', ['a', 'b,c d']],
    [
      'a list between spaces',
      'query',
      { explode: false, style: 'spaceDelimited', ...list },
      'p=a%20b+c',
      ['a', 'b', 'c'],
    ],
    [
      'a list between bars',
      'query',
      { explode: false, style: 'pipeDelimited', ...list },
      'p=a|b%7Cc',
      ['a', 'b|c'],
    ],
    [
      'a list between escaped bars',
      'query',
      { explode: false, style: 'pipeDelimited', ...list },
      'p=a%7Cb',
      ['a', 'b'],
    ],
    ['members side by side', 'query', object, 'n=1&x=y&other=1', { n: 1, x: 'y' }],
    ['members in one text', 'query', { explode: false, ...object }, 'p=n,1,x,y', { n: 1, x: 'y' }],
    [
      'members between bars',
      'query',
      { explode: false, style: 'pipeDelimited', ...object },
      'p=n|1|x|y',
      { n: 1, x: 'y' },
    ],
    [
      'a deep object',
      'query',
      { style: 'deepObject', ...object },
      'p[n]=1&p[a%5Bb]=c&p[list]=x&q[n]=2',
      { n: 1, 'a[b': 'c', list: ['x'] },
    ],
    [
      'a deep object, escaped',
      'query',
      { style: 'deepObject', ...object },
      'p%5Bn%5D=1&p%5Blist%5D%5B%5D=a&p%5Blist%5D%5B%5D=b',
      { n: 1, list: ['a', 'b'] },
    ],
    [
      'JSON in a query',
      'query',
      { contentType: 'application/json', ...object },
      'p=%7B%22a%22%3A%5B1%5D%7D',
      { a: [1] },
    ],
    ['text with a media type', 'query', { contentType: 'text/plain' }, 'p=%7B', '{'],
    ['reserved characters', 'query', { allowReserved: true }, "p=a/b?c:d@e!$'()*,;=", "a/b?c:d@e!$'()*,;="],
    ['members in a header', 'headers', { style: 'simple', ...object }, 'n=1, x=y', { n: 1, x: 'y' }],
    [
      'joined members in a header',
      'headers',
      { style: 'simple', explode: false, ...object },
      'n, 1, x, y',
      { n: 1, x: 'y' },
    ],
    [
      'JSON in a header',
      'headers',
      { contentType: 'application/json', ...object },
      '{"a":"\\u00fc"}',
      { a: '\u00fc' },
    ],
    ['an escaped cookie', 'cookies', {}, 'p=a%3Bb; q=1', 'a;b'],
    ['a cookie as it is', 'cookies', { style: 'cookie' }, 'p=a%3Bb', 'a%3Bb'],
    ['a list of cookies', 'cookies', { ...list }, 'p=a; q=1; p=b%2C', ['a', 'b,']],
    ['a list in one cookie', 'cookies', { explode: false, ...list }, 'p=a,b%2Cc', ['a', 'b,c']],
    [
      'members as cookies',
      'cookies',
      { style: 'cookie', ...object },
      'n=1; other=2; x=%41',
      { n: 1, x: '%41' },
    ],
    [
      'JSON in a cookie',
      'cookies',
      { contentType: 'application/json', ...object },
      'p=%7B%22a%22%3A1%7D',
      { a: 1 },
    ],
  ])('%s', async (_name, place, given, sent, want) => {
    const { value, status } = await exchange(place, given, sent);
    expect(status).toBe(200);
    expect(value).toEqual(want);
  });

  test.each<[name: string, place: Place, Partial<Parameter>, sent: string, message: string]>([
    ['a label without its dot', 'path', { style: 'label' }, 'a', 'must be string in the style label'],
    ['a matrix of another name', 'path', { style: 'matrix' }, ';q=1', 'must be string in the style matrix'],
    [
      'a matrix that comes twice',
      'path',
      { style: 'matrix' },
      ';p=1;p=2',
      'must be string in the style matrix',
    ],
    [
      'members without texts',
      'query',
      { explode: false, ...object },
      'p=n,1,x',
      'must be object in the style form',
    ],
    [
      'members without names',
      'path',
      { style: 'simple', ...object },
      'n',
      'must be object in the style simple',
    ],
    [
      'a prototype',
      'query',
      { style: 'deepObject', ...object },
      'p[__proto__]=1',
      'has a field that is not allowed: "__proto__"',
    ],
    [
      'a prototype in JSON',
      'query',
      { contentType: 'application/json' },
      'p={"__proto__":1}',
      'has a field that is not allowed: "__proto__"',
    ],
    [
      'JSON that breaks',
      'headers',
      { contentType: 'application/json' },
      '{"a":}',
      'is not JSON: it breaks at line 1, column 6',
    ],
    ['JSON that comes twice', 'query', { contentType: 'application/json' }, 'p=1&p=2', 'must come once'],
  ])('refuses %s', async (_name, place, given, sent, message) => {
    const { body, status } = await exchange(place, given, sent);
    expect(status).toBe(400);
    const where = { path: 'path', query: 'query', headers: 'header', cookies: 'cookie' }[place];
    expect(body.fields).toMatchObject([{ in: where, pointer: '/p', message }]);
  });

  /** Sends a parameter `p` beside another one, and what the handler got of it. */
  async function exchange(place: Place, given: Partial<Parameter>, sent: string) {
    const where = { path: 'path', query: 'query', headers: 'header', cookies: 'cookie' } as const;
    const declared = parameter({ in: where[place], ...given });
    const other = parameter({ name: 'other', in: where[place] });
    const { send, seen } = await serveEcho({
      operation: {
        method: 'GET',
        path: place === 'path' ? '/echo/{p}' : '/echo',
        parameters: place === 'path' ? [declared] : [declared, other],
      },
    });
    const path = { path: `/echo/${sent}`, query: `/echo?${sent}`, headers: '/echo', cookies: '/echo' };
    const name = { path: 'x', query: 'x', headers: 'p', cookies: 'cookie' };
    const answer = await send('GET', path[place], { headers: { [name[place]]: sent } });
    return { status: answer.status, body: JSON.parse(answer.text), value: seen[0]?.[place].p };
  }

  test('an object side by side with others leaves them and the key alone', async () => {
    const { send, seen } = await serveEcho({
      schemes: { key: { type: 'apiKey', in: 'query', name: 'key' } },
      operation: {
        method: 'GET',
        security: [{ key: [] }],
        parameters: [
          parameter({ name: 'filter', type: 'object' }),
          parameter({ name: 'page', type: 'object', properties: { limit: 'integer' } }),
          parameter({ name: 'q' }),
        ],
      },
    });
    expect((await send('GET', '/echo?key=writer&limit=5&q=x&free=1')).status).toBe(200);
    expect(seen[0]?.query).toEqual({ filter: { free: '1' }, page: { limit: 5 }, q: 'x' });
  });

  test('parameters of a path are found under its aliases too', async () => {
    const { send, seen } = await serveEcho({
      operation: {
        method: 'GET',
        path: '/echo/{a}/{b}',
        aliases: ['/other/{b}/x/{a}'],
        parameters: [
          parameter({ name: 'a', in: 'path', style: 'simple', ...list }),
          parameter({ name: 'b', in: 'path', style: 'matrix' }),
        ],
      },
    });
    await send('GET', '/echo/1,2/;b=3');
    await send('GET', '/other/;b=3/x/1,2');
    expect(seen.map(({ path }) => path)).toEqual([
      { a: ['1', '2'], b: '3' },
      { a: ['1', '2'], b: '3' },
    ]);
  });
});

describe('the whole query as one parameter', () => {
  const whole = (more: Partial<Parameter>) => ({
    operation: {
      method: 'GET',
      parameters: [parameter({ in: 'querystring', required: true, type: 'object', ...more })],
    },
    inputs: { querystring: objectOf({}, { a: string, n: () => undefined }) },
  });

  test('is read as a form', async () => {
    const { send, seen } = await serveEcho(
      whole({ contentType: 'application/x-www-form-urlencoded', properties: { n: 'integer' } }),
    );
    expect((await send('GET', '/echo?a=x%2By+z&n=7')).status).toBe(200);
    expect(seen[0]?.querystring).toEqual({ a: 'x+y z', n: 7 });
  });

  test('is read as JSON', async () => {
    const { send, seen } = await serveEcho(whole({ contentType: 'application/json' }));
    expect((await send('GET', '/echo?%7B%22a%22%3A%22x+y%22%7D')).status).toBe(200);
    expect(seen[0]?.querystring).toEqual({ a: 'x+y' });
  });

  test.each([
    ['/echo', '', 'is required'],
    ['/echo?%7B', '', 'is not JSON: it ends too early, at line 1, column 2'],
    ['/echo?%7B%22a%22%3A1%7D', '/a', 'must be string'],
  ])('is refused in %s', async (path, pointer, message) => {
    const { send } = await serveEcho(whole({ contentType: 'application/json' }));
    const answer = await send('GET', path);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).fields).toMatchObject([{ in: 'query', pointer, message }]);
  });
});
