import { BlockList, isIP, isIPv4 } from 'node:net';
import type { Caller } from '@flowwire/koa';

/** Whether an address is that of a proxy whose forwarding headers are believed. */
export type IsTrustedProxy = (address: string) => boolean;

interface AddressRange {
  readonly network: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** An address, or a network as in `10.0.0.0/8`; undefined for anything else. */
function parseRange(text: string): AddressRange | undefined {
  const [network = '', bits, ...rest] = text.split('/');
  if (isIP(network) === 0 || network.includes('%') || rest.length > 0) return undefined;
  const width = isIPv4(network) ? 32 : 128;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return undefined;
  const length = bits === undefined ? width : Number(bits);
  return length > width ? undefined : { network, bits: length, family: width === 32 ? 'ipv4' : 'ipv6' };
}

/** Whether this text is an address or a network that `createTrustedProxies` takes. */
export const isAddressRange = (text: string): boolean => parseRange(text) !== undefined;

/**
 * Tells trusted proxies from everybody else.
 *
 * @param ranges addresses and networks: `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`
 * @throws Error for a range that is neither
 */
export function createTrustedProxies(ranges: readonly string[]): IsTrustedProxy {
  // The usual case, for which a look-up would cost each request 2 us.
  if (ranges.length === 0) return () => false;
  const trusted = new BlockList();
  for (const text of ranges) {
    const range = parseRange(text);
    if (!range) throw new Error(`${text} is neither an address nor a network`);
    trusted.addSubnet(range.network, range.bits, range.family);
  }
  return (address) => {
    const bare = bareAddress(address);
    return bare !== undefined && trusted.check(bare, isIPv4(bare) ? 'ipv4' : 'ipv6');
  };
}

/** An address without port, brackets and zone, IPv4 as such even where it is spelled as IPv6; undefined for none. */
function bareAddress(text: string | undefined): string | undefined {
  if (text !== undefined && isIPv4(text)) return text;
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text ?? '')?.[1];
  const withoutPort = bracketed ?? text?.replace(/^([\d.]+):\d+$/, '$1') ?? '';
  const address = withoutPort.replace(/%.*$/, '').replace(/^::ffff:(?=[\d.]+$)/i, '');
  return isIP(address) === 0 ? undefined : address;
}

/**
 * Answers the address of a request's client: the socket's, or behind trusted proxies the last one in
 * `X-Forwarded-For` that is no such proxy. What stands left of that, anybody may have written. `unknown` once
 * the client is gone.
 */
export const createAddressOf =
  (isTrusted: IsTrustedProxy) =>
  ({ headers, remoteAddress }: Pick<Caller, 'headers' | 'remoteAddress'>): string => {
    let address = bareAddress(remoteAddress);
    if (address === undefined) return 'unknown';
    if (!isTrusted(address)) return address;
    const hops = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    for (const hop of hops.reverse()) {
      const before = bareAddress(hop.trim());
      if (before === undefined) break;
      address = before;
      if (!isTrusted(address)) break;
    }
    return address;
  };

const IPV6_GROUPS = 8;
const GROUPS_OF_A_NETWORK = 4;

/** What one subscriber holds of an address: all of IPv4, the first 64 bits of IPv6 (RFC 6177). */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [left = [], right = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: IPV6_GROUPS - left.length - right.length }, () => '0');
  const groups = [...left, ...zeros, ...right].slice(0, GROUPS_OF_A_NETWORK);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
