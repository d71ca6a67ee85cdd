import { createWorkflowExecution } from '@flowwire/client';
import { expect, onTestFinished, test } from 'vitest';
import { dropSchema, findPostgres } from '../src/store/laws/backends.ts';
import { openTestServer } from './support/reference-server.ts';
import { startSwitchedProxy } from './support/switched-proxy.ts';
import { shout } from './support/workflows.ts';

const found = await findPostgres();
const direct = 'url' in found ? found.url : '';
const missing = 'missing' in found ? found.missing : undefined;

/** A server whose database a test takes away. */
async function setUp() {
  const schema = `outage_${process.pid}_${Date.now()}`;
  const url = new URL(direct);
  const proxy = await startSwitchedProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  const server = await openTestServer({
    DATABASE_URL: url.href,
    DATABASE_SCHEMA: schema,
  });
  onTestFinished(async () => {
    proxy.on();
    await server.close();
    await dropSchema(direct, schema);
  });
  const api = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
  return { server, proxy, api };
}

test.skipIf(missing)(
  missing
    ? `a store that is down (${missing})`
    : 'a store that is down is told as 503 to come again, and heals',
  { timeout: 30_000 },
  async () => {
    const { server, proxy, api } = await setUp();
    const path = { id: (await api.createWorkflow({ body: shout })).id };
    const execute = () =>
      api.executeWorkflow({ path, body: { inputs: { text: 'x' } }, headers: { 'Idempotency-Key': 'run' } });
    const publish = () =>
      api.publishWorkflow({ path, body: { version: 1 }, headers: { 'Idempotency-Key': 'publish' } });
    const questions = [() => api.getWorkflow({ path }), () => api.listWorkflows(), execute, publish];

    proxy.off();
    for (const ask of questions) {
      await expect(ask()).rejects.toMatchObject({ status: 503, code: 'unavailable', retryAfterMs: 5_000 });
    }
    const unauthorized = await fetch(`${server.url}/api/workflow`, {
      headers: { Authorization: 'Bearer fw_another-key-of-nobody' },
    });
    expect(unauthorized.status).toBe(503);
    expect(server.logged.join('')).toContain('an operation failed');

    proxy.on();
    for (const ask of questions) await ask();
    expect((await api.listExecutions({ query: { workflow_id: path.id } })).data).toHaveLength(1);
  },
);
