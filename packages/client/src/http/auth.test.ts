import type { Operation, SecurityScheme } from '@flowwire/contract';
import { afterEach, describe, expect, test } from 'vitest';
import { createOne } from '../testing/one-operation.ts';
import { startServer, status } from '../testing/server.ts';
import type { Auth } from './auth.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

const schemes: Readonly<Record<string, SecurityScheme>> = {
  bearer: { type: 'http', scheme: 'Bearer' },
  basic: { type: 'http', scheme: 'basic' },
  digest: { type: 'http', scheme: 'digest' },
  oauth: { type: 'oauth2' },
  tls: { type: 'mutualTLS' },
  app: { type: 'apiKey', in: 'header', name: 'X-App' },
  query: { type: 'apiKey', in: 'query', name: 'app key' },
  cookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
};

/** What signs a request to an operation with this security. */
async function signed(security: Operation['security'], auth: Auth, cookies: Record<string, string> = {}) {
  const server = await startServer(status(204));
  open.push(server);
  const parameters = Object.keys(cookies).map(
    (name) =>
      ({ name, in: 'cookie', required: false, style: 'form', explode: true, type: 'string' }) as const,
  );
  await createOne({ operation: { security, parameters }, schemes }, { baseUrl: server.url, auth }).op({
    cookies,
  });
  const [request] = server.requests;
  const { authorization, cookie, 'x-app': app } = request?.headers ?? {};
  return Object.fromEntries(
    Object.entries({ authorization, cookie, app, url: request?.url }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

const url = '/op';

test.each<[scheme: string, credential: string, want: Record<string, string>]>([
  ['bearer', 'k', { authorization: 'Bearer k', url }],
  ['oauth', 'k', { authorization: 'Bearer k', url }],
  ['basic', 'me:pä:ss', { authorization: `Basic ${Buffer.from('me:pä:ss').toString('base64')}`, url }],
  ['app', 'k', { app: 'k', url }],
  ['query', 'a&b', { url: '/op?app%20key=a%26b' }],
  ['cookie', 'a%41=/+', { cookie: 'sid=a%41=/+', url }],
  ['cookie', 'a;b', { cookie: 'sid=a%3Bb', url }],
  ['digest', 'k', { url }],
  ['tls', 'k', { url }],
])('%s is signed with %s', async (scheme, credential, want) => {
  expect(await signed([{ [scheme]: [] }], credential)).toEqual(want);
});

test('a cookie stands beside those that are parameters', async () => {
  expect(await signed([{ cookie: [] }], 'k', { theme: 'a b' })).toMatchObject({
    cookie: 'theme=a%20b; sid=k',
  });
});

describe('credentials by scheme', () => {
  const both = { app: [], bearer: [] };

  test('sign a requirement of several', async () => {
    expect(await signed([both], { bearer: async () => 'k', app: 'a' })).toEqual({
      authorization: 'Bearer k',
      app: 'a',
      url,
    });
  });

  test('choose the first requirement for which there are all', async () => {
    const security = [both, { digest: [] }, { cookie: [] }, { bearer: [] }];
    expect(await signed(security, { bearer: 'k' })).toEqual({ authorization: 'Bearer k', url });
    expect(await signed(security, { bearer: 'k', cookie: 'c', digest: 'd' })).toEqual({
      cookie: 'sid=c',
      url,
    });
    expect(await signed(security, { app: 'a' })).toEqual({ url });
  });

  test('do not stand for schemes of other names', async () => {
    expect(await signed([{ toString: [] }], { bearer: 'k' })).toEqual({ url });
  });
});

test('one credential does not sign a requirement of several, but one of its own', async () => {
  expect(await signed([{ app: [], bearer: [] }], 'k')).toEqual({ url });
  expect(await signed([{ app: [], bearer: [] }, { cookie: [] }], 'k')).toEqual({ cookie: 'sid=k', url });
  expect(await signed([{}, { bearer: [] }], 'k')).toEqual({ authorization: 'Bearer k', url });
});
