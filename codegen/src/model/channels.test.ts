import { describe, expect, test } from 'vitest';
import { CHAT_DOCUMENTS } from '../../test/chat.ts';
import { faultsOf, modelOf, warningsOf } from '../../test/support.ts';
import type { ChannelModel } from './api.ts';

interface Parts {
  readonly head?: string;
  readonly channel?: string;
  readonly operations?: string;
  readonly components?: string;
}

const OPERATIONS = `
  tell: { action: send, channel: { $ref: '#/channels/room' }, messages: [{ $ref: '#/channels/room/messages/said' }] }
  hear: { action: receive, channel: { $ref: '#/channels/room' }, messages: [{ $ref: '#/channels/room/messages/say' }] }`;

/** A document of one socket; its parts begin on lines of their own. */
const documentOf = ({ head = '', channel = '', operations = OPERATIONS, components = '' }: Parts = {}) => ({
  'asyncapi.yaml': `asyncapi: 3.1.0
info: { title: Rooms, version: 1.0.0 }
channels:
  room:
    address: /rooms
    bindings: { ws: {} }
    messages:
      said: { payload: { $ref: '#/components/schemas/Said' } }
      say: { payload: { $ref: '#/components/schemas/Say' } }
${channel.replaceAll(/^/gm, '    ')}
operations:
${operations}
components:
  schemas:
    Said: { type: object, required: [type], properties: { type: { const: said }, text: { type: string } } }
    Say: { type: object, required: [type], properties: { type: { const: say }, text: { type: string } } }
${components}
${head}
`,
});

async function socketOf(documents: Readonly<Record<string, string>>): Promise<ChannelModel> {
  const { channels } = await modelOf(documents);
  const [channel, second] = channels;
  if (!channel || second) throw new Error(`expected one socket, not ${channels.length}`);
  return channel;
}

test('a socket has its messages, told apart by the property that is fixed in each', async () => {
  expect(await socketOf(documentOf())).toMatchObject({
    name: 'room',
    address: '/rooms',
    discriminator: 'type',
    server: [{ type: 'said', schema: 'Said' }],
    client: [{ type: 'say', schema: 'Say' }],
    parameters: [],
    security: [],
    closeCodes: [],
  });
});

describe('who speaks', () => {
  test('is turned round in a document that uses the words of a client', async () => {
    expect(await socketOf(documentOf({ head: 'x-perspective: client' }))).toMatchObject({
      server: [{ type: 'say' }],
      client: [{ type: 'said' }],
    });
  });

  test('is the server or a client, nobody else', async () => {
    expect(await faultsOf(documentOf({ head: 'x-perspective: broker' }))).toEqual([
      expect.stringContaining('x-perspective is client or server.'),
    ]);
  });

  test('an operation without a list says all messages of its channel', async () => {
    const operations = "  tell: { action: send, channel: { $ref: '#/channels/room' } }";
    expect(await socketOf(documentOf({ operations }))).toMatchObject({
      server: [{ type: 'said' }, { type: 'say' }],
      client: [],
    });
  });

  test('a channel without operations is left out', async () => {
    const documents = documentOf({ operations: '  {}' });
    expect((await modelOf(documents)).channels).toEqual([]);
    expect(await warningsOf(documents)).toEqual([
      expect.stringContaining('The channel is left out: no operation says who sends its messages.'),
    ]);
  });

  test('a message that no operation has is left out', async () => {
    const operations =
      "  tell: { action: send, channel: { $ref: '#/channels/room' }, messages: [{ $ref: '#/channels/room/messages/said' }] }";
    expect(await warningsOf(documentOf({ operations }))).toEqual([
      'asyncapi.yaml:9 The message is left out: no operation sends or receives it.',
    ]);
  });
});

describe('messages are told apart', () => {
  /** Puts other schemas in the place of both. */
  const withSchemas = (said: string, say: string) => {
    const document = documentOf()['asyncapi.yaml'];
    const lines = document.split('\n').filter((line) => !/^ {4}Sa(id|y):/.test(line));
    return {
      'asyncapi.yaml': lines
        .join('\n')
        .replace('  schemas:\n', `  schemas:\n    Said: ${said}\n    Say: ${say}\n`),
    };
  };
  const apart = async (said: string, say: string) => {
    const { discriminator, server, client } = await socketOf(withSchemas(said, say));
    const nameOf = ({ type, untagged }: { type: string; untagged?: true }) =>
      untagged ? `${type} untagged` : type;
    return { discriminator, server: server.map(nameOf), client: client.map(nameOf) };
  };

  test('by the property that tells the most', async () => {
    const said = '{ type: object, properties: { version: { const: v1 }, op: { const: said } } }';
    const say =
      '{ oneOf: [{ type: object, properties: { version: { const: v1 }, op: { const: say } } }, { type: object, properties: { version: { const: v1 }, op: { const: shout } } }] }';
    expect(await apart(said, say)).toEqual({
      discriminator: 'op',
      server: ['said'],
      client: ['say', 'shout'],
    });
  });

  test('by the usual name where several tell as much', async () => {
    const said = '{ type: object, properties: { a: { const: x }, type: { const: said } } }';
    const say = '{ type: object, properties: { a: { const: x }, type: { const: say } } }';
    expect(await apart(said, say)).toMatchObject({ discriminator: 'type' });
  });

  test('through references, allOf and single values of enum', async () => {
    const said =
      '{ allOf: [{ type: object, properties: { type: { enum: [said] } } }, { $ref: "#/components/schemas/Say" }] }';
    const say = '{ type: object, properties: { text: { type: string } } }';
    expect(await apart(said, say)).toEqual({
      discriminator: 'type',
      server: ['said'],
      client: ['say untagged'],
    });
  });

  test('a union with one value in all of its branches is one message', async () => {
    const said =
      '{ oneOf: [{ type: object, required: [a], properties: { type: { const: said }, a: true } }, { type: object, required: [b], properties: { type: { const: said }, b: true } }] }';
    const { server } = await socketOf(
      withSchemas(said, '{ type: object, properties: { type: { const: say } } }'),
    );
    expect(server).toEqual([{ type: 'said', schema: 'Said' }]);
  });

  test('a message with several values is each of them', async () => {
    const said = '{ type: object, properties: { type: { enum: [said, heard] } } }';
    expect(await apart(said, '{ type: object, properties: { type: { const: say } } }')).toEqual({
      discriminator: 'type',
      server: ['said', 'heard'],
      client: ['say'],
    });
  });

  test('by their schemas where nothing is fixed', async () => {
    const list = '{ type: array, items: { type: number } }';
    expect(await apart(list, '{ type: object, properties: { text: { type: string } } }')).toEqual({
      discriminator: undefined,
      server: ['said untagged'],
      client: ['say untagged'],
    });
  });

  test('two messages of one type are one, of either schema', async () => {
    const channel = 'x-second: true';
    const document = documentOf({ channel })['asyncapi.yaml'].replace(
      '      say:',
      '      again: { payload: { type: object, required: [type, more], properties: { type: { const: said }, more: true } } }\n      say:',
    );
    const operations = document.replace(
      "messages: [{ $ref: '#/channels/room/messages/said' }]",
      "messages: [{ $ref: '#/channels/room/messages/said' }, { $ref: '#/channels/room/messages/again' }]",
    );
    const { server } = await socketOf({ 'asyncapi.yaml': operations });
    expect(server).toEqual([{ type: 'said', schema: expect.stringMatching(/^SaidMessage/) }]);
  });
});

const ASKED = (listed = ", messages: [{ $ref: '#/channels/room/messages/said' }]") => `
  tell: { action: send, channel: { $ref: '#/channels/room' }, messages: [{ $ref: '#/channels/room/messages/said' }] }
  hear:
    action: receive
    channel: { $ref: '#/channels/room' }
    messages: [{ $ref: '#/channels/room/messages/say' }]
    reply: { channel: { $ref: '#/channels/room' }${listed} }`;

/** The document with other messages. */
const withMessages = (said: string, say: string, operations = ASKED()) => ({
  'asyncapi.yaml': documentOf({ operations })['asyncapi.yaml'].replace(
    / {6}said: .*\n {6}say: .*\n/,
    `      said: ${said}\n      say: ${say}\n`,
  ),
});

describe('a request', () => {
  const payload = (type: string, id: string) =>
    `payload: { type: object, required: [type], properties: { type: { const: ${type} }, ${id}: { type: string } } }`;
  const id = (name: string) => `correlationId: { location: '$message.payload#/${name}' }`;

  test('has a correlation id, and answers that have it too', async () => {
    const documents = withMessages(
      `{ ${payload('said', 'replyTo')}, ${id('replyTo')} }`,
      `{ ${payload('say', 'id')}, ${id('id')} }`,
    );
    expect(await warningsOf(documents)).toEqual([]);
    expect(await socketOf(documents)).toMatchObject({
      server: [{ type: 'said', correlationId: '/replyTo' }],
      client: [{ type: 'say', correlationId: '/id', replies: ['said'] }],
    });
  });

  test('without a list of answers is answered by any message of the reply’s channel', async () => {
    const documents = withMessages(
      `{ ${payload('said', 'id')}, ${id('id')} }`,
      `{ ${payload('say', 'id')}, ${id('id')} }`,
      ASKED(''),
    );
    const { client } = await socketOf(documents);
    expect(client[0]?.replies).toEqual(['said', 'say']);
  });

  test('has a number for an id where the schema says so', async () => {
    const number = (type: string) =>
      `payload: { type: object, properties: { type: { const: ${type} }, id: { type: integer } } }`;
    const documents = withMessages(`{ ${number('said')}, ${id('id')} }`, `{ ${number('say')}, ${id('id')} }`);
    expect((await socketOf(documents)).client[0]).toMatchObject({ correlationId: '/id', numericId: true });
  });

  test('finds the id of an answer that does not name it where it has its own', async () => {
    const documents = withMessages(
      `{ ${payload('said', 'id')} }`,
      `{ ${payload('say', 'id')}, ${id('id')} }`,
    );
    expect((await socketOf(documents)).server[0]).toMatchObject({ correlationId: '/id' });
  });

  test.each<[string, string, string, string]>([
    [
      'without a correlation id',
      `{ ${payload('said', 'id')} }`,
      `{ ${payload('say', 'id')} }`,
      'request() cannot wait for it: it has no correlationId',
    ],
    [
      'with an answer that has none',
      `{ ${payload('said', 'other')} }`,
      `{ ${payload('say', 'id')}, ${id('id')} }`,
      'It cannot be known which message said answers.',
    ],
    [
      'with an id in a header',
      `{ ${payload('said', 'id')} }`,
      `{ ${payload('say', 'id')}, correlationId: { location: '$message.header#/id' } }`,
      'A frame of a WebSocket has no headers, so that this id cannot be read.',
    ],
    [
      'that nothing tells from others',
      `{ ${payload('said', 'id')} }`,
      `{ payload: { type: object, properties: { id: { type: string } } }, ${id('id')} }`,
      'no property with const tells it from others.',
    ],
  ])('%s is a message only, with a warning', async (_name, said, say, warning) => {
    const documents = withMessages(said, say);
    expect((await socketOf(documents)).client[0]?.replies).toBeUndefined();
    expect(await warningsOf(documents)).toContainEqual(expect.stringContaining(warning));
  });

  test('of the server’s is a message only, with a warning', async () => {
    const operations = `
  tell:
    action: send
    channel: { $ref: '#/channels/room' }
    messages: [{ $ref: '#/channels/room/messages/said' }]
    reply: { channel: { $ref: '#/channels/room' }, messages: [{ $ref: '#/channels/room/messages/say' }] }`;
    const documents = documentOf({ operations });
    expect(await socketOf(documents)).toMatchObject({
      server: [{ type: 'said' }],
      client: [{ type: 'say' }],
    });
    expect(await warningsOf(documents)).toContainEqual(expect.stringContaining('Answers of a client'));
  });

  test('whose answer comes elsewhere is a message only, with a warning', async () => {
    const operations = OPERATIONS.replace(
      "messages: [{ $ref: '#/channels/room/messages/say' }] }",
      "messages: [{ $ref: '#/channels/room/messages/say' }], reply: { address: { location: '$message.header#/to' } } }",
    );
    expect(await warningsOf(documentOf({ operations }))).toContainEqual(
      expect.stringContaining('The reply is left out: where it comes is known only at run time.'),
    );
  });
});

test('channels with one address are one socket', async () => {
  const documents = {
    'asyncapi.yaml': `asyncapi: 3.0.0
info: { title: Prices, version: 1.0.0 }
channels:
  ask: { address: /feed/v1, messages: { ask: { payload: { $ref: '#/components/schemas/Ask' }, correlationId: { location: '$message.payload#/id' } } } }
  prices: { address: /feed/v1, messages: { price: { payload: { $ref: '#/components/schemas/Price' } } } }
operations:
  ask: { action: receive, channel: { $ref: '#/channels/ask' }, reply: { channel: { $ref: '#/channels/prices' } } }
components:
  schemas:
    Ask: { type: object, properties: { event: { const: ask }, id: { type: integer } } }
    Price: { type: object, properties: { event: { const: price }, id: { type: integer } } }
`,
  };
  expect(await socketOf(documents)).toMatchObject({
    name: 'feedV1',
    discriminator: 'event',
    server: [{ type: 'price', correlationId: '/id', numericId: true }],
    client: [{ type: 'ask', correlationId: '/id', numericId: true, replies: ['price'] }],
  });
});

describe('a message', () => {
  const said = (more: string) =>
    withMessages(`{ ${more} }`, "{ payload: { $ref: '#/components/schemas/Say' } }", OPERATIONS);

  test('takes from its traits what it does not say itself, from the last that does', async () => {
    const traits =
      "traits: [{ name: first, contentType: text/plain }, { name: second, correlationId: { location: '$message.payload#/text' } }]";
    const { server } = await socketOf(
      said(
        `contentType: application/json, ${traits}, payload: { type: object, properties: { text: { type: string } } }`,
      ),
    );
    expect(server).toEqual([
      { type: 'second', untagged: true, correlationId: '/text', schema: expect.any(String) },
    ]);
  });

  test.each<[string, string, string, number]>([
    [
      'with headers',
      "headers: { type: object }, payload: { $ref: '#/components/schemas/Said' }",
      'has no headers. These are left out',
      1,
    ],
    [
      'in Avro',
      'payload: { schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {} }',
      'is left out: its payload is of application/vnd.apache.avro',
      0,
    ],
    ['that is no JSON', 'contentType: text/csv, payload: { type: string }', 'is left out: it is text/csv', 0],
    ['without a payload', 'name: said', 'has no payload: anything will do', 1],
  ])('%s is told', async (_name, message, warning, count) => {
    const documents = said(message);
    expect(await warningsOf(documents)).toContainEqual(expect.stringContaining(warning));
    expect((await socketOf(documents)).server).toHaveLength(count);
  });

  test.each(['application/schema+json;version=draft-07', 'application/vnd.aai.asyncapi+yaml;version=3.0.0'])(
    'may name the format %s',
    async (format) => {
      const documents = said(
        `payload: { schemaFormat: '${format}', schema: { type: object, properties: { type: { const: said } } } }`,
      );
      expect(await warningsOf(documents)).toEqual([]);
      expect((await socketOf(documents)).server).toMatchObject([{ type: 'said' }]);
    },
  );
});

describe('what a socket is opened with', () => {
  const opened = (address: string, channel: string, head = '') => ({
    'asyncapi.yaml': documentOf({ channel, head })
      ['asyncapi.yaml'].replace('address: /rooms', `address: ${address}`)
      .replace(
        '    bindings: { ws: {} }\n',
        channel.includes('bindings') ? '' : '    bindings: { ws: {} }\n',
      ),
  });

  test('is its address, with parameters', async () => {
    const channel = `parameters:
  id: { description: Which }
  kind: { enum: [a, b], default: a }`;
    const { parameters, groups } = await socketOf(opened('/rooms/{id}/{kind}', channel));
    expect(parameters).toEqual([
      { name: 'id', in: 'path', required: true, style: 'simple', explode: false, type: 'string' },
      {
        name: 'kind',
        in: 'path',
        required: false,
        style: 'simple',
        explode: false,
        type: 'string',
        default: 'a',
      },
    ]);
    expect(groups).toMatchObject([
      {
        name: 'path',
        required: true,
        schema: {
          schema: {
            properties: { id: { type: 'string', description: 'Which' }, kind: { enum: ['a', 'b'] } },
            required: ['id'],
          },
        },
      },
    ]);
  });

  test('is the query and the headers of its binding', async () => {
    const channel = `bindings:
  ws:
    query: { type: object, required: [q], properties: { q: { type: string }, n: { type: array, items: { type: integer } } } }
    headers: { type: object, properties: { X-Tenant: { type: string } } }`;
    const { parameters, groups } = await socketOf(opened('/rooms', channel));
    expect(parameters).toMatchObject([
      { name: 'q', in: 'query', required: true, type: 'string' },
      { name: 'n', in: 'query', required: false, type: 'array', items: 'integer', explode: true },
      { name: 'X-Tenant', in: 'header', type: 'string' },
    ]);
    expect(groups.map(({ name, required }) => [name, required])).toEqual([
      ['query', true],
      ['headers', false],
    ]);
  });

  test('begins with the path of its server', async () => {
    const head = `servers:
  main: { host: a.example, protocol: wss, pathname: '/{version}/api/', variables: { version: { default: v2 } } }`;
    expect(await socketOf(opened('rooms', '', head))).toMatchObject({ address: '/v2/api/rooms' });
  });

  test('is told where it cannot be followed', async () => {
    const channel = `bindings: { ws: { method: POST, query: { type: object, properties: { o: { type: object } } } } }`;
    expect(await warningsOf(opened('/rooms/{id}', channel))).toEqual([
      expect.stringContaining('The parameter id of the address is not described.'),
      expect.stringContaining('A WebSocket is opened by GET'),
      expect.stringContaining('How an object is written into a query or header is not said.'),
    ]);
  });

  test('needs an address', async () => {
    const documents = { 'asyncapi.yaml': documentOf()['asyncapi.yaml'].replace('    address: /rooms\n', '') };
    expect((await modelOf(documents)).channels).toEqual([]);
    expect(await warningsOf(documents)).toContainEqual(expect.stringContaining('without an address'));
  });
});

describe('who may open a socket', () => {
  const schemes = `  securitySchemes:
    key: { type: http, scheme: bearer }
    other: { type: httpApiKey, in: query, name: k }
    flow: { type: oauth2, flows: {}, scopes: [read] }`;

  test('is said by its servers', async () => {
    const head = `servers:
  main: { host: a.example, protocol: wss, security: [{ $ref: '#/components/securitySchemes/key' }, { $ref: '#/components/securitySchemes/flow' }] }`;
    const { security } = await socketOf(documentOf({ head, components: schemes }));
    expect(security).toEqual([{ key: [] }, { flow: ['read'] }]);
  });

  test('is said by its operations where the servers do not', async () => {
    const operations = OPERATIONS.replace(
      'action: send',
      "action: send, security: [{ $ref: '#/components/securitySchemes/other' }]",
    );
    const { security } = await socketOf(documentOf({ operations, components: schemes }));
    expect(security).toEqual([{ other: [] }]);
  });

  test('is asked once, not for each message', async () => {
    const head = `servers:
  main: { host: a.example, protocol: wss, security: [{ $ref: '#/components/securitySchemes/key' }] }`;
    const operations = OPERATIONS.replace(
      'action: send',
      "action: send, security: [{ $ref: '#/components/securitySchemes/other' }]",
    );
    expect(await warningsOf(documentOf({ head, operations, components: schemes }))).toContainEqual(
      expect.stringContaining('Not checked: other for single messages.'),
    );
  });

  test('both documents’ schemes are known', async () => {
    const asyncapi = documentOf({ components: schemes })['asyncapi.yaml'];
    const openapi = `openapi: 3.2.0
info: { title: Rooms, version: 1.0.0 }
paths: {}
components: { securitySchemes: { cookie: { type: apiKey, in: cookie, name: sid } } }
`;
    const { securitySchemes } = await modelOf({ 'openapi.yaml': openapi, 'asyncapi.yaml': asyncapi });
    expect(Object.keys(securitySchemes).sort()).toEqual(['cookie', 'flow', 'key', 'other']);
  });
});

describe('a session', () => {
  const CONTROL = `    Auth: { type: object, properties: { type: { const: auth }, token: { type: string } } }
    Ready: { type: object, properties: { type: { const: auth.ok }, data: { $ref: '#/components/schemas/At' } } }
    Resume: { type: object, properties: { type: { const: resume }, data: { $ref: '#/components/schemas/At' } } }
    Failed: { type: object, properties: { type: { const: resume.failed }, data: { $ref: '#/components/schemas/At' } } }
    At: { type: object, properties: { epoch: { type: string }, lastSeq: { type: integer } } }`;
  const OPERATIONS_OF_ALL = `
  tell: { action: send, channel: { $ref: '#/channels/room' }, messages: [{ $ref: '#/channels/room/messages/said' }, { $ref: '#/channels/room/messages/ready' }, { $ref: '#/channels/room/messages/failed' }] }
  hear: { action: receive, channel: { $ref: '#/channels/room' }, messages: [{ $ref: '#/channels/room/messages/say' }, { $ref: '#/channels/room/messages/auth' }, { $ref: '#/channels/room/messages/resume' }] }`;
  const MESSAGES = ['auth', 'ready', 'resume', 'failed']
    .map(
      (key) =>
        `      ${key}: { payload: { $ref: '#/components/schemas/${key.charAt(0).toUpperCase()}${key.slice(1)}' } }\n`,
    )
    .join('');
  const withSession = (session: string, components = CONTROL) => ({
    'asyncapi.yaml': documentOf({ channel: session, components, operations: OPERATIONS_OF_ALL })[
      'asyncapi.yaml'
    ].replace('      said:', `${MESSAGES}      said:`),
  });
  const WHOLE =
    'x-socket-session: { auth: auth, ready: ready, resume: resume, resumeFailed: failed, sequence: $message.payload#/seq }';

  test('names its messages by their types', async () => {
    expect((await socketOf(withSession(WHOLE))).session).toEqual({
      auth: 'auth',
      ready: 'auth.ok',
      resume: 'resume',
      resumeFailed: 'resume.failed',
      sequence: '/seq',
    });
  });

  test.each<[string, string, string]>([
    ['a key that is none', WHOLE.replace('auth: auth', 'auth: hello'), 'hello is no key of the channel'],
    [
      'a message of the wrong side',
      WHOLE.replace('auth: auth', 'auth: ready'),
      'ready is no key of the channel',
    ],
    [
      'a message without what it must have',
      WHOLE.replace('auth: auth', 'auth: say'),
      'The message for auth needs /token',
    ],
    [
      'a resume without what goes with it',
      'x-socket-session: { resume: resume }',
      'resume needs ready, resumeFailed, sequence',
    ],
    [
      'a sequence that is no pointer',
      WHOLE.replace('$message.payload#/seq', 'seq'),
      'sequence is like $message.payload#/metadata/seq',
    ],
  ])('with %s is a fault', async (_name, session, fault) => {
    expect(await faultsOf(withSession(session))).toContainEqual(expect.stringContaining(fault));
  });

  test('whose ready tells no position cannot be resumed', async () => {
    const components = CONTROL.replace(
      "data: { $ref: '#/components/schemas/At' } } }\n    Resume",
      'data: {} } }\n    Resume',
    );
    expect(await faultsOf(withSession(WHOLE, components))).toEqual([
      expect.stringContaining('The message for ready needs /data/epoch and /data/lastSeq'),
    ]);
  });

  test('with a part that is none is told', async () => {
    expect(await warningsOf(withSession(WHOLE.replace('{ auth', '{ bye: say, auth')))).toContainEqual(
      expect.stringContaining('bye is no part of x-socket-session'),
    );
  });
});

test('close codes are read, and checked', async () => {
  const codes = 'x-close-codes: [{ code: 4401, reason: Who?, retry: false }]';
  expect((await socketOf(documentOf({ channel: codes }))).closeCodes).toEqual([
    { code: 4401, reason: 'Who?', retry: false },
  ]);
  expect(await faultsOf(documentOf({ channel: 'x-close-codes: [{ code: 99, retry: maybe }]' }))).toEqual([
    expect.stringContaining('A close code is { code: 1000 to 4999, reason, retry: true or false }.'),
  ]);
});

describe('a channel that is no socket', () => {
  const withProtocol = (protocol: string) => ({
    'asyncapi.yaml': documentOf({ head: `servers: { main: { host: a.example, protocol: ${protocol} } }` })[
      'asyncapi.yaml'
    ].replace('    bindings: { ws: {} }\n', ''),
  });

  test.each(['kafka', 'mqtt', 'https'])('but for %s is told', async (protocol) => {
    const documents = withProtocol(protocol);
    expect((await modelOf(documents)).channels).toEqual([]);
    expect(await warningsOf(documents)).toEqual([
      expect.stringContaining(
        `The channel is left out. It is for ${protocol}. Only WebSockets are generated`,
      ),
    ]);
  });

  test.each(['ws', 'wss'])('but for its server, which speaks %s, is one', async (protocol) => {
    expect((await socketOf(withProtocol(protocol))).name).toBe('room');
  });

  test('is one where nothing says its protocol and its address is a path', async () => {
    const documents = {
      'asyncapi.yaml': documentOf()['asyncapi.yaml'].replace('    bindings: { ws: {} }\n', ''),
    };
    expect((await socketOf(documents)).name).toBe('room');
    const topic = { 'asyncapi.yaml': documents['asyncapi.yaml'].replace('/rooms', 'rooms/said') };
    expect(await warningsOf(topic)).toEqual([expect.stringContaining('Nothing says its protocol')]);
  });

  test('is left to the streams of an OpenAPI document', async () => {
    expect((await modelOf(CHAT_DOCUMENTS)).channels).toEqual([]);
  });
});

describe('the name of a socket', () => {
  test.each([
    ['room', 'room'],
    ['chat-room', 'chatRoom'],
    ['then', 'socket'],
    ['constructor', 'socket'],
    ['/v1/{id}', 'v1Id'],
  ])('of the channel %s is %s', async (key, name) => {
    const pointer = key.replaceAll('~', '~0').replaceAll('/', '~1');
    const document = documentOf()
      ['asyncapi.yaml'].replace('\n  room:\n', `\n  '${key}':\n`)
      .replaceAll('#/channels/room', `#/channels/${pointer.replaceAll('{', '%7B').replaceAll('}', '%7D')}`);
    expect((await socketOf({ 'asyncapi.yaml': document })).name).toBe(name);
  });

  test('gives way to an operation of the same name', async () => {
    const openapi = `openapi: 3.2.0
info: { title: Rooms, version: 1.0.0 }
paths: { /rooms: { get: { operationId: room, responses: { '204': { description: None } } } } }
`;
    const { channels } = await modelOf({ ...documentOf(), 'openapi.yaml': openapi });
    expect(channels.map(({ name }) => name)).toEqual(['roomSocket']);
  });
});
