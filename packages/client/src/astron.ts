import { type AstronClient, astron } from '@flowwire/contract/astron';
import { createHttpClient } from './client.ts';
import type { ClientOptions } from './options.ts';

/** Makes a client of the astron API. Throws TypeError for a `baseUrl` that requests cannot be sent to. */
export function createAstron(options: ClientOptions): AstronClient {
  return createHttpClient(astron, options);
}
