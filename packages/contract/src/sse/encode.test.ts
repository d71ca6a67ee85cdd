import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeComment, encodeEvent, encodeRetry } from './encode.ts';

/** Reads with an independent parser, cut at the given places. */
const read = (text: string, cuts: readonly number[] = []) => {
  const events: EventSourceMessage[] = [];
  const comments: string[] = [];
  const retries: number[] = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onComment: (comment) => comments.push(comment),
    onRetry: (retry) => retries.push(retry),
    onError: (error) => {
      throw error;
    },
  });
  const places = [...cuts.map((cut) => cut % (text.length + 1)), 0, text.length].sort((a, b) => a - b);
  places.slice(1).forEach((to, i) => {
    parser.feed(text.slice(places[i], to));
  });
  return { events, comments, retries };
};

const nasty = fc.string({
  unit: fc.constantFrom(
    'a',
    ' ',
    ':',
    '\n',
    '\r',
    '\r\n',
    '\0',
    'é',
    '字',
    '\ud83d\ude00',
    '\ufeff',
    'data: ',
  ),
});
const oneLine = nasty.map((text) => text.replace(/[\r\n]/g, ''));
const name = oneLine.filter((text) => text !== '');
const id = oneLine.map((text) => text.replaceAll('\0', ''));
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

describe('encodeEvent', () => {
  test('is read back by an independent parser, wherever the bytes are cut', () => {
    const fields = fc.record({
      data: nasty,
      id: optional(id),
      event: optional(name),
      retry: optional(fc.nat()),
    });
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 5 }), fc.array(fc.nat()), (given, cuts) => {
        const text = given
          .map(({ data, id, event, retry }) =>
            encodeEvent({
              data,
              ...(id !== undefined && { id }),
              ...(event !== undefined && { event }),
              ...(retry !== undefined && { retry }),
            }),
          )
          .join('');
        const got = read(text, cuts);
        expect(got.events).toEqual(
          given.map(({ data, id, event }) => ({ id, event, data: data.replace(/\r\n|\r/g, '\n') })),
        );
        expect(got.retries).toEqual(given.flatMap(({ retry }) => (retry === undefined ? [] : [retry])));
      }),
    );
  });

  test.each([
    ['one line', { data: 'hi' }, 'data: hi\n\n'],
    ['no text', { data: '' }, 'data: \n\n'],
    ['a leading space', { data: ' hi' }, 'data:  hi\n\n'],
    ['several line ends', { data: 'a\r\nb\rc\nd' }, 'data: a\ndata: b\ndata: c\ndata: d\n\n'],
    [
      'all fields',
      { id: '7', event: 'tick', retry: 10, data: 'x' },
      'id: 7\nevent: tick\nretry: 10\ndata: x\n\n',
    ],
  ])('writes %s', (_name, given, want) => {
    expect(encodeEvent(given)).toBe(want);
  });

  test.each([
    ['an id with LF', { id: '1\ndata: forged', data: '' }],
    ['an id with CR', { id: '1\rdata: forged', data: '' }],
    ['an id with NUL', { id: '1\0', data: '' }],
    ['an event name with LF', { event: 'a\n\ndata: forged', data: '' }],
    ['an event name with CR', { event: 'a\r', data: '' }],
    ['a broken retry', { retry: 1.5, data: '' }],
    ['a negative retry', { retry: -1, data: '' }],
  ])('refuses %s', (_name, given) => {
    expect(() => encodeEvent(given)).toThrow(TypeError);
  });
});

test('a comment never becomes an event', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const got = read(`${encodeComment(text)}data: next\n\n`);
      expect(got.comments).toEqual(text.split(/\r\n|\r|\n/));
      expect(got.events).toEqual([{ id: undefined, event: undefined, data: 'next' }]);
    }),
  );
});

test('a retry stands alone and refuses what is not a whole number', () => {
  expect(read(encodeRetry(2500))).toEqual({ events: [], comments: [], retries: [2500] });
  expect(() => encodeRetry(Number.NaN)).toThrow(TypeError);
});
