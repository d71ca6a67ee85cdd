import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS } from '../test/chat.ts';
import { faultsOf, modelOf, operationDocument, warningsOf } from '../test/support.ts';

// Through the whole generator: every problem has its document and line, and only faults stop it.

const PATH = 'parameters: [{ name: id, in: path, required: true, schema: { type: string } }]';
const REPLY = "responses: { '204': { description: Done. } }";
const stream = (itemSchema: string): string =>
  `${PATH}\nresponses:\n  '200':\n    description: Events.\n    content:\n      text/event-stream:\n        itemSchema:\n${itemSchema.replaceAll(/^/gm, '          ')}`;
const body = (schema: string): string =>
  `${PATH}\nrequestBody: { content: { application/json: { schema: ${schema} } } }\n${REPLY}`;

test.each<[name: string, operation: string, fault: string]>([
  ['a missing target', body("{ $ref: '#/components/schemas/Nope' }"), "7 Can't resolve $ref"],
  [
    'a path parameter that is not declared',
    REPLY,
    '5 The operation does not define the path parameter `{id}`',
  ],
  [
    'a switch on an answer that leaves nothing to choose',
    `${PATH}\n${REPLY}\nx-stream-switch: { field: mode, stream: a, single: b }`,
    '8 x-stream-switch is { field, stream, single } on an answer',
  ],
  [
    'data that is an object',
    stream('properties: { data: { type: object } }'),
    '13 The data of a server-sent event is a string.',
  ],
  [
    'an itemSchema that is the payload',
    stream('properties: { word: { type: string } }'),
    '12 itemSchema describes the whole event: say what properties.data is.',
  ],
  [
    'contentSchema alone',
    stream('properties: { data: { type: string, contentSchema: {} } }'),
    '13 contentSchema needs contentMediaType',
  ],
  [
    'events that cannot be told apart',
    stream('oneOf:\n  - properties: { data: { type: string } }\n  - properties: { data: { type: string } }'),
    '15 Two kinds of event cannot be told apart.',
  ],
  [
    'an event without a name among others',
    stream(
      'oneOf:\n  - properties: { event: { const: a }, data: { type: string } }\n  - properties: { data: { type: string } }',
    ),
    '15 Every branch needs properties.event.const',
  ],
  [
    'an unknown security scheme',
    `${PATH}\n${REPLY}\nsecurity: [{ nobody: [] }]`,
    '8 There is no security scheme nobody',
  ],
])('%s is a fault with its line', async (_name, operation, fault) => {
  const faults = await faultsOf({ 'openapi.yaml': operationDocument(operation) });
  expect(faults).toContainEqual(expect.stringContaining(`openapi.yaml:${fault}`));
});

test.each<[name: string, operation: string, warning: string]>([
  ['an unknown member', `${PATH}\n${REPLY}\nbogus: 1`, '8 Property `bogus` is not expected here.'],
  [
    'an unknown keyword',
    body('{ type: string, maxLenght: 3 }'),
    '7 Property `maxLenght` is not expected here. Did you mean maxLength?',
  ],
  ['an unknown format', body('{ type: string, format: phone }'), '7 Values of the format phone'],
  ['callbacks', `${PATH}\n${REPLY}\ncallbacks: {}`, '8 Not supported yet: callbacks.'],
  [
    'a stream without itemSchema',
    `${PATH}\nresponses: { '200': { description: D, content: { text/event-stream: {} } } }`,
    '7 text/event-stream without itemSchema is read as events whose data is text.',
  ],
])('%s is a warning with its line, and no fault', async (_name, operation, warning) => {
  const documents = { 'openapi.yaml': operationDocument(operation) };
  expect(await warningsOf(documents)).toContainEqual(expect.stringContaining(`openapi.yaml:${warning}`));
  expect(await faultsOf(documents)).toEqual([]);
});

test('everything is said at once, faults and warnings in reading order', async () => {
  const operation = [
    PATH,
    "requestBody: { content: { application/json: { schema: { $ref: '#/nowhere' } } } }",
    'callbacks: {}',
    "responses: { '700': { description: No. } }",
    'security: [{ nobody: [] }]',
  ].join('\n');
  const documents = { 'openapi.yaml': operationDocument(operation) };
  const lines = (problems: string[]): string[] => problems.map((problem) => problem.split(' ')[0] ?? '');
  expect(lines(await faultsOf(documents))).toEqual(['openapi.yaml:7', 'openapi.yaml:9', 'openapi.yaml:10']);
  expect(lines(await warningsOf(documents))).toContain('openapi.yaml:8');
});

test('webhooks are no operations, which is said', async () => {
  const document = `openapi: 3.2.0
info: { title: Test, version: 1.0.0 }
webhooks: { done: { post: { responses: { '204': { description: Done. } } } } }
`;
  expect((await modelOf({ 'openapi.yaml': document })).operations).toEqual([]);
  expect(await warningsOf({ 'openapi.yaml': document })).toEqual([
    'openapi.yaml:3 Not supported yet: webhooks. Nothing is generated for them.',
  ]);
});

test.each([
  ['openapi: 3.3.0\n', 'openapi.yaml:1 OpenAPI 3.3.0 is not supported. Use 3.2, 3.1 or 3.0.'],
  ["swagger: '2.0'\n", 'openapi.yaml:1 Swagger 2.0 is not supported. Convert the document to OpenAPI 3.'],
])('%j is refused', async (head, fault) => {
  const document = `${head}info: { title: Test, version: 1.0.0 }\npaths: {}\n`;
  expect(await faultsOf({ 'openapi.yaml': document })).toEqual([fault]);
});

test('references to the network are not followed', async () => {
  const operation = body("{ $ref: 'https://example.com/schema.json' }");
  const faults = await faultsOf({ 'openapi.yaml': operationDocument(operation) });
  expect(faults).toEqual([expect.stringContaining('References to URLs are not followed')]);
});

test('a document that is not there is a fault, not a crash', async () => {
  expect(await faultsOf({})).toEqual([expect.stringMatching(/^openapi.yaml:1 .*no such file/)]);
});

test('text that is not YAML is a fault with its line', async () => {
  expect(await faultsOf({ 'openapi.yaml': 'openapi: 3.2.0\ninfo: {\n' })).toEqual([
    'openapi.yaml:3 deficient indentation',
  ]);
});

test.each<[name: string, from: string, to: string, faults: string[]]>([
  [
    'a message that no channel has',
    "      end: { $ref: '#/components/messages/end' }\n",
    '',
    [
      'asyncapi.yaml:15 No channel has this message.',
      'asyncapi.yaml:29 A stream carries this schema, but it is the payload of no message in asyncapi.yaml.',
    ],
  ],
  [
    'a mapping that contradicts its branch',
    'mapping: { word:',
    'mapping: { wort:',
    ['asyncapi.yaml:25 #/components/schemas/WordEvent says another value for event than wort.'],
  ],
])('%s is a fault', async (_name, from, to, faults) => {
  const changed = CHAT_DOCUMENTS['asyncapi.yaml'].replace(from, to);
  expect(changed).not.toBe(CHAT_DOCUMENTS['asyncapi.yaml']);
  expect(await faultsOf({ ...CHAT_DOCUMENTS, 'asyncapi.yaml': changed })).toEqual(faults);
});
