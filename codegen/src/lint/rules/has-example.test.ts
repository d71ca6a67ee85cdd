import { expect, test } from 'vitest';
import { document, findingsOf } from '../testing/findings.ts';
import { hasExample } from './has-example.ts';

const response = (media: string, schemas = '{}') =>
  document(`responses: { '200': { description: Fine., content: { ${media} } } }`, schemas);

const found = (files: Readonly<Record<string, string>>, hasMessages = false) =>
  findingsOf([hasExample], files, hasMessages);

test('a body without an example is told once, however many operations share it', async () => {
  const operation = `responses:
  '400': { $ref: '#/components/schemas/Bad' }
  '401': { $ref: '#/components/schemas/Bad' }`;
  const shared = 'Bad: { description: Bad., content: { application/json: { schema: { type: string } } } }';
  expect(await found(document(operation, shared))).toEqual(['11 The body application/json has no example.']);
});

test.each([
  ['an example of its own', 'application/json: { schema: { type: string }, example: a }'],
  ['a named example', 'application/json: { schema: { type: string }, examples: { a: { value: a } } }'],
  ['an example in its schema', 'application/json: { schema: { type: string, examples: [a] } }'],
  ['a fixed value', 'application/json: { schema: { const: a } }'],
  ['no schema', 'application/json: {}'],
  ['a form that cannot be read', 'image/png: { schema: {} }'],
])('a body with %s needs none', async (_, media) => {
  expect(await found(response(media))).toEqual([]);
});

test("the items of a stream have the messages' examples, where there are messages", async () => {
  const files = response('text/event-stream: { itemSchema: { type: object } }');
  expect(await found(files)).toEqual(['6 The body text/event-stream has no example.']);
  expect(await found(files, true)).toEqual([]);
});

test('every message of a channel needs an example', async () => {
  const messages = `asyncapi: 3.1.0
info: { title: T, version: 1.0.0 }
channels:
  news:
    messages:
      silent: { payload: { type: string } }
      loud: { payload: { type: string }, examples: [{ payload: a }] }
`;
  expect(await found({ 'asyncapi.yaml': messages })).toEqual(['6 The message has no example.']);
});
