import { join } from 'node:path';
import { createIdentity, createWorkflowExecution, isApiError } from '@flowwire/client';
import type { OutputValidators } from '@flowwire/contract';
import { astronServer } from '@flowwire/contract/astron/server';
import { identityServer } from '@flowwire/contract/identity/server';
import { mandasServer } from '@flowwire/contract/mandas/server';
import { workflowExecutionServer } from '@flowwire/contract/workflow-execution/server';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { DEV_KEY, dataFolder, openTestServer, spawnServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

async function open(environment: Readonly<Record<string, string>>) {
  const server = await openTestServer(environment);
  onTestFinished(() => server.close());
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(server.url + path, { headers: { authorization: `Bearer ${DEV_KEY}`, ...headers } });
  return { server, get };
}

const remaining = ({ headers }: Response): string | null => headers.get('x-ratelimit-remaining');

/** Requests without any key. */
const anonymously = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}/identity/me`, { headers });

async function newKey(url: string): Promise<string> {
  const identity = createIdentity({ baseUrl: url, auth: DEV_KEY });
  return (await identity.createKey({ body: { name: 'reader', permissions: ['READ'] } })).key;
}

describe('every answer to a good key says what is left', () => {
  test('in both spellings', async () => {
    const { get } = await open({ FLOWWIRE_RATE_LIMIT: '5' });
    const before = Math.floor(Date.now() / 1000);
    const { headers } = await get('/identity/me');
    const read = (name: string) => headers.get(name);
    expect([read('x-ratelimit-limit'), read('x-ratelimit-remaining')]).toEqual(['5', '4']);
    expect(Number(read('x-ratelimit-reset')) - before).toBeGreaterThanOrEqual(60);
    expect(Number(read('x-ratelimit-reset')) - before).toBeLessThanOrEqual(63);
    expect(read('ratelimit')).toMatch(/^"default";r=4;t=(60|59|58)$/);
    expect(read('ratelimit-policy')).toBe('"default";q=5;w=60');
    expect(read('retry-after')).toBeNull();
  });

  test('refusals included, but not to a key that is none', async () => {
    const { server, get } = await open({ FLOWWIRE_RATE_LIMIT: '20' });
    const reader = { authorization: `Bearer ${await newKey(server.url)}` };
    const refused = [
      await get('/api/workflow/missing'),
      await get('/api/workflow?limit=none'),
      await get('/api/workflow', { accept: 'image/png' }),
      await get('/identity/keys', reader),
    ];
    expect(refused.map((answer) => [answer.status, remaining(answer)])).toEqual([
      [404, '18'],
      [400, '17'],
      [406, '16'],
      [403, '19'],
    ]);
    const unknown = await get('/identity/me', { authorization: 'Bearer fw_unknown' });
    expect([unknown.status, remaining(unknown)]).toEqual([401, null]);
  });

  test('a stream too, which counts once, when it is opened', async () => {
    const { server, get } = await open({ FLOWWIRE_RATE_LIMIT: '20' });
    const api = createWorkflowExecution({ baseUrl: server.url, auth: DEV_KEY });
    const { id } = await api.createWorkflow({ body: shout });
    const answer = await fetch(`${server.url}/api/workflow/${id}/execute/stream`, {
      method: 'POST',
      headers: { authorization: `Bearer ${DEV_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: { text: 'x' } }),
    });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(remaining(answer)).toBe('18');
    expect(await answer.text()).toContain('workflow_finished');
    expect(remaining(await get('/identity/me'))).toBe('17');
  });
});

describe('one request too many is answered 429', () => {
  const validate = (outputs: Readonly<Record<string, OutputValidators>>, operationId: string) =>
    outputs[operationId]?.replies['429'];

  test.each([
    ['workflow-execution', '/api/workflow', validate(workflowExecutionServer.outputs, 'listWorkflows')],
    ['identity', '/identity/me', validate(identityServer.outputs, 'getPrincipal')],
    ['mandas', '/mandas/v2/workflows', validate(mandasServer.outputs, 'listWorkflows')],
    ['astron', '/workflow/v1/get_flow_info/x', validate(astronServer.outputs, 'getFlowInfo')],
  ])('in the words of %s, with the seconds to wait', async (_api, path, isDocumented) => {
    const { server, get } = await open({ FLOWWIRE_RATE_LIMIT: '1', FLOWWIRE_MANDAS_RATE_LIMIT: '1' });
    await get(path);
    const answer = await get(path);
    expect([answer.status, remaining(answer)]).toEqual([429, '0']);
    expect(answer.headers.get('retry-after')).toMatch(/^([1-9]|[1-5]\d|60)$/);
    const body: unknown = await answer.json();
    expect(isDocumented?.(body)).toBe(true);
    expect(JSON.stringify(body)).toMatch(/Too many requests\. Try again in \d+ seconds?/);
    expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  test('and the client tells it as an error with its code', async () => {
    const { server } = await open({ FLOWWIRE_RATE_LIMIT: '1' });
    const api = createWorkflowExecution({ baseUrl: server.url, auth: DEV_KEY, maxRetries: 0 });
    await api.listWorkflows();
    const error = await api.listWorkflows().catch((thrown: unknown) => thrown);
    expect(isApiError(error) && [error.status, error.code]).toEqual([429, 'rate_limited']);
  });
});

describe('what a key has left', () => {
  test('is its own: neither another key nor another tenant takes from it', async () => {
    const { server, get } = await open({ FLOWWIRE_RATE_LIMIT: '3' });
    addOtherTenant(server);
    const second = await newKey(server.url);
    const left = async (key: string) =>
      remaining(await get('/identity/me', { authorization: `Bearer ${key}` }));
    expect([await left(DEV_KEY), await left(second), await left(OTHER_KEY)]).toEqual(['1', '2', '2']);
  });

  test('is one for all APIs, but for mandas, which has a limit of its own', async () => {
    const { get } = await open({ FLOWWIRE_RATE_LIMIT: '50', FLOWWIRE_MANDAS_RATE_LIMIT: '100' });
    const policies: unknown[] = [];
    for (const path of ['/api/workflow', '/identity/me', '/mandas/v2/workflows']) {
      const answer = await get(path);
      policies.push([remaining(answer), answer.headers.get('ratelimit-policy')]);
    }
    expect(policies).toEqual([
      ['49', '"default";q=50;w=60'],
      ['48', '"default";q=50;w=60'],
      ['99', '"mandas";q=100;w=60'],
    ]);
  });

  test('is not limited, nor told, where the setting is off', async () => {
    const { get } = await open({ FLOWWIRE_RATE_LIMIT: 'off' });
    expect(remaining(await get('/identity/me'))).toBeNull();
  });
});

describe('counts outlive the process', () => {
  test('that is closed', async () => {
    const folder = await dataFolder();
    onTestFinished(folder.remove);
    const environment = { FLOWWIRE_RATE_LIMIT: '2', FLOWWIRE_DATA_DIR: folder.path };
    const first = await openTestServer(environment);
    const headers = { authorization: `Bearer ${DEV_KEY}` };
    expect(remaining(await fetch(`${first.url}/identity/me`, { headers }))).toBe('1');
    await first.close();
    const { get } = await open(environment);
    expect(remaining(await get('/identity/me'))).toBe('0');
    expect((await get('/identity/me')).status).toBe(429);
  });

  test('that is killed, once they have been kept, which takes a second', async () => {
    const folder = await dataFolder();
    onTestFinished(folder.remove);
    const environment = { FLOWWIRE_RATE_LIMIT: '2', FLOWWIRE_DATA_DIR: folder.path, PORT: '0' };
    const killed = await spawnServer(environment);
    const headers = { authorization: `Bearer ${DEV_KEY}` };
    for (const left of ['1', '0'])
      expect(remaining(await fetch(`${killed.url}/identity/me`, { headers }))).toBe(left);
    const file = join(folder.path, 'flowwire.sqlite');
    const kept = () => {
      const database = new Database(file, { readonly: true });
      const row = database.prepare("SELECT used FROM rate_counts WHERE key LIKE 'default dev/%'").get();
      database.close();
      return row;
    };
    await vi.waitFor(() => expect(kept()).toEqual({ used: 2 }), { timeout: 5_000, interval: 50 });
    await killed.kill('SIGKILL');
    const { get } = await open(environment);
    expect((await get('/identity/me')).status).toBe(429);
  });
});

describe('an address', () => {
  test('has a limit of its own, whatever keys it sends', async () => {
    const { server, get } = await open({ FLOWWIRE_ADDRESS_RATE_LIMIT: '3', FLOWWIRE_RATE_LIMIT: '20' });
    expect((await anonymously(server.url)).status).toBe(401);
    expect(remaining(await anonymously(server.url))).toBeNull();
    expect(remaining(await get('/identity/me'))).toBe('19');
    const refused = await get('/identity/me');
    expect([refused.status, refused.headers.get('ratelimit-policy')]).toEqual([429, '"address";q=3;w=60']);
  });

  test('is the one that a trusted proxy names', async () => {
    const { server } = await open({
      FLOWWIRE_ADDRESS_RATE_LIMIT: '1',
      FLOWWIRE_TRUSTED_PROXIES: '127.0.0.0/8, ::1',
    });
    const statusFor = async (forwarded: string) =>
      (await anonymously(server.url, { 'x-forwarded-for': forwarded })).status;
    expect([await statusFor('203.0.113.1'), await statusFor('203.0.113.2')]).toEqual([401, 401]);
    expect(await statusFor('198.51.100.1, 203.0.113.2')).toBe(429);
    expect([await statusFor('2001:db8::1'), await statusFor('2001:db8::2')]).toEqual([401, 429]);
  });

  test('is not what a stranger says', async () => {
    const { server } = await open({ FLOWWIRE_ADDRESS_RATE_LIMIT: '1' });
    await anonymously(server.url, { 'x-forwarded-for': '203.0.113.1' });
    expect((await anonymously(server.url, { 'x-forwarded-for': '203.0.113.2' })).status).toBe(429);
  });

  test('that tries sixty wrong keys waits with the next one, and good keys go on', async () => {
    const { get } = await open({ FLOWWIRE_ADDRESS_RATE_LIMIT: '1000' });
    const guess = async (index: number) =>
      (await get('/identity/me', { authorization: `Bearer fw_guess-${index}` })).status;
    for (let index = 0; index < 60; index += 1) expect(await guess(index)).toBe(401);
    expect(await guess(60)).toBe(429);
    expect((await get('/identity/me')).status).toBe(200);
  });

  test('may log in ten times a minute', async () => {
    const { server } = await open({ FLOWWIRE_LOGIN_RATE_LIMIT: '10' });
    const login = (key: string) =>
      fetch(`${server.url}/identity/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key }),
      });
    const first = await login(DEV_KEY);
    expect([first.status, first.headers.get('ratelimit-policy')]).toEqual([200, '"login";q=10;w=60']);
    for (let left = 8; left >= 0; left -= 1) {
      const wrong = await login('fw_wrong-key-of-nobody');
      expect([wrong.status, remaining(wrong)]).toEqual([401, String(left)]);
    }
    const refused = await login(DEV_KEY);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('ratelimit')).toMatch(/^"login";r=0;t=\d+$/);
    expect(refused.headers.get('set-cookie')).toBeNull();
  });
});
