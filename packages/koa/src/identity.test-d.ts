// Checked by tsc alone: each expected error fails the type check when it does not occur.
import type { CreatedKey, Key, Login } from '@flowwire/contract/identity';
import type { identityServer } from '@flowwire/contract/identity/server';
import { expectTypeOf } from 'vitest';
import type { Handlers } from './index.ts';
import type { User } from './testing/serve.ts';

type IdentityHandlers = Handlers<typeof identityServer, User>;

declare const handlers: IdentityHandlers;
declare const login: Login;
declare const key: Key;
declare const created: CreatedKey;

const { logout: _logout, ...withoutLogout } = handlers;
// @ts-expect-error logout is missing
withoutLogout satisfies IdentityHandlers;

({
  ...handlers,
  login: async ({ body }) => {
    expectTypeOf(body.key).toEqualTypeOf<string>();
    return { status: 200, body: login, headers: { 'Set-Cookie': 'a=b' } };
  },
  createKey: async ({ body, context }) => {
    expectTypeOf(body.permissions).toEqualTypeOf<('READ' | 'WRITE' | 'EXECUTE' | 'ADMIN')[]>();
    expectTypeOf(context).toEqualTypeOf<User>();
    return { status: 201, body: created };
  },
  revokeKey: async () => ({ status: 204 }),
}) satisfies IdentityHandlers;

({
  ...handlers,
  // @ts-expect-error there is no such operation
  rotateKey: handlers.revokeKey,
}) satisfies IdentityHandlers;

({
  ...handlers,
  // @ts-expect-error a new key tells its secret
  createKey: async () => ({ status: 201, body: key }),
}) satisfies IdentityHandlers;

({
  ...handlers,
  // @ts-expect-error a list is always found
  listKeys: async () => ({ status: 404, body: { code: 'a', message: 'a', status: 404 } }),
}) satisfies IdentityHandlers;

({
  ...handlers,
  // @ts-expect-error logging out reads no body
  logout: async ({ body }) => ({ status: body.key === '' ? 204 : 204 }),
}) satisfies IdentityHandlers;
