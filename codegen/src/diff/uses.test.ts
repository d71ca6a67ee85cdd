import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { asyncapi, openapi } from './testing/documents.ts';
import { patched, set } from './testing/patch.ts';
import { readUses } from './uses.ts';

const SCHEMAS = '/components/schemas';
const LONELY = set(`${SCHEMAS}/Lonely`, { type: 'object' });

const said = (root: JsonObject, pointer: string): string[] =>
  readUses(root)(pointer).map(({ direction, operation }) => `${direction} of ${operation}`);

test('a schema is used by each operation that reaches it, either way', () => {
  expect(said(openapi(), `${SCHEMAS}/Run/properties/id`)).toEqual([
    'answer of getRun',
    'answer of startRun',
    'request of copyRun',
  ]);
  expect(said(openapi(), `${SCHEMAS}/Started`)).toEqual(['answer of startRun']);
});

test('a schema that nobody reaches has no use', () => {
  expect(said(patched(openapi(), LONELY), `${SCHEMAS}/Lonely`)).toEqual([]);
});

test('schemas that refer to each other are walked through once', () => {
  const cause = set(`${SCHEMAS}/Fault/properties/cause`, { $ref: '#/components/schemas/Fault' });
  expect(said(patched(openapi(), cause), `${SCHEMAS}/Fault`)).toEqual(['answer of getRun']);
});

test.each([
  ['webhooks', '/webhooks', { told: {} }, '/webhooks/told/post', 'answer of told'],
  [
    'callbacks',
    '/paths/~1runs~1{id}/get/callbacks',
    { told: { '{$url}': {} } },
    '/paths/~1runs~1{id}/get/callbacks/told/{$url}/post',
    'answer of getRun',
  ],
])('%s are sent the other way', (_, holder, value, operation, use) => {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Lonely' } } };
  const told = set(operation, { operationId: 'told', requestBody: { content } });
  expect(said(patched(openapi(), LONELY, set(holder, value), told), `${SCHEMAS}/Lonely`)).toEqual([use]);
});

test('messages that a client sends are requests, with replies the other way', () => {
  expect(said(asyncapi(), `${SCHEMAS}/Hello`)).toEqual(['request of receive']);
  expect(said(asyncapi(), `${SCHEMAS}/Welcome`)).toEqual(['answer of receive']);
  expect(said(asyncapi(), `${SCHEMAS}/Said`)).toEqual(['answer of tell']);
});
