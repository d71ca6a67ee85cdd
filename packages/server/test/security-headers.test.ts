import { createWorkflowExecution } from '@flowwire/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

let server: TestServer;
let workflowId: string;

beforeAll(async () => {
  server = await openTestServer();
  const api = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
  workflowId = (await api.createWorkflow({ body: shout })).id;
});
afterAll(() => server.close());

const send = (method: string, path: string, body?: string) =>
  fetch(server.url + path, {
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body }),
  });

test.each([
  ['an answer', 'GET', '/api/workflow', 200],
  ['a refusal', 'GET', '/api/workflow/missing', 404],
  ['a path of no API', 'GET', '/nothing', 404],
  ['what a path takes', 'OPTIONS', '/api/workflow', 204],
  ['the health', 'GET', '/healthz', 200],
  ['the metrics', 'GET', '/metrics', 200],
  ['a document', 'GET', '/specs/identity/openapi.yaml', 200],
  ['the way to the documentation', 'GET', '/docs', 302],
])('%s is not sniffed, framed or told of elsewhere', async (_what, method, path, status) => {
  const answer = await send(method, path);
  await answer.text();
  expect(answer.status).toBe(status);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  expect(answer.headers.has('strict-transport-security')).toBe(false);
});

test('answers are kept by nobody, and read by pages of this origin alone', async () => {
  const { headers } = await send('GET', '/api/workflow');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
});

test('documents and streams say themselves how they are kept', async () => {
  const document = await send('GET', '/specs/identity/openapi.yaml');
  expect(document.headers.get('cache-control')).toBe('no-cache');
  expect(document.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  const path = `/api/workflow/${workflowId}/execute/stream`;
  const stream = await send('POST', path, JSON.stringify({ inputs: { text: 'x' } }));
  expect(await stream.text()).toContain('workflow_finished');
  expect(stream.headers.get('cache-control')).toBe('no-cache, no-transform');
  expect(stream.headers.get('x-content-type-options')).toBe('nosniff');
});

test('a server behind HTTPS asks for HTTPS from now on, and one with listed origins lets them embed', async () => {
  const other = await openTestServer({
    FLOWWIRE_PUBLIC_URL: 'https://flows.example.com/',
    FLOWWIRE_CORS_ORIGINS: 'https://app.example.com',
  });
  const { headers } = await fetch(`${other.url}/healthz`);
  await other.close();
  expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
  expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
});
