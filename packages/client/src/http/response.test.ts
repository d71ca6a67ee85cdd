import type { Operation, OutputValidators, ReplyContent, Validator } from '@flowwire/contract';
import { afterEach, describe, expect, test } from 'vitest';
import { isApiError } from '../errors.ts';
import type { ClientOptions } from '../options.ts';
import { createOne, JSON_REPLY, oneOperation } from '../testing/one-operation.ts';
import { type Reply, startServer, status, stream } from '../testing/server.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

type Replies = Operation['replies'];

interface Given {
  readonly reply: Reply;
  readonly replies: Replies;
  readonly outputs?: OutputValidators;
  readonly method?: string;
  readonly options?: Partial<ClientOptions>;
}

/** Calls an operation with these documented answers that is answered by `reply`. */
async function call({ reply, replies, outputs = { replies: {} }, method = 'GET', options = {} }: Given) {
  const server = await startServer(reply);
  open.push(server);
  const operation = { method, replies };
  const client = createOne({ operation, outputs }, { baseUrl: server.url, maxRetries: 0, ...options });
  const outcome = await client.op().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  return { ...outcome, accept: server.requests[0]?.headers.accept };
}

const answer =
  (code: number, type: string | undefined, body: string | Uint8Array = ''): Reply =>
  (response) => {
    response.writeHead(code, type === undefined ? {} : { 'content-type': type }).end(body);
  };

const json = (mediaType = 'application/json'): ReplyContent => ({ mediaType, kind: 'json' });
const text = (mediaType: string): ReplyContent => ({ mediaType, kind: 'text' });
const binary = (mediaType: string): ReplyContent => ({ mediaType, kind: 'binary' });
const ok = (...content: ReplyContent[]): Replies => ({ '200': { content } });

/** Accepts objects that have the member. */
function having(name: string): Validator<unknown> {
  const validate: Validator<unknown> = (data): data is unknown => {
    const isValid = typeof data === 'object' && data !== null && name in data;
    validate.errors = isValid
      ? null
      : [{ instancePath: '', keyword: 'required', params: { missingProperty: name } }];
    return isValid;
  };
  return validate;
}

describe('an answer is read by its media type', () => {
  test.each<[name: string, ReplyContent[], type: string | undefined, sent: string, want: unknown]>([
    ['JSON', [json()], 'application/json; charset=utf-8', '{"a":1}', { a: 1 }],
    ['JSON of another name', [json('application/hal+json')], 'application/hal+json', '[1]', [1]],
    ['JSON of an undocumented name', [json()], 'application/problem+json', '1', 1],
    ['JSON of any name', [json('*/*')], 'text/plain', '"x"', 'x'],
    ['text', [text('text/markdown')], 'text/markdown; charset=utf-8', '"ä"', '"ä"'],
    ['text of any kind', [text('text/*')], 'text/html', '<p>', '<p>'],
    ['text without a media type', [text('text/plain'), json()], undefined, 'x', 'x'],
    ['the second of several', [text('text/plain'), json()], 'application/json', '"x"', 'x'],
    ['the closest of several', [json('*/*'), text('text/*'), json('text/x')], 'text/x', '1', 1],
    ['a range before any', [json('*/*'), text('text/*')], 'text/y', '1', '1'],
  ])('%s', async (_name, content, type, sent, want) => {
    expect(await call({ reply: answer(200, type, sent), replies: ok(...content) })).toMatchObject({
      value: want,
    });
  });

  test.each<[ReplyContent, type: string | undefined, want: string]>([
    [binary('image/*'), 'image/png', 'image/png'],
    [binary('application/pdf'), undefined, 'application/pdf'],
  ])('bytes as a Blob: %j as %s', async (content, type, want) => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index);
    const { value } = {
      value: undefined,
      ...(await call({ reply: answer(200, type, bytes), replies: ok(content) })),
    };
    const blob: unknown = value;
    if (!(blob instanceof Blob)) throw new Error('not a Blob');
    expect(blob).toMatchObject({ type: want, size: bytes.length });
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(bytes);
  });

  test('none for HEAD, whatever its head says', async () => {
    const reply = answer(200, 'application/pdf');
    expect(await call({ method: 'HEAD', reply, replies: ok(json()) })).toMatchObject({ value: undefined });
  });

  test.each<[name: string, ReplyContent[], type: string, message: string]>([
    ['JSON', [json()], 'text/html', "expected JSON, got 'text/html'"],
    [
      'text or an image',
      [text('text/plain'), binary('image/*')],
      'text/html',
      "expected text/plain or image/*, got 'text/html'",
    ],
  ])('and is refused where it is not %s', async (_name, content, type, message) => {
    const { error } = {
      error: undefined,
      ...(await call({ reply: answer(200, type, 'x'), replies: ok(...content) })),
    };
    expect(error).toMatchObject({ type: 'protocol', message: `op: ${message}`, rawBody: 'x' });
  });

  test('and held up to a limit', async () => {
    const given = { replies: ok(binary('*/*')), options: { maxBlobBytes: 1000 } };
    expect(await call({ ...given, reply: answer(200, 'a/b', 'x'.repeat(1000)) })).toHaveProperty('value');
    expect(await call({ ...given, reply: answer(200, 'a/b', 'x'.repeat(1001)) })).toMatchObject({
      error: { type: 'protocol', message: 'op: the answer is longer than 1000 bytes' },
    });
  });
});

describe('the validator of an answer is', () => {
  const replies = {
    '200': { content: [text('text/plain'), json(), json('application/hal+json')] },
    '2XX': JSON_REPLY,
  };
  const outputs = {
    replies: { '200': having('a'), '200 application/hal+json': having('b'), '2XX': having('c') },
  };

  test.each([
    [200, 'application/json', '{"a":1}', true],
    [200, 'application/json', '{"b":1}', false],
    [200, 'application/hal+json', '{"b":1}', true],
    [200, 'application/hal+json', '{"a":1}', false],
    [200, 'text/plain', '{', true],
    [201, 'application/json', '{"c":1}', true],
    [201, 'application/json', '{"a":1}', false],
  ])('that of its status and media type: %i %s %s', async (code, type, sent, isValid) => {
    const outcome = await call({ reply: answer(code, type, sent), replies, outputs });
    expect('value' in outcome).toBe(isValid);
  });
});

describe('Accept lists', () => {
  test.each<[Replies, string]>([
    [ok(json()), 'application/json'],
    [{ '204': {} }, 'application/json'],
    [ok(binary('image/*'), text('text/plain')), 'image/*, text/plain, application/json'],
    [
      { '400': { content: [json('application/problem+json')] }, '200': { content: [text('text/csv')] } },
      'text/csv, application/problem+json, application/json',
    ],
    [{ default: { content: [text('text/csv')] } }, 'text/csv, application/json'],
  ])('what is documented, successes first: %j', async (replies, want) => {
    const { accept } = await call({ reply: status(204), replies });
    expect(accept).toBe(want);
  });
});

test('JSON and a stream of one status are two methods, which ask for theirs by Accept', async () => {
  const format = { item: 'data', data: 'json', sentinels: [], terminal: [], known: [] } as const;
  const server = await startServer(answer(200, 'application/json', '{"a":1}'), stream('data: {"a":2}\n\n'));
  open.push(server);
  const operation = { replies: { '200': { ...JSON_REPLY, stream: format }, '400': JSON_REPLY } };
  const client = createOne({ operation }, { baseUrl: server.url });
  expect(await client.op()).toEqual({ a: 1 });
  expect(await client.op.stream().result()).toEqual({ a: 2 });
  expect(server.requests.map(({ headers }) => headers.accept)).toEqual([
    'application/json',
    'text/event-stream',
  ]);
});

describe('an error answer', () => {
  test.each([
    [{ code: 20201 }, 20201],
    [{ error: { code: 0 } }, 0],
    [{ code: 'GONE' }, 'GONE'],
    [{ code: true }, undefined],
  ])('has the code of %j', async (body, code) => {
    const { error } = { error: undefined, ...(await call({ reply: status(400, body), replies: {} })) };
    expect(error).toMatchObject({ type: 'http', status: 400, code });
  });

  test('is described by its own status, its range or the default', async () => {
    const replies: Replies = {
      '404': {},
      '409': { content: [text('text/plain')] },
      '4XX': JSON_REPLY,
      default: { content: [json('application/problem+json')] },
    };
    const outputs = { replies: { '4XX': having('a'), default: having('b') } };
    const contract = oneOperation({ operation: { replies }, outputs });
    const described = async (code: number, type: string, sent: string) => {
      const { error } = {
        error: undefined,
        ...(await call({ reply: answer(code, type, sent), replies, outputs })),
      };
      return [Object(error).body, isApiError(error, contract, 'op', code)];
    };
    expect(await described(404, 'application/json', '{"b":1}')).toEqual([undefined, true]);
    expect(await described(409, 'text/plain', 'taken')).toEqual(['taken', true]);
    expect(await described(400, 'application/json', '{"a":1}')).toEqual([{ a: 1 }, true]);
    expect(await described(400, 'application/json', '{"b":1}')).toEqual([undefined, false]);
    expect(await described(500, 'application/problem+json', '{"b":1}')).toEqual([{ b: 1 }, true]);
    expect(await described(500, 'text/html', 'oops')).toEqual([undefined, false]);
  });
});
