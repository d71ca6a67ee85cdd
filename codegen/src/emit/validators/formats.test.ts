import { expect, test } from 'vitest';
import { isCheckedFormat } from '../../model/schemas/keywords.ts';
import { KNOWN_FORMATS } from './formats.ts';
import { compileOne } from './testing/compile.ts';

interface Samples {
  readonly valid: readonly unknown[];
  /** What a server refuses. */
  readonly invalid: readonly unknown[];
}

const LONG_LABEL = 'a'.repeat(63);

const samples: Readonly<Record<string, Samples>> = {
  date: {
    valid: ['2024-02-29', '2000-02-29', '1963-06-30', '0001-01-01'],
    invalid: [
      '2023-02-29',
      '1900-02-29',
      '2024-04-31',
      '2024-13-01',
      '2024-1-01',
      '2024-01-00',
      '20240101',
      ' 2024-01-01',
      '2024-01-01\n',
      '+02024-01-01',
      '১963-06-19',
    ],
  },
  time: {
    valid: ['00:00:00Z', '23:59:59.999+23:59', '08:30:06z', '23:59:60Z', '15:59:60-08:00', '01:29:60+01:30'],
    invalid: [
      '24:00:00Z',
      '12:60:00Z',
      '12:00:60Z',
      '12:00:61Z',
      '12:00:00',
      '12:00Z',
      '12:00:00+24:00',
      '12:00:00+01',
      '12:00:00.Z',
      '22:59:60Z',
    ],
  },
  'date-time': {
    valid: [
      '2024-02-29T12:00:00Z',
      '1937-01-01t12:00:27.87+00:20',
      '1998-12-31T15:59:60.123-08:00',
      '1985-04-12T00:59:59.999999999999999Z',
    ],
    invalid: [
      '2023-02-29T12:00:00Z',
      '2024-01-01 12:00:00Z',
      '2024-01-01T12:00:00',
      '2024-01-01',
      '2013-350T01:01:01Z',
      '1963-06-19T08:30:06+01:00Z',
      '12:00:00Z',
    ],
  },
  'iso-time': { valid: ['12:00:00', '12:00:00Z', '12:00:00+01'], invalid: ['12:00', '25:00:00'] },
  'iso-date-time': {
    valid: ['2024-01-01T12:00:00', '2024-01-01 12:00:00Z', '2024-01-01T12:00:00+0100'],
    invalid: ['2024-02-30T12:00:00', '2024-01-01'],
  },
  duration: {
    valid: ['P4Y', 'P1Y2M3DT4H5M6S', 'PT0S', 'P2W', 'P1DT12H', 'PT36H', 'P1M2D', 'PT1M2S'],
    invalid: [
      'P',
      'PT',
      'P1YT',
      'P2D1Y',
      'P1D2H',
      'P2S',
      'P1Y2W',
      'P1Y2D',
      'PT1H2S',
      'PT0.5S',
      'P1',
      '-P1D',
      'P1D\n',
      '',
      'P১D',
    ],
  },
  uri: {
    valid: [
      'http://a.example/?q=1#x',
      'mailto:a@b.example',
      'urn:a:b',
      'ldap://[2001:db8::7]/c=GB?one',
      'http://u:p%40@h:80/',
      'a:',
      'http://[v1.x:y]/',
      'file:///etc',
      'http://a.com:',
    ],
    invalid: [
      '//a.example/b',
      '/a',
      'a',
      'http:// a',
      '1a:b',
      ':a',
      'a b:c',
      'http://a/<>',
      'http://a/%6g',
      'http://a/é',
      'https://[@a.example/',
      'http://a:b/',
      'http://[::1',
      'http://[1.2.3.4]/',
      'http://a/"',
      'http://a\\b',
      '',
    ],
  },
  'uri-reference': {
    valid: ['', '/a', '//a.example/b', 'a/b:c', '#x', '?q', '../a', 'http://a.example'],
    invalid: ['\\a', '#a#b', 'a b', ':a', '1:a', '%'],
  },
  url: {
    valid: ['https://a.example/b', 'FTP://a.example'],
    invalid: ['mailto:a@b.example', 'http://', 'http:///a', 'https://a b'],
  },
  'uri-template': {
    valid: ['', '/a/{b}', '{+path}/x{?q,n*,s:3}', 'http://a.example/{a.b}', '%20'],
    invalid: ['{', '/a/{b', '/a/}', '{a b}', '"', '%2', '{?}', '{a:0}'],
  },
  email: {
    valid: [
      'a@b.example',
      'te~st+x@b.example',
      '"a b"@b.example',
      'a@localhost',
      'a@[127.0.0.1]',
      'a@[IPv6:::1]',
      'a.b@c.example',
      '"a@b"@c.example',
    ],
    invalid: [
      'a',
      '@b.example',
      'a@',
      '.a@b.example',
      'a.@b.example',
      'a..b@c.example',
      'a b@c.example',
      'a@-b.example',
      'a@b c',
      'a@[127.0.0.300]',
      `${'a'.repeat(65)}@b.example`,
    ],
  },
  hostname: {
    valid: ['a', 'www.example.com', 'xn--4gbwdl.xn--wgbh1c', `${LONG_LABEL}.com`, '1host'],
    invalid: [
      '',
      '-a',
      'a-',
      'a_b',
      '.a',
      'a..b',
      `a${LONG_LABEL}`,
      `${`${LONG_LABEL}.`.repeat(4)}a`,
      '\u212a.example',
    ],
  },
  ipv4: {
    valid: ['0.0.0.0', '255.255.255.255'],
    invalid: ['256.0.0.1', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.4.', '1.2.3.4/8', '১.0.0.1'],
  },
  ipv6: {
    valid: [
      '::',
      '::1',
      '1::',
      '12::42',
      '1:2:3:4:5:6:7:8',
      '::ffff:192.168.0.1',
      '1:2:3:4:5:6:1.2.3.4',
      'fe80::A',
    ],
    invalid: [
      '',
      ':',
      '1',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      ':::',
      '12345::',
      '::g',
      '1:2:3:4:5:6:7:8::',
      '::1.2.3',
      '1.2.3.4::',
      '::1.2.3.4:1',
      'fe80::a%eth1',
      ' ::1',
      ':1:2:3:4:5:6:7',
    ],
  },
  regex: { valid: ['^a+$', '\\p{L}', ''], invalid: ['^(', '[', '\\q', 'a**'] },
  uuid: {
    valid: [
      '2eb8aa08-aa98-11ea-b4aa-73b441d16380',
      '2EB8AA08-AA98-11EA-B4AA-73B441D16380',
      '00000000-0000-0000-0000-000000000000',
    ],
    invalid: [
      '2eb8aa08-aa98-11ea-b4aa-73b441d1638',
      '2eb8aa08aa9811eab4aa73b441d16380',
      '2eb8-aa08-aa98-11ea-b4aa73b44-1d16380',
      '{2eb8aa08-aa98-11ea-b4aa-73b441d16380}',
    ],
  },
  'json-pointer': { valid: ['', '/', '/a/0', '/a~1b~0', '//'], invalid: ['a', '/~', '/~2', '#/a'] },
  'json-pointer-uri-fragment': { valid: ['#', '#/a/%20', '#/a~1'], invalid: ['/a', '#a', '#/~2', '#/ '] },
  'relative-json-pointer': {
    valid: ['0', '1/a', '0#', '12#'],
    invalid: ['', '/a', '-1/a', '01', '0##', '1a'],
  },
  byte: {
    valid: ['', 'YQ==', 'YWI=', 'YWJj', 'a+b/'],
    invalid: ['YQ', 'YQ=', '=', 'Y Q=', 'YQ==\n', 'YQ==YQ=='],
  },
  int32: { valid: [0, -(2 ** 31), 2 ** 31 - 1], invalid: [2 ** 31, -(2 ** 31) - 1, 1.5] },
  int64: { valid: [0, 2 ** 53, -(2 ** 63)], invalid: [2 ** 63, 1.5] },
};

test.each(Object.entries(samples))(
  'a server reads %s to the letter, and a client lets it pass',
  (format, { valid, invalid }) => {
    const server = compileOne({ format }, 'server');
    const client = compileOne({ format }, 'client');
    expect(valid.filter((value) => !server(value))).toEqual([]);
    expect(valid.filter((value) => !client(value))).toEqual([]);
    expect(invalid.filter((value) => server(value))).toEqual([]);
  },
);

test.each(Object.keys(samples))('%s says nothing of values of other types', (format) => {
  const isNumeric = format.startsWith('int');
  const others = [null, true, [], {}, isNumeric ? 'a' : 1.5];
  for (const audience of ['server', 'client'] as const) {
    const validate = compileOne({ format }, audience);
    expect(others.filter((value) => !validate(value))).toEqual([]);
  }
});

test('unknown formats, and those that only say what a value is for, demand nothing', () => {
  for (const format of ['x-own', 'password', 'binary', 'float', 'double', 'constructor']) {
    const validate = compileOne({ type: ['string', 'number'], format });
    expect([validate('anything'), validate(1.5)]).toEqual([true, true]);
  }
});

test('the model keeps the formats that are known here, and each of them is tested', () => {
  expect([...KNOWN_FORMATS].filter((format) => !isCheckedFormat(format))).toEqual([]);
  const untested = [...KNOWN_FORMATS].filter((format) => !(format in samples));
  expect(untested.sort()).toEqual(['binary', 'double', 'float', 'password']);
});

test.each(Object.keys(samples))(
  'a long text of format %s is judged with work that grows with its length',
  (format) => {
    const texts = ['a', '1', '-', 'a.', 'a-', ':', '%41', '/a', '{a}', '1:', '@a'].map((text) =>
      text.repeat(50_000 / text.length),
    );
    for (const audience of ['server', 'client'] as const) {
      const validate = compileOne({ format }, audience);
      const started = process.cpuUsage();
      for (const text of texts) validate(`${text}!\n`);
      expect(process.cpuUsage(started).user / 1_000).toBeLessThan(1500);
    }
  },
);
