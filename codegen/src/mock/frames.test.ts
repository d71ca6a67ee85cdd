import type { EventStreamFormat } from '@flowwire/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ExampleContent } from './examples/example.ts';
import { framesInOrder, framesOf } from './frames.ts';

const JSON_DATA: EventStreamFormat = {
  item: 'data',
  data: 'json',
  sentinels: ['[DONE]'],
  discriminator: 'type',
  terminal: ['end'],
  known: ['a', 'end'],
};

const NAMED: EventStreamFormat = {
  item: 'event',
  data: 'json',
  textEvents: ['note'],
  sentinels: [],
  discriminator: 'event',
  terminal: ['bye'],
  known: ['tick', 'note', 'bye'],
};

const data = (value: unknown): ExampleContent => ({ kind: 'data', value });
const wire = (text: string): ExampleContent => ({ kind: 'wire', text });

it.each<[string, EventStreamFormat, ExampleContent, unknown]>([
  [
    'a stream that is written out',
    JSON_DATA,
    wire(': hello\nid: 5\ndata: {"type":"a"}\n\nid: 6\ndata: {"type":"end"}\n\ndata: [DONE]\n\n'),
    [
      { id: '5', item: { type: 'a' } },
      { id: '6', item: { type: 'end' } },
    ],
  ],
  ['one whose last event nothing ends', JSON_DATA, wire('data: 1'), [{ id: '1', item: 1 }]],
  [
    'a text under value',
    JSON_DATA,
    data('data: 1\n\ndata: 2\n\n'),
    [
      { id: '1', item: 1 },
      { id: '2', item: 2 },
    ],
  ],
  [
    'ids that are not one each',
    JSON_DATA,
    wire('id: x\ndata: 1\n\ndata: 2\n\n'),
    [
      { id: '1', item: 1 },
      { id: '2', item: 2 },
    ],
  ],
  [
    'a list of whole events',
    JSON_DATA,
    data([{ id: '3', data: '{"type":"a"}' }, { data: '[DONE]' }]),
    [{ id: '3', item: { type: 'a' } }],
  ],
  [
    'a list of decoded data',
    JSON_DATA,
    data([{ type: 'a' }, { type: 'end' }]),
    [
      { id: '1', item: { type: 'a' } },
      { id: '2', item: { type: 'end' } },
    ],
  ],
  [
    'events by name, with text in some',
    NAMED,
    wire('event: tick\ndata: {"n":1}\n\nevent: note\ndata: plain\n\n'),
    [
      { id: '1', item: { event: 'tick', data: { n: 1 } } },
      { id: '2', item: { event: 'note', data: 'plain' } },
    ],
  ],
])('reads %s', (_, format, content, frames) => {
  expect(framesOf(content, format)).toEqual(frames);
});

it('names data that is not JSON', () => {
  expect(() => framesOf(wire('data: {"a":\n\n'), JSON_DATA)).toThrow('has data that is not JSON: {"a":');
});

it('puts the first item that ends the stream last, and leaves out the others', () => {
  const items = [{ type: 'end', n: 1 }, { type: 'a' }, { type: 'end', n: 2 }];
  expect(framesInOrder(items, JSON_DATA)).toEqual([
    { id: '1', item: { type: 'a' } },
    { id: '2', item: { type: 'end', n: 1 } },
  ]);
});

it('keeps any items that do not end the stream in their order, numbered from 1', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ type: fc.constantFrom('a', 'b'), n: fc.nat() })), (items) => {
      const frames = framesInOrder(items, JSON_DATA);
      expect(frames.map(({ item }) => item)).toEqual(items);
      expect(frames.map(({ id }) => id)).toEqual(items.map((_, index) => String(index + 1)));
    }),
  );
});
