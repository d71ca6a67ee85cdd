import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS } from '../test/chat.ts';
import { faultsOfUsage, RUNTIME } from '../test/compile.ts';
import { faultsOf, filesOf, modelOf, temporaryFolder } from '../test/support.ts';
import { generateApi, generateSchemas } from './generate.ts';

const ASYNCAPI = `asyncapi: 3.1.0
info: { title: Alone, version: 1.2.3 }
channels: {}
components:
  securitySchemes:
    key: { type: httpApiKey, in: header, name: X-Key }
    broker: { type: scramSha256 }
`;

test('what is left out is told beside the files, and every document that was read', async () => {
  const document = CHAT_DOCUMENTS['openapi.yaml'].replace(
    '      summary: Ask\n',
    '      summary: Ask\n      callbacks: {}\n',
  );
  const folder = await temporaryFolder({ ...CHAT_DOCUMENTS, 'openapi.yaml': document });
  const { files, warnings, inputs } = await generateApi({
    openapi: join(folder, 'openapi.yaml'),
    out: join(folder, 'chat'),
  });
  expect(files.get('client.ts')).toContain('ask: {');
  expect(warnings.map(({ message }) => message)).toContainEqual(expect.stringContaining('callbacks'));
  expect(inputs.map((file) => basename(file)).sort()).toEqual(['asyncapi.yaml', 'openapi.yaml']);
});

test('a schema document is told of likewise', async () => {
  const folder = await temporaryFolder({
    'schemas.yaml': "$ref: './other.yaml'\n",
    'other.yaml': 'type: string\n',
  });
  const { files, inputs } = await generateSchemas({ schemas: join(folder, 'schemas.yaml'), out: folder });
  expect([...files.keys()]).toEqual(['types.ts', 'validators.js', 'validators.d.ts']);
  expect(inputs.map((file) => basename(file)).sort()).toEqual(['other.yaml', 'schemas.yaml']);
});

test('an AsyncAPI document alone is an API without operations', async () => {
  const model = await modelOf({ 'asyncapi.yaml': ASYNCAPI });
  expect(model).toMatchObject({
    title: 'Alone',
    version: '1.2.3',
    sources: ['asyncapi.yaml'],
    operations: [],
    securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
  });
  const files = await filesOf({ 'asyncapi.yaml': ASYNCAPI }, { name: 'alone', runtime: RUNTIME });
  const usage = `
import { alone } from './index.ts';
import { aloneServer } from './server.ts';
export const title: string = alone.title + aloneServer.version;
`;
  expect(await faultsOfUsage(files, usage)).toEqual([]);
});

test('a document of another kind is not taken for what was asked for', async () => {
  expect(await faultsOf({ 'openapi.yaml': ASYNCAPI })).toEqual([
    'openapi.yaml:1 This is no OpenAPI document: it lacks openapi.',
  ]);
});

test('what streams describe is said once for the whole API', async () => {
  const document = `openapi: 3.2.0
info: { title: T, version: 1.0.0 }
paths:
  /words:
    get:
      operationId: readWords
      responses:
        '200':
          description: Words.
          content:
            text/event-stream: { itemSchema: { type: object, properties: { word: { type: string } } } }
`;
  expect(await faultsOf({ 'openapi.yaml': document })).toEqual([
    expect.stringContaining('itemSchema describes the whole event'),
  ]);
  const { operations } = await modelOf({ 'openapi.yaml': document }, { eventStreams: 'payload' });
  expect(operations[0]?.replies[0]?.stream?.format).toMatchObject({ item: 'data', data: 'json' });
});
