import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEventDecoder, type ServerSentEvent, SseOverflowError } from './decode.ts';
import { encodeComment, encodeEvent } from './encode.ts';

const utf8 = new TextEncoder();

function decode(slices: Iterable<Uint8Array>) {
  const events: ServerSentEvent[] = [];
  const retries: number[] = [];
  const decoder = createEventDecoder({
    onEvent: (event) => events.push(event),
    onRetry: (milliseconds) => retries.push(milliseconds),
  });
  for (const slice of slices) decoder.push(slice);
  return { events, retries, lastEventId: decoder.lastEventId };
}

function cutAt(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const bounds = [0, ...[...positions].sort((a, b) => a - b), bytes.length];
  return bounds.slice(1).map((end, index) => bytes.slice(bounds[index], end));
}

const message = (data: string, id?: string): ServerSentEvent => ({ id, event: 'message', data });
const bytesOf = (text: string | readonly number[]) =>
  typeof text === 'string' ? utf8.encode(text) : Uint8Array.from(text);

/** The format cases of the WHATWG specification and of WPT's eventsource suite. */
const cases: readonly [
  name: string,
  stream: string | readonly number[],
  events: readonly ServerSentEvent[],
][] = [
  ['a byte order mark at the start is dropped', '\uFEFFdata:1\n\ndata:2\n\n', [message('1'), message('2')]],
  ['a second byte order mark is part of a field name', '\uFEFF\uFEFFdata:1\n\ndata:2\n\n', [message('2')]],
  [
    'a later byte order mark is part of a field name',
    'data:1\n\n\uFEFFdata:2\n\ndata:3\n\n',
    [message('1'), message('3')],
  ],
  ['a byte order mark in data is kept', 'data:\uFEFF1\n\n', [message('\uFEFF1')]],
  ['LF ends lines', 'data: a\ndata: b\n\n', [message('a\nb')]],
  ['CR ends lines', 'data: a\rdata: b\r\r', [message('a\nb')]],
  ['CRLF ends lines', 'data: a\r\ndata: b\r\n\r\n', [message('a\nb')]],
  [
    'line ends may be mixed',
    'data: a\rdata: b\r\ndata: c\n\r\ndata: d\r\r\ndata: e\n\r',
    [message('a\nb\nc'), message('d'), message('e')],
  ],
  ['LF CR are two line ends', 'data: a\n\rdata: b\n\n', [message('a'), message('b')]],
  ['one space behind the colon is dropped', 'data:  a\ndata:\tb\ndata:c \n\n', [message(' a\n\tb\nc ')]],
  [
    'data without a colon is an empty line',
    'data\n\ndata\ndata\n\ndata:test\n\n',
    [message(''), message('\n'), message('test')],
  ],
  ['empty data is dispatched', 'data:\n\n', [message('')]],
  ['a block without data is not dispatched', 'event: a\n\nid: 1\n\n\n\n', []],
  ['field names are compared exactly', 'data:ok\nData:1\n data:2\ndata :3\n\n', [message('ok')]],
  [
    'unknown fields are ignored',
    'data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n',
    [message('test\n\ntest')],
  ],
  [
    'comments are ignored',
    `data:1\r:\0\n:\r\ndata:2\n:${'x'.repeat(2048)}\rdata:3\n:data:fail\r:\ndata:4\n\n`,
    [message('1\n2\n3\n4')],
  ],
  ['a NUL in data is kept', 'data:a\0b\n\n', [message('a\0b')]],
  [
    'an id with a NUL is ignored',
    'id: 1\ndata: a\n\nid: 2\x003\ndata: b\n\n',
    [message('a', '1'), message('b', '1')],
  ],
  [
    'an id stays for the events that follow',
    'id: 1\ndata: a\n\ndata: b\n\n',
    [message('a', '1'), message('b', '1')],
  ],
  [
    'an empty id resets it',
    'id: 1\ndata: a\n\nid\ndata: b\n\ndata: c\n\n',
    [message('a', '1'), message('b', ''), message('c', '')],
  ],
  ['the id of a block without data holds for later ones', 'id: 7\n\ndata: a\n\n', [message('a', '7')]],
  [
    'an event type holds for its block only',
    'event: x\ndata: a\n\ndata: b\n\nevent: y\n\ndata: c\n\n',
    [{ ...message('a'), event: 'x' }, message('b'), message('c')],
  ],
  ['an empty event type is message', 'event: x\nevent:\ndata: a\n\n', [message('a')]],
  ['an unfinished last event is discarded', 'data: a\n\ndata: b\n', [message('a')]],
  ['an unfinished last line is discarded', 'data: a\n\ndata: b', [message('a')]],
  ['text is UTF-8 of any length', 'data: ok…, é 世界 🎈\n\n', [message('ok…, é 世界 🎈')]],
  [
    'broken UTF-8 is replaced',
    [0x64, 0x61, 0x74, 0x61, 0x3a, 0xe4, 0xb8, 0x0a, 0xff, 0x0a, 0x0a],
    [message('\uFFFD')],
  ],
];

describe('format', () => {
  test.each(cases)('%s', (_name, stream, want) => {
    expect(decode([bytesOf(stream)]).events).toEqual(want);
  });

  test.each(cases)('%s, cut at every place', (_name, stream, want) => {
    const bytes = bytesOf(stream);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(decode(cutAt(bytes, [cut])).events).toEqual(want);
    }
  });

  test.each(cases)('%s, byte by byte', (_name, stream, want) => {
    expect(decode([...bytesOf(stream)].map((byte) => Uint8Array.of(byte))).events).toEqual(want);
  });
});

test('an event that ends in a bare CR comes out at once, and the LF of a CRLF is not another line', () => {
  const events: string[] = [];
  const decoder = createEventDecoder({ onEvent: ({ data }) => events.push(data) });
  decoder.push(utf8.encode('data: a\r\r'));
  expect(events).toEqual(['a']);
  decoder.push(utf8.encode('\ndata: b\r\n\r'));
  expect(events).toEqual(['a', 'b']);
});

test('retry takes digits only', () => {
  const stream = 'retry: 3000\nretry:1000x\nretry: -1\nretry:\nretry: 1e3\nretry\nretry:5\n';
  expect(decode([utf8.encode(stream)]).retries).toEqual([3000, 5]);
});

test('lastEventId follows finished blocks, not lines', () => {
  const idOf = (stream: string) => decode([utf8.encode(stream)]).lastEventId;
  expect(idOf('data: a\n\n')).toBeUndefined();
  expect(idOf('id: 1\ndata: a\n\nid: 2\ndata: b\n')).toBe('1');
  expect(idOf('id: 1\ndata: a\n\nid: 2\n\n')).toBe('2');
  expect(idOf('id: 1\ndata: a\n\nid\n\n')).toBe('');
});

describe('overflow', () => {
  test.each([
    ['a line without an end', 'data: 0123456789'],
    ['data lines without an end', 'data: 01234\ndata: 56789\n'],
    ['data lines before an unfinished line', 'data: 01234\ndata: 5'],
  ])('%s is refused past the limit', (_name, stream) => {
    const decoder = createEventDecoder({ onEvent: () => {}, maxEventBytes: 10 });
    const push = () => {
      for (const byte of utf8.encode(stream)) decoder.push(Uint8Array.of(byte));
    };
    expect(push).toThrow(SseOverflowError);
  });

  test('many events of less than the limit pass', () => {
    const events: string[] = [];
    const decoder = createEventDecoder({ onEvent: ({ data }) => events.push(data), maxEventBytes: 10 });
    decoder.push(utf8.encode('data: abcd\n\n'.repeat(100)));
    expect(events).toHaveLength(100);
  });
});

test('a long line in small slices costs time in proportion to its length', () => {
  const time = (length: number) => {
    const bytes = utf8.encode(`data: ${'x'.repeat(length)}\n\n`);
    const decoder = createEventDecoder({ onEvent: () => {}, maxEventBytes: 2 * length });
    const start = performance.now();
    for (let at = 0; at < bytes.length; at += 16) decoder.push(bytes.subarray(at, at + 16));
    return performance.now() - start;
  };
  time(1 << 20);
  // Eight times the bytes: 8 if linear, 64 if quadratic.
  expect(time(1 << 23) / time(1 << 20)).toBeLessThan(30);
});

const line = fc.oneof(
  fc.constantFrom('data', 'data:', 'id', 'id:', 'event:', ':', ': ping', 'retry: 10', 'retry: x', 'x: y', ''),
  fc
    .tuple(
      fc.constantFrom('data', 'event', 'id', 'dat'),
      fc.constantFrom(':', ': ', ':  '),
      fc.string({ unit: 'binary' }),
    )
    .map(([field, colon, value]) => `${field}${colon}${value.replace(/[\r\n\uFEFF]|[\ud800-\udfff]/g, '')}`),
);
const lineEnd = fc.constantFrom('\n', '\n', '\n\n', '\r', '\r\n', '\r\r');
const stream = fc
  .array(
    fc.tuple(line, lineEnd).map((parts) => parts.join('')),
    { maxLength: 30 },
  )
  .map((all) => all.join(''));

test('the result does not depend on where the stream is cut', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(2000), { maxLength: 20 }), (text, cuts) => {
      const bytes = utf8.encode(text);
      const positions = cuts.map((cut) => cut % (bytes.length + 1));
      expect(decode(cutAt(bytes, positions))).toEqual(decode([bytes]));
    }),
  );
});

test('eventsource-parser, an independent decoder, reads the same events', () => {
  fc.assert(
    fc.property(stream, (text) => {
      const events: { event: string; data: string }[] = [];
      const retries: number[] = [];
      const parser = createParser({
        onEvent: ({ event, data }) => events.push({ event: event ?? 'message', data }),
        onRetry: (milliseconds) => retries.push(milliseconds),
      });
      // It waits for the character behind a CR; a comment settles what the CR was.
      parser.feed(`${text}\n:\n`);
      const ours = decode([utf8.encode(`${text}\n:\n`)]);
      expect(ours.events.map(({ event, data }) => ({ event, data }))).toEqual(events);
      expect(ours.retries).toEqual(retries);
    }),
  );
});

const text = fc.string({ unit: 'grapheme' });
const oneLine = text.map((value) => value.replace(/[\r\n\0]/g, ''));
const writtenEvent = fc.record({ id: oneLine, event: oneLine, data: text });

test('what the encoder writes is read back, over any cuts and comments', () => {
  fc.assert(
    fc.property(fc.array(writtenEvent), fc.array(fc.nat()), (events, cuts) => {
      const bytes = utf8.encode(events.map((event) => encodeComment() + encodeEvent(event)).join(''));
      const positions = cuts.map((cut) => cut % (bytes.length + 1));
      const want = events.map(({ id, event, data }) => ({
        id,
        event: event || 'message',
        data: data.replace(/\r\n?/g, '\n'),
      }));
      expect(decode(cutAt(bytes, positions)).events).toEqual(want);
    }),
  );
});
