import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createAstron } from '@flowwire/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestServer, type TestServer } from './support/reference-server.ts';

// The Python client that the API's source documentation shows. It says who it is by the header alone, in the spelling of
// the document, as a program behind a gateway does; on loopback, in development, that is enough.

const CLIENT = fileURLToPath(new URL('./clients/astron_client.py', import.meta.url));
const APP = 'your_app_id';
const hasPython = spawnSync('python3', ['--version']).status === 0;

let server: TestServer;
let flowId: string;

beforeAll(async () => {
  server = await openTestServer();
  const api = createAstron({ baseUrl: server.url, auth: server.key });
  const { data } = await api.addLayout({ body: { name: 'takes two numbers', data: flow } });
  if (!data) throw new Error('the flow was not stored');
  flowId = data.flow_id;
  await api.publishFlow({ body: { flow_id: flowId, release_status: 1, plat: 1 } });
  // The app is known from its first request on.
  await promisify(execFile)('python3', [CLIENT, server.url, APP, flowId, 'single']).catch(() => undefined);
  await api.bindApp({ body: { flow_id: flowId, app_id: APP } });
});

afterAll(() => server.close());

const output = (name: string) => ({ id: `out-${name}`, name, schema: { type: 'number' } });

/** Answers what it was given. */
const flow = {
  id: 'takes-two-numbers',
  name: 'takes two numbers',
  version: 'v3.0.0',
  data: {
    nodes: [
      {
        id: 'node-start::1',
        data: {
          nodeMeta: { nodeType: 'Start', aliasName: 'Start' },
          outputs: [output('temperature'), output('max_tokens')],
        },
      },
      {
        id: 'node-end::2',
        data: {
          nodeMeta: { nodeType: 'End', aliasName: 'End' },
          inputs: [
            {
              id: 'in-tokens',
              name: 'tokens',
              schema: {
                type: 'number' as const,
                value: { type: 'ref' as const, content: { nodeId: 'node-start::1', name: 'max_tokens' } },
              },
            },
          ],
          nodeParam: { outputMode: 1, template: 'At most {{tokens}} tokens.', streamOutput: true },
        },
      },
    ],
    edges: [{ sourceNodeId: 'node-start::1', targetNodeId: 'node-end::2' }],
  },
};

async function run(mode: 'stream' | 'single'): Promise<string[]> {
  const { stdout } = await promisify(execFile)('python3', [CLIENT, server.url, APP, flowId, mode]);
  return stdout.trim().split('\n');
}

const contentOf = (line: string): string => /"content": "([^"]*)"/.exec(line)?.[1] ?? '';

describe.skipIf(!hasPython)('the documented Python client (skipped without python3)', () => {
  test('prints every frame of a stream', async () => {
    const lines = await run('stream');
    expect(lines.every((line) => line.startsWith('流式数据:'))).toBe(true);
    expect(lines.map(contentOf).join('')).toBe('At most 1000 tokens.');
    expect(lines.at(-1)).toContain('"finish_reason": "stop"');
  });

  test('prints the one answer', async () => {
    const lines = await run('single');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^响应: .*"code": 0/);
    expect(contentOf(lines[0] ?? '')).toBe('At most 1000 tokens.');
  });
});
