import type { Key } from '@flowwire/contract/identity';
import { ProblemError } from '@flowwire/koa';
import type { ApiKey } from '../../identity/key-store.ts';
import { createKey, newKeyText, permissionsOf } from '../../identity/keys.ts';
import { mayDo, type Principal } from '../../identity/principal.ts';
import { epochSeconds } from '../epoch.ts';
import { refusal } from '../refusal.ts';
import type { IdentityDeps, Part } from './deps.ts';

/** Creates, lists and revokes keys. */
export const createKeyHandlers = ({
  keys,
  audit,
  now,
}: IdentityDeps): Part<'listKeys' | 'createKey' | 'revokeKey'> => ({
  async listKeys({ context }) {
    const stored = await keys.list(context.tenantId);
    return { status: 200, body: { data: stored.map(toKey) } };
  },

  async createKey({ body: { name, permissions, expires_at }, context }) {
    const createdAt = now();
    const expiresAt = expires_at === undefined ? undefined : expires_at * 1000;
    if (expiresAt !== undefined && expiresAt <= createdAt) throw expiredAlready();
    const text = newKeyText();
    const key = { tenantId: context.tenantId, name, permissions, createdAt };
    const stored = await createKey(keys, text, expiresAt === undefined ? key : { ...key, expiresAt });
    await audit.record(context, 'key.created', stored.id, { name, permissions });
    return { status: 201, body: { ...toKey(stored), key: text }, headers: { 'Cache-Control': 'no-store' } };
  },

  async revokeKey({ path: { key_id: keyId }, context }) {
    if (context.keyId !== keyId) assertAdmin(context);
    const known = await keys.find(context.tenantId, keyId);
    if (!known) return noKey(keyId);
    if (known.revokedAt !== undefined) return { status: 204 };
    await keys.revoke(context.tenantId, keyId, now());
    await audit.record(context, 'key.revoked', keyId, { name: known.name });
    return { status: 204 };
  },
});

const expiredAlready = () =>
  new ProblemError('invalid_request', 'The key would have expired before it is made.', {
    findings: [{ in: 'body', pointer: '/expires_at', code: 'minimum', message: 'must be in the future' }],
  });

/** Any key may revoke itself, so the document asks for no permission. */
function assertAdmin(principal: Principal): void {
  if (mayDo(principal, 'ADMIN')) return;
  throw new ProblemError('forbidden', 'The credentials lack the scope ADMIN, to revoke another key.', {
    headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope", scope="ADMIN"' },
  });
}

const noKey = (keyId: string) => refusal(404, 'key_not_found', `There is no key ${keyId}.`);

/** A key as the API tells it. */
export const toKey = (key: ApiKey): Key => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  permissions: permissionsOf(key),
  created_at: epochSeconds(key.createdAt),
  ...(key.expiresAt === undefined ? {} : { expires_at: epochSeconds(key.expiresAt) }),
  ...(key.revokedAt === undefined ? {} : { revoked_at: epochSeconds(key.revokedAt) }),
  ...(key.lastUsedAt === undefined ? {} : { last_used_at: epochSeconds(key.lastUsedAt) }),
});
