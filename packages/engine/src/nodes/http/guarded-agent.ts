import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import {
  AddressRefusedError,
  type AllowedAddresses,
  isAllowed,
  isLoopbackName,
  isPublicAddress,
} from './address-guard.ts';

export type ResolveHost = (
  host: string,
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

// The longest that a node may wait; its own limit comes by the request's signal.
const LONGEST_ATTEMPT_MS = 3_600_000;

const resolveHost: ResolveHost = (host, done) => lookup(host, { all: true }, done);

/**
 * An HTTP agent that connects to public addresses only. It checks the address in the URL, every DNS
 * answer (one private answer refuses the host), and the address the socket ended up at. It connects to
 * the very addresses it checked, so a second DNS answer cannot differ. Errors are AddressRefusedError.
 */
export function createGuardedAgent(allowed: AllowedAddresses, resolve: ResolveHost = resolveHost): Agent {
  return new Agent({
    connect: createConnector(allowed, resolve),
    keepAliveTimeout: 4_000,
    connections: 64,
    headersTimeout: LONGEST_ATTEMPT_MS,
    bodyTimeout: LONGEST_ATTEMPT_MS,
  });
}

function createConnector(allowed: AllowedAddresses, resolve: ResolveHost): buildConnector.connector {
  const connectAnywhere = buildConnector({ timeout: 10_000 });
  const connectPublic = buildConnector({ timeout: 10_000, lookup: createLookup(resolve) });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    const port = options.port || (options.protocol === 'https:' ? '443' : '80');
    if (isAllowed(allowed, host, port)) {
      connectAnywhere(options, callback);
      return;
    }
    if (isLoopbackName(host) || (isIP(host) !== 0 && !isPublicAddress(host))) {
      callback(new AddressRefusedError(host, host), null);
      return;
    }
    connectPublic(options, (...[error, socket]) => {
      const remote = socket?.remoteAddress;
      if (error) callback(error, null);
      else if (remote !== undefined && isPublicAddress(remote)) callback(null, socket);
      else {
        socket.destroy();
        callback(new AddressRefusedError(host, remote ?? 'an unknown address'), null);
      }
    });
  };
}

function createLookup(resolve: ResolveHost): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, addresses) => {
      const refused = addresses?.find(({ address }) => !isPublicAddress(address));
      const [first] = addresses ?? [];
      if (error) done(error, []);
      else if (refused) done(new AddressRefusedError(host, refused.address), []);
      else if (!first) done(new Error(`${host} has no address`), []);
      else if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
