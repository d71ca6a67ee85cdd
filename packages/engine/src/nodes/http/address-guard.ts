import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * `true`: every address; else patterns `host`, `host:port` or `*.suffix[:port]` that escape the guard. An
 * IPv6 address with a port has brackets.
 */
export type AllowedAddresses = boolean | readonly string[];

// IANA special-purpose registry (RFC 6890), and Azure's metadata address, which lies in public space.
const REFUSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

// Inside global unicast: what embeds an IPv4 address (Teredo, 6to4) or is reserved.
const REFUSED_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const refused = new BlockList();
const globalUnicast = new BlockList();
for (const [cidrs, family] of [
  [REFUSED_IPV4, 'ipv4'],
  [REFUSED_IPV6, 'ipv6'],
] as const) {
  for (const cidr of cidrs) {
    const [network = '', bits] = cidr.split('/');
    refused.addSubnet(network, Number(bits), family);
  }
}
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/**
 * Whether an IP address is one of the public internet. IPv6 outside 2000::/3 is not, which takes with
 * it loopback, link-local, unique-local, multicast, NAT64 and IPv4-mapped addresses.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (isIPv4(address)) return !refused.check(address, 'ipv4');
  // A zone (`fe80::1%eth0`) marks an address of this machine's own links.
  if (address.includes('%')) return false;
  return globalUnicast.check(address, 'ipv6') && !refused.check(address, 'ipv6');
}

/** Whether a name means this machine whatever DNS answers (RFC 6761 section 6.3). */
export const isLoopbackName = (host: string): boolean => /(?:^|\.)localhost\.?$/i.test(host);

/** Whether the settings let a host through without the guard. `host` is as in a parsed URL. */
export function isAllowed(allowed: AllowedAddresses, host: string, port: string): boolean {
  if (typeof allowed === 'boolean') return allowed;
  return allowed.some((pattern) => matches(pattern, host, port));
}

function matches(pattern: string, host: string, port: string): boolean {
  if (isIP(pattern) !== 0) return host === pattern;
  const [, name = pattern, wantedPort] = /^(.*[^:]):(\d{1,5})$/.exec(pattern) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const bare = name.replace(/^\[|\]$/g, '');
  return bare.startsWith('*.') ? host.endsWith(bare.slice(1)) : host === bare;
}

export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  constructor(host: string, address: string) {
    super(
      host === address
        ? `the address ${host} is not public`
        : `${host} is at ${address}, which is not public`,
    );
  }
}
