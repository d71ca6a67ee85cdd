import { describe, expect, test } from 'vitest';
import type { ToolDescription } from '../../definition/types.ts';
import type { SchemaProblem } from '../../errors.ts';
import type { JsonObject, JsonValue } from '../../events.ts';
import type { HttpRequest, HttpResponse } from '../http/sender.ts';
import { createContext } from '../http/testing/node-context.ts';
import { callOperation, describeOperations, type ToolArguments } from './operation.ts';

const schema = (type: string): JsonObject => ({ schema: { type } });

/** An API with one operation. */
const api = (operation: object, more: Partial<ToolDescription> & { path?: string; shared?: object } = {}) => {
  const { path = '/things', shared = {}, openapi = {}, ...rest } = more;
  const document = {
    openapi: '3.1.0',
    servers: [{ url: 'https://api.test/v1/' }],
    paths: { [path]: { ...shared, post: { operationId: 'act', ...operation } } },
    ...openapi,
  };
  // As a definition has it: parsed from JSON.
  const description: ToolDescription = { ...rest, openapi: JSON.parse(JSON.stringify(document)) };
  return description;
};

const ok: HttpResponse = { status: 200, headers: {}, body: '{"a":1}', bytes: Buffer.from('{"a":1}') };

/** Calls the one operation and answers the request that it came to. */
async function requestOf(
  description: ToolDescription,
  args: Partial<ToolArguments> = {},
  problems: readonly SchemaProblem[] = [],
): Promise<HttpRequest> {
  const requests: HttpRequest[] = [];
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    requests.push(request);
    return ok;
  };
  const services = { http: { send, close: async () => undefined }, validateSchema: () => problems };
  const context = createContext(services, { secret: { KEY: 's3cret' } });
  await callOperation(description, 'act', { parameters: {}, ...args }, context);
  const [request] = requests;
  if (!request) throw new Error('nothing was sent');
  return request;
}

const pets = {
  openapi: '3.0.3',
  servers: [{ url: 'https://{region}.pets.test/v2', variables: { region: { default: 'eu' } } }],
  paths: {
    '/pets/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
      get: {
        operationId: 'getPet',
        summary: 'Reads a pet',
        parameters: [
          { $ref: '#/components/parameters/Verbose' },
          { name: 'Accept', in: 'header', schema: { type: 'string' } },
        ],
      },
      put: {
        operationId: 'putPet',
        requestBody: { $ref: '#/components/requestBodies/Pet' },
      },
      delete: { summary: 'has no operationId' },
    },
  },
  components: {
    parameters: {
      Verbose: {
        name: 'verbose',
        in: 'query',
        description: 'Tell more.',
        schema: { type: 'boolean', nullable: true },
      },
    },
    requestBodies: {
      Pet: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
      },
    },
    schemas: {
      Pet: {
        type: 'object',
        required: ['id', 'name'],
        discriminator: { propertyName: 'kind' },
        properties: {
          id: { type: 'integer', readOnly: true },
          name: { type: 'string', pattern: '^(?=x)', minLength: 1 },
          age: { type: 'number', minimum: 0, exclusiveMinimum: true },
          parent: { $ref: '#/components/schemas/Pet' },
        },
      },
    },
  },
};

test('operations are described by their arguments, without references', () => {
  const pet = (parent: JsonObject): JsonObject => ({
    type: 'object',
    required: ['name'],
    properties: {
      id: { type: 'integer' },
      name: { type: 'string', minLength: 1 },
      age: { type: 'number', exclusiveMinimum: 0 },
      parent,
    },
  });
  expect(describeOperations({ openapi: pets })).toEqual([
    {
      operationId: 'getPet',
      summary: 'Reads a pet',
      parameters: {
        type: 'object',
        properties: {
          id: { type: 'integer' },
          verbose: { description: 'Tell more.', anyOf: [{ type: 'boolean' }, { type: 'null' }] },
        },
        required: ['id'],
        additionalProperties: false,
      },
    },
    {
      operationId: 'putPet',
      summary: 'PUT /pets/{id}',
      parameters: {
        type: 'object',
        // A pet within a pet accepts anything.
        properties: { id: { type: 'integer' }, body: pet({}) },
        required: ['id', 'body'],
        additionalProperties: false,
      },
    },
  ]);
});

test('a call puts everything in its place', async () => {
  const description = api(
    {
      parameters: [
        { name: 'q', in: 'query', ...schema('string') },
        { name: 'X-Kind', in: 'header', ...schema('string') },
        { name: 'session', in: 'cookie', ...schema('string') },
      ],
      requestBody: { content: { 'application/json': { schema: {} } } },
    },
    {
      path: '/things/{id}',
      shared: { parameters: [{ name: 'id', in: 'path', required: true, ...schema('string') }] },
      headers: { 'X-Team': 'ours', 'X-Kind': 'ours' },
      auth: { type: 'api_key', name: 'key', value: '{{ secret.KEY }}', in: 'cookie' },
    },
  );
  const parameters = { id: 'a/b c', q: 'x&y=1', 'X-Kind': 'theirs', session: 'a b' };
  expect(await requestOf(description, { parameters, body: { n: [1] } })).toEqual({
    tenantId: 'tenant_1',
    method: 'POST',
    url: 'https://api.test/v1/things/a%2Fb%20c?q=x%26y%3D1',
    headers: {
      accept: 'application/json, */*;q=0.5',
      'idempotency-key': 'run_1/call',
      'content-type': 'application/json',
      'x-team': 'ours',
      'x-kind': 'ours',
      cookie: 'session=a%20b; key=s3cret',
    },
    body: '{"n":[1]}',
    maxResponseBytes: 1_048_576,
  });
});

describe('a parameter is written in the style', () => {
  const list = ['a', 'b,c'];
  const object = { r: 1, g: 'x y' };
  test.each<[string, object, JsonValue, string]>([
    ['form', {}, list, 'p=a&p=b%2Cc'],
    ['form', {}, object, 'r=1&g=x%20y'],
    ['form', {}, true, 'p=true'],
    ['form', {}, [], ''],
    ['form, not exploded', { explode: false }, list, 'p=a,b%2Cc'],
    ['form, not exploded', { explode: false }, object, 'p=r,1,g,x%20y'],
    ['spaceDelimited', { style: 'spaceDelimited' }, list, 'p=a%20b%2Cc'],
    ['pipeDelimited', { style: 'pipeDelimited' }, list, 'p=a%7Cb%2Cc'],
    ['deepObject', { style: 'deepObject', explode: true }, object, 'p%5Br%5D=1&p%5Bg%5D=x%20y'],
    ['deepObject', { style: 'deepObject' }, { a: { b: [1, 2] } }, 'p%5Ba%5D%5Bb%5D=1&p%5Ba%5D%5Bb%5D=2'],
    ['of its content', { content: { 'application/json': {} } }, { a: 1 }, 'p=%7B%22a%22%3A1%7D'],
    ['form', {}, '\ud800', 'p=%EF%BF%BD'],
  ])('%s %j: %j', async (_style, fields, value, query) => {
    const description = api({ parameters: [{ name: 'p', in: 'query', ...fields }] });
    const { url } = await requestOf(description, { parameters: { p: value } });
    expect(new URL(url).search).toBe(query === '' ? '' : `?${query}`);
  });

  test.each<[object, JsonValue, string]>([
    [{}, list, '/x/a,b%2Cc/y'],
    [{}, object, '/x/r,1,g,x%20y/y'],
    [{ explode: true }, object, '/x/r=1,g=x%20y/y'],
    [{}, '..a', '/x/..a/y'],
  ])('simple, in the path %j: %j', async (fields, value, path) => {
    const parameters = [{ name: 'p', in: 'path', required: true, ...fields }];
    const { url } = await requestOf(api({ parameters }, { path: '/x/{p}/y' }), { parameters: { p: value } });
    expect(url).toBe(`https://api.test/v1${path}`);
  });
});

test.each<[string, JsonValue, string, string]>([
  ['application/vnd.api+json', { a: 1 }, 'application/vnd.api+json', '{"a":1}'],
  ['*/*', 'x', 'application/json', '"x"'],
  [
    'application/x-www-form-urlencoded',
    { a: ['1', '2'], b: 'ü' },
    'application/x-www-form-urlencoded',
    'a=1&a=2&b=%C3%BC',
  ],
  ['text/csv', 'a,b', 'text/csv', 'a,b'],
  ['application/pdf', 'aGk=', 'application/pdf', 'hi'],
])('a body of %s', async (mediaType, body, contentType, sent) => {
  const request = await requestOf(api({ requestBody: { content: { [mediaType]: {} } } }), { body });
  expect(request.headers['content-type']).toBe(contentType);
  expect(Buffer.from(request.body ?? '').toString()).toBe(sent);
});

test('files of a multipart body are objects', async () => {
  const properties = { note: { type: 'string' }, scan: { type: 'string', format: 'binary' } };
  const content = { 'multipart/form-data': { schema: { type: 'object', properties } } };
  const description = api({ requestBody: { content } });
  const [operation] = describeOperations(description);
  expect(operation?.parameters.properties).toMatchObject({
    body: { properties: { note: { type: 'string' }, scan: { required: ['base64'] } } },
  });
  const body = { note: 'n', scan: { filename: 's.png', content_type: 'image/png', base64: 'aGk=' } };
  const request = await requestOf(description, { body });
  expect(request.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  expect(Buffer.from(request.body ?? '').toString()).toContain(
    'filename="s.png"\r\nContent-Type: image/png\r\n\r\nhi',
  );
});

describe('a call is refused', () => {
  const inPath = { parameters: [{ name: 'id', in: 'path', required: true, ...schema('string') }] };
  const optional = { parameters: [{ name: 'q', in: 'query', ...schema('string') }] };
  test.each<[string, ToolDescription, Partial<ToolArguments>, string, RegExp]>([
    [
      'without a parameter',
      api(inPath, { path: '/x/{id}' }),
      {},
      'invalid_parameters',
      /act needs the parameter id/,
    ],
    [
      'with another one',
      api(optional),
      { parameters: { p: 1 } },
      'invalid_parameters',
      /no parameter p; it has q/,
    ],
    [
      'with __proto__',
      api(optional),
      { parameters: JSON.parse('{"__proto__":1}') },
      'invalid_parameters',
      /__proto__/,
    ],
    ['with a body', api({}), { body: null }, 'invalid_parameters', /act takes no body/],
    [
      'without a body',
      api({ requestBody: { required: true, content: { 'text/plain': {} } } }),
      {},
      'invalid_parameters',
      /act needs a body/,
    ],
    [
      'that leads up',
      api(inPath, { path: '/x/{id}' }),
      { parameters: { id: '..' } },
      'invalid_parameters',
      /\. or \.\./,
    ],
    [
      'that leads nowhere',
      api(inPath, { path: '/x/{id}' }),
      { parameters: { id: '' } },
      'invalid_parameters',
      /must not be empty/,
    ],
    [
      'with a line break',
      api({ parameters: [{ name: 'h', in: 'header' }] }),
      { parameters: { h: 'a\r\nb: c' } },
      'invalid_request',
      /header h/,
    ],
    [
      'with a header of the connection',
      api({ parameters: [{ name: 'Host', in: 'header' }] }),
      { parameters: { Host: 'evil' } },
      'invalid_request',
      /Host/,
    ],
    ['of a path that names no parameter', api({}, { path: '/x/{id}' }), {}, 'invalid_tool', /\{id\}/],
    [
      'with a style that nobody knows',
      api({ parameters: [{ name: 'q', in: 'query', style: 'matrix' }] }),
      {},
      'invalid_tool',
      /style matrix/,
    ],
    [
      'with two arguments of one name',
      api({
        parameters: [
          { name: 'q', in: 'query' },
          { name: 'q', in: 'header' },
        ],
      }),
      {},
      'invalid_tool',
      /called q/,
    ],
    [
      'with a reference to elsewhere',
      api({ parameters: [{ $ref: 'https://evil.test/x' }] }),
      {},
      'invalid_tool',
      /leads out of the document/,
    ],
    [
      'with a reference to nothing',
      api({ parameters: [{ $ref: '#/constructor/name' }] }),
      {},
      'invalid_tool',
      /names nothing/,
    ],
    [
      'with a reference to itself',
      api(
        { requestBody: { $ref: '#/components/x' } },
        { openapi: { components: { x: { $ref: '#/components/x' } } } },
      ),
      {},
      'invalid_tool',
      /without an end/,
    ],
    ['without a server', api({}, { openapi: { servers: [] } }), {}, 'invalid_tool', /names no server/],
    ['to a server of another kind', api({}, { server: 'file:///etc' }), {}, 'invalid_tool', /http/],
    [
      'to a server with credentials',
      api({}, { server: 'https://a:b@c.test' }),
      {},
      'invalid_tool',
      /credentials/,
    ],
  ])('%s', async (_name, description, args, code, message) => {
    await expect(requestOf(description, args)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('when the schema does not accept it, or cannot be used', async () => {
    const problems = [{ pointer: '/q', code: 'type', message: 'must be string' }];
    await expect(requestOf(api(optional), { parameters: { q: 1 } }, problems)).rejects.toMatchObject({
      code: 'invalid_parameters',
      message: 'arguments of act are wrong: /q must be string',
    });
    const context = createContext({
      validateSchema: () => {
        throw new Error('strange type');
      },
    });
    await expect(callOperation(api(optional), 'act', { parameters: {} }, context)).rejects.toMatchObject({
      code: 'invalid_tool',
      message: 'the schemas of act cannot be used: strange type',
    });
  });

  test('when there is no such operation', async () => {
    const pending = callOperation(api({}), 'constructor', { parameters: {} }, createContext({}));
    await expect(pending).rejects.toMatchObject({
      code: 'unknown_operation',
      message: expect.stringMatching(/act/),
    });
  });
});

test('null is an optional parameter that is not there; a key of its own needs no argument', async () => {
  const parameters = [
    { name: 'q', in: 'query', schema: {} },
    { name: 'Idempotency-Key', in: 'header', required: true, schema: {} },
  ];
  const { url, headers } = await requestOf(api({ parameters }), { parameters: { q: null } });
  expect(url).toBe('https://api.test/v1/things');
  expect(headers['idempotency-key']).toBe('run_1/call');
});

test('the nearest server wins, and the description’s before all', async () => {
  const servers = [{ url: 'https://near.test' }];
  expect((await requestOf(api({ servers }))).url).toBe('https://near.test/things');
  expect((await requestOf(api({ servers }, { server: 'https://own.test/' }))).url).toBe(
    'https://own.test/things',
  );
});

test('schemas that multiply stay small', () => {
  const schemas = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => {
      const next = { $ref: `#/components/schemas/s${index + 1}` };
      return [`s${index}`, { type: 'object', properties: { a: next, b: next } }];
    }),
  );
  const description = api(
    { requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/s0' } } } } },
    { openapi: { components: { schemas: { ...schemas, s30: { type: 'null' } } } } },
  );
  expect(JSON.stringify(describeOperations(description)).length).toBeLessThan(200_000);
});
