import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HttpNode } from '../../definition/types.ts';
import type { NodeError } from '../../errors.ts';
import type { JsonObject } from '../../events.ts';
import { createServices } from '../../testing/fixtures.ts';
import type { NodeContext } from '../executor.ts';
import { isAllowed, isPublicAddress } from './address-guard.ts';
import type { ResolveHost } from './guarded-agent.ts';
import { http } from './http.ts';
import { createHttpSender, type HttpSender } from './sender.ts';

const never = new AbortController().signal;
type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;
interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let handler: Handler = (_request, response) => response.end();
const seen: Seen[] = [];
const servers: Server[] = [];
let port = 0;
let otherPort = 0;

async function listen(): Promise<number> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    handler(request, response, body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Sound: a server that listens on TCP has an AddressInfo.
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  [port, otherPort] = [await listen(), await listen()];
});
beforeEach(() => {
  seen.length = 0;
});
const senders: HttpSender[] = [];
const sender = (settings: Parameters<typeof createHttpSender>[0]) => {
  const created = createHttpSender(settings);
  senders.push(created);
  return created;
};
afterAll(async () => {
  await Promise.all(senders.map((one) => one.close()));
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

const get = (one: HttpSender, url: string) =>
  one.send({ method: 'GET', url, headers: {}, maxResponseBytes: 1_000 }, never);

describe('the guard refuses', () => {
  const answers: Record<string, string[]> = {
    'private.test': ['10.1.2.3'],
    'mixed.test': ['93.184.216.34', '127.0.0.1'],
    'mapped.test': ['::ffff:127.0.0.1'],
    'metadata.test': ['169.254.169.254'],
    'local6.test': ['fd00::1'],
  };
  const resolveHost: ResolveHost = (host, done) => {
    const addresses = (answers[host] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    done(null, addresses);
  };
  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://017700000001/',
    'http://0.0.0.0/',
    'http://0/',
    'http://10.0.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://100.100.100.200/',
    'http://169.254.169.254/latest/meta-data',
    'http://168.63.129.16/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://198.18.0.1/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[ff02::1]/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
    'http://private.test/',
    'http://mixed.test/',
    'http://mapped.test/',
    'http://metadata.test/',
    'http://local6.test/',
  ])('%s', async (url) => {
    await expect(get(sender({ resolveHost }), url)).rejects.toMatchObject({
      code: 'address_refused',
      retryable: false,
    });
  });

  test.each([
    'file:///etc/passwd',
    'ftp://example.com/',
    'gopher://x/',
    'data:text/plain,x',
    '//x',
    'nonsense',
    'http://user:pass@example.com/',
  ])('%s as no URL to send to', async (url) => {
    await expect(get(sender({ resolveHost }), url)).rejects.toMatchObject({ code: 'invalid_url' });
  });

  test('localhost by the system resolver', async () => {
    await expect(get(sender({}), `http://localhost:${port}/`)).rejects.toMatchObject({
      code: 'address_refused',
    });
  });

  test('a redirect from an allowed host to a private address', async () => {
    handler = (_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${otherPort}/secret` }).end();
    const one = sender({ allowPrivateAddresses: [`127.0.0.1:${port}`] });
    await expect(get(one, `http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'address_refused' });
    expect(seen.map(({ url }) => url)).toEqual(['/']);
  });

  test('a redirect to another scheme', async () => {
    handler = (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    const one = sender({ allowPrivateAddresses: true });
    await expect(get(one, `http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'invalid_url' });
  });
});

test('public addresses are public', () => {
  for (const address of [
    '8.8.8.8',
    '1.1.1.1',
    '93.184.216.34',
    '172.32.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ]) {
    expect(isPublicAddress(address)).toBe(true);
  }
  expect(isPublicAddress('example.com')).toBe(false);
});

test('patterns name hosts, ports and suffixes', () => {
  expect(isAllowed(['127.0.0.1:81'], '127.0.0.1', '80')).toBe(false);
  expect(isAllowed(['127.0.0.1:81', 'db'], '127.0.0.1', '81')).toBe(true);
  expect(isAllowed(['db'], 'db', '9')).toBe(true);
  expect(isAllowed(['*.corp.test:443'], 'a.corp.test', '443')).toBe(true);
  expect(isAllowed(['*.corp.test'], 'evilcorp.test', '443')).toBe(false);
  expect(isAllowed(['::1'], '::1', '80')).toBe(true);
});

describe('an http node', () => {
  const context = (outputs: JsonObject = {}): NodeContext => ({
    scope: { outputsOf: (id) => (id === 'start' ? outputs : undefined), sys: {}, spend: () => undefined },
    inputs: {},
    signal: never,
    services: createServices({ http: sender({ allowPrivateAddresses: true }) }),
    idempotencyKey: 'run_1/call',
    writeText: () => undefined,
  });
  const node = (fields: Partial<HttpNode>): HttpNode => ({
    id: 'call',
    type: 'http',
    method: 'GET',
    url: `http://127.0.0.1:${port}/`,
    ...fields,
  });
  const run = async (fields: Partial<HttpNode>, outputs?: JsonObject) =>
    http.execute(node(fields), context(outputs));

  test('sends what the definition says, references replaced, and reads the JSON answer', async () => {
    handler = (_request, response) =>
      response.writeHead(201, { 'content-type': 'application/json', 'x-many': ['a', 'b'] }).end('{"ok":[1]}');
    const result = await run(
      {
        method: 'POST',
        url: `http://127.0.0.1:${port}/items`,
        query: { q: '{{ start.q }}' },
        headers: { 'X-Kind': 'k-{{ start.n }}' },
        body: { type: 'json', content: { n: '{{ start.n }}', t: 'n={{ start.n }}' } },
      },
      { q: 'a&b', n: 5 },
    );
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/items?q=a%26b', body: '{"n":5,"t":"n=5"}' });
    expect(seen[0]?.headers).toMatchObject({
      'x-kind': 'k-5',
      'content-type': 'application/json',
      'idempotency-key': 'run_1/call',
    });
    expect(result.outputs).toMatchObject({ status: 201, body: '{"ok":[1]}', json: { ok: [1] } });
    expect(result.outputs.headers).toMatchObject({ 'x-many': 'a, b' });
  });

  test('a key that the definition sets stays, and forms are encoded', async () => {
    handler = (_request, response) => response.end('x');
    const result = await run({
      method: 'PUT',
      headers: { 'Idempotency-Key': 'mine' },
      body: { type: 'form', content: { a: '1 2', b: true } },
    });
    expect(seen[0]?.headers['idempotency-key']).toBe('mine');
    expect(seen[0]?.body).toBe('a=1+2&b=true');
    expect(result.outputs).toMatchObject({ body: 'x', json: null });
  });

  test.each([
    [500, true],
    [429, true],
    [408, true],
    [404, false],
  ])('status %i fails, retryable: %s', async (status, retryable) => {
    handler = (_request, response) => response.writeHead(status, { 'retry-after': '3' }).end();
    await expect(run({})).rejects.toMatchObject({ code: 'http_status', retryable, retryAfterMs: 3_000 });
    expect((await run({ accept_errors: true })).outputs.status).toBe(status);
  });

  test('a response over its limit is cut off', async () => {
    handler = (_request, response) => {
      const pump = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', pump);
      pump();
    };
    await expect(run({ max_response_bytes: 50_000 })).rejects.toMatchObject({ code: 'response_too_large' });
  });

  test('a server that is not there can be tried again; a line break in a header cannot', async () => {
    await expect(run({ url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({
      code: 'http_unreachable',
      retryable: true,
    });
    const broken = run({ headers: { x: '{{ start.x }}' } }, { x: 'a\r\nHost: evil' });
    await expect(broken).rejects.toMatchObject({ code: 'invalid_request', retryable: false });
  });

  test('a redirect to another origin takes no secrets along; within one origin it does', async () => {
    handler = (request, response) => {
      if (request.url === '/away')
        return void response.writeHead(307, { location: `http://127.0.0.1:${otherPort}/b` }).end();
      if (request.url === '/here') return void response.writeHead(307, { location: '/b' }).end();
      response.end('done');
    };
    const headers = { authorization: 'Bearer s', cookie: 'a=b', 'x-api-key': 's', accept: 'text/plain' };
    await run({
      method: 'POST',
      url: `http://127.0.0.1:${port}/away`,
      headers,
      body: { type: 'text', content: 'hi' },
    });
    expect(seen[1]).toMatchObject({ method: 'POST', url: '/b', body: 'hi' });
    expect(Object.keys(seen[1]?.headers ?? {}).sort()).toEqual(
      ['accept', 'accept-encoding', 'connection', 'content-length', 'content-type', 'host'].sort(),
    );
    await run({ url: `http://127.0.0.1:${port}/here`, headers });
    expect(seen[3]?.headers).toMatchObject({ authorization: 'Bearer s', 'idempotency-key': 'run_1/call' });
  });

  test('a POST that is seen other becomes a GET without a body; endless redirects end', async () => {
    handler = (request, response) => {
      if (request.method === 'POST') return void response.writeHead(303, { location: '/see' }).end();
      response.end('seen');
    };
    await run({ method: 'POST', body: { type: 'json', content: {} } });
    expect(seen[1]).toMatchObject({ method: 'GET', url: '/see', body: '' });
    handler = (_request, response) => response.writeHead(302, { location: '/again' }).end();
    await expect(run({})).rejects.toMatchObject({ code: 'too_many_redirects' });
  });

  test('the signal ends a request that hangs', async () => {
    const arrived = new Promise<void>((resolve) => {
      handler = () => resolve();
    });
    const stop = new AbortController();
    const pending = Promise.resolve(http.execute(node({}), { ...context(), signal: stop.signal }));
    const failed = pending.catch((error: NodeError | Error) => error.message);
    await arrived;
    stop.abort(new Error('enough'));
    expect(await failed).toBe('enough');
  });
});
