import { expect, test } from 'vitest';
import { readEvents, writeEvents } from './event-streams.ts';
import { documentOf } from './testing/chat.ts';

const document = documentOf({
  components: {
    schemas: {
      Said: { type: 'object' },
      Left: { type: 'object' },
      Both: { oneOf: [{ $ref: '#/components/schemas/Said' }, { $ref: '#/components/schemas/Left' }] },
      Loop: { oneOf: [{ $ref: '#/components/schemas/Loop' }] },
    },
  },
});

const json = (name: string) => ({
  type: 'string',
  contentMediaType: 'application/json',
  contentSchema: { $ref: `#/components/schemas/${name}` },
});

const names = (itemSchema: unknown) =>
  readEvents(itemSchema, document).map(({ event, hasId, sentinel, payload }) => ({
    ...(event !== undefined && { event }),
    ...(hasId && { hasId }),
    ...(sentinel !== undefined && { sentinel }),
    ...(payload && { payload: payload.name }),
  }));

test.each([
  ['text', { properties: { data: { type: 'string' } } }, [{}]],
  ['JSON', { properties: { data: json('Said') } }, [{ payload: 'Said' }]],
  ['a union in the data', { properties: { data: json('Both') } }, [{ payload: 'Said' }, { payload: 'Left' }]],
  [
    'branches told apart by their event',
    {
      properties: { id: { type: 'string' } },
      oneOf: [
        { properties: { event: { const: 'said' }, data: json('Said') } },
        { properties: { event: { const: 'left' }, data: { type: 'string' } } },
      ],
    },
    [{ event: 'said', payload: 'Said' }, { event: 'left' }],
  ],
  [
    'a base that branches are composed with',
    { allOf: [{ properties: { id: {}, event: { const: 'said' } } }, { properties: { data: json('Said') } }] },
    [{ event: 'said', hasId: true, payload: 'Said' }],
  ],
  [
    'text that ends the stream, after the rest',
    { oneOf: [{ properties: { data: { const: '[DONE]' } } }, { properties: { data: json('Left') } }] },
    [{ payload: 'Left' }, { sentinel: '[DONE]' }],
  ],
  ['the data alone', { $ref: '#/components/schemas/Said' }, [{ payload: 'Said' }]],
  [
    'data that is an object',
    { properties: { data: { $ref: '#/components/schemas/Left' } } },
    [{ payload: 'Left' }],
  ],
  ['a union that holds itself', { properties: { data: json('Loop') } }, [{ payload: 'Loop' }]],
])('the events of %s', (_name, itemSchema, wanted) => {
  expect(names(itemSchema)).toEqual(wanted);
});

test('events are written as they are on the wire', () => {
  const events = readEvents(
    {
      oneOf: [
        { properties: { id: {}, event: { const: 'said' }, data: { type: 'string' } } },
        { properties: { data: { const: '[DONE]' } } },
      ],
    },
    document,
  );
  expect(writeEvents(events, () => 'one\ntwo')).toBe(
    'id: 1\nevent: said\ndata: one\ndata: two\n\ndata: [DONE]\n\n',
  );
});
