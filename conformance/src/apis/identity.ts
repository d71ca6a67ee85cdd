import { identity } from '@flowwire/contract/identity';
import type { ApiSuite, Caller, Flow } from '../api.ts';
import type { Input } from '../wire/request.ts';
import { bodyCode, textOf } from './bodies.ts';
import { SERVER_FAULTS } from './reasons.ts';

async function key(caller: Caller): Promise<string> {
  const body = { name: 'conformance', permissions: ['READ'] };
  return textOf(await caller.need('createKey', { body }, { what: 'a key to go on with' }), 'id');
}

async function app(caller: Caller): Promise<string> {
  const body = { name: 'conformance' };
  return textOf(await caller.need('createApp', { body }, { what: 'an app to go on with' }), 'id');
}

/** Logs in; answers what the browser would send from then on. */
async function login(caller: Caller): Promise<Input> {
  const answer = await caller.call(
    'login',
    { body: { key: caller.keys.main() } },
    { what: 'a login to go on with' },
  );
  const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';', 1);
  return { headers: { Cookie: cookie } };
}

const ANOTHER_SITE = { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' };

async function logins(caller: Caller): Promise<void> {
  const cookie = await login(caller);
  const body = { key: 'fw_no-such-key-0000000000000000' };
  await caller.call('login', { body }, { what: 'a key that nobody has', expect: { status: 401 } });
  const crossSite = {
    what: 'from another site',
    expect: { status: 403, code: 'cross_site_request' },
  } as const;
  await caller.call('login', { headers: ANOTHER_SITE, body: { key: caller.keys.main() } }, crossSite);
  await caller.call('logout', { headers: { ...cookie.headers, ...ANOTHER_SITE } }, crossSite);
  await caller.call('getPrincipal', cookie, { key: null, what: 'with a cookie', expect: { status: 200 } });
  await caller.call('listKeys', cookie, { key: null, what: 'with a cookie', expect: { status: 401 } });
  await caller.call('logout', cookie, { expect: { status: 204 } });
  const over = { key: null, what: 'with a cookie after the logout', expect: { status: 401 } };
  await caller.call('getPrincipal', cookie, over);
  await caller.call('logout', cookie, over);
  await caller.call('logout', {}, { what: 'without a cookie', expect: { status: 401 } });
}

/** A key that is revoked opens nothing any more. */
async function revocation(caller: Caller): Promise<void> {
  const body = { name: 'conformance', permissions: ['READ'] };
  const made = await caller.need('createKey', { body });
  const [id, text] = [textOf(made, 'id'), textOf(made, 'key')];
  await caller.call('getPrincipal', {}, { key: text, what: 'with a new key', expect: { status: 200 } });
  await caller.call('revokeKey', { path: { key_id: id } }, { what: 'a new key' });
  await caller.call('getPrincipal', {}, { key: text, what: 'with a revoked key', expect: { status: 401 } });
}

async function takenApp(caller: Caller): Promise<void> {
  const id = await app(caller);
  const taken = { what: 'an id that is taken', expect: { status: 409, code: 'app_exists' } } as const;
  await caller.call('createApp', { body: { id, name: 'another' } }, taken);
  await caller.call('deleteApp', { path: { app_id: id } }, { what: 'an app' });
}

/** A key may give itself up, and needs ADMIN for another one. */
async function foreignRevocation(caller: Caller): Promise<void> {
  const limited = await caller.keys.without(['ADMIN']);
  if (limited === undefined) return;
  const what = 'a key without ADMIN, of another key';
  const path = { key_id: await key(caller) };
  await caller.call(
    'revokeKey',
    { path },
    { what, key: limited, expect: { status: 403, code: 'forbidden' } },
  );
}

const MOST_REQUESTS = 2_000;
const MOST_LOGINS = 500;
const limited = { status: 429, code: 'rate_limited' } as const;

/** The login of a key has the key's limit. */
async function usedUpLogin(caller: Caller): Promise<void> {
  const used = await caller.keys.fresh();
  if (used === undefined) return;
  const answer = await caller.call('login', { body: { key: used } }, { what: 'a login to go on with' });
  const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';', 1);
  for (let sent = 0; sent < MOST_REQUESTS; sent += 1) {
    const { status } = await caller.call(
      'getPrincipal',
      {},
      { key: used, acceptsLimit: true, what: 'to use a key up' },
    );
    if (status === 429) break;
  }
  const headers = { Cookie: cookie };
  await caller.call(
    'logout',
    { headers },
    { what: 'of a key that is used up', acceptsLimit: true, expect: limited },
  );
}

/** Comes last: nobody at this address can log in for a while after it. */
async function tooManyLogins(caller: Caller): Promise<void> {
  const body = { key: 'fw_no-such-key-0000000000000000' };
  for (let sent = 0; sent < MOST_LOGINS; sent += 1) {
    const { status } = await caller.call('login', { body }, { what: 'again and again', acceptsLimit: true });
    if (status === 429) return;
  }
}

const FLOWS: readonly Flow[] = [
  { name: 'logins', run: logins },
  { name: 'a revoked key', run: revocation },
  { name: "another key's revocation", run: foreignRevocation },
  { name: 'an app whose id is taken', run: takenApp },
  { name: 'the login of a key that is used up', run: usedUpLogin },
  { name: 'too many logins', run: tooManyLogins },
];

export const identitySuite: ApiSuite = {
  contract: identity,
  specs: 'identity',
  codeOf: bodyCode,
  schemaCodes: ['invalid_request'],
  // A time that has passed is none at which a key can expire.
  meaningful: { createKey: ['/expires_at'] },
  requests: {
    login: async (caller) => ({ body: { key: caller.keys.main() } }),
    logout: login,
    getPrincipal: async () => ({}),
    listKeys: async () => ({}),
    createKey: async () => ({ body: { name: 'conformance', permissions: ['READ'] } }),
    revokeKey: async (caller) => ({ path: { key_id: await key(caller) } }),
    listApps: async () => ({}),
    createApp: async () => ({ body: { name: 'conformance' } }),
    deleteApp: async (caller) => ({ path: { app_id: await app(caller) } }),
    listAuditEntries: async () => ({}),
  },
  flows: FLOWS,
  unprovoked: SERVER_FAULTS,
};
