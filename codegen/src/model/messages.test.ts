import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS } from '../../test/chat.ts';
import { faultsOf } from '../../test/support.ts';
import { at } from '../load/cursor.ts';
import { isSocketChannel, payloadOf } from './messages.ts';
import { open } from './schemas.testing.ts';

/** The faults of the chat's documents after a change of the AsyncAPI document. */
const faultsAfter = (from: string, to: string): Promise<string[]> => {
  const changed = CHAT_DOCUMENTS['asyncapi.yaml'].replace(from, to);
  expect(changed).not.toBe(CHAT_DOCUMENTS['asyncapi.yaml']);
  return faultsOf({ ...CHAT_DOCUMENTS, 'asyncapi.yaml': changed });
};

test('a message that its channel has but no operation uses is reported', async () => {
  const faults = await faultsAfter(
    "    channel: { $ref: '#/channels/events' }\n",
    "    channel: { $ref: '#/channels/events' }\n    messages: [{ $ref: '#/channels/events/messages/word' }]\n",
  );
  expect(faults).toEqual(['asyncapi.yaml:8 No operation uses this message.']);
});

test('messages of a socket are no messages of streams', async () => {
  const faults = await faultsAfter(
    'operations:\n',
    `  socket:
    address: /socket
    bindings: { ws: {} }
    messages:
      hello: { payload: { type: object } }
operations:
`,
  );
  expect(faults).toEqual([]);
});

test('an AsyncAPI document by itself is compared with nothing', async () => {
  const document = `asyncapi: 3.0.0
info: { title: Alone, version: 1.0.0 }
channels:
  events:
    address: /events
    messages: { word: { payload: { type: object } } }
operations:
  tell: { action: send, channel: { $ref: '#/channels/events' } }
`;
  expect(await faultsOf({ 'asyncapi.yaml': document })).toEqual([]);
});

const SOCKETS = `asyncapi: 3.1.0
info: { title: Sockets, version: 1.0.0 }
servers:
  web: { host: a, protocol: https }
  socket: { host: b, protocol: wss }
channels:
  bound: { address: /a, bindings: { ws: {} } }
  served: { address: /b, servers: [{ $ref: '#/servers/socket' }] }
  both: { address: /c }
`;

test.each([
  ['bound', true],
  ['served', true],
  ['both', false],
])('whether the channel %s is a socket: %s', async (name, isSocket) => {
  const { documents, at: place } = await open({ 'asyncapi.yaml': SOCKETS });
  expect(isSocketChannel(place(`/channels/${name}`), documents)).toBe(isSocket);
});

test('a channel whose every server speaks WebSocket is one', async () => {
  const { documents } = await open({ 'asyncapi.yaml': SOCKETS.replace('https', 'ws') });
  const [root] = documents.roots;
  expect(root && isSocketChannel(at(root.document, '/channels/both'), documents)).toBe(true);
});

test.each([
  ['{ payload: { type: object } }', '/payload', []],
  [
    '{ payload: { schemaFormat: application/schema+json;version=draft-07, schema: { type: object } } }',
    '/payload/schema',
    [],
  ],
  [
    '{ payload: { schemaFormat: "application/vnd.aai.asyncapi+json; version=3.0.0", schema: {} } }',
    '/payload/schema',
    [],
  ],
  ['{}', undefined, ['asyncapi.yaml:6 error: A message needs a payload.']],
  [
    '{ payload: { schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {} } }',
    undefined,
    [
      'asyncapi.yaml:6 error: Not supported: payloads of application/vnd.apache.avro;version=1.9.0. Write a JSON Schema.',
    ],
  ],
])('the payload of %s is at %s', async (message, pointer, problems) => {
  const opened = await open({
    'asyncapi.yaml': `asyncapi: 3.0.0
info: { title: Payloads, version: 1.0.0 }
channels: {}
components:
  messages:
    m: ${message}
`,
  });
  const payload = payloadOf(opened.at('/components/messages/m'), opened.documents);
  expect(payload?.pointer).toBe(pointer && `/components/messages/m${pointer}`);
  expect(opened.problems()).toEqual(problems);
});
