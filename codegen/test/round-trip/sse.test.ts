import {
  createEventDecoder,
  type EventFields,
  type EventStreamFormat,
  encodeComment,
  encodeEvent,
  encodeRetry,
  type ServerSentEvent,
} from '@flowwire/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isObject } from '../../src/json.ts';
import { readApis } from './apis.ts';
import { createArbitraries } from './arbitraries.ts';

const RUNS = 25;
const apis = await readApis();
const utf8 = new TextEncoder();

/** How one event stream is spelled and cut, none of which may matter to its reader. */
const spelling = fc.record({
  lineEnd: fc.constantFrom('\n', '\r', '\r\n'),
  start: fc.constantFrom('', '\uFEFF'),
  between: fc.constantFrom('', encodeComment(), encodeComment('ping\0'), encodeRetry(5), 'x: y\n'),
  /** Sizes of the slices, over and over. Small ones cut characters of several bytes and CRLF. */
  slices: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
});
type Spelling = typeof spelling extends fc.Arbitrary<infer T> ? T : never;

function* slicesOf(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let start = 0;
  for (let turn = 0; start < bytes.length; turn++) {
    const end = start + (sizes[turn % sizes.length] ?? 1);
    yield bytes.slice(start, end);
    start = end;
  }
}

/** What a reader gets of some events. */
function sendAndRead(
  events: readonly EventFields[],
  { lineEnd, start, between, slices }: Spelling,
): ServerSentEvent[] {
  const text = events.map((event) => between + encodeEvent(event)).join('');
  const received: ServerSentEvent[] = [];
  const decoder = createEventDecoder({ onEvent: (event) => received.push(event), maxEventBytes: 16 << 20 });
  for (const slice of slicesOf(utf8.encode(start + text.replaceAll('\n', lineEnd)), slices))
    decoder.push(slice);
  return received;
}

/** An item as the fields of its event (OpenAPI 3.2 section 4.14.4). */
function fieldsOf(item: unknown, { item: kind, data, textEvents }: EventStreamFormat): EventFields {
  const isText = (event: unknown) => data === 'text' || textEvents?.some((name) => name === event) === true;
  const textOf = (value: unknown, event?: unknown) => (isText(event) ? String(value) : JSON.stringify(value));
  if (kind === 'data') return { data: textOf(item) };
  if (!isObject(item)) throw new Error('An item with a name is an object.');
  return {
    data: textOf(item.data, item.event),
    ...(typeof item.event === 'string' && { event: item.event }),
    ...(typeof item.id === 'string' && { id: item.id }),
  };
}

/** The item that an event is. */
function itemOf({ id, event, data: text }: ServerSentEvent, format: EventStreamFormat): unknown {
  const isText = format.data === 'text' || format.textEvents?.includes(event) === true;
  const data: unknown = isText ? text : JSON.parse(text);
  return format.item === 'data' ? data : { event, data, ...(id !== undefined && id !== '' && { id }) };
}

describe.each(apis)('$name', ({ model, known, checked }) => {
  const arbitraryOf = createArbitraries(known);
  const outputs = checked.filter(({ side }) => side === 'output');

  test.each(outputs)('$schema.name: a value is read as it was written', ({ schema, validate }) => {
    fc.assert(
      fc.property(fc.array(arbitraryOf(schema.schema), { maxLength: 3 }), spelling, (values, how) => {
        const events = values.map((value, index) => ({ data: JSON.stringify(value), id: String(index) }));
        const received = sendAndRead(events, how);
        const items: unknown[] = received.map(({ data }) => JSON.parse(data));
        expect(items).toEqual(values);
        expect(items.every((item) => validate(item))).toBe(true);
        expect(received.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
      }),
      { numRuns: RUNS },
    );
  });

  const streams = model.operations.flatMap(({ operationId, replies }) =>
    replies.flatMap(({ stream }) => (stream ? [{ operationId, stream }] : [])),
  );

  test.each(streams)('$operationId: its items are read as they were written', ({ stream }) => {
    const { format } = stream;
    const item = arbitraryOf({ $ref: `#/components/schemas/${stream.item}` });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 4 }), spelling, (items, how) => {
        const received = sendAndRead(
          items.map((value) => fieldsOf(value, format)),
          how,
        );
        expect(received.map((event) => itemOf(event, format))).toEqual(items);
        // What ends a stream is no item's text.
        expect(received.filter(({ data }) => format.sentinels.includes(data))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});

test('there are event streams to read', () => {
  const streams = apis.flatMap(({ model }) =>
    model.operations.filter(({ replies }) => replies.some(({ stream }) => stream)),
  );
  expect(streams.length).toBeGreaterThan(0);
});
