import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { isAllowed, isPublicAddress } from './address-guard.ts';
import type { ResolveHost } from './guarded-agent.ts';
import { createHttpSender, type HttpSender, type HttpSenderSettings } from './sender.ts';
import { type LoopbackServer, startLoopback } from './testing/loopback.ts';

// The secret servers that nobody may reach, on both loopback addresses with one port each.
let secret: LoopbackServer;
let secret6: LoopbackServer | undefined;
/** A server that the settings allow; from here attackers redirect. */
let front: LoopbackServer;
const senders: HttpSender[] = [];

beforeAll(async () => {
  [secret, front] = await Promise.all([startLoopback(), startLoopback()]);
  secret6 = await startLoopback('::1').catch(() => undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  const reached = [...secret.seen, ...(secret6?.seen ?? [])];
  secret.seen.length = 0;
  front.seen.length = 0;
  expect(reached).toEqual([]);
});
afterAll(async () => {
  await Promise.all(senders.map((sender) => sender.close()));
  for (const server of [secret, front, secret6]) server?.close();
});

const DNS: Readonly<Record<string, readonly string[]>> = {
  'loopback.test': ['127.0.0.1'],
  'loopback6.test': ['::1'],
  'mixed.test': ['93.184.216.34', '127.0.0.1'],
  'mixed6.test': ['2606:4700::1111', '::1'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'private.test': ['10.1.2.3'],
  'metadata.test': ['169.254.169.254'],
  'unspecified.test': ['0.0.0.0'],
  'odd.test': ['not an address'],
  // What a hostile DNS server may claim of names that mean this machine.
  localhost: ['93.184.216.34'],
  'app.localhost': ['93.184.216.34'],
};
const resolveHost: ResolveHost = (host, done) => {
  const addresses = DNS[host.replace(/\.$/, '')] ?? [];
  done(
    null,
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  );
};

function get(settings: HttpSenderSettings, url: string) {
  const sender = createHttpSender({ resolveHost, ...settings });
  senders.push(sender);
  const signal = AbortSignal.timeout(10_000);
  return sender.send({ tenantId: 't', method: 'GET', url, headers: {}, maxResponseBytes: 1_000 }, signal);
}

/** `$` stands for the port of the secret server, `%` for that of the one at ::1. */
const withPort = (url: string): string =>
  url.replace('$', String(secret.port)).replace(':%', `:${secret6?.port ?? secret.port}`);

// Each of these is 127.0.0.1 or ::1, or gets there, for whoever does not look closely.
const LOOPBACK = [
  'http://127.0.0.1:$/',
  'http://127.1:$/',
  'http://127.0.1:$/',
  'http://127.0.0.1.:$/',
  'http://0x7f000001:$/',
  'http://0x7f.1:$/',
  'http://2130706433:$/',
  'http://0177.0.0.1:$/',
  'http://017700000001:$/',
  'http://%31%32%37.0.0.1:$/',
  'http://①②⑦.⓪.⓪.①:$/',
  'http://１２７.０.０.１:$/',
  'http://127。0。0。1:$/',
  'http://12\u00ad7.0.0.1:$/',
  'http:127.0.0.1:$',
  'http:/127.0.0.1:$/',
  'http:\\\\127.0.0.1:$\\',
  ' \thttp://127.0.0.1:$/\n',
  'ht\ntp://127.0.\n0.1:$/',
  'HTTP://127.0.0.1:$/#@example.com',
  'http://0.0.0.0:$/',
  'http://0:$/',
  'http://[::ffff:127.0.0.1]:$/',
  'http://[::ffff:7f00:1]:$/',
  'http://[0:0:0:0:0:ffff:7f00:1]:$/',
] as const;
const LOOPBACK6 = ['http://[::1]:%/', 'http://[0:0:0:0:0:0:0:1]:%/', 'http://[::]:%/'] as const;

const PRIVATE = [
  'http://127.255.255.254/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://100.100.100.200/latest/meta-data',
  'http://169.254.169.254/latest/meta-data',
  'http://168.63.129.16/',
  'http://192.0.0.192/',
  'http://198.18.0.1/',
  'http://198.19.255.255/',
  'http://203.0.113.1/',
  'http://224.0.0.1/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'https://10.0.0.1/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:0:7f00:1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[64:ff9b:1::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[2001:0:7f00:1::]/',
  'http://[2001:db8::1]/',
  'http://[fe80::1]/',
  'http://[fec0::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/',
  'http://[ff02::1]/',
  'http://[100::1]/',
];

const NAMES = [
  'http://localhost:$/',
  'http://LOCALHOST:$/',
  'http://localhost.:$/',
  'http://app.localhost:$/',
  'http://ｌｏｃａｌｈｏｓｔ:$/',
  'http://loopback.test:$/',
  'http://loopback.test.:$/',
  'http://loopback6.test:%/',
  'http://mixed.test:$/',
  'http://mixed6.test:%/',
  'http://mapped.test:$/',
  'http://private.test/',
  'http://metadata.test/',
  'http://unspecified.test:$/',
  'http://odd.test:$/',
];

const NO_URLS = [
  'file:///etc/passwd',
  'ftp://127.0.0.1:$/',
  'gopher://127.0.0.1:$/_x',
  'data:text/plain,x',
  'blob:http://127.0.0.1:$/x',
  'ws://127.0.0.1:$/',
  'unix:/var/run/docker.sock',
  'http+unix://%2Fvar%2Frun%2Fdocker.sock/',
  '//127.0.0.1:$/',
  '/etc/passwd',
  '127.0.0.1:$',
  'http://',
  'http://example.com@127.0.0.1:$/',
  'http://user:pass@127.0.0.1:$/',
  'http://[fe80::1%25eth0]/',
  'http://127.0.0.256:$/',
  'http://[::1/',
  '',
];

describe('no request leaves for', () => {
  test.each([...LOOPBACK, ...LOOPBACK6, ...PRIVATE, ...NAMES])('%j', async (url) => {
    await expect(get({}, withPort(url))).rejects.toMatchObject({ code: 'address_refused', retryable: false });
  });

  test.each(NO_URLS)('%j, which is no URL of the web', async (url) => {
    await expect(get({}, withPort(url))).rejects.toMatchObject({ code: 'invalid_url', retryable: false });
  });

  test('localhost as the system resolves it', async () => {
    const sender = createHttpSender();
    senders.push(sender);
    const request = {
      tenantId: 't',
      method: 'GET',
      url: `http://localhost:${secret.port}/`,
      headers: {},
      maxResponseBytes: 9,
    } as const;
    await expect(sender.send(request, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      code: 'address_refused',
    });
  });
});

// The parts of an address as people and programs may write them.
const spellings = [
  (n: number) => String(n),
  (n: number) => `0x${n.toString(16)}`,
  (n: number) => `0${n.toString(8)}`,
];
const byte = fc.nat(255);
const spelling = fc.constantFrom(...spellings);
test('however a private address is written, it is not public', () => {
  const address = fc.tuple(fc.constantFrom([10], [127], [169, 254], [192, 168]), byte, byte, byte);
  const styles = fc.tuple(spelling, spelling, spelling, spelling);
  fc.assert(
    fc.property(address, styles, fc.integer({ min: 1, max: 4 }), ([network, ...rest], style, parts) => {
      const bytes = [...network, ...rest].slice(0, 4);
      // The last part holds all bytes that the parts before it left.
      const last = bytes.slice(parts - 1).reduce((value, one) => value * 256 + one, 0);
      const numbers = [...bytes.slice(0, parts - 1), last];
      const host = numbers.map((number, index) => (style[index] ?? String)(number)).join('.');
      expect(isPublicAddress(new URL(`http://${host}/`).hostname)).toBe(false);
    }),
  );
});

test.each(LOOPBACK)('without the guard %j would reach the server', async (url) => {
  const { status } = await get({ allowPrivateAddresses: true }, withPort(url));
  expect(status).toBe(200);
  expect(secret.seen).toHaveLength(1);
  secret.seen.length = 0;
});

describe('no redirect leads to', () => {
  const targets = [
    'http://127.0.0.1:$/',
    '//127.0.0.1:$/',
    'http://0x7f000001:$/',
    'http://[::1]:%/',
    'http://localhost:$/',
    'http://loopback.test:$/',
    'http://mixed.test:$/',
    'http://169.254.169.254/latest/meta-data',
  ];
  const cases = targets.flatMap((target, index) => {
    const status = [301, 302, 303, 307, 308][index % 5] ?? 302;
    return [[status, target, 'address_refused'] as const];
  });
  test.each([
    ...cases,
    [302, 'file:///etc/passwd', 'invalid_url'] as const,
    [307, 'ftp://127.0.0.1:$/', 'invalid_url'] as const,
    [308, 'data:text/plain,x', 'invalid_url'] as const,
    [302, 'http://user:pass@127.0.0.1:$/', 'invalid_url'] as const,
  ])('%i %s', async (status, target, code) => {
    // The first redirect is an honest one: every hop counts.
    front.answer((request, response) => {
      const location = request.url === '/hop' ? withPort(target) : '/hop';
      response.writeHead(status, { location }).end();
    });
    const allowed = [`127.0.0.1:${front.port}`];
    await expect(get({ allowPrivateAddresses: allowed }, front.url)).rejects.toMatchObject({ code });
    expect(front.seen.map(({ url }) => url)).toEqual(['/', '/hop']);
  });
});

test('DNS is asked once for a connection, and a socket that ends up elsewhere is closed unused', async () => {
  let asked = 0;
  let read = 0;
  const rebinding: ResolveHost = (_host, done) => {
    asked++;
    // Public while it is checked, loopback when the socket connects.
    const answer = {
      family: 4,
      get address() {
        return read++ === 0 ? '93.184.216.34' : '127.0.0.1';
      },
    };
    done(null, [answer]);
  };
  await expect(get({ resolveHost: rebinding }, `http://rebind.test:${secret.port}/`)).rejects.toMatchObject({
    code: 'address_refused',
  });
  expect(asked).toBe(1);
  expect(read).toBeGreaterThan(1);
});

test('proxies of the environment are not used', async () => {
  for (const name of [
    'HTTP_PROXY',
    'http_proxy',
    'HTTPS_PROXY',
    'https_proxy',
    'ALL_PROXY',
    'NODE_USE_ENV_PROXY',
  ]) {
    vi.stubEnv(name, name === 'NODE_USE_ENV_PROXY' ? '1' : secret.url);
  }
  front.answer((_request, response) => response.end('direct'));
  const { body } = await get({ allowPrivateAddresses: [`127.0.0.1:${front.port}`] }, front.url);
  expect(body).toBe('direct');
  await expect(get({}, 'http://private.test/')).rejects.toMatchObject({ code: 'address_refused' });
});

test('an alternative service is not used', async () => {
  front.answer((_request, response) => {
    const header = `h2="127.0.0.1:${secret.port}"; ma=60, http/1.1="127.0.0.1:${secret.port}"; ma=60`;
    response.writeHead(200, { 'alt-svc': header }).end('same');
  });
  const sender = createHttpSender({ allowPrivateAddresses: [`127.0.0.1:${front.port}`] });
  senders.push(sender);
  const request = {
    tenantId: 't',
    method: 'GET',
    url: front.url,
    headers: {},
    maxResponseBytes: 100,
  } as const;
  for (let round = 0; round < 3; round++) {
    expect((await sender.send(request, AbortSignal.timeout(10_000))).body).toBe('same');
  }
  expect(front.seen).toHaveLength(3);
});

test('an allowed host is allowed under its name and port only', async () => {
  const allowed = [`127.0.0.1:${front.port}`, 'loopback.test:1'];
  for (const url of [secret.url, `http://localhost:${front.port}/`, `http://loopback.test:${secret.port}/`]) {
    await expect(get({ allowPrivateAddresses: allowed }, url)).rejects.toMatchObject({
      code: 'address_refused',
    });
  }
  expect(front.seen).toEqual([]);
});

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.0.1.1',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.1',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450:4001::1',
  '2400:cb00::1',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each(['example.com', '', '1.1.1', '::ffff:8.8.8.8', '2a00::1%eth0'])(
  '%j is no public address',
  (text) => {
    expect(isPublicAddress(text)).toBe(false);
  },
);

test.each<[readonly string[] | boolean, string, string, boolean]>([
  [true, '10.0.0.1', '80', true],
  [false, '10.0.0.1', '80', false],
  [['127.0.0.1:81'], '127.0.0.1', '80', false],
  [['127.0.0.1:81', 'db'], '127.0.0.1', '81', true],
  [['db'], 'db', '9', true],
  [['db'], 'db.evil.test', '9', false],
  [['*.corp.test:443'], 'a.corp.test', '443', true],
  [['*.corp.test'], 'evilcorp.test', '443', false],
  [['*.corp.test'], 'corp.test', '443', false],
  [['::1'], '::1', '80', true],
  [['[::1]:80'], '::1', '80', true],
  [['[::1]:80'], '::1', '81', false],
  [['fd00::a:80'], 'fd00::a', '80', false],
])('with %j, %s port %s is allowed: %s', (allowed, host, port, expected) => {
  expect(isAllowed(allowed, host, port)).toBe(expected);
});
