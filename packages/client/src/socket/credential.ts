import type { Credential, Signer } from '../http/auth.ts';
import { abortable } from '../http/wait.ts';
import { type SocketEndpoint, socketError } from './endpoint.ts';

/** A signer with the credential that it was given for one connection. */
export type SignedWith = Pick<Signer, 'scheme'> & { readonly credential: string };

/**
 * Asks the client's `auth`, anew for each connection, so that a token can be renewed. Nothing where the
 * channel is open to all.
 *
 * @throws ApiError `auth`
 */
export async function askForCredentials(
  endpoint: SocketEndpoint,
  signal: AbortSignal,
): Promise<SignedWith[]> {
  const { channel, signers } = endpoint;
  const isOpen = channel.security.every((requirement) => Object.keys(requirement).length === 0);
  if (signers.length === 0 && !isOpen && channel.session?.auth !== undefined) {
    throw socketError(endpoint, 'auth', 'it needs a credential: give the client `auth`');
  }
  const found: SignedWith[] = [];
  for (const { scheme, credential } of signers) {
    found.push({ scheme, credential: await askFor(endpoint, credential, signal) });
  }
  return found;
}

async function askFor(endpoint: SocketEndpoint, source: Credential, signal: AbortSignal): Promise<string> {
  let credential: unknown;
  try {
    credential = typeof source === 'string' ? source : await abortable(Promise.resolve(source()), signal);
  } catch (cause) {
    throw socketError(endpoint, 'auth', 'the credential could not be had', { cause });
  }
  if (typeof credential === 'string') return credential;
  throw socketError(endpoint, 'auth', `the credential is not a string but ${typeof credential}`);
}
