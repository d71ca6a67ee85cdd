import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS, SPECIFICATION_DOCUMENTS } from '../../test/chat.ts';
import { faultsOf, filesOf, modelOf, operationDocument, warningsOf } from '../../test/support.ts';

const streamsOf = async (documents: Readonly<Record<string, string>>) =>
  (await modelOf(documents)).operations.flatMap(({ replies }) =>
    replies.flatMap(({ stream }) => stream ?? []),
  );

test('an itemSchema without event is read as the data of its events', async () => {
  expect(await streamsOf(CHAT_DOCUMENTS)).toEqual([
    {
      format: {
        item: 'data',
        data: 'json',
        sentinels: ['[DONE]'],
        discriminator: 'event',
        terminal: ['end'],
        known: ['word', 'end'],
      },
      item: 'ChatEvent',
      terminal: [{ value: 'end', schema: 'EndEvent' }],
    },
  ]);
});

test("the specification's own example is told apart by event, each with data of its own", async () => {
  expect(await streamsOf(SPECIFICATION_DOCUMENTS)).toEqual([
    {
      format: {
        item: 'event',
        data: 'json',
        textEvents: ['addString', 'addInt64'],
        sentinels: [],
        discriminator: 'event',
        terminal: ['addJson'],
        known: ['addString', 'addInt64', 'addJson'],
      },
      item: 'FollowEventsEvent',
      terminal: [{ value: 'addJson' }],
    },
  ]);
});

test("the specification's own example becomes a union that event narrows", async () => {
  const files = await filesOf(SPECIFICATION_DOCUMENTS);
  expect(files.get('types.ts')).toContain(`export type FollowEventsEvent =
  | {
      event: 'addString';
      data: string;
      id?: string;
    }
  | {
      event: 'addInt64';
      data: string;
      id?: string;
    }
  | {
      event: 'addJson';
      data: {
        foo: number;
      };
      id?: string;
    };`);
  expect(files.get('client.ts')).toContain(
    "EventStream<FollowEventsEvent, Extract<FollowEventsEvent, { event: 'addJson' }>>",
  );
});

const answer = (content: string): string =>
  operationDocument(
    `parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
responses:
  '200':
    description: Events.
    content:
      text/event-stream: ${content}`,
    `Word: { type: object, required: [kind, word], properties: { kind: { const: word }, word: { type: string } } }
End: { type: object, x-terminal: true, required: [kind], properties: { kind: { const: end } } }
Plain: { oneOf: [{ $ref: '#/components/schemas/Word' }, { $ref: '#/components/schemas/End' }] }
Union:
  oneOf: [{ $ref: '#/components/schemas/Word' }, { $ref: '#/components/schemas/End' }]
  discriminator: { propertyName: kind, mapping: { word: Word } }
Text: { type: object, required: [kind, text], properties: { kind: { type: string }, text: { type: string } } }
Count: { type: object, required: [kind], properties: { kind: { type: string }, count: { type: integer } } }
Named:
  oneOf: [{ $ref: '#/components/schemas/Text' }, { $ref: '#/components/schemas/Count' }]
  discriminator: { propertyName: kind, mapping: { t: Text, c: Count } }`,
  );

const json = (schema: string): string =>
  `{ itemSchema: { properties: { data: { type: string, contentMediaType: application/json, contentSchema: ${schema} } } } }`;
const ref = (name: string): string => `{ $ref: '#/components/schemas/${name}' }`;
const PLAIN = { item: 'data', sentinels: [], terminal: [], known: [] };
const TOLD_APART = {
  ...PLAIN,
  data: 'json',
  discriminator: 'kind',
  terminal: ['end'],
  known: ['word', 'end'],
};

test.each<[name: string, content: string, eventStreams: 'spec' | 'payload' | 'object', stream: object]>([
  [
    'a union with a discriminator',
    json(ref('Union')),
    'spec',
    { format: TOLD_APART, item: 'Union', terminal: [{ value: 'end', schema: 'End' }] },
  ],
  [
    'a union without one',
    json(ref('Plain')),
    'spec',
    { format: { ...PLAIN, data: 'json' }, item: 'Plain', terminal: [] },
  ],
  [
    'a payload',
    `{ itemSchema: ${ref('Union')} }`,
    'payload',
    { format: TOLD_APART, item: 'Union', terminal: [{ value: 'end', schema: 'End' }] },
  ],
  [
    'a payload in schema, as before OpenAPI 3.2',
    `{ schema: ${ref('Text')} }`,
    'payload',
    { format: { ...PLAIN, data: 'json' }, item: 'Text', terminal: [] },
  ],
  [
    'a payload beside the text that ends the stream',
    `{ itemSchema: { oneOf: [${ref('Text')}, { const: '[DONE]' }] } }`,
    'payload',
    { format: { ...PLAIN, data: 'json', sentinels: ['[DONE]'] }, item: 'Text', terminal: [] },
  ],
  [
    'two payloads beside the text that ends the stream',
    `{ itemSchema: { oneOf: [${ref('Text')}, ${ref('Count')}, { const: '[DONE]' }] } }`,
    'payload',
    { format: { ...PLAIN, data: 'json', sentinels: ['[DONE]'] }, item: 'DoThingEvent', terminal: [] },
  ],
  [
    'data that is an object',
    `{ itemSchema: { properties: { data: ${ref('Union')} } } }`,
    'object',
    { format: TOLD_APART, item: 'Union', terminal: [{ value: 'end', schema: 'End' }] },
  ],
  [
    'events whose data is an object or text',
    `{ itemSchema: { oneOf: [{ properties: { event: { const: a }, data: ${ref('Text')} } }, { properties: { event: { const: b }, data: { type: string } } }] } }`,
    'object',
    {
      format: {
        item: 'event',
        data: 'json',
        textEvents: ['b'],
        sentinels: [],
        discriminator: 'event',
        terminal: [],
        known: ['a', 'b'],
      },
      item: 'DoThingEvent',
      terminal: [],
    },
  ],
  [
    'no schema at all',
    '{}',
    'spec',
    { format: { ...PLAIN, data: 'text' }, item: 'DoThingEvent', terminal: [] },
  ],
])('%s', async (_name, content, eventStreams, stream) => {
  const { operations } = await modelOf({ 'openapi.yaml': answer(content) }, { eventStreams });
  expect(operations[0]?.replies[0]?.stream).toEqual(stream);
});

test.each([
  [
    '{}',
    'text/event-stream without itemSchema is read as events whose data is text. Describe one event with',
  ],
  [`{ schema: ${ref('Text')} }`, '--event-streams payload.'],
  [json(ref('Plain')), 'x-terminal has no effect here.'],
  [
    json(ref('Union')),
    "#/components/schemas/End is a member of the union, but not in the discriminator's mapping.",
  ],
])('a stream of %s comes with a warning', async (content, warning) => {
  expect(await warningsOf({ 'openapi.yaml': answer(content) })).toEqual([expect.stringContaining(warning)]);
});

test.each([
  [
    `{ itemSchema: ${ref('Text')} }`,
    'say what properties.data is. If it describes the decoded data instead, generate with --event-streams payload.',
  ],
  [`{ itemSchema: { properties: { data: ${ref('Text')} } } }`, 'or generate with --event-streams object.'],
])('%s is a fault that names the option for it', async (content, fault) => {
  expect(await faultsOf({ 'openapi.yaml': answer(content) })).toEqual([expect.stringContaining(fault)]);
});

test('items that do not say their kind themselves narrow all the same', async () => {
  const files = await filesOf({ 'openapi.yaml': answer(json(ref('Named'))) });
  expect(files.get('types.ts')).toContain(
    "export type Named =\n  | (Text & { kind: 't' })\n  | (Count & { kind: 'c' });",
  );
});
