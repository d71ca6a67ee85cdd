import { type MandasClient, mandas } from '@flowwire/contract/mandas';
import { createHttpClient } from './client.ts';
import type { ClientOptions } from './options.ts';

/** Makes a client of the mandas API. Throws TypeError for a `baseUrl` that requests cannot be sent to. */
export function createMandas(options: ClientOptions): MandasClient {
  return createHttpClient(mandas, options);
}
