import { BlockList } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an IP address, also an IPv4 one written as IPv6, is this machine's own. */
export const isLoopbackAddress = (address: string): boolean =>
  LOOPBACK.check(address, address.includes(':') ? 'ipv6' : 'ipv4');

/** Whether the name or address of a host means this machine. IPv6 with or without brackets. */
export const isLoopbackHost = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || isLoopbackAddress(host.replace(/^\[(.*)\]$/, '$1'));
