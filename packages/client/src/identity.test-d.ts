// Compiled, never run: each `@ts-expect-error` fails the build when the line below it is accepted.
import {
  type CreatedKey,
  type ErrorBody,
  type IdentityClient,
  identity,
  type Key,
  type Login,
  type Principal,
} from '@flowwire/contract/identity';
import { expectTypeOf } from 'vitest';
import { isApiError } from './errors.ts';
import { createIdentity } from './identity.ts';

const client = createIdentity({ baseUrl: 'https://flows.example.com', auth: 'key' });
expectTypeOf(client).toEqualTypeOf<IdentityClient>();

// Operations
expectTypeOf(client.login({ body: { key: 'k' } })).resolves.toEqualTypeOf<Login>();
expectTypeOf(client.getPrincipal()).resolves.toEqualTypeOf<Principal>();
expectTypeOf(
  client.createKey({ body: { name: 'n', permissions: ['READ'] } }),
).resolves.toEqualTypeOf<CreatedKey>();
expectTypeOf(client.revokeKey({ path: { key_id: 'k' } })).resolves.toEqualTypeOf<void>();
expectTypeOf<Login['expires_at']>().toEqualTypeOf<number>();
expectTypeOf<Principal['expires_at']>().toEqualTypeOf<number | undefined>();

// @ts-expect-error there is no such operation
client.signIn;
// @ts-expect-error a login needs a key
client.login({ body: {} });
// @ts-expect-error the permissions are missing
client.createKey({ body: { name: 'n' } });
// @ts-expect-error there is no such permission
client.createKey({ body: { name: 'n', permissions: ['OWNER'] } });
// @ts-expect-error a time is a number
client.createKey({ body: { name: 'n', permissions: [], expires_at: '2026-01-01' } });
// @ts-expect-error the path has a parameter
client.revokeKey();

export async function secretsAreToldOnce(): Promise<void> {
  const { key } = await client.createKey({ body: { name: 'n', permissions: [] } });
  expectTypeOf(key).toEqualTypeOf<string>();
  const { data } = await client.listKeys();
  expectTypeOf(data).toEqualTypeOf<Key[]>();
  // @ts-expect-error a listed key has no secret
  data[0]?.key;
}

// Errors
export function narrowsErrors(error: unknown): void {
  if (isApiError(error, identity, 'revokeKey', 404)) expectTypeOf(error.body).toEqualTypeOf<ErrorBody>();
  // @ts-expect-error a list is always found
  isApiError(error, identity, 'listKeys', 404);
}
