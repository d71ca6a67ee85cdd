import { type IdentityClient, identity } from '@flowwire/contract/identity';
import { createHttpClient } from './client.ts';
import type { ClientOptions } from './options.ts';

/** Makes a client of the identity API. */
export function createIdentity(options: ClientOptions): IdentityClient {
  return createHttpClient(identity, options);
}
