import { createConfig, lintFromString } from '@redocly/openapi-core';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, test } from 'vitest';
import { isObject, type JsonObject } from '../../json.ts';
import { toOpenApi31 } from './convert.ts';

const document = (members: JsonObject): JsonObject => ({
  openapi: '3.2.0',
  info: { title: 'Test', version: '1.0.0' },
  ...members,
});

/** A document of one operation. */
const withOperation = (operation: JsonObject, components: JsonObject = {}): JsonObject =>
  document({ paths: { '/things': { get: operation } }, components });

const inside = (root: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isObject(value) ? value[key] : undefined;
  }, root);

const operationOf = (root: JsonObject): unknown => inside(root, 'paths', '/things', 'get');

/** Everything that OpenAPI 3.2 has and 3.1 has not. */
const ALL_NEW = document({
  $self: 'https://example.com/api.yaml',
  jsonSchemaDialect: 'https://spec.openapis.org/oas/3.2/dialect/2025-09-17',
  servers: [{ url: 'https://example.com', name: 'production' }],
  tags: [
    { name: 'things', summary: 'Things', kind: 'nav' },
    { name: 'parts', parent: 'things' },
  ],
  paths: {
    '/things': {
      query: { operationId: 'findThings', responses: { 200: { summary: 'Found.' } } },
      additionalOperations: {
        COPY: { operationId: 'copyThings', responses: { 204: { description: 'Done.' } } },
      },
      get: {
        operationId: 'listThings',
        parameters: [
          {
            name: 'filter',
            in: 'querystring',
            content: {
              'application/x-www-form-urlencoded': {
                schema: { type: 'object', properties: { state: { type: 'string' } } },
                example: { state: 'on' },
              },
            },
          },
          { name: 'session', in: 'cookie', style: 'cookie', schema: { type: 'string' } },
        ],
        responses: {
          200: {
            summary: 'Things.',
            description: 'All of them.',
            content: {
              'application/json': { $ref: '#/components/mediaTypes/Things' },
              'text/event-stream': { itemSchema: { $ref: '#/components/schemas/Event' } },
              'multipart/mixed': {
                itemSchema: { type: 'string' },
                itemEncoding: { contentType: 'text/plain' },
              },
            },
          },
        },
      },
      post: {
        operationId: 'searchThings',
        parameters: [{ $ref: '#/components/parameters/Search' }],
        responses: { 204: { description: 'Nothing.' } },
      },
    },
  },
  components: {
    parameters: {
      Search: {
        name: 'search',
        in: 'querystring',
        content: { 'application/json': { schema: { type: 'object' } } },
      },
    },
    mediaTypes: {
      Things: {
        schema: { $ref: '#/components/schemas/Thing' },
        examples: { one: { dataValue: { kind: 'box' } }, text: { serializedValue: '{"kind":"box"}' } },
      },
    },
    schemas: {
      Event: { type: 'object', description: 'What happened.', properties: { data: { type: 'string' } } },
      Thing: {
        oneOf: [{ $ref: '#/components/schemas/Box' }],
        discriminator: { propertyName: 'kind', defaultMapping: 'Box' },
      },
      Box: {
        type: 'object',
        properties: {
          kind: { type: 'string', xml: { nodeType: 'attribute' } },
          text: { type: 'string', xml: { nodeType: 'cdata' } },
          parts: { type: 'array', items: { type: 'string' }, xml: { nodeType: 'element' } },
        },
      },
    },
    securitySchemes: {
      device: {
        type: 'oauth2',
        deprecated: true,
        oauth2MetadataUrl: 'https://example.com/.well-known/oauth-authorization-server',
        flows: {
          deviceAuthorization: {
            deviceAuthorizationUrl: 'https://example.com/device',
            tokenUrl: 'https://example.com/token',
            scopes: {},
          },
        },
      },
    },
  },
});

test('what is new in OpenAPI 3.2 becomes a document that Redocly takes for OpenAPI 3.1', async () => {
  const config = await createConfig({ rules: { struct: 'error', 'no-unresolved-refs': 'error' } });
  const { root } = toOpenApi31(ALL_NEW);
  const problems = await lintFromString({ source: JSON.stringify(root), absoluteRef: '/api.json', config });
  expect(problems.map(({ message }) => message)).toEqual([]);
});

test('openapi-typescript knows the type of a stream after that', async () => {
  const { root } = toOpenApi31(ALL_NEW);
  // Sound: Redocly has just found that it is a document of this version; this library checks it again.
  const types = astToString(await openapiTS(JSON.stringify(root), { silent: true }));
  expect(types).toContain('"text/event-stream": components["schemas"]["Event"]');
  expect(types).toContain('"application/json": components["schemas"]["Thing"]');
});

test('each thing that OpenAPI 3.1 cannot say is noted where it stood', () => {
  const { notes } = toOpenApi31(ALL_NEW);
  expect(notes.map(({ pointer, message }) => `${pointer} ${message.replace(/:.*/, '')}`).sort()).toEqual([
    '/components/schemas/Box/properties/text nodeType',
    '/components/schemas/Thing defaultMapping',
    '/components/securitySchemes/device deprecated',
    '/components/securitySchemes/device deviceAuthorization',
    '/components/securitySchemes/device oauth2MetadataUrl',
    '/paths/~1things additionalOperations',
    '/paths/~1things query',
    '/paths/~1things/get/responses/200/content/multipart~1mixed itemEncoding',
    '/paths/~1things/get/responses/200/content/multipart~1mixed itemSchema',
    '/paths/~1things/get/responses/200/content/text~1event-stream itemSchema',
    '/paths/~1things/post in',
    '/tags/0 kind',
    '/tags/1 parent',
  ]);
});

test('a stream keeps its itemSchema, and its schema says that more items follow', () => {
  const { root } = toOpenApi31(ALL_NEW);
  expect(inside(operationOf(root), 'responses', '200', 'content', 'text/event-stream')).toEqual({
    schema: {
      $ref: '#/components/schemas/Event',
      description: 'One server-sent event. The body is a stream of them.',
    },
    'x-item-schema': { $ref: '#/components/schemas/Event' },
  });
});

test('a schema of a whole sequence stays beside the schema of its items', () => {
  const content = { 'application/jsonl': { schema: { type: 'array' }, itemSchema: { type: 'string' } } };
  const { root, notes } = toOpenApi31(withOperation({ responses: { 200: { description: '', content } } }));
  expect(inside(operationOf(root), 'responses', '200', 'content', 'application/jsonl')).toEqual({
    schema: { type: 'array' },
    'x-item-schema': { type: 'string' },
  });
  expect(notes).toEqual([]);
});

test('a query string of scalars becomes one exploded query parameter', () => {
  const { root } = toOpenApi31(ALL_NEW);
  expect(inside(operationOf(root), 'parameters', '0')).toEqual({
    name: 'filter',
    in: 'query',
    style: 'form',
    explode: true,
    schema: { type: 'object', properties: { state: { type: 'string' } } },
    example: { state: 'on' },
  });
});

test.each([
  ['of JSON', { 'application/json': { schema: { type: 'object', properties: {} } } }],
  [
    'with an object in it',
    {
      'application/x-www-form-urlencoded': {
        schema: { type: 'object', properties: { range: { type: 'object' } } },
      },
    },
  ],
])('a query string %s is set apart from the parameters', (_, content) => {
  const querystring = { name: 'filter', in: 'querystring', content };
  const { root, notes } = toOpenApi31(withOperation({ parameters: [querystring], responses: {} }));
  expect(operationOf(root)).toEqual({ responses: {}, 'x-oas32-querystring': querystring });
  expect(notes).toHaveLength(1);
});

test('references to what was moved lead to where it is now', () => {
  const { root } = toOpenApi31(ALL_NEW);
  const { root: linked } = toOpenApi31({
    ...ALL_NEW,
    webhooks: {
      copied: {
        post: {
          requestBody: {
            content: {
              'application/json': {
                schema: {
                  $ref: '#/paths/~1things/additionalOperations/COPY/responses/204/content/text~1event-stream/itemSchema',
                },
              },
            },
          },
          responses: {},
        },
      },
    },
  });
  expect(inside(root, 'components', 'x-oas32-parameters', 'Search')).toBeDefined();
  expect(inside(root, 'paths', '/things', 'post', 'x-oas32-querystring')).toEqual({
    $ref: '#/components/x-oas32-parameters/Search',
  });
  const schema = inside(
    linked,
    'webhooks',
    'copied',
    'post',
    'requestBody',
    'content',
    'application/json',
    'schema',
  );
  expect(inside(schema, '$ref')).toMatch(/^#\/paths\/~1things\/x-oas32-additionalOperations\/COPY\//);
});

test.each<[name: string, example: JsonObject, converted: JsonObject]>([
  ['data', { dataValue: 1 }, { value: 1 }],
  ['data and its text', { dataValue: 1, serializedValue: '1' }, { value: 1, 'x-oas32-serializedValue': '1' }],
  ['text alone', { serializedValue: 'a=1' }, { value: 'a=1' }],
  ['a file alone', { externalValue: 'a.json' }, { externalValue: 'a.json' }],
  [
    'data and a file',
    { dataValue: 1, externalValue: 'a.json' },
    { value: 1, 'x-oas32-externalValue': 'a.json' },
  ],
])('an example of %s is an example in OpenAPI 3.1 too', (_, example, converted) => {
  const { root } = toOpenApi31(document({ paths: {}, components: { examples: { one: example } } }));
  expect(inside(root, 'components', 'examples', 'one')).toEqual(converted);
});

test('a response that has only a summary gets the description that OpenAPI 3.1 requires', () => {
  const { root } = toOpenApi31(withOperation({ responses: { 200: { summary: 'Fine.' }, 204: {} } }));
  expect(inside(operationOf(root), 'responses')).toEqual({
    200: { description: 'Fine.' },
    204: { description: '' },
  });
});

test('the document that is converted stays as it is', () => {
  const before = structuredClone(ALL_NEW);
  toOpenApi31(ALL_NEW);
  expect(ALL_NEW).toEqual(before);
});
