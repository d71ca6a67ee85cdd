import { describe, expect, test } from 'vitest';
import { createAddressOf, createTrustedProxies, isAddressRange, networkOf } from './client-address.ts';

const isTrusted = createTrustedProxies(['10.0.0.0/8', '192.0.2.1', 'fd00::/8']);
const addressOf = createAddressOf(isTrusted);
const from = (remoteAddress: string | undefined, forwarded?: string) =>
  addressOf({ remoteAddress, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } });

describe('the address of a client', () => {
  test('is that of the socket where no proxy is trusted', () => {
    const nobody = createAddressOf(createTrustedProxies([]));
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    expect(nobody({ remoteAddress: '127.0.0.1', headers })).toBe('127.0.0.1');
  });

  test('is that of the socket where a stranger forwards', () => {
    expect(from('198.51.100.7', '203.0.113.9')).toBe('198.51.100.7');
  });

  test('is the last one before the trusted proxies, whatever stands left of it', () => {
    expect(from('10.0.0.1', '203.0.113.9')).toBe('203.0.113.9');
    expect(from('10.0.0.1', '1.1.1.1, 203.0.113.9, 192.0.2.1,10.2.2.2')).toBe('203.0.113.9');
    expect(from('fd00::1', '10.1.1.1, 2001:db8::5')).toBe('2001:db8::5');
  });

  test('is the first proxy where all of them are trusted', () => {
    expect(from('10.0.0.1', '10.0.0.3, 10.0.0.2')).toBe('10.0.0.3');
    expect(from('10.0.0.1')).toBe('10.0.0.1');
  });

  test('is the last that can be read where a hop is no address', () => {
    expect(from('10.0.0.1', '203.0.113.9, unknown')).toBe('10.0.0.1');
    expect(from('10.0.0.1', '203.0.113.9, _hidden, 10.0.0.2')).toBe('10.0.0.2');
    expect(from('10.0.0.1', '')).toBe('10.0.0.1');
  });

  test.each([
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['fe80::1%eth0', 'fe80::1'],
    [undefined, 'unknown'],
  ])('is read from a socket as %s', (remote, address) => {
    expect(from(remote)).toBe(address);
  });

  test.each([
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::5]:4711', '2001:db8::5'],
    ['[2001:db8::5]', '2001:db8::5'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
  ])('is read from the hop %s', (hop, address) => {
    expect(from('::ffff:10.0.0.1', hop)).toBe(address);
  });
});

test('a proxy is trusted by its own address or its network, and nobody else is', () => {
  expect(['10.255.0.1', '::ffff:10.0.0.1', '192.0.2.1', 'fdab::1'].filter(isTrusted)).toHaveLength(4);
  expect(['11.0.0.1', '192.0.2.2', 'fe00::1', 'localhost', ''].filter(isTrusted)).toEqual([]);
});

test('a range is an address or a network, and nothing else is taken for one', () => {
  expect(['127.0.0.1', '::1', '10.0.0.0/8', '0.0.0.0/0', 'fd00::/8'].filter(isAddressRange)).toHaveLength(5);
  const wrong = [
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.*',
    '::/129',
  ];
  expect(wrong.filter(isAddressRange)).toEqual([]);
  for (const text of wrong) expect(() => createTrustedProxies([text])).toThrow('neither an address nor');
});

test('addresses of one IPv6 network are one subscriber, those of IPv4 are each their own', () => {
  expect(networkOf('203.0.113.9')).toBe('203.0.113.9');
  expect(networkOf('unknown')).toBe('unknown');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  for (const same of ['2001:db8::1', '2001:0DB8:0::ffff', '2001:db8:0:0:9::']) {
    expect(networkOf(same)).toBe('2001:db8:0:0::/64');
  }
  expect(networkOf('::1')).toBe('0:0:0:0::/64');
});
