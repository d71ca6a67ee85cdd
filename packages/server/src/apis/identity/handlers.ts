import type { identity, Key } from '@flowwire/contract/identity';
import type { Handlers } from '@flowwire/koa';
import type { ApiKey, KeyStore } from '../../identity/key-store.ts';
import { createKey, newKeyText, permissionsOf } from '../../identity/keys.ts';
import type { Principal } from '../../identity/principal.ts';
import { epochSeconds } from '../epoch.ts';

/** Operations of the document that await the cookie. They are answered 501. */
export const UNIMPLEMENTED = ['login', 'logout'] as const;

export interface IdentityDeps {
  readonly keys: KeyStore;
  readonly now: () => number;
}

/** Operations of the identity API. */
export function createIdentityHandlers({ keys, now }: IdentityDeps) {
  return {
    async getPrincipal({ context }) {
      const { tenantId, keyId, permissions } = context;
      return { status: 200, body: { tenant_id: tenantId, key_id: keyId, permissions: [...permissions] } };
    },

    async listKeys({ context }) {
      const stored = await keys.list(context.tenantId);
      return { status: 200, body: { data: stored.map(toKey) } };
    },

    async createKey({ body, context }) {
      const text = newKeyText();
      const stored = await createKey(keys, text, {
        tenantId: context.tenantId,
        name: body.name,
        permissions: body.permissions,
        createdAt: now(),
        ...(body.expires_at === undefined ? {} : { expiresAt: body.expires_at * 1000 }),
      });
      return { status: 201, body: { ...toKey(stored), key: text } };
    },

    async revokeKey({ path, context }) {
      const revoked = await keys.revoke(context.tenantId, path.key_id, now());
      if (revoked) return { status: 204 };
      const message = `There is no key ${path.key_id}.`;
      return { status: 404, body: { code: 'key_not_found', message, status: 404 } };
    },
  } satisfies Handlers<typeof identity, Principal, (typeof UNIMPLEMENTED)[number]>;
}

const toKey = (key: ApiKey): Key => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  permissions: permissionsOf(key),
  created_at: epochSeconds(key.createdAt),
  ...(key.expiresAt === undefined ? {} : { expires_at: epochSeconds(key.expiresAt) }),
  ...(key.revokedAt === undefined ? {} : { revoked_at: epochSeconds(key.revokedAt) }),
});
