import type { Credentials, SecurityOptions } from '@flowwire/koa';
import type { App } from './app-store.ts';
import { type ConsumerDeps, findConsumer } from './consumer.ts';
import type { ApiKey } from './key-store.ts';
import { findKey, findKeyById, hashOf, type KeyFinder, permissionsOf } from './keys.ts';
import type { LoginStore } from './login-store.ts';
import { mayDo, type Principal } from './principal.ts';

/** A principal with what its credential tells beside. */
export interface Authenticated extends Principal {
  /** When the key or the login ends, in milliseconds since the epoch; absent for what works for ever. */
  readonly expiresAt?: number;
  /** Names the login in its store, where a cookie was the credential. */
  readonly loginHash?: string;
}

export interface AuthenticateDeps extends ConsumerDeps, KeyFinder {
  readonly logins: LoginStore;
}

/** Whether a bearer token is a key alone, or may be `KEY:SECRET`, of which the secret tells nothing. */
export type BearerForm = 'key' | 'key_and_secret';

export type Authenticate = NonNullable<SecurityOptions<Authenticated>['authenticate']>;

/** As AuthResult. It also names whoever lacks a right, so that such requests count against the key's limit. */
export type Judgement =
  | { readonly ok: true; readonly context: Authenticated }
  | { readonly ok: false; readonly problem: 'unauthenticated' }
  | {
      readonly ok: false;
      readonly problem: 'forbidden';
      readonly context: Authenticated;
      readonly missing: readonly string[];
    };

export type Judge = (credentials: Credentials) => Promise<Judgement>;

type Recognise = (credentials: Credentials) => Promise<Authenticated | undefined>;

/**
 * Judges the credentials of every API by the security schemes that they share: `bearerKey`, `cookieSession`,
 * `consumerHeader` and `consumerHeaderUnderscore`. It throws for a scheme that is none of them.
 */
export function createJudge(deps: AuthenticateDeps, bearer: BearerForm = 'key'): Judge {
  const consumer: Recognise = async (credentials) =>
    ofApp(await findConsumer(deps, credentials.token, credentials));
  const recognisers = new Map<string, Recognise>([
    ['bearerKey', (credentials) => ofBearer(deps, credentials, bearer)],
    ['cookieSession', (credentials) => ofCookie(deps, credentials)],
    ['consumerHeader', consumer],
    ['consumerHeaderUnderscore', consumer],
  ]);
  return async (credentials) => {
    const recognise = recognisers.get(credentials.scheme);
    if (!recognise) throw new Error(`nothing recognises the security scheme ${credentials.scheme}`);
    return judge(await recognise(credentials), credentials.scopes);
  };
}

async function ofBearer(deps: AuthenticateDeps, { token }: Credentials, form: BearerForm) {
  const key = await findKey(deps, token);
  const colon = token.indexOf(':');
  if (key || form === 'key' || colon < 0) return key && ofKey(key);
  const named = await findKey(deps, token.slice(0, colon));
  return named && ofKey(named);
}

/** A request that carries a key too is judged by the key. */
async function ofCookie(deps: AuthenticateDeps, { token, headers }: Credentials) {
  if (headers.authorization !== undefined) return undefined;
  const login = await deps.logins.find(hashOf(token));
  if (!login || login.expiresAt <= deps.now()) return undefined;
  // By id and past the cache, so that a key that is revoked takes its logins with it at once.
  const key = await findKeyById(deps, login.tenantId, login.keyId);
  return key && { ...ofKey(key), expiresAt: login.expiresAt, loginHash: login.hash };
}

const ofKey = (key: ApiKey): Authenticated => ({
  tenantId: key.tenantId,
  keyId: key.id,
  appId: key.id,
  permissions: permissionsOf(key),
  ...(key.expiresAt !== undefined && { expiresAt: key.expiresAt }),
});

const ofApp = (app: App | undefined): Authenticated | undefined =>
  app && { tenantId: app.tenantId, keyId: app.id, appId: app.id, permissions: permissionsOf(app) };

function judge(principal: Authenticated | undefined, scopes: readonly string[]): Judgement {
  if (!principal) return { ok: false, problem: 'unauthenticated' };
  const missing = scopes.filter((scope) => !mayDo(principal, scope));
  if (missing.length > 0) return { ok: false, problem: 'forbidden', context: principal, missing };
  return { ok: true, context: principal };
}
