import { createWorkflowExecution } from '@flowwire/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEV_KEY, openTestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

const APP = 'https://app.example.com';

async function open(environment: Readonly<Record<string, string>> = { FLOWWIRE_CORS_ORIGINS: APP }) {
  const server = await openTestServer(environment);
  onTestFinished(() => server.close());
  const send = (method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(server.url + path, { method, headers: { authorization: `Bearer ${DEV_KEY}`, ...headers } });
  const preflight = (path: string, origin: string, method = 'POST') =>
    fetch(server.url + path, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method },
    });
  return { server, send, preflight };
}

/** Headers of which pages have to know, and may read only when they are listed (Fetch, section 3.3.4). */
const TELLING = [
  'Content-Disposition',
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Retry-After',
  'X-Cache',
  'X-Execution-Id',
  'X-RateLimit-Remaining',
  'X-Request-ID',
];

/** The headers of an answer that are about other origins. */
const sharing = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

const items = (list: string | null): string[] => (list ?? '').split(', ');

describe('a page of a listed origin', () => {
  test.each([
    ['/api/workflow', 'HEAD, GET, POST, OPTIONS'],
    ['/identity/login', 'POST, OPTIONS'],
    ['/mandas/v2/workflows', 'HEAD, GET, POST, OPTIONS'],
    ['/workflow/v1/chat/completions', 'POST, OPTIONS'],
  ])('is told before it sends what %s takes', async (path, methods) => {
    const { preflight } = await open();
    const answer = await preflight(path, APP);
    expect(answer.status).toBe(204);
    expect(sharing(answer)).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-credentials': 'true',
      'access-control-max-age': '7200',
    });
    expect(answer.headers.get('vary')).toBe('Origin');
    expect(items(answer.headers.get('access-control-allow-methods')).sort()).toEqual(items(methods).sort());
    const allowed = items(answer.headers.get('access-control-allow-headers')).map((name) =>
      name.toLowerCase(),
    );
    for (const name of ['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'if-match'])
      expect(allowed).toContain(name);
  });

  test('reads answers and refusals, with the headers that tell it how to go on', async () => {
    const { send } = await open({ FLOWWIRE_CORS_ORIGINS: APP, FLOWWIRE_RATE_LIMIT: '2' });
    const answers = [
      await send('GET', '/api/workflow', { origin: APP }),
      await send('GET', '/api/workflow/missing', { origin: APP }),
      await send('GET', '/api/workflow', { origin: APP }),
      await send('GET', '/api/workflow', { origin: APP, authorization: '' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 429, 401]);
    for (const answer of answers) {
      expect(sharing(answer)).toMatchObject({
        'access-control-allow-origin': APP,
        'access-control-allow-credentials': 'true',
      });
      const exposed = items(answer.headers.get('access-control-expose-headers'));
      expect(exposed).toEqual(expect.arrayContaining(TELLING));
    }
  });

  test('reads streams', async () => {
    const { server, send } = await open();
    const { id } = await createWorkflowExecution({ baseUrl: server.url, auth: DEV_KEY }).createWorkflow({
      body: shout,
    });
    const answer = await fetch(`${server.url}/api/workflow/${id}/execute/stream`, {
      method: 'POST',
      headers: { authorization: `Bearer ${DEV_KEY}`, 'content-type': 'application/json', origin: APP },
      body: JSON.stringify({ inputs: { text: 'x' } }),
    });
    expect(sharing(answer)['access-control-allow-origin']).toBe(APP);
    expect(answer.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(await answer.text()).toContain('workflow_finished');
    expect((await send('GET', '/api/workflow', { origin: APP })).headers.get('vary')).toBe('Origin');
  });

  test('spends nothing of a limit before it sends', async () => {
    const { send, preflight } = await open({ FLOWWIRE_CORS_ORIGINS: APP, FLOWWIRE_ADDRESS_RATE_LIMIT: '1' });
    for (let sent = 0; sent < 3; sent += 1)
      expect((await preflight('/api/workflow', APP, 'GET')).status).toBe(204);
    expect((await send('GET', '/api/workflow', { origin: APP })).status).toBe(200);
  });

  test('is told of no methods where there is nothing', async () => {
    const { preflight } = await open();
    const answer = await preflight('/api/workflow/a/b/c/d', APP);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('access-control-allow-methods')).toBeNull();
  });
});

describe('a page of another origin', () => {
  test.each([
    'https://evil.example',
    'http://app.example.com',
    'https://app.example.com.evil.example',
    'null',
  ])('such as %s is let in neither before nor with its request', async (origin) => {
    const { send, preflight } = await open();
    const refused = await preflight('/api/workflow', origin);
    expect([refused.status, sharing(refused), refused.headers.get('vary')]).toEqual([204, {}, 'Origin']);
    expect(sharing(await send('GET', '/api/workflow', { origin }))).toEqual({});
  });

  test('is let in by a star, without cookies', async () => {
    const { send, preflight } = await open({ FLOWWIRE_CORS_ORIGINS: '*' });
    const origin = 'https://anybody.example';
    for (const answer of [await preflight('/api/workflow', origin), await send('GET', '/api/workflow')]) {
      expect(sharing(answer)).toMatchObject({ 'access-control-allow-origin': '*' });
      expect(sharing(answer)).not.toHaveProperty('access-control-allow-credentials');
    }
  });

  test('is let in nowhere where the setting names none', async () => {
    const { send, preflight } = await open({});
    expect(sharing(await preflight('/api/workflow', APP))).toEqual({});
    expect(sharing(await send('GET', '/api/workflow', { origin: APP }))).toEqual({});
  });
});

test('a plain OPTIONS is answered with what the path takes, with and without origins', async () => {
  for (const environment of [{}, { FLOWWIRE_CORS_ORIGINS: APP }]) {
    const { send } = await open(environment);
    const answer = await send('OPTIONS', '/api/workflow', { origin: APP });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('allow')).toContain('POST');
    expect(answer.headers.get('access-control-allow-methods')).toBeNull();
  }
});
