import { describe, expect, test } from 'vitest';
import type { ToolDescription, ToolNode } from '../../definition/types.ts';
import { checkToolDescription } from './check.ts';
import { tool } from './tool.ts';

const weather: ToolDescription = {
  openapi: {
    openapi: '3.1.0',
    servers: [{ url: 'https://weather.test' }],
    paths: {
      '/{city}': {
        post: {
          operationId: 'getForecast',
          parameters: [
            { name: 'city', in: 'path', required: true, schema: { type: 'string' } },
            { name: 'days', in: 'query', schema: { type: 'integer' } },
          ],
          requestBody: { required: true, content: { 'application/json': {} } },
        },
      },
    },
  },
};

const check = (fields: Partial<ToolNode>, description = weather) => {
  const node: ToolNode = {
    id: 'call',
    type: 'tool',
    tool: 'weather',
    operation: 'getForecast',
    parameters: { city: '{{ start.city }}' },
    body: {},
    ...fields,
  };
  const definition = { name: 'd', nodes: [node], edges: [], tools: { weather: description } };
  return [...(tool.check?.(node, '/nodes/1', definition) ?? [])];
};

describe('a tool node', () => {
  test('that fits its document is fine', () => {
    expect(check({})).toEqual([]);
    expect(check({ parameters: { city: 'x', days: '{{ start.days }}' } })).toEqual([]);
  });

  test.each<[string, Partial<ToolNode>, string, string, string]>([
    ['of an unknown tool', { tool: 'toString' }, 'unknown_tool', '/nodes/1/tool', 'no tool toString'],
    [
      'of an unknown operation',
      { operation: 'x' },
      'invalid_node',
      '/nodes/1/operation',
      'the document has getForecast',
    ],
    [
      'without what is required',
      { parameters: {} },
      'invalid_node',
      '/nodes/1/parameters',
      'needs the parameter city',
    ],
    [
      'with an unknown parameter',
      { parameters: { city: '', 'a/b': 1 } },
      'invalid_node',
      '/nodes/1/parameters/a~1b',
      'it has city, days',
    ],
  ])('%s is refused', (_name, fields, code, pointer, words) => {
    expect(check(fields)).toEqual([
      { code, message: expect.stringContaining(words), pointer, nodeId: 'call' },
    ]);
  });

  test('without a body that is required is refused', () => {
    const node: ToolNode = {
      id: 'call',
      type: 'tool',
      tool: 'weather',
      operation: 'getForecast',
      parameters: { city: '' },
    };
    const definition = { name: 'd', nodes: [node], edges: [], tools: { weather } };
    expect([...(tool.check?.(node, '/nodes/1', definition) ?? [])]).toMatchObject([{ pointer: '/nodes/1' }]);
  });
});

describe('the description of an API', () => {
  const described = (openapi: object, more: Partial<ToolDescription> = {}) => [
    ...checkToolDescription({ openapi: { ...weather.openapi, ...openapi }, ...more }, '/tools/weather'),
  ];

  test('that can be called is fine', () => {
    expect(described({})).toEqual([]);
    expect(described({ openapi: '3.0.3', servers: [] }, { server: 'http://10.0.0.1:8080/api' })).toEqual([]);
  });

  const operation = (fields: object): object => ({
    paths: { '/a': { get: { operationId: 'a', ...fields } } },
  });
  test.each<[string, object, Partial<ToolDescription>, string, string]>([
    ['of another version', { openapi: '2.0' }, {}, '/openapi/openapi', 'must be OpenAPI 3.0'],
    [
      'without operations',
      { paths: { '/a': { get: {} } } },
      {},
      '/openapi/paths',
      'no operation with an operationId',
    ],
    ['without a server', { servers: [] }, {}, '/openapi', 'names no server'],
    ['with a relative server', { servers: [{ url: '/v1' }] }, {}, '/openapi', 'no absolute URL'],
    [
      'with a variable without a default',
      { servers: [{ url: 'https://{x}.test' }] },
      {},
      '/openapi',
      'variable x',
    ],
    ['with another server that is none', {}, { server: 'ftp://x' }, '/server', 'not ftp:'],
    ['with a header of the connection', {}, { headers: { Host: 'x' } }, '/headers/Host', 'header Host'],
    [
      'with a bad name for its key',
      {},
      { auth: { type: 'api_key', name: 'a b', value: '' } },
      '/auth/name',
      'no name',
    ],
    [
      'with a style that nobody knows',
      operation({ parameters: [{ name: 'p', in: 'header', style: 'form' }] }),
      {},
      '/openapi/paths/~1a/get',
      'has the style form',
    ],
    [
      'with a body of no type',
      operation({ requestBody: { content: {} } }),
      {},
      '/openapi/paths/~1a/get',
      'media type',
    ],
    [
      'with one id for two operations',
      { paths: { '/a': { get: { operationId: 'a' }, put: { operationId: 'a' } } } },
      {},
      '/openapi/paths/~1a/put/operationId',
      'two operations',
    ],
    ['with a path that is none', { paths: { a: {} } }, {}, '/openapi/paths', 'must begin with a slash'],
  ])('%s is refused', (_name, openapi, more, pointer, words) => {
    expect(described(openapi, more)).toEqual([
      { code: 'invalid_node', message: expect.stringContaining(words), pointer: `/tools/weather${pointer}` },
    ]);
  });
});
