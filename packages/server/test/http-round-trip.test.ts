import { once } from 'node:events';
import { createServer } from 'node:http';
import { type ClientOptions, createClient } from '@flowwire/client';
import type {
  BodyFormat,
  CallOptions,
  Operation,
  Parameter,
  PartFormat,
  ReplyContent,
  ScalarType,
  ServerContract,
} from '@flowwire/contract';
import { bind, type HandlerRequest } from '@flowwire/koa';
import fc from 'fast-check';
import Koa from 'koa';
import { describe, expect, onTestFinished, test } from 'vitest';

/** What the client writes the server reads, whatever the value: the two are written apart. */

type Values = Readonly<Record<string, unknown>>;

interface Input {
  readonly path?: Values;
  readonly query?: Values;
  readonly querystring?: unknown;
  readonly headers?: Values;
  readonly cookies?: Values;
  readonly body?: unknown;
  readonly contentType?: string;
}

interface Operations {
  op: { input: Input; reply: { status: 200; body?: unknown; contentType?: string } };
}

interface Client {
  op(input?: Input, options?: CallOptions): Promise<unknown>;
}

type Seen = HandlerRequest<Operations['op'], undefined>;

const contractOf = (operation: Partial<Operation>): ServerContract<Operations> => ({
  name: 'round-trip',
  title: 'Round trip',
  version: '1.0.0',
  securitySchemes: {},
  operations: {
    op: {
      operationId: 'op',
      method: 'POST',
      path: '/op',
      parameters: [],
      replies: { '200': {} },
      security: [],
      resumable: false,
      idempotencyKey: false,
      ...operation,
    },
  },
  outputs: { op: { replies: {} } },
  inputs: { op: {} },
  channels: {},
  serverMessages: {},
  channelInputs: {},
  clientMessages: {},
});

/** A server of one operation with its client. */
async function serve(
  operation: Partial<Operation>,
  answer: (seen: Seen) => unknown = () => ({ status: 200 }),
  options: Partial<ClientOptions> = {},
) {
  const contract = contractOf(operation);
  const seen: Seen[] = [];
  const op = async (request: Seen) => {
    seen.push(request);
    const reply: { status: 200 } = Object(await answer(request));
    return reply;
  };
  const app = new Koa();
  app.silent = true;
  app.use(
    bind<Operations, undefined>(
      contract,
      { op },
      {
        anonymous: () => undefined,
        problem: ({ status, message }) => ({ status, body: { message } }),
        onError: (error) => {
          throw error;
        },
      },
    ),
  );
  const server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  // Sound: the method's interface is the operation's, which the contract's type does not say.
  const client = createClient(contract, { baseUrl: `http://127.0.0.1:${port}`, ...options }) as Client;
  /** What the handler got of a call with this input. */
  const send = async (input: Input): Promise<Seen> => {
    await client.op(input);
    const request = seen.pop();
    if (request === undefined) throw new Error('the handler was not called');
    return request;
  };
  return { client, send };
}

const RUNS = { numRuns: 60 };

// Any characters, but no halves of them, and many of those that mean something in some style.
const special = fc.constantFrom(...' +,.;=&|%/?#[]"\'\\<>{}~!*()$@:-_\r\n\t\0', 'ü', '😀', '%2C', '%25');
const text = fc.string({
  unit: fc.oneof(special, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
  maxLength: 8,
});
/** Lists that are not one empty text, which some styles write as they write no list. */
const listOf = (item: fc.Arbitrary<string>) =>
  fc.array(item, { minLength: 1, maxLength: 4 }).filter((all) => all.join('') !== '');

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
const scalars: Readonly<Record<ScalarType, fc.Arbitrary<unknown>>> = {
  string: text,
  integer: fc.integer(),
  number,
  boolean: fc.boolean(),
};

const properties = { n: 'integer', d: 'number', b: 'boolean', s: 'string' } as const;

/** Objects with declared members and others. */
const objectOf = (item: fc.Arbitrary<string>, lists: boolean): fc.Arbitrary<Values> =>
  fc
    .tuple(
      fc.dictionary(
        item.filter((key) => !/^(?:[ndbs]|list|__proto__)$/.test(key)),
        item,
        { maxKeys: 3, noNullPrototype: true },
      ),
      fc.record(
        {
          n: fc.integer(),
          d: number,
          b: fc.boolean(),
          s: item,
          ...(lists && { list: fc.array(item, { minLength: 1, maxLength: 3 }) }),
        },
        { requiredKeys: [], noNullPrototype: true },
      ),
    )
    .map(([others, declared]) => ({ ...others, ...declared }))
    .filter((value) => Object.keys(value).length > 0);

const json = fc
  .jsonValue({ maxDepth: 3, stringUnit: 'binary' })
  .filter((value) => !/"__proto__"|-0/.test(JSON.stringify(value)) && !Object.is(value, -0))
  .map((value): unknown => JSON.parse(JSON.stringify(value)));

const base: Parameter = {
  name: 'p',
  in: 'query',
  required: true,
  style: 'form',
  explode: true,
  type: 'string',
};
const array = { type: 'array', items: 'string' } as const;
const object = { type: 'object', properties: { ...properties, list: 'array' } } as const;

const GROUPS = { path: 'path', query: 'query', header: 'headers', cookie: 'cookies' } as const;
type Place = keyof typeof GROUPS;

interface Style {
  readonly in: Place;
  readonly style: Parameter['style'];
  readonly explode: boolean;
  readonly allowReserved?: true;
  /** What a text may hold, where its style gives some characters a meaning. */
  readonly item?: fc.Arbitrary<string>;
}

const visible = fc.string({
  unit: fc.constantFrom(...'ab09-._~!#$%&*+/:<>?@[]^`{|}'),
  minLength: 1,
  maxLength: 8,
});
/** A path cannot hold dot segments or nothing. */
const segment = text.filter((value) => !/^\.{0,2}$/.test(value));

const STYLES: readonly Style[] = [
  { in: 'path', style: 'simple', explode: false, item: segment },
  { in: 'path', style: 'simple', explode: true, item: segment },
  { in: 'path', style: 'label', explode: false, item: segment },
  { in: 'path', style: 'label', explode: true, item: segment },
  { in: 'path', style: 'matrix', explode: false },
  { in: 'path', style: 'matrix', explode: true },
  { in: 'query', style: 'form', explode: false },
  { in: 'query', style: 'form', explode: true },
  { in: 'query', style: 'form', explode: false, allowReserved: true },
  { in: 'query', style: 'form', explode: true, allowReserved: true },
  { in: 'query', style: 'deepObject', explode: true },
  { in: 'query', style: 'deepObject', explode: true, allowReserved: true },
  {
    in: 'query',
    style: 'spaceDelimited',
    explode: false,
    item: text.filter((value) => !value.includes(' ')),
  },
  { in: 'query', style: 'pipeDelimited', explode: false, item: text.filter((value) => !value.includes('|')) },
  { in: 'header', style: 'simple', explode: false, item: visible },
  { in: 'header', style: 'simple', explode: true, item: visible },
  { in: 'cookie', style: 'form', explode: false },
  { in: 'cookie', style: 'form', explode: true },
  { in: 'cookie', style: 'cookie', explode: false, item: visible },
  { in: 'cookie', style: 'cookie', explode: true, item: visible },
];

/** The parameter as the handler gets it. */
async function parameterTrip(parameter: Parameter, values: fc.Arbitrary<unknown>): Promise<void> {
  const group = GROUPS[parameter.in === 'querystring' ? 'query' : parameter.in];
  const { send } = await serve({
    parameters: [parameter],
    path: parameter.in === 'path' ? '/op/{p}/x' : '/op',
  });
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      expect((await send({ [group]: { p: value } }))[group]).toEqual({ p: value });
    }),
    RUNS,
  );
}

const titleOf = 'a parameter in $in, style $style, explode $explode, allowReserved $allowReserved';

describe.each(STYLES.filter(({ style }) => style !== 'deepObject'))(titleOf, ({ item = text, ...format }) => {
  test.each(['string', 'integer', 'number', 'boolean'] as const)('is read as it was written: %s', (type) =>
    parameterTrip({ ...base, ...format, type }, type === 'string' ? item : scalars[type]),
  );

  test('is read as it was written: list', () =>
    parameterTrip({ ...base, ...format, ...array }, listOf(item)));
});

describe.each(STYLES)(titleOf, ({ item = text, ...format }) => {
  const hasLists = format.explode || format.style === 'deepObject';
  test('is read as it was written: object', () =>
    parameterTrip({ ...base, ...format, ...object }, objectOf(item, hasLists)));
});

test.each(['path', 'query', 'header', 'cookie'] as const)('JSON in %s is read as it was written', (place) => {
  const [style, explode] = place === 'query' || place === 'cookie' ? ['form', true] : ['simple', false];
  const format = { in: place, style, explode, contentType: 'application/json' } as Partial<Parameter>;
  return parameterTrip({ ...base, ...format, type: 'object' }, json);
});

test.each([
  ['application/json', json],
  ['application/x-www-form-urlencoded', objectOf(text, true)],
  ['text/plain', text.filter((value) => value !== '')],
] as const)('the whole query is read as it was written: %s', async (contentType, values) => {
  const whole: Parameter = { ...base, in: 'querystring', ...object, contentType };
  const { send } = await serve({ parameters: [whole] });
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      expect((await send({ querystring: value })).querystring).toEqual(value);
    }),
    RUNS,
  );
});

// A reader of text leaves a byte order mark out.
const content = text.filter((value) => !value.startsWith('\ufeff'));
const bytes = fc.uint8Array({ maxLength: 200 });
const filename = text.filter((value) => !/%22|%0D|%0A|[/\\]/i.test(value));

const bytesOf = async (value: unknown): Promise<Uint8Array> => {
  if (!(value instanceof Blob)) throw new Error('not a Blob', { cause: value });
  return new Uint8Array(await value.arrayBuffer());
};

const parts: Readonly<Record<string, PartFormat>> = {
  title: { kind: 'text' },
  count: { kind: 'text', type: 'integer' },
  isNew: { kind: 'text', type: 'boolean' },
  tags: { kind: 'text', repeated: true },
  meta: { kind: 'json' },
  metas: { kind: 'json', repeated: true },
};

const fields = {
  title: content,
  count: fc.integer(),
  isNew: fc.boolean(),
  tags: fc.array(content, { minLength: 1, maxLength: 3 }),
  meta: json,
  metas: fc.array(json, { minLength: 1, maxLength: 3 }),
  other: content,
};
const record = fc.record(fields, { requiredKeys: [], noNullPrototype: true });

const taking = (...formats: BodyFormat[]): Partial<Operation> => ({
  body: { required: true, content: formats },
});

describe('a body is read as it was written', () => {
  test.each<[name: string, BodyFormat, fc.Arbitrary<unknown>]>([
    ['JSON', { mediaType: 'application/json', kind: 'json' }, json],
    ['text', { mediaType: 'text/plain', kind: 'text' }, content],
    ['form', { mediaType: 'application/x-www-form-urlencoded', kind: 'form', parts }, record],
    ['multipart', { mediaType: 'multipart/form-data', kind: 'multipart', parts }, record],
    ['another multipart', { mediaType: 'multipart/mixed', kind: 'multipart', parts }, record],
  ])('%s', async (_name, format, values) => {
    const { send } = await serve(taking(format));
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        expect((await send({ body: value })).body).toEqual(value);
      }),
      RUNS,
    );
  });

  test('bytes, with their media type', async () => {
    const { send } = await serve(taking({ mediaType: 'image/*', kind: 'binary' }));
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom('image/png', 'image/svg+xml'), async (value, type) => {
        const { body } = await send({ body: new Blob([value], { type }) });
        expect(body).toMatchObject({ type });
        expect(await bytesOf(body)).toEqual(value);
      }),
      RUNS,
    );
  });

  test('files, with their names and media types', async () => {
    const { send } = await serve(
      taking({
        mediaType: 'multipart/form-data',
        kind: 'multipart',
        parts: { files: { kind: 'binary', repeated: true }, ' "\r\n=;ä': { kind: 'binary' } },
      }),
    );
    const file = fc
      .tuple(bytes, filename, fc.constantFrom('', 'image/png', 'text/plain;charset=utf-8'))
      .map(([value, name, type]) => new File([value], name, { type }));
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), bytes, async (files, one) => {
        const body: Record<string, unknown> = Object(
          (await send({ body: { files, ' "\r\n=;ä': one } })).body,
        );
        expect(await bytesOf(body[' "\r\n=;ä'])).toEqual(one);
        const read: unknown[] = Array.isArray(body.files) ? body.files : [];
        expect(read).toHaveLength(files.length);
        for (const [index, sent] of files.entries()) {
          const type = sent.type || 'application/octet-stream';
          expect(read[index]).toMatchObject({ name: sent.name, size: sent.size, type });
          expect(await bytesOf(read[index])).toEqual(await bytesOf(sent));
        }
      }),
      RUNS,
    );
  });

  test('in the media type that the input names', async () => {
    const formats: BodyFormat[] = [
      { mediaType: 'application/json', kind: 'json' },
      { mediaType: 'text/plain', kind: 'text' },
      { mediaType: 'image/*', kind: 'binary' },
    ];
    const { send } = await serve(taking(...formats));
    expect(await send({ body: 'x' })).toMatchObject({ contentType: 'application/json', body: 'x' });
    expect(await send({ contentType: 'text/plain', body: 'x' })).toMatchObject({
      contentType: 'text/plain',
      body: 'x',
    });
    const image = await send({ contentType: 'image/gif', body: new Blob(['x']) });
    expect(image).toMatchObject({ contentType: 'image/gif', body: { type: 'image/gif', size: 1 } });
  });

  test('a stream', async () => {
    const { send } = await serve(taking({ mediaType: 'application/octet-stream', kind: 'binary' }));
    const sent = new Blob(['x'.repeat(3_000_000)]);
    expect((await send({ body: sent.stream() })).body).toMatchObject({ size: sent.size });
  });
});

describe('an answer is read as it was written', () => {
  const replying = (...formats: ReplyContent[]): Partial<Operation> => ({
    method: 'GET',
    replies: { '200': { content: formats } },
  });

  test.each<[ReplyContent, fc.Arbitrary<unknown>]>([
    [{ mediaType: 'application/json', kind: 'json' }, json],
    [{ mediaType: 'text/markdown', kind: 'text' }, content],
  ])('%j', async (format, values) => {
    let body: unknown;
    const { client } = await serve(replying(format), () => ({ status: 200, body }));
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        body = value;
        expect(await client.op()).toEqual(value);
      }),
      RUNS,
    );
  });

  test('bytes', async () => {
    let body: unknown;
    const { client } = await serve(replying({ mediaType: 'image/*', kind: 'binary' }), () => ({
      status: 200,
      body,
    }));
    await fc.assert(
      fc.asyncProperty(bytes, async (value) => {
        body = new Blob([value], { type: 'image/png' });
        const read = await client.op();
        expect(read).toMatchObject({ type: 'image/png' });
        expect(await bytesOf(read)).toEqual(value);
      }),
      RUNS,
    );
  });

  test('in the media type that the server chooses among what the client asks for', async () => {
    const formats: ReplyContent[] = [
      { mediaType: 'text/markdown', kind: 'text' },
      { mediaType: 'application/json', kind: 'json' },
    ];
    const { client } = await serve(replying(...formats), ({ accepts }) => {
      const contentType = accepts(['text/markdown', 'application/json']);
      return { status: 200, contentType, body: contentType === 'application/json' ? { a: 1 } : '# a' };
    });
    expect(await client.op()).toBe('# a');
    expect(await client.op({}, { headers: { accept: 'application/json' } })).toEqual({ a: 1 });
  });
});
