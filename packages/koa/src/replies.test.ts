import type { EventStreamFormat } from '@flowwire/contract';
import { describe, expect, test } from 'vitest';
import type { StreamFrame } from './handlers.ts';
import { byStatus, createFrameEncoder, encodeSentinel, ReplyError } from './replies.ts';

const format = (more: Partial<EventStreamFormat>): EventStreamFormat => ({
  item: 'data',
  data: 'json',
  sentinels: [],
  terminal: [],
  known: [],
  ...more,
});

const write = (given: Partial<EventStreamFormat>, frame: StreamFrame<unknown>): string =>
  createFrameEncoder('op', format(given), undefined, new WeakMap())(frame);

describe('a frame is written', () => {
  test.each<[string, Partial<EventStreamFormat>, StreamFrame<unknown>, string]>([
    ['as JSON', {}, { item: { a: 1 } }, 'data: {"a":1}\n\n'],
    ['with its id', {}, { id: '3', item: null }, 'id: 3\ndata: null\n\n'],
    ['as text, line by line', { data: 'text' }, { item: 'a\nb' }, 'data: a\ndata: b\n\n'],
    [
      'under the name of its event',
      { item: 'event' },
      { item: { event: 'x', data: [1], id: '4' } },
      'id: 4\nevent: x\ndata: [1]\n\n',
    ],
    [
      'with the id of the frame before that of the item',
      { item: 'event' },
      { id: '5', item: { event: 'x', data: 1, id: '4' } },
      'id: 5\nevent: x\ndata: 1\n\n',
    ],
    [
      'as text for the events that are text',
      { item: 'event', textEvents: ['log'] },
      { item: { event: 'log', data: 'plain' } },
      'event: log\ndata: plain\n\n',
    ],
    ['without a name for an item without one', { item: 'event' }, { item: { data: 1 } }, 'data: 1\n\n'],
  ])('%s', (_name, given, frame, want) => {
    expect(write(given, frame)).toBe(want);
  });

  test.each<[string, Partial<EventStreamFormat>, StreamFrame<unknown>]>([
    ['no item', {}, { item: undefined }],
    ['an item that should name its event', { item: 'event' }, { item: 'text' }],
    ['an item without data', { item: 'event' }, { item: { event: 'x' } }],
  ])('but not %s', (_name, given, frame) => {
    expect(() => write(given, frame)).toThrow(ReplyError);
  });
});

test('the first sentinel ends a stream', () => {
  expect(encodeSentinel(format({ sentinels: ['[DONE]', 'x'] }))).toBe('data: [DONE]\n\n');
  expect(encodeSentinel(format({}))).toBe('');
});

test('a status is found by itself, by its range, and by default', () => {
  expect(byStatus({ '200': 'own', '2XX': 'range', default: 'rest' }, 200)).toBe('own');
  expect(byStatus({ '200': 'own', '2XX': 'range', default: 'rest' }, 201)).toBe('range');
  expect(byStatus({ '200': 'own', '2XX': 'range', default: 'rest' }, 404)).toBe('rest');
  expect(byStatus({ '200': 'own' }, 404)).toBeUndefined();
});
