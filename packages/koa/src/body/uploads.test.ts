import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { BodyFormat, InputValidators, Operation, PartFormat } from '@flowwire/contract';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred } from '../testing/deferred.ts';
import { type Echo, type EchoRequest, serveEcho } from '../testing/echo.ts';
import { object, string } from '../testing/notes.ts';

const parts: Readonly<Record<string, PartFormat>> = {
  title: { kind: 'text' },
  count: { kind: 'text', type: 'integer' },
  tags: { kind: 'text', repeated: true },
  meta: { kind: 'json' },
  icon: { kind: 'binary', contentType: 'image/png' },
  files: { kind: 'binary', repeated: true },
};

const multipart: BodyFormat = { mediaType: 'multipart/form-data', kind: 'multipart', parts };

const taking = (...content: BodyFormat[]): Partial<Operation> => ({ body: { required: true, content } });

const blob = (value: unknown): Blob => {
  if (value instanceof Blob) return value;
  throw new Error('not a Blob', { cause: value });
};

/** What a Blob holds, and what it says of itself. */
const describeBlob = async (value: unknown) => {
  const { type, size } = blob(value);
  return { type, size, ...(value instanceof File && { name: value.name }), text: await blob(value).text() };
};

const serveUploads = async ({ operation = taking(multipart), options = {}, ...echo }: Echo = {}) => {
  const directory = mkdtempSync(join(tmpdir(), 'flowwire-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const uploads = { directory, ...options.uploads };
  const running = await serveEcho({ ...echo, operation, options: { ...options, uploads } });
  const post = (
    body: string | Buffer | Blob | FormData | URLSearchParams,
    headers: Record<string, string> = {},
  ) => fetch(`http://127.0.0.1:${running.port}/echo`, { method: 'POST', body, headers });
  return { ...running, directory, post };
};

const form = (...entries: [name: string, value: string | Blob, filename?: string][]): FormData => {
  const data = new FormData();
  for (const [name, value, filename] of entries) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, filename);
  }
  return data;
};

const bodyOf = (request: EchoRequest | undefined): Record<string, unknown> => Object(request?.body);

describe('a multipart body', () => {
  test('is read part by part, as the document says', async () => {
    const described: unknown[] = [];
    const { post, seen, errors } = await serveUploads({
      handler: async ({ body }) => {
        const { icon, files } = Object(body);
        for (const file of [icon, ...files]) described.push(await describeBlob(file));
        return { status: 200, body: {} };
      },
    });
    const answer = await post(
      form(
        ['title', 'a "title"\r\nin two lines'],
        ['count', '7'],
        ['tags', 'one'],
        ['meta', '{"a":[1]}'],
        ['icon', new Blob(['png'], { type: 'image/png' }), 'C:\\icons\\"i".png'],
        ['files', new Blob(['first'], { type: 'text/plain;charset=utf-8' }), '../ä.txt'],
        ['files', new Blob([]), 'empty'],
        ['extra', 'x'],
        ['extra', 'y'],
      ),
    );
    expect(answer.status).toBe(200);
    expect(bodyOf(seen[0])).toMatchObject({
      title: 'a "title"\r\nin two lines',
      count: 7,
      tags: ['one'],
      meta: { a: [1] },
      extra: ['x', 'y'],
    });
    expect(described).toEqual([
      { type: 'image/png', size: 3, name: '"i".png', text: 'png' },
      { type: 'text/plain;charset=utf-8', size: 5, name: 'ä.txt', text: 'first' },
      { type: 'application/octet-stream', size: 0, name: 'empty', text: '' },
    ]);
    expect(errors).toEqual([]);
  });

  test('may have files that do not fit into memory, which are gone after the answer', async () => {
    const size = 96 * 1024 * 1024;
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const during: unknown[] = [];
    const { port, directory, errors } = await serveUploads({
      handler: async ({ body }) => {
        const [folder = ''] = readdirSync(directory);
        const [file = ''] = readdirSync(join(directory, folder));
        const { files } = Object(body);
        during.push(
          statSync(join(directory, folder, file)).size,
          statSync(join(directory, folder)).mode & 0o77,
        );
        during.push(
          blob(files[0]).size,
          await blob(files[0])
            .slice(size - 2, size + 1)
            .text(),
        );
        return { status: 200, body: {} };
      },
    });
    let peak = 0;
    const before = process.memoryUsage().arrayBuffers;
    function* chunks() {
      yield '--b\r\nContent-Disposition: form-data; name="files"; filename="f"\r\n\r\n';
      for (let sent = 0; sent < size; sent += chunk.length) {
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
        yield chunk;
      }
      yield 'y\r\n--b--\r\n';
    }
    expect(await stream(port, chunks(), 'multipart/form-data; boundary=b')).toBe(200);
    expect(during).toEqual([size + 1, 0, size + 1, 'xxy']);
    // Far less is held; what was sent waits for the garbage collector.
    expect(peak).toBeLessThan(size * 0.7);
    await expect.poll(() => readdirSync(directory)).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('may be compressed', async () => {
    const { send, seen } = await serveUploads();
    const body = gzipSync('--b\r\nContent-Disposition: form-data; name=title\r\n\r\nx\r\n--b--');
    const headers = { 'content-type': 'multipart/form-data; boundary="b"', 'content-encoding': 'gzip' };
    expect((await send('POST', '/echo', { headers, body })).status).toBe(200);
    expect(bodyOf(seen[0])).toEqual({ title: 'x' });
  });

  test('may be empty', async () => {
    const { post, seen } = await serveUploads();
    expect((await post(new FormData())).status).toBe(200);
    expect(seen[0]?.body).toEqual({});
  });

  test('is kept until its file was sent back', async () => {
    const { post, directory } = await serveUploads({
      operation: {
        ...taking(multipart),
        replies: { '200': { content: [{ mediaType: '*/*', kind: 'binary' }] } },
      },
      handler: ({ body }) => ({ status: 200, body: Object(body).icon }),
    });
    const icon = new Blob(['x'.repeat(3_000_000)], { type: 'image/png' });
    const answer = await post(form(['icon', icon, 'i']));
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect((await answer.blob()).size).toBe(icon.size);
    await expect.poll(() => readdirSync(directory)).toEqual([]);
  });

  const inputs: InputValidators = {
    body: object(
      { title: string },
      {
        count: (v) =>
          Number.isInteger(v) ? undefined : { keyword: 'type', params: {}, message: 'must be integer' },
      },
    ),
  };
  const text = (name: string, value: string, header = '') =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n${header}\r\n${value}\r\n`;

  test.each<[name: string, sent: string, status: number, fields: object[] | undefined, message: string]>([
    ['a missing part', '', 400, [{ pointer: '/title', code: 'required' }], 'body /title is required'],
    [
      'a part too many',
      text('other', 'x') + text('title', 'x'),
      400,
      [{ pointer: '/other', code: 'additionalProperties' }],
      'body /other is not a known field',
    ],
    [
      'a part of another type',
      text('title', 'x') + text('count', 'many'),
      400,
      [{ pointer: '/count', code: 'type' }],
      'body /count must be integer',
    ],
    [
      'a part that came twice',
      text('title', 'x') + text('title', 'y'),
      400,
      [{ pointer: '/title', code: 'type' }],
      'body /title must be string',
    ],
    [
      'JSON that breaks',
      text('meta', '{'),
      400,
      [{ pointer: '/meta', code: 'contentMediaType' }],
      '/meta is not JSON: it ends too early, at line 1, column 2',
    ],
    [
      'a file of another media type',
      text('icon', 'x', 'Content-Type: image/gif\r\n'),
      400,
      [{ pointer: '/icon', code: 'contentMediaType' }],
      '/icon must have the type image/png',
    ],
    [
      'JSON of another media type',
      text('meta', '{}', 'Content-Type: text/html\r\n'),
      400,
      [{ pointer: '/meta', code: 'contentMediaType' }],
      '/meta must have the type application/json',
    ],
    [
      'another charset',
      text('title', 'x', 'Content-Type: text/plain; charset=latin1\r\n'),
      400,
      [{ pointer: '/title', code: 'contentMediaType' }],
      '/title must have the charset utf-8',
    ],
    [
      'another transfer encoding',
      text('title', 'eA==', 'Content-Transfer-Encoding: base64\r\n'),
      400,
      [{ pointer: '/title', code: 'contentMediaType' }],
      'must not have a Content-Transfer-Encoding',
    ],
    [
      'bytes that are no text',
      text('title', '\xff'),
      400,
      [{ pointer: '/title', code: 'contentEncoding' }],
      '/title is not valid UTF-8',
    ],
    ['a prototype', text('__proto__', 'x'), 400, undefined, 'has a field that is not allowed: "__proto__"'],
    [
      'a part without a name',
      '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n',
      400,
      undefined,
      'A part of the body has no name.',
    ],
    [
      'text that is too long',
      text('a/b', 'x'.repeat(600)) + text('title', 'x'.repeat(600)),
      413,
      [{ pointer: '/title', code: 'maxLength' }],
      'The field title brings the fields that are no files to more than 1000 bytes.',
    ],
    [
      'too many parts',
      text('title', 'x').repeat(6),
      413,
      [{ pointer: '/title', code: 'maxProperties' }],
      'The body has more than 5 fields.',
    ],
  ])('is refused with %s', async (_name, sent, status, fields, message) => {
    const uploads = { maxBytes: 8000, maxFields: 5 };
    const { send, seen, errors } = await serveUploads({ inputs, options: { uploads, bodyLimit: 1000 } });
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answer = await send('POST', '/echo', {
        headers: { 'content-type': 'multipart/form-data; boundary=b', ...headers },
        body: Buffer.from(`${sent}--b--\r\n`, 'latin1'),
      });
      expect(answer.status).toBe(status);
      const body = JSON.parse(answer.text);
      expect(body.message).toContain(message);
      if (fields === undefined) expect(body.fields).toBeUndefined();
      else expect(body.fields).toMatchObject(fields.map((field) => ({ in: 'body', ...field })));
    }
    expect(seen).toEqual([]);
    expect(errors).toEqual([]);
  });

  test.each([
    ['at once, where its length is said', {}, 'The body is larger than 8000 bytes.', undefined],
    [
      'with the name of its field, where that is read',
      { 'transfer-encoding': 'chunked' },
      'The field icon brings the body to more than 8000 bytes.',
      [
        {
          in: 'body',
          pointer: '/icon',
          code: 'maxLength',
          message: 'brings the body to more than 8000 bytes',
        },
      ],
    ],
  ])('that is too long is refused %s', async (_name, headers, message, fields) => {
    const { send, seen } = await serveUploads({ options: { uploads: { maxBytes: 8000 } } });
    const type = 'Content-Type: image/png\r\n';
    const body = `${text('title', 'x')}${text('icon', 'x'.repeat(9000), type)}${text('meta', '1')}--b--`;
    const answer = await send('POST', '/echo', {
      headers: { 'content-type': 'multipart/form-data; boundary=b', ...headers },
      body,
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toEqual({ error: 'payload_too_large', message, fields });
    expect(seen).toEqual([]);
  });

  test('that is refused leaves nothing on the disk, and the client comes to read why', async () => {
    const { post, directory } = await serveUploads({ options: { uploads: { maxBytes: 1_000_000 } } });
    const answer = await post(form(['files', new Blob(['x'.repeat(8_000_000)]), 'f']));
    expect(answer.status).toBe(413);
    await answer.text();
    await expect.poll(() => readdirSync(directory)).toEqual([]);
  });

  test('whose client goes away leaves nothing on the disk, and is no error', async () => {
    const { port, directory, seen, errors } = await serveUploads();
    const headers = { 'content-type': 'multipart/form-data; boundary=b', 'transfer-encoding': 'chunked' };
    const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/echo', headers });
    sent.on('error', () => undefined);
    sent.write('--b\r\nContent-Disposition: form-data; name="files"; filename="f"\r\n\r\n');
    sent.write(Buffer.alloc(300_000));
    await expect.poll(() => readdirSync(directory)).toHaveLength(1);
    sent.destroy();
    await expect.poll(() => readdirSync(directory)).toEqual([]);
    expect(seen).toEqual([]);
    expect(errors).toEqual([]);
  });

  test('that cannot be put on the disk is answered 500, and the reason reported', async () => {
    const directory = join(tmpdir(), 'flowwire-test-not-there');
    const { post, errors } = await serveUploads({ options: { uploads: { directory } } });
    expect(existsSync(directory)).toBe(false);
    expect((await post(form(['files', new Blob(['x'.repeat(100_000)]), 'f']))).status).toBe(500);
    expect(errors).toMatchObject([{ code: 'ENOENT' }]);
  });
});

describe('a form', () => {
  const urlencoded: BodyFormat = { mediaType: 'application/x-www-form-urlencoded', kind: 'form', parts };

  test('is read field by field, as the document says', async () => {
    const { post, seen } = await serveUploads({ operation: taking(urlencoded) });
    const sent = 'title=a+b%26&count=7&tags=x&meta=%7B%22a%22%3A1%7D&other=1&other=2&?=q';
    const answer = await post(sent, { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.status).toBe(200);
    expect(seen[0]?.body).toEqual({
      title: 'a b&',
      count: 7,
      tags: ['x'],
      meta: { a: 1 },
      other: ['1', '2'],
      '?': 'q',
    });
  });

  test('may be empty', async () => {
    const { post, seen } = await serveUploads({ operation: taking(urlencoded) });
    expect((await post(new URLSearchParams())).status).toBe(200);
    expect(seen[0]?.body).toEqual({});
  });

  test.each([
    ['meta=%7B', 400, 'The body cannot be read: /meta is not JSON: it ends too early, at line 1, column 2.'],
    ['a=1&b=2&c=3', 413, 'The body has more than 2 fields.'],
    ['__proto__=1', 400, 'The body has a field that is not allowed: "__proto__".'],
    [`title=${'x'.repeat(2000)}`, 413, 'The body is larger than 1000 bytes.'],
  ])('is refused for %s', async (body, status, message) => {
    const options = { bodyLimit: 1000, uploads: { maxFields: 2 } };
    const { post } = await serveUploads({ operation: taking(urlencoded), options });
    const answer = await post(body, { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.status).toBe(status);
    expect(JSON.parse(await answer.text()).message).toBe(message);
  });
});

describe('a body of text or bytes', () => {
  const image: BodyFormat = { mediaType: 'image/*', kind: 'binary' };
  const csv: BodyFormat = { mediaType: 'text/csv', kind: 'text' };

  test('is a string or a Blob, empty ones too', async () => {
    const { post, seen } = await serveUploads({ operation: taking(image, csv) });
    for (const content of ['ä,b', '']) {
      await post(content, { 'content-type': 'text/csv' });
      await post(new Blob([content], { type: 'image/x' }));
    }
    expect(seen.map(({ contentType }) => contentType)).toEqual([
      'text/csv',
      'image/x',
      'text/csv',
      'image/x',
    ]);
    expect([seen[0]?.body, seen[2]?.body]).toEqual(['ä,b', '']);
    expect(await describeBlob(seen[1]?.body)).toEqual({ type: 'image/x', size: 4, text: 'ä,b' });
    expect(await describeBlob(seen[3]?.body)).toEqual({ type: 'image/x', size: 0, text: '' });
  });

  test('that is large lies on the disk until the answer is over', async () => {
    const read = deferred();
    const { post, directory } = await serveUploads({
      operation: taking(image),
      handler: async ({ body }) => {
        read.resolve([readdirSync(directory).length, (await blob(body).arrayBuffer()).byteLength]);
        return { status: 200, body: {} };
      },
    });
    expect((await post(new Blob(['x'.repeat(200_000)], { type: 'image/png' }))).status).toBe(200);
    expect(await read.promise).toEqual([1, 200_000]);
    await expect.poll(() => readdirSync(directory)).toEqual([]);
  });

  test.each<
    [name: string, headers: Record<string, string>, body: string | Buffer, status: number, message: string]
  >([
    [
      'another media type',
      { 'content-type': 'application/pdf' },
      'x',
      415,
      'The Content-Type of the body must be image/* or text/csv.',
    ],
    ['no media type', {}, 'x', 415, 'The Content-Type of the body must be image/* or text/csv.'],
    ['no body', {}, '', 400, 'The request is not valid: body / is required.'],
    [
      'another charset',
      { 'content-type': 'text/csv; charset=latin1' },
      'x',
      415,
      'The charset of the body must be utf-8.',
    ],
    [
      'bytes that are no text',
      { 'content-type': 'text/csv' },
      Buffer.from([255]),
      400,
      'The body is not valid UTF-8.',
    ],
    [
      'an unknown encoding',
      { 'content-type': 'image/png', 'content-encoding': 'zstd' },
      'x',
      415,
      'The Content-Encoding must be gzip, deflate or br.',
    ],
    [
      'a wrong encoding',
      { 'content-type': 'image/png', 'content-encoding': 'br' },
      'xyz',
      400,
      'The body does not match its Content-Encoding.',
    ],
    [
      'a cut encoding',
      { 'content-type': 'image/png', 'content-encoding': 'gzip' },
      gzipSync('x').subarray(0, 15),
      400,
      'The body does not match its Content-Encoding.',
    ],
    [
      'a bomb',
      { 'content-type': 'image/png', 'content-encoding': 'gzip' },
      gzipSync(Buffer.alloc(20_000)),
      413,
      'The body is larger than 10000 bytes.',
    ],
  ])('is refused for %s', async (_name, headers, body, status, message) => {
    const { send, errors } = await serveUploads({
      operation: taking(image, csv),
      options: { uploads: { maxBytes: 10_000 } },
    });
    const answer = await send('POST', '/echo', { headers, body });
    expect(JSON.parse(answer.text).message).toBe(message);
    expect(answer.status).toBe(status);
    expect(errors).toEqual([]);
  });
});

test('the media type of a body chooses its reader and its validator, the closest first', async () => {
  const content: BodyFormat[] = [
    { mediaType: '*/*', kind: 'binary' },
    { mediaType: 'application/*', kind: 'binary' },
    { mediaType: 'application/vnd.note+json', kind: 'json' },
    { mediaType: 'application/json', kind: 'json' },
  ];
  const bodies = {
    'application/json': object({ a: string }),
    'application/vnd.note+json': object({ b: string }),
  };
  const { post, seen } = await serveUploads({ operation: taking(...content), inputs: { bodies } });
  const statuses = [];
  for (const [type, body] of [
    ['application/json', '{"a":"x"}'],
    ['Application/Vnd.Note+JSON; charset=utf-8', '{"b":"x"}'],
    ['application/vnd.note+json', '{"a":"x"}'],
    ['application/pdf', 'x'],
    ['text/plain', 'x'],
  ] as const) {
    statuses.push((await post(Buffer.from(body), { 'content-type': type })).status);
  }
  expect(statuses).toEqual([200, 200, 400, 200, 200]);
  expect(seen.map(({ contentType }) => contentType)).toEqual([
    'application/json',
    'application/vnd.note+json',
    'application/pdf',
    'text/plain',
  ]);
});

test('a body comes with any method that Node knows', async () => {
  const json: BodyFormat = { mediaType: 'application/json', kind: 'json' };
  for (const method of ['QUERY', 'SEARCH', 'PROPFIND', 'DELETE']) {
    const { send, seen } = await serveEcho({ operation: { ...taking(json), method } });
    const headers = { 'content-type': 'application/json', 'content-length': '7' };
    expect((await send(method, '/echo', { headers, body: '{"a":1}' })).status).toBe(200);
    expect(seen[0]?.body).toEqual({ a: 1 });
  }
});

/** Sends a body piece by piece, as fast as the server takes it; answers the status. */
async function stream(port: number, chunks: Iterable<string | Buffer>, type: string): Promise<unknown> {
  const headers = { 'content-type': type };
  const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/echo', headers });
  Readable.from(chunks, { objectMode: false }).pipe(sent);
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}
