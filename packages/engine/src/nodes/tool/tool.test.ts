import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ToolNode } from '../../definition/types.ts';
import { createHttpSender } from '../http/sender.ts';
import { type LoopbackServer, startLoopback } from '../http/testing/loopback.ts';
import { createContext } from '../http/testing/node-context.ts';
import { tool } from './tool.ts';

let server: LoopbackServer;
const http = createHttpSender({ allowPrivateAddresses: true });
beforeAll(async () => {
  server = await startLoopback();
});
beforeEach(() => {
  server.seen.length = 0;
});
afterAll(async () => {
  await http.close();
  server.close();
});

const openapi = {
  openapi: '3.0.3',
  paths: {
    '/items/{id}': {
      put: {
        operationId: 'putItem',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'integer' } },
          { name: 'tags', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
        ],
        requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
      },
    },
  },
};

const run = async (fields: Partial<ToolNode> = {}) => {
  const node: ToolNode = { id: 'call', type: 'tool', tool: 'items', operation: 'putItem', ...fields };
  const auth = { type: 'bearer', token: '{{ secret.KEY }}' } as const;
  const values = { start: { id: 7, tags: ['a', 'b'] }, secret: { KEY: 's3cret' } };
  const tools = { items: { openapi, server: server.url, auth } };
  return tool.execute(node, createContext({ http, validateSchema: () => [] }, values, tools));
};

test('an operation is called over the wire with the values that its references have', async () => {
  server.answer((_request, response) =>
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"ok":true}'),
  );
  const parameters = { id: '{{ start.id }}', tags: '{{ start.tags }}' };
  const { outputs } = await run({ parameters, body: { name: 'n{{ start.id }}' } });
  expect(server.seen).toMatchObject([
    {
      method: 'PUT',
      url: '/items/7?tags=a&tags=b',
      body: '{"name":"n7"}',
      headers: {
        authorization: 'Bearer s3cret',
        'idempotency-key': 'run_1/call',
        'content-type': 'application/json',
      },
    },
  ]);
  expect(outputs).toMatchObject({ status: 201, body: '{"ok":true}', json: { ok: true } });
});

test('a status of 400 or more fails the node unless it accepts errors', async () => {
  server.answer((_request, response) => response.writeHead(503, { 'retry-after': '2' }).end('busy'));
  const parameters = { id: 1 };
  await expect(run({ parameters })).rejects.toMatchObject({
    code: 'http_status',
    retryable: true,
    retryAfterMs: 2_000,
  });
  expect((await run({ parameters, accept_errors: true })).outputs).toMatchObject({
    status: 503,
    body: 'busy',
  });
});

test('a tool that the definition does not have is refused', async () => {
  await expect(run({ tool: '__proto__' })).rejects.toMatchObject({ code: 'unknown_tool' });
  expect(server.seen).toEqual([]);
});

test('addresses that are not public are refused', async () => {
  const guarded = createHttpSender();
  const tools = { items: { openapi, server: server.url } };
  const node: ToolNode = {
    id: 'call',
    type: 'tool',
    tool: 'items',
    operation: 'putItem',
    parameters: { id: 1 },
  };
  const pending = tool.execute(node, createContext({ http: guarded, validateSchema: () => [] }, {}, tools));
  await expect(pending).rejects.toMatchObject({ code: 'address_refused' });
  expect(server.seen).toEqual([]);
  await guarded.close();
});
