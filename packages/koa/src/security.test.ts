import type { Operation, SecurityScheme } from '@flowwire/contract';
import { describe, expect, test } from 'vitest';
import type { AuthResult, Credentials, ProblemKind } from './index.ts';
import { serveEcho } from './testing/echo.ts';
import type { User } from './testing/serve.ts';

const schemes: Readonly<Record<string, SecurityScheme>> = {
  bearer: { type: 'http', scheme: 'bearer' },
  basic: { type: 'http', scheme: 'basic' },
  oauth: { type: 'oauth2' },
  consumer: { type: 'apiKey', in: 'header', name: 'x-consumer-username' },
  consumerUnderscore: { type: 'apiKey', in: 'header', name: 'x_consumer_username' },
  query: { type: 'apiKey', in: 'query', name: 'app key' },
  cookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
};

type Judge = (credentials: Credentials) => AuthResult<User>;

/** Everybody is who the token says, but for `bad` and `weak` ones. */
const judge: Judge = ({ token, scheme }) => {
  if (token === 'bad') return { ok: false, problem: 'unauthenticated' };
  if (token === 'weak') return { ok: false, problem: 'forbidden', missing: ['RUN'] };
  return { ok: true, context: { name: `${scheme}:${token}` }, headers: { [`X-${scheme}`]: 'known' } };
};

/** An operation that answers with who asks. */
const serveSecured = async (security: Operation['security']) => {
  const asked: (readonly [string, string, unknown])[] = [];
  const { send } = await serveEcho({
    schemes,
    operation: { method: 'GET', security },
    handler: ({ context }) => ({ status: 200, body: context.name }),
    options: {
      authenticate: (credentials) => {
        const { scheme, token, tokens } = credentials;
        asked.push([scheme, token, tokens]);
        return judge(credentials);
      },
    },
  });
  const get = async (headers: Record<string, string> = {}, path = '/echo') => {
    const answer = await send('GET', path, { headers: { authorization: '', ...headers } });
    const body: unknown = JSON.parse(answer.text);
    return {
      status: answer.status,
      headers: answer.headers,
      body,
      challenge: answer.headers['www-authenticate'],
    };
  };
  return { get, asked };
};

const refused = (error: ProblemKind, message: string) => ({ error, message });

test.each<[scheme: string, headers: Record<string, string>, path: string, token: string]>([
  ['bearer', { authorization: 'bearer  a.b-c ' }, '/echo', 'a.b-c'],
  ['oauth', { authorization: 'Bearer x' }, '/echo', 'x'],
  ['basic', { authorization: `Basic ${Buffer.from('me:pä:ss').toString('base64')}` }, '/echo', 'me:pä:ss'],
  ['consumer', { 'X-Consumer-Username': 'app1' }, '/echo', 'app1'],
  ['consumerUnderscore', { X_Consumer_Username: 'app1' }, '/echo', 'app1'],
  ['query', {}, '/echo?app%20key=a%26b', 'a&b'],
  ['cookie', { cookie: 'a=1; sid=x%20y=' }, '/echo', 'x%20y='],
])('the credential of %s is read', async (scheme, headers, path, token) => {
  const { get } = await serveSecured([{ [scheme]: [] }]);
  expect(await get(headers, path)).toMatchObject({ status: 200, body: `${scheme}:${token}` });
});

test('a challenge names every scheme that may be used', async () => {
  const { get } = await serveSecured([{ bearer: [] }, { basic: [] }, { cookie: [], query: [] }]);
  expect(await get()).toMatchObject({
    status: 401,
    challenge: 'Bearer, Basic realm="basic", charset="UTF-8", ApiKey',
    body: refused('unauthenticated', 'This needs credentials, and none were sent.'),
  });
});

test('the headers of a credential are on a refusal for its rights too', async () => {
  const { send } = await serveEcho({
    schemes,
    operation: { security: [{ bearer: ['RUN'] }] },
    options: {
      authenticate: () => ({
        ok: false,
        problem: 'forbidden',
        missing: ['RUN'],
        headers: { 'X-Left': '7' },
      }),
    },
  });
  expect(await send('POST', '/echo')).toMatchObject({ status: 403, headers: { 'x-left': '7' } });
});

describe('a requirement of several schemes', () => {
  const both = { consumer: [], bearer: ['RUN'] };
  const headers = (consumer: string, bearer: string) => ({
    'x-consumer-username': consumer,
    authorization: `Bearer ${bearer}`,
  });

  test('is met by all of them, each judged with the tokens of all', async () => {
    const { get, asked } = await serveSecured([both]);
    expect(await get(headers('app', 'key'))).toMatchObject({
      status: 200,
      body: 'consumer:app',
      headers: { 'x-consumer': 'known', 'x-bearer': 'known' },
    });
    const tokens = { consumer: 'app', bearer: 'key' };
    expect(asked).toEqual([
      ['consumer', 'app', tokens],
      ['bearer', 'key', tokens],
    ]);
  });

  test('is not met by some of them', async () => {
    const { get, asked } = await serveSecured([both]);
    for (const some of [{ 'x-consumer-username': 'app' }, { authorization: 'Bearer key' }]) {
      expect(await get({ ...some } as Record<string, string>)).toMatchObject({
        status: 401,
        challenge: 'ApiKey, Bearer',
        body: refused('unauthenticated', 'This needs several credentials at once, and not all were sent.'),
      });
    }
    expect(asked).toEqual([]);
  });

  test.each([
    ['bad', 'key', 401, 'The credentials are not valid.'],
    ['app', 'bad', 401, 'The credentials are not valid.'],
    ['app', 'weak', 403, 'The credentials lack the scope RUN.'],
    ['weak', 'key', 403, 'The credentials lack the scope RUN.'],
  ])('is refused when one of them is: %s, %s', async (consumer, bearer, status, message) => {
    const { get } = await serveSecured([both]);
    expect(await get(headers(consumer, bearer))).toMatchObject({ status, body: { message } });
  });

  test('gives way to another that is met', async () => {
    const { get } = await serveSecured([both, { cookie: [] }, { bearer: [] }]);
    expect(await get({ authorization: 'Bearer key' })).toMatchObject({ body: 'bearer:key' });
    expect(await get({ ...headers('bad', 'key'), cookie: 'sid=s' })).toMatchObject({ body: 'cookie:s' });
  });
});

test('optional security takes a request without credentials, and refuses one with wrong ones', async () => {
  const { get } = await serveSecured([{}, { bearer: [] }]);
  expect(await get()).toMatchObject({ status: 200, body: 'anonymous' });
  expect(await get({ authorization: 'Bearer key' })).toMatchObject({ status: 200, body: 'bearer:key' });
  expect(await get({ authorization: 'Bearer bad' })).toMatchObject({
    status: 401,
    challenge: 'Bearer error="invalid_token"',
  });
});

test('of several refusals the one is told that says most', async () => {
  const { get } = await serveSecured([{ cookie: [] }, { bearer: [] }]);
  const answer = await get({ cookie: 'sid=bad', authorization: 'Bearer weak' });
  expect(answer).toMatchObject({ status: 403, challenge: expect.stringContaining('insufficient_scope') });
  const other = await get({ cookie: 'sid=weak', authorization: 'Bearer bad' });
  expect(other).toMatchObject({ status: 403, challenge: expect.stringContaining('ApiKey') });
});
