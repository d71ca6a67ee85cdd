import { expect, test } from 'vitest';
import { readEventUnions } from './streams.ts';
import { openapi } from './testing/documents.ts';
import { type Patch, patched, remove, set } from './testing/patch.ts';

const SCHEMAS = '/components/schemas';
const ITEMS = '/paths/~1runs~1{id}/post/responses/200/content/text~1event-stream/itemSchema';
const EVENT = { $ref: '#/components/schemas/Event' };

const unionsOf = (...patches: readonly Patch[]): string[] => [
  ...readEventUnions(patched(openapi(), ...patches), 'document'),
];

test('the unions of a stream are those of its items and of their data', () => {
  expect(unionsOf()).toEqual([`${SCHEMAS}/Item`, `${SCHEMAS}/Event`]);
});

test('a union that something else uses too is none of events', () => {
  expect(unionsOf(set(`${SCHEMAS}/Run/properties/last`, EVENT))).toEqual([`${SCHEMAS}/Item`]);
});

test.each([
  ['is the data itself', EVENT],
  ['has data that is an object', { properties: { event: {}, data: EVENT } }],
])('where an item %s, its union counts too', (_, items) => {
  expect(unionsOf(remove(`${SCHEMAS}/Item`), set(ITEMS, items))).toEqual([`${SCHEMAS}/Event`]);
});

test('data within data is no event', () => {
  const data = { oneOf: [{ type: 'string' }, { type: 'null' }] };
  expect(unionsOf(set(`${SCHEMAS}/Started/properties/data`, data))).toHaveLength(2);
});
