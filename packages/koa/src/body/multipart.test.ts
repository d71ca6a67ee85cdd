import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProblemError } from '../problem.ts';
import { MultipartParser } from './multipart.ts';

interface Part {
  readonly headers: Record<string, string>;
  readonly data: string;
}

/** The parts of a body that comes in pieces of these sizes, the last one for what is left. */
const parse = (boundary: string, body: Buffer, sizes: readonly number[] = []): Part[] => {
  const parser = new MultipartParser(boundary);
  const parts: { headers: Record<string, string>; chunks: Buffer[] }[] = [];
  let ends = 0;
  let at = 0;
  for (const size of [...sizes, body.length]) {
    for (const token of parser.push(body.subarray(at, at + size))) {
      if (token.type === 'part') parts.push({ headers: Object.fromEntries(token.headers), chunks: [] });
      else if (token.type === 'data') parts.at(-1)?.chunks.push(Buffer.from(token.bytes));
      else ends += 1;
    }
    at += size;
  }
  parser.finish();
  expect(ends).toBe(parts.length);
  return parts.map(({ headers, chunks }) => ({ headers, data: Buffer.concat(chunks).toString('latin1') }));
};

const lines = (...all: string[]): Buffer => Buffer.from(all.join('\r\n'), 'latin1');

test.each<[string, Buffer, Part[]]>([
  ['one part', lines('--b', 'A: 1', '', 'x', '--b--', ''), [{ headers: { a: '1' }, data: 'x' }]],
  [
    'several parts, one of them empty',
    lines('--b', 'A:1', 'Content-MD5: 2', '', '', '--b', 'A: 3', '', 'y\r\nz', '--b--'),
    [
      { headers: { a: '1', 'content-md5': '2' }, data: '' },
      { headers: { a: '3' }, data: 'y\r\nz' },
    ],
  ],
  ['no part', lines('--b--', ''), []],
  ['a part without headers', lines('--b', '', 'x', '--b--'), [{ headers: {}, data: 'x' }]],
  [
    'what stands around the parts',
    lines('hello', '--b', '', 'x', '--b--', 'bye', '--b', ''),
    [{ headers: {}, data: 'x' }],
  ],
  ['blanks behind a boundary', lines('--b \t', '', 'x', '--b--'), [{ headers: {}, data: 'x' }]],
  [
    'what looks like a boundary',
    lines('--b', '', '\r\n-\r\n--\r\n--a\r--b', '--b--'),
    [{ headers: {}, data: '\r\n-\r\n--\r\n--a\r--b' }],
  ],
])('takes %s apart, in one piece and byte by byte', (_name, body, want) => {
  expect(parse('b', body)).toEqual(want);
  expect(
    parse(
      'b',
      body,
      Array.from(body, () => 1),
    ),
  ).toEqual(want);
});

test.each<[string, Buffer, string]>([
  ['ends early', lines('--b', '', 'x'), 'The body ends before its last boundary.'],
  ['is empty', lines(''), 'The body ends before its last boundary.'],
  ['has another boundary', lines('--c', '', 'x', '--c--'), 'The body ends before its last boundary.'],
  [
    'has text behind a boundary',
    lines('--bx', '', 'x', '--b--'),
    'A boundary of the body is followed by something else than a line break.',
  ],
  [
    'has a header without a name',
    lines('--b', 'nothing', '', 'x', '--b--'),
    'A part of the body has a header without a name.',
  ],
  [
    'has endless headers',
    lines('--b', `A: ${'x'.repeat(20_000)}`),
    'The headers of a part are longer than 16384 bytes.',
  ],
])('a body is refused that %s', (_name, body, message) => {
  for (const sizes of [[], Array.from(body, () => 1)]) {
    expect(() => parse('b', body, sizes)).toThrow(new ProblemError('malformed_body', message));
  }
});

test.each([undefined, '', 'x'.repeat(201)])('a body is refused with the boundary %j', (boundary) => {
  expect(() => new MultipartParser(boundary)).toThrow('needs a boundary');
});

test('any parts come back whole, however they are cut', () => {
  // Made of what boundaries are made of, so that many beginnings of one are no boundary.
  const data = fc
    .array(fc.constantFrom('\r', '\n', '\r\n', '-', '--', 'b', 'bb', '\r\n--', '\r\n--b', 'x', '\0', 'ÿ'), {
      maxLength: 20,
    })
    .map((pieces) => pieces.join(''))
    .filter((text) => !text.includes('\r\n--bb'));
  fc.assert(
    fc.property(fc.array(data, { maxLength: 5 }), fc.array(fc.nat(7), { maxLength: 60 }), (parts, sizes) => {
      const body = lines(...parts.flatMap((part) => ['--bb', 'N: 1', '', part]), '--bb--', '');
      expect(parse('bb', body, sizes).map((part) => part.data)).toEqual(parts);
    }),
    { numRuns: 2000 },
  );
});
