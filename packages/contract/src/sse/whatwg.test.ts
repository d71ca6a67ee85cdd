import { expect, test } from 'vitest';
import { createEventDecoder, type ServerSentEvent } from './decode.ts';

/**
 * The format tests of web-platform-tests (folder `eventsource`), by the file that each comes from. Those about
 * requests, reconnecting and media types stand beside the client's stream.
 *
 * Left out, for a decoder has none of it: `eventsource-prototype`, `interfaces`, `eventsource-eventtarget`,
 * `eventsource-onmessage*`, `eventsource-onopen`, `eventsource-readyState`, `eventsource-url`,
 * `eventsource-constructor-*` (the DOM object and its URL), `eventsource-cross-origin*`, `request-credentials`
 * (CORS), `eventsource-bfcache` (pages), `eventsource-from-readable-stream*`, `dedicated-worker/*` and
 * `shared-worker/*` (where the object lives).
 */
interface Case {
  readonly file: string;
  readonly says: string;
  readonly stream: string;
  readonly events?: readonly ServerSentEvent[];
  readonly retries?: readonly number[];
  /** What a reconnect would send. */
  readonly lastEventId?: string;
}

const message = (data: string, id?: string): ServerSentEvent => ({ id, event: 'message', data });
const long = 'x'.repeat(2048);

const idWithNul = ['\0\0', 'x\0', '\0x', 'x\0x', ' \0'].map(
  (id): Case => ({
    file: 'format-field-id-null',
    says: `the id ${JSON.stringify(id)} is no id`,
    stream: `id: ${id}\ndata: a\n\ndata: b\n\n`,
    events: [message('a'), message('b')],
  }),
);

const cases: readonly Case[] = [
  {
    file: 'event-data',
    says: 'lines are joined, other fields and comments are not data, and a bare data line is empty',
    stream: 'data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n',
    events: [message('msg\nmsg'), message(''), message('end')],
  },
  {
    file: 'format-bom',
    says: 'a byte order mark is dropped at the start and nowhere else',
    stream: '\uFEFFdata:1\n\n\uFEFFdata:2\n\ndata:3\n\n',
    events: [message('1'), message('3')],
  },
  {
    file: 'format-bom-2',
    says: 'of two byte order marks the second one spoils the first field',
    stream: '\uFEFF\uFEFFdata:1\n\ndata:2\n\ndata:3\n\n',
    events: [message('2'), message('3')],
  },
  {
    file: 'format-comments',
    says: 'comments of any length and with any line end are dropped',
    stream: `data:1\r:\0\n:\r\ndata:2\n:${long}\rdata:3\n:data:fail\r:${long}\ndata:4\n\n`,
    events: [message('1\n2\n3\n4')],
  },
  {
    file: 'format-data-before-final-empty-line',
    says: 'a block that the stream does not end is dropped, its id with it',
    stream: 'retry:1000\ndata:test1\n\nid:test\ndata:test2\n',
    events: [message('test1')],
    retries: [1000],
  },
  {
    file: 'format-field-data',
    says: 'data may be empty, without a colon, and repeated',
    stream: 'data:\n\ndata\ndata\n\ndata:test\n\n',
    events: [message(''), message('\n'), message('test')],
  },
  {
    file: 'format-field-event',
    says: 'an event name holds for one event',
    stream: 'event:test\ndata:x\n\ndata:x\n\n',
    events: [{ id: undefined, event: 'test', data: 'x' }, message('x')],
  },
  {
    file: 'format-field-event-empty',
    says: 'an empty event name is the usual one',
    stream: 'event: \ndata:data\n\n',
    events: [message('data')],
  },
  {
    file: 'submissions/MOSQUITO/field-name-event',
    says: 'the last event name of a block counts',
    stream: 'event: first\nevent: second\ndata: x\n\n',
    events: [{ id: undefined, event: 'second', data: 'x' }],
  },
  {
    file: 'format-field-id',
    says: 'an id may have characters beyond ASCII',
    stream: 'id: …\ndata: hello\n\n',
    events: [message('hello', '…')],
    lastEventId: '…',
  },
  {
    file: 'format-field-id-3',
    says: 'an id holds until the next one',
    stream: 'id: 1\ndata: 1\n\ndata:2\n\nid: 2\ndata:3\n\ndata:4\n\n',
    events: [message('1', '1'), message('2', '1'), message('3', '2'), message('4', '2')],
    lastEventId: '2',
  },
  {
    file: 'format-field-id-3',
    says: 'an empty id takes it back',
    stream: 'id: 1\ndata: 1\n\nid:\ndata:2\n\ndata:3\n\n',
    events: [message('1', '1'), message('2', ''), message('3', '')],
    lastEventId: '',
  },
  {
    file: 'format-field-id-3',
    says: 'an id without a colon takes it back',
    stream: 'id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3\n\n',
    events: [message('1', '1'), message('2', ''), message('3', '')],
    lastEventId: '',
  },
  ...idWithNul,
  {
    file: 'format-field-parsing',
    says: 'field names are exact, values lose one space',
    stream:
      'data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n',
    events: [message('\0\n 2\n1\n3\n\n4')],
  },
  {
    file: 'format-field-retry',
    says: 'a retry time is decimal, also with a leading zero',
    stream: 'retry:03000\ndata:x\n\n',
    events: [message('x')],
    retries: [3000],
  },
  {
    file: 'format-field-retry-bogus',
    says: 'a retry time with anything but digits is none',
    stream: 'retry:3000\nretry:1000x\ndata:x\n\n',
    events: [message('x')],
    retries: [3000],
  },
  {
    file: 'format-field-retry-empty',
    says: 'an empty retry time is none',
    stream: 'retry\ndata:test\n\n',
    events: [message('test')],
  },
  {
    file: 'format-field-unknown',
    says: 'lines that are no field are passed over',
    stream: 'data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n',
    events: [message('test\n\ntest')],
  },
  {
    file: 'format-leading-space',
    says: 'a tab is no space, and CR ends a line',
    stream: 'data:\ttest\rdata: \ndata:test\n\n',
    events: [message('\ttest\n\ntest')],
  },
  {
    file: 'format-newlines',
    says: 'the three line ends may be mixed',
    stream: 'data:test\r\ndata\ndata:test\r\n\r\n',
    events: [message('test\n\ntest')],
  },
  {
    file: 'format-null-character',
    says: 'a NUL is a character of the data',
    stream: 'data:\0\n\n\n\n',
    events: [message('\0')],
  },
  {
    file: 'format-utf-8',
    says: 'text is UTF-8',
    stream: 'data:ok…\n\n',
    events: [message('ok…')],
  },
];

/** Reads a stream in slices of a size. */
function read(bytes: Uint8Array, size: number) {
  const events: ServerSentEvent[] = [];
  const retries: number[] = [];
  const decoder = createEventDecoder({
    onEvent: (event) => events.push(event),
    onRetry: (milliseconds) => retries.push(milliseconds),
  });
  for (let start = 0; start < bytes.length; start += size) decoder.push(bytes.slice(start, start + size));
  return { events, retries, lastEventId: decoder.lastEventId };
}

test.each(cases)('$file: $says', ({ stream, events = [], retries = [], lastEventId }) => {
  const bytes = new TextEncoder().encode(stream);
  for (const size of [bytes.length, 1, 2, 3, 5, 7]) {
    expect(read(bytes, size)).toEqual({ events, retries, lastEventId });
  }
});
