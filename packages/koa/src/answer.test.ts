import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplyContent, ReplyFormat } from '@flowwire/contract';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ReplyError } from './index.ts';
import type { AnyReply } from './replies.ts';
import { type Echo, serveEcho } from './testing/echo.ts';
import { object, string } from './testing/notes.ts';

const json = (mediaType = 'application/json'): ReplyContent => ({ mediaType, kind: 'json' });
const text = (mediaType: string): ReplyContent => ({ mediaType, kind: 'text' });
const binary = (mediaType: string): ReplyContent => ({ mediaType, kind: 'binary' });

/** Serves one operation that answers 200 in these media types. */
const serveReply = (content: ReplyContent[], reply: Omit<AnyReply, 'status'>, more: Echo = {}) =>
  serveEcho({
    operation: { method: 'GET', replies: { '200': { content } } },
    handler: () => ({ status: 200, ...reply }),
    ...more,
  });

/** A file on the disk that is there until the test is over. */
const fileOf = async (bytes: string): Promise<{ path: string; blob: Blob }> => {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  return { path, blob: await openAsBlob(path) };
};

describe('a body is written in its media type', () => {
  const png = new Blob(['png'], { type: 'image/png' });

  test.each<[name: string, ReplyContent[], Omit<AnyReply, 'status'>, type: string, text: string]>([
    ['JSON', [json()], { body: { a: 1 } }, 'application/json; charset=utf-8', '{"a":1}'],
    ['JSON that is a string', [json()], { body: 'a' }, 'application/json; charset=utf-8', '"a"'],
    ['JSON of another name', [json('application/hal+json')], { body: 1 }, 'application/hal+json', '1'],
    ['JSON of any name', [json('application/*')], { body: 1 }, 'application/json; charset=utf-8', '1'],
    [
      'JSON of a name of its own',
      [json('*/*')],
      { body: 1, contentType: 'text/x+json' },
      'text/x+json; charset=utf-8',
      '1',
    ],
    ['text', [text('text/markdown')], { body: '# \u00fc' }, 'text/markdown; charset=utf-8', '# \u00fc'],
    [
      'text with a charset',
      [text('text/plain; charset=UTF-8')],
      { body: 'x' },
      'text/plain; charset=UTF-8',
      'x',
    ],
    ['text of another type', [text('application/yaml')], { body: 'a: 1' }, 'application/yaml', 'a: 1'],
    ['bytes', [binary('application/pdf')], { body: png }, 'application/pdf', 'png'],
    ['bytes of any type', [binary('*/*')], { body: new Blob(['x']) }, 'application/octet-stream', 'x'],
    ['bytes of their own type', [binary('image/*')], { body: png }, 'image/png', 'png'],
    [
      'bytes of a given type',
      [binary('image/*')],
      { body: png, contentType: 'image/gif' },
      'image/gif',
      'png',
    ],
    ['the first of several', [text('text/html'), json()], { body: '<p>' }, 'text/html; charset=utf-8', '<p>'],
    [
      'the one that is named',
      [text('text/html'), json()],
      { body: '<p>', contentType: 'application/json' },
      'application/json; charset=utf-8',
      '"<p>"',
    ],
  ])('%s', async (_name, content, reply, type, sent) => {
    const { send, errors } = await serveReply(content, reply, { options: { validateReplies: true } });
    const headers = { accept: '*/*' };
    const answer = await send('GET', '/echo', { headers });
    expect(errors).toEqual([]);
    expect(answer).toMatchObject({ status: 200, text: sent });
    expect(answer.headers).toMatchObject({
      'content-type': type,
      'content-length': String(Buffer.byteLength(sent)),
      'x-request-id': expect.any(String),
    });
    const head = await send('HEAD', '/echo', { headers });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers).toMatchObject({
      'content-type': type,
      'content-length': answer.headers['content-length'],
    });
  });

  test.each<[name: string, ReplyContent[], Omit<AnyReply, 'status'>, message: string]>([
    [
      'text that is none',
      [text('text/plain')],
      { body: 1 },
      'echo: the body of 200 must be a string, as it is text/plain',
    ],
    [
      'bytes that are none',
      [binary('image/png')],
      { body: 'x' },
      'echo: the body of 200 must be a Blob, as it is image/png',
    ],
    [
      'another media type',
      [json()],
      { body: 1, contentType: 'text/html' },
      'echo: the body of 200 has no media type text/html',
    ],
  ])('but not %s', async (_name, content, reply, message) => {
    const { send, errors } = await serveReply(content, reply);
    expect((await send('GET', '/echo')).status).toBe(500);
    expect(errors).toEqual([new ReplyError(message)]);
  });

  test('and checked by the validator of its media type', async () => {
    const content = [text('text/plain'), json(), json('application/hal+json')];
    const outputs = {
      replies: { '200': object({ a: string }), '200 application/hal+json': object({ b: string }) },
    };
    const bodies: [unknown, string][] = [
      [{ a: 'x' }, 'application/json'],
      [{ b: 'x' }, 'application/json'],
      [{ b: 'x' }, 'application/hal+json'],
      [{ a: 'x' }, 'application/hal+json'],
      ['x', 'text/plain'],
      ['x', 'text/html'],
    ];
    const statuses: number[] = [];
    const reported: string[] = [];
    for (const [body, contentType] of bodies) {
      const options = { validateReplies: true };
      const { send, errors } = await serveReply(content, { body, contentType }, { outputs, options });
      statuses.push((await send('GET', '/echo')).status);
      reported.push(String(errors[0] ?? ''));
    }
    expect(statuses).toEqual([200, 500, 200, 500, 200, 500]);
    expect(reported.filter((error) => error !== '')).toEqual([
      'ReplyError: echo: the body of 200 breaks the document; /a is required; /b is not a known field',
      'ReplyError: echo: the body of 200 breaks the document; /b is required; /a is not a known field',
      'ReplyError: echo declares no body of text/html for 200',
    ]);
  });
});

test.each<[Record<string, ReplyFormat>, status: number, errors: string[]]>([
  [{ '2XX': { content: [json()] } }, 207, []],
  [{ default: { content: [json()] } }, 207, []],
  [{ '4XX': { content: [json()] } }, 207, ['ReplyError: echo does not declare the status 207']],
  [{ '207': {}, default: { content: [json()] } }, 207, ['ReplyError: echo declares no body for 207']],
])('a status is documented by itself, its range or the default: %j', async (replies, status, want) => {
  const { send, errors } = await serveEcho({
    operation: { method: 'GET', replies },
    handler: () => ({ status, body: {} }),
    options: { validateReplies: true },
  });
  await send('GET', '/echo');
  expect(errors.map(String).filter((error) => !error.includes(' 500'))).toEqual(want);
});

test('a refusal has the JSON media type that the document has for its status', async () => {
  const replies = { '200': {}, '401': { content: [text('text/plain'), json('application/problem+json')] } };
  const { send, errors } = await serveEcho({
    schemes: { key: { type: 'http', scheme: 'bearer' } },
    operation: { method: 'GET', replies, security: [{ key: [] }] },
    options: { validateReplies: true },
  });
  const answer = await send('GET', '/echo', { headers: { authorization: 'Bearer nobody' } });
  expect(answer).toMatchObject({ status: 401, headers: { 'content-type': 'application/problem+json' } });
  expect(errors).toEqual([]);
});

test.each([
  ['image/png', 200],
  ['image/*;q=0.5', 200],
  ['text/html, image/webp', 200],
  ['application/json', 200],
  ['text/html', 406],
  ['image/png;q=0', 406],
])('an operation that answers with JSON or any image answers Accept: %s with %i', async (accept, status) => {
  const { send } = await serveReply([json(), binary('image/*')], { body: {} });
  expect((await send('GET', '/echo', { headers: { accept } })).status).toBe(status);
});

test('Accept chooses between JSON and a stream where no field of the body does', async () => {
  const stream = { item: 'data', data: 'json', sentinels: [], terminal: [], known: [] } as const;
  async function* items() {
    yield { item: 1 };
  }
  const { send } = await serveEcho({
    operation: { method: 'GET', replies: { '200': { content: [json()], stream } } },
    handler: ({ accepts }) =>
      accepts(['application/json', 'text/event-stream']) === 'text/event-stream'
        ? { status: 200, stream: items() }
        : { status: 200, body: { a: 1 } },
  });
  const get = async (accept: string) => (await send('GET', '/echo', { headers: { accept } })).text;
  expect(await get('text/event-stream')).toBe('data: 1\n\n');
  expect(await get('application/json')).toBe('{"a":1}');
  expect(await get('*/*')).toBe('{"a":1}');
  expect(await get('application/json;q=0.5, text/event-stream')).toBe('data: 1\n\n');
});

describe('a Blob', () => {
  const get = async (port: number) => {
    const sent = request({ port, host: '127.0.0.1', path: '/echo', agent: false }).end();
    const [response] = await once(sent, 'response');
    return response;
  };

  test('is read from the disk as the client reads it, and is not held in memory', async () => {
    const size = 64 * 1024 * 1024;
    const { blob } = await fileOf('x'.repeat(size));
    const { port, errors } = await serveReply([binary('*/*')], { body: blob });
    const response = await get(port);
    const before = process.memoryUsage().arrayBuffers;
    let [peak, length] = [0, 0];
    for await (const chunk of response) {
      length += chunk.length;
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    expect(length).toBe(size);
    expect(peak).toBeLessThan(size * 0.7);
    expect(errors).toEqual([]);
  });

  test('that cannot be read to its end cuts the connection, and is reported', async () => {
    const { blob, path } = await fileOf('x'.repeat(1000));
    await rm(path);
    const { port, errors } = await serveReply([binary('*/*')], { body: blob });
    await expect(get(port)).rejects.toThrow('socket hang up');
    expect(errors).toMatchObject([{ name: 'NotReadableError' }]);
  });

  test('whose client does not read is cut off', async () => {
    const { blob } = await fileOf('x'.repeat(32 * 1024 * 1024));
    const completed: boolean[] = [];
    const options = {
      stalledMs: 50,
      onRequest: (info: { completed: boolean }) => completed.push(info.completed),
    };
    const { port, errors } = await serveReply([binary('*/*')], { body: blob }, { options });
    const response = await get(port);
    await expect.poll(() => completed).toEqual([false]);
    await expect(response.toArray()).rejects.toThrow('aborted');
    expect(errors).toEqual([]);
  });

  test('whose client goes away is let go', async () => {
    const { blob } = await fileOf('x'.repeat(32 * 1024 * 1024));
    const completed: boolean[] = [];
    const options = { onRequest: (info: { completed: boolean }) => completed.push(info.completed) };
    const { port, errors } = await serveReply([binary('*/*')], { body: blob }, { options });
    const response = await get(port);
    response.on('error', () => undefined);
    response.destroy();
    await expect.poll(() => completed).toEqual([false]);
    expect(errors).toEqual([]);
  });
});
