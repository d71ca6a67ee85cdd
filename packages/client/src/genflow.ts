import { type GenflowClient, genflow } from '@flowwire/contract/genflow';
import { createClient } from './client.ts';
import type { ClientOptions } from './options.ts';

/** Makes a client of the genflow API. Throws TypeError for a `baseUrl` that requests cannot be sent to. */
export function createGenflow(options: ClientOptions): GenflowClient {
  return createClient(genflow, options);
}
