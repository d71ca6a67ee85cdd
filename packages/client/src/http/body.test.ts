import type { BodyFormat, PartFormat } from '@flowwire/contract';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiError } from '../errors.ts';
import type { OperationInput } from '../options.ts';
import { createOne } from '../testing/one-operation.ts';
import { drop, type Reply, startServer, status } from '../testing/server.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function serve(content: readonly BodyFormat[], replies: Reply[] = [status(204)], method = 'POST') {
  const server = await startServer(...replies);
  open.push(server);
  const operation = { method, body: { required: true, content } };
  return { server, client: createOne({ operation }, { baseUrl: server.url }) };
}

/** What comes over the wire for an input: the body and its media type. */
async function sent(content: readonly BodyFormat[], input: OperationInput) {
  const { server, client } = await serve(content);
  await client.op(input);
  const [request] = server.requests;
  return { type: request?.headers['content-type'], text: request?.body, headers: request?.headers };
}

const json = (mediaType = 'application/json'): BodyFormat => ({ mediaType, kind: 'json' });
const text: BodyFormat = { mediaType: 'text/csv', kind: 'text' };
const image: BodyFormat = { mediaType: 'image/*', kind: 'binary' };
const bytes: BodyFormat = { mediaType: 'application/octet-stream', kind: 'binary' };
const any: BodyFormat = { mediaType: '*/*', kind: 'binary' };

const parts: Readonly<Record<string, PartFormat>> = {
  title: { kind: 'text' },
  list: { kind: 'text', repeated: true },
  meta: { kind: 'json' },
  metas: { kind: 'json', repeated: true, contentType: 'application/hal+json' },
  note: { kind: 'text', contentType: 'text/markdown' },
  file: { kind: 'binary' },
  icon: { kind: 'binary', contentType: 'image/png' },
};
const form: BodyFormat = { mediaType: 'application/x-www-form-urlencoded', kind: 'form', parts };
const multipart: BodyFormat = { mediaType: 'multipart/form-data', kind: 'multipart', parts };

describe('a body is written', () => {
  const png = new Blob(['png'], { type: 'image/png' });
  const utf8 = new TextEncoder().encode('ä');

  test.each<[name: string, BodyFormat[], OperationInput, type: string, text: string]>([
    ['as JSON', [json()], { body: { a: [1, null] } }, 'application/json', '{"a":[1,null]}'],
    ['as null', [json()], { body: null }, 'application/json', 'null'],
    [
      'as JSON of another name',
      [json('application/merge-patch+json')],
      { body: {} },
      'application/merge-patch+json',
      '{}',
    ],
    ['as JSON of any name', [json('*/*')], { body: {} }, 'application/json', '{}'],
    ['as text', [text], { body: 'ä,b' }, 'text/csv', 'ä,b'],
    ['as empty text', [text], { body: '' }, 'text/csv', ''],
    ['as the Blob that it is', [image], { body: png }, 'image/png', 'png'],
    ['as the Blob that the document says', [bytes], { body: png }, 'application/octet-stream', 'png'],
    [
      'as the Blob that the input says',
      [image],
      { body: new Blob(['x']), contentType: 'image/gif' },
      'image/gif',
      'x',
    ],
    ['as bytes', [any], { body: utf8 }, 'application/octet-stream', 'ä'],
    ['as a buffer', [bytes], { body: utf8.buffer }, 'application/octet-stream', 'ä'],
    [
      'as a stream',
      [bytes],
      { body: new Blob(['x'.repeat(100_000)]).stream() },
      'application/octet-stream',
      'x'.repeat(100_000),
    ],
    ['in the first media type', [text, json()], { body: 'x' }, 'text/csv', 'x'],
    [
      'in the named media type',
      [text, json()],
      { body: 'x', contentType: 'application/json' },
      'application/json',
      '"x"',
    ],
    [
      'in the named range',
      [json(), any, image],
      { body: png, contentType: 'image/webp' },
      'image/webp',
      'png',
    ],
    [
      'with the named parameters',
      [text],
      { body: 'x', contentType: 'text/csv; header=absent' },
      'text/csv; header=absent',
      'x',
    ],
  ])('%s', async (_name, content, input, type, want) => {
    expect(await sent(content, input)).toMatchObject({ type, text: want });
  });

  test('as a form', async () => {
    const { type, text } = await sent([form], {
      body: {
        title: 'a b&=ü',
        list: ['x', 'y'],
        meta: { a: 1 },
        other: [1, true],
        gone: undefined,
        none: null,
      },
    });
    expect(type).toBe('application/x-www-form-urlencoded');
    expect(text).toBe('title=a+b%26%3D%C3%BC&list=x&list=y&meta=%7B%22a%22%3A1%7D&other=1&other=true');
  });

  test('as the parts of a multipart body', async () => {
    const { type, text } = await sent([multipart], {
      body: {
        title: 'a\r\nb',
        list: [1, 2],
        meta: [null],
        metas: [{ a: 1 }, 'x'],
        note: '# ü',
        file: new File(['f'], 'ä"\r\n.txt', { type: 'text/plain' }),
        icon: utf8,
        'na"me': { deep: true },
        gone: undefined,
        none: null,
      },
    });
    const [, boundary = ''] = /^multipart\/form-data; boundary=([0-9a-f]{32})$/.exec(type ?? '') ?? [];
    const part = (name: string, more: string, body: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${body}\r\n`;
    expect(text).toBe(
      [
        part('title', '', 'a\r\nb'),
        part('list', '', '1'),
        part('list', '', '2'),
        part('meta', '\r\nContent-Type: application/json', '[null]'),
        part('metas', '\r\nContent-Type: application/hal+json', '{"a":1}'),
        part('metas', '\r\nContent-Type: application/hal+json', '"x"'),
        part('note', '\r\nContent-Type: text/markdown', '# ü'),
        part('file', '; filename="ä%22%0D%0A.txt"\r\nContent-Type: text/plain', 'f'),
        part('icon', '; filename="blob"\r\nContent-Type: image/png', 'ä'),
        part('na%22me', '\r\nContent-Type: application/json', '{"deep":true}'),
        `--${boundary}--\r\n`,
      ].join(''),
    );
  });

  test('as parts that FormData reads as well', async () => {
    const { type = '', text } = await sent([multipart], {
      body: { title: 'a', 'na"me': 'ü', file: new File(['f'], 'ä".txt', { type: 'text/plain' }) },
    });
    const data = await new Response(text ?? '', { headers: { 'content-type': type } }).formData();
    expect([data.get('title'), data.get('na"me')]).toEqual(['a', 'ü']);
    const file = data.get('file');
    expect(file instanceof File && [file.name, file.type, await file.text()]).toEqual([
      'ä".txt',
      'text/plain',
      'f',
    ]);
  });

  test('in a multipart media type other than form-data', async () => {
    const { type } = await sent([{ ...multipart, mediaType: 'multipart/related' }], { body: { title: 'a' } });
    expect(type).toMatch(/^multipart\/related; boundary=/);
  });
});

describe('a body is not sent', () => {
  test.each<[name: string, BodyFormat[], OperationInput, message: string]>([
    ['where none is documented', [], { body: {} }, 'op: it takes no body, not a body'],
    [
      'in another media type',
      [json(), text],
      { body: {}, contentType: 'text/html' },
      'op: it takes application/json or text/csv, not text/html',
    ],
    ['as text that is none', [text], { body: 1 }, 'op: the body cannot be written as text/csv'],
    [
      'as bytes that are none',
      [bytes],
      { body: 'x' },
      'op: the body cannot be written as application/octet-stream',
    ],
    [
      'without the media type of a range',
      [image],
      { body: new Blob(['x']) },
      'op: the body needs a contentType of image/*',
    ],
    [
      'in another range',
      [image],
      { body: new Blob(['x'], { type: 'text/plain' }) },
      'op: the body needs a contentType of image/*',
    ],
    [
      'as a part that is no file',
      [multipart],
      { body: { icon: 'x' } },
      'field icon: it must be a Blob or bytes',
    ],
    [
      'as a part that has no JSON',
      [multipart],
      { body: { meta: 1n } },
      'field meta cannot be written as JSON',
    ],
    [
      'as a file in a form',
      [form],
      { body: { file: new Blob(['x']) } },
      'field file: this form cannot carry a file',
    ],
  ])('%s', async (_name, content, input, message) => {
    const { server, client } = await serve(content);
    await expect(client.op(input)).rejects.toThrow(new TypeError(message));
    expect(server.requests).toHaveLength(0);
  });

  test.each([
    ['GET', 'op: fetch sends no body with GET'],
    ['TRACE', 'op: fetch sends no TRACE'],
  ])('with %s', async (method, message) => {
    const { server, client } = await serve([json()], [status(204)], method);
    await expect(client.op({ body: {} })).rejects.toThrow(new TypeError(message));
    expect(server.requests).toHaveLength(0);
  });
});

describe('a request with a body that is sent again', () => {
  test('has the same body: QUERY is safe', async () => {
    const { server, client } = await serve([multipart], [drop, status(503), status(204)], 'QUERY');
    await client.op({ body: { title: 'a', file: new Blob(['f']) } });
    const bodies = server.requests.map(({ body }) => body);
    expect(bodies).toHaveLength(3);
    expect(bodies[2]).toContain('\r\n\r\nf\r\n--');
    expect(new Set(bodies).size).toBe(1);
  });

  test('is not one whose body is a stream, which is gone', async () => {
    const { server, client } = await serve([bytes], [status(503), status(204)], 'QUERY');
    const error = await client.op({ body: new Blob(['x']).stream() }).catch((reason) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(server.requests).toHaveLength(1);
  });
});
