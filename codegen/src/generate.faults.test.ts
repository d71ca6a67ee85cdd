import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS } from '../test/chat.ts';
import { faultsOf, operationDocument, temporaryFolder } from '../test/support.ts';
import { generateSchemas } from './generate.ts';

const PATH = 'parameters: [{ name: id, in: path, required: true, schema: { type: string } }]';
const REPLY = "responses: { '204': { description: Done. } }";
const stream = (itemSchema: string): string =>
  `${PATH}\nresponses:\n  '200':\n    description: Events.\n    content:\n      text/event-stream:\n        itemSchema:\n${itemSchema.replaceAll(/^/gm, '          ')}`;
const body = (schema: string): string =>
  `${PATH}\nrequestBody: { content: { application/json: { schema: ${schema} } } }\n${REPLY}`;

test.each<[name: string, operation: string, fault: string]>([
  ['an unknown member', `${PATH}\n${REPLY}\nbogus: 1`, '8 Property `bogus` is not expected here.'],
  ['a missing target', body("{ $ref: '#/components/schemas/Nope' }"), "7 Can't resolve $ref"],
  [
    'a path parameter that is not declared',
    REPLY,
    '5 The operation does not define the path parameter `{id}`',
  ],
  ['callbacks', `${PATH}\n${REPLY}\ncallbacks: {}`, '8 Not supported yet: callbacks.'],
  [
    'querystring',
    `${PATH.slice(0, -1)}, { name: q, in: querystring, content: { application/json: { schema: {} } } }]\n${REPLY}`,
    '6 Not supported yet: a parameter in querystring.',
  ],
  [
    'forms',
    `${PATH}\nrequestBody: { content: { multipart/form-data: { schema: {} } } }\n${REPLY}`,
    '7 Not supported yet: a request body of multipart/form-data. Use JSON.',
  ],
  [
    'status ranges',
    `${PATH}\nresponses: { 2XX: { description: Done. } }`,
    '7 Not supported yet: the range of statuses 2XX.',
  ],
  [
    'other media types',
    `${PATH}\nresponses: { '200': { description: D, content: { image/png: {} } } }`,
    '7 Not supported yet: an answer of image/png.',
  ],
  [
    'item streams of another type',
    `${PATH}\nresponses: { '200': { description: D, content: { application/jsonl: { itemSchema: {} } } } }`,
    '7 Not supported yet: an answer of application/jsonl.',
  ],
  [
    'an unknown keyword',
    body('{ type: string, maxLenght: 3 }'),
    '7 Property `maxLenght` is not expected here. Did you mean maxLength?',
  ],
  ['nullable', body('{ type: string, nullable: true }'), '7 Property `nullable` is not expected here.'],
  ['an unknown format', body('{ type: string, format: phone }'), '7 Format not supported: phone.'],
  ['a pattern that is none', body("{ type: string, pattern: '(' }"), '7 Invalid regular expression'],
  [
    'a discriminator without oneOf',
    body('{ type: object, discriminator: { propertyName: kind } }'),
    '7 Not supported yet: discriminator without oneOf beside it.',
  ],
  [
    'a branch without const',
    body('{ discriminator: { propertyName: kind }, oneOf: [{ type: object, required: [kind] }] }'),
    '7 A branch of a union told apart by kind needs properties.kind.const.',
  ],
  [
    'a branch that may lack the discriminator',
    body('{ discriminator: { propertyName: kind }, oneOf: [{ properties: { kind: { const: a } } }] }'),
    '7 A branch of a union told apart by kind must list it in required.',
  ],
  [
    'both answers without a switch',
    `${PATH}\nresponses: { '200': { description: D, content: { application/json: { schema: {} }, text/event-stream: { itemSchema: { properties: { data: { type: string } } } } } } }`,
    '5 An answer that is JSON or a stream needs x-stream-switch',
  ],
  [
    'a switch without a body',
    `${PATH}\n${REPLY}\nx-stream-switch: { field: mode, stream: a, single: b }`,
    '8 x-stream-switch is { field, stream, single } on an answer',
  ],
  [
    'a stream without itemSchema',
    `${PATH}\nresponses: { '200': { description: D, content: { text/event-stream: {} } } }`,
    '7 text/event-stream needs itemSchema',
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
])('%s is reported with its line', async (_name, operation, fault) => {
  const faults = await faultsOf({ 'openapi.yaml': operationDocument(operation) });
  expect(faults).toContainEqual(expect.stringContaining(`openapi.yaml:${fault}`));
});

test('all faults are reported at once, in reading order', async () => {
  const operation = `${PATH}\nrequestBody: { content: { text/csv: { schema: {} } } }\ncallbacks: {}\nresponses: { 4XX: { description: No. } }`;
  expect(await faultsOf({ 'openapi.yaml': operationDocument(operation) })).toEqual([
    'openapi.yaml:7 Not supported yet: a request body of text/csv. Use JSON.',
    'openapi.yaml:8 Not supported yet: callbacks.',
    'openapi.yaml:9 Not supported yet: the range of statuses 4XX. List the statuses.',
  ]);
});

test('webhooks and additional operations are refused, not dropped', async () => {
  const document = `openapi: 3.2.0
info: { title: Test, version: 1.0.0 }
webhooks: {}
paths:
  /a:
    query: { operationId: find, responses: { '204': { description: Done. } } }
    additionalOperations:
      COPY: { operationId: copy, responses: { '204': { description: Done. } } }
`;
  expect(await faultsOf({ 'openapi.yaml': document })).toEqual([
    'openapi.yaml:3 Not supported yet: webhooks.',
    'openapi.yaml:6 Not supported yet: query of a path.',
    'openapi.yaml:7 Not supported yet: additionalOperations of a path.',
  ]);
});

test.each([
  ['openapi: 3.0.3\n', 'openapi.yaml:1 OpenAPI 3.0.3 is not supported. Use 3.2 or 3.1.'],
  ['openapi: 3.2.0\n$self: https://example.com/\n', 'openapi.yaml:2 Not supported yet: $self.'],
])('%j is refused', async (head, fault) => {
  const document = `${head}info: { title: Test, version: 1.0.0 }\npaths: {}\n`;
  expect(await faultsOf({ 'openapi.yaml': document })).toContainEqual(fault);
});

test('two schemas of one name are reported where the second is', async () => {
  const operation = body(
    "{ type: array, prefixItems: [{ $ref: '#/components/schemas/A' }, { $ref: './other.yaml#/$defs/A' }] }",
  );
  const faults = await faultsOf({
    'openapi.yaml': operationDocument(operation, 'A: { type: string }'),
    'other.yaml': '$defs:\n  A: { type: number }\n',
  });
  expect(faults).toEqual([
    expect.stringMatching(/^other.yaml:2 Another schema is called A too: .*openapi.yaml/),
  ]);
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
    'a message that no stream carries',
    "        - { $ref: '#/components/schemas/EndEvent' }\n",
    '',
    [
      'asyncapi.yaml:16 No stream of the OpenAPI document carries this message.',
      'asyncapi.yaml:24 #/components/schemas/EndEvent is no branch of the oneOf.',
    ],
  ],
  [
    'a mapping that contradicts its branch',
    'mapping: { word:',
    'mapping: { wort:',
    ['asyncapi.yaml:25 #/components/schemas/WordEvent says another value for event than wort.'],
  ],
  [
    'a WebSocket channel',
    '    address: /chats/{id}\n',
    '    address: /chats/{id}\n    bindings: { ws: { method: GET } }\n',
    ['asyncapi.yaml:6 Not supported yet: WebSocket channels.'],
  ],
])('%s is reported', async (_name, from, to, faults) => {
  const changed = CHAT_DOCUMENTS['asyncapi.yaml'].replace(from, to);
  expect(changed).not.toBe(CHAT_DOCUMENTS['asyncapi.yaml']);
  expect(await faultsOf({ ...CHAT_DOCUMENTS, 'asyncapi.yaml': changed })).toEqual(faults);
});

test('keywords that only older drafts know come with advice', async () => {
  const folder = await temporaryFolder({
    'schemas.yaml': '$defs:\n  A:\n    type: string\n    nullable: true\n',
  });
  const generated = generateSchemas({ schemas: join(folder, 'schemas.yaml'), out: folder });
  await expect(generated).rejects.toThrow(
    'schemas.yaml:4:5 Schema keyword not supported: nullable. OpenAPI 3.1 and later say `type: [<type>, "null"]`.',
  );
});
