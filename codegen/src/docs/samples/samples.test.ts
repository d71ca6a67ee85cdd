import { beforeAll, describe, expect, test } from 'vitest';
import type { ApiView } from '../api-docs.ts';
import { createApiDocs } from '../api-docs.ts';
import { documentOf, readChat, samplesByLabel } from '../testing/chat.ts';

let view: ApiView;

beforeAll(async () => {
  view = (await readChat()).views.en;
});

/** An API with one operation, and the samples of that. */
function samplesFor(operation: object, components: object = {}): Readonly<Record<string, string>> {
  const openapi = documentOf({
    openapi: '3.2.0',
    info: { title: 'One', version: '1' },
    paths: { '/things/{id}': { post: { operationId: 'use', responses: {}, ...operation } } },
    components,
  });
  return samplesByLabel(createApiDocs({ name: 'one', openapi }, {}).views.en, 'use');
}

describe('curl', () => {
  test('a parameter goes into the path and the query, encoded', () => {
    expect(samplesByLabel(view, 'followRoom').curl).toContain(
      "'http://127.0.0.1:4010/v1/rooms/room%2F1/messages'",
    );
    expect(samplesByLabel(view, 'listRooms').curl).toContain("/rooms?topic=night%20shift'");
  });

  test('an apostrophe does not end the quoted body', () => {
    expect(samplesByLabel(view, 'createRoom').curl).toBe(
      [
        "curl -X POST 'http://127.0.0.1:4010/v1/rooms' \\",
        '  -H "Authorization: Bearer $API_KEY" \\',
        "  -H 'Content-Type: application/json' \\",
        `  -d '{\n  "topic": "It'\\''s late"\n}'`,
      ].join('\n'),
    );
  });

  test('a stream is not buffered, and is asked for by its media type', () => {
    const { curl } = samplesByLabel(view, 'followRoom');
    expect(curl).toMatch(/^curl -N /);
    expect(curl).toContain("-H 'Accept: text/event-stream'");
  });

  test('an optional parameter is left out', () => {
    expect(samplesByLabel(view, 'say').curl).not.toContain('Idempotency-Key');
  });

  test('text of a form that looks like a file name is sent as it is', () => {
    const body = (value: string) => ({
      requestBody: {
        content: {
          'multipart/form-data': {
            schema: { type: 'object', required: ['who'], properties: { who: { type: 'string' } } },
            example: { who: value },
          },
        },
      },
    });
    expect(samplesFor(body('@ada')).curl).toContain("--form-string 'who=@ada'");
    expect(samplesFor(body('Ada')).curl).toContain("-F 'who=Ada'");
  });

  test.each([
    ['a header', { type: 'apiKey', in: 'header', name: 'X-Key' }, '-H "X-Key: $API_KEY"'],
    ['a cookie', { type: 'apiKey', in: 'cookie', name: 'session' }, '-b "session=$API_KEY"'],
    ['the query', { type: 'apiKey', in: 'query', name: 'key' }, '/things/text?key=\'"$API_KEY"'],
    ['basic authentication', { type: 'http', scheme: 'basic' }, '-u "$USER_NAME:$PASSWORD"'],
    ['OAuth', { type: 'oauth2', flows: {} }, '-H "Authorization: Bearer $API_KEY"'],
  ])('a credential goes into %s', (_name, scheme, wanted) => {
    const operation = {
      security: [{ it: [] }],
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
    };
    expect(samplesFor(operation, { securitySchemes: { it: scheme } }).curl).toContain(wanted);
  });
});

describe('TypeScript', () => {
  test('an operation is a method of the client of the generated contract', () => {
    expect(
      samplesByLabel(view, 'createRoom').TypeScript,
    ).toBe(`import { createClient } from '@flowwire/client';
import { chat } from './chat/index.js';

const api = createClient(chat, {
  baseUrl: 'http://127.0.0.1:4010/v1',
  auth: process.env.API_KEY,
});

const answer = await api.createRoom({
  body: { topic: 'It\\'s late' },
});
console.log(answer);`);
  });

  test('the client comes ready-made from a module that exports it', async () => {
    const { documents } = await readChat();
    const { views } = createApiDocs(documents, { clientModule: '@acme/chat' });
    const source = samplesByLabel(views.en, 'deleteFile').TypeScript;
    expect(source).toContain("import { createChat } from '@acme/chat';");
    expect(source).toContain('const api = createChat({');
    expect(source).toContain('await api.deleteFile({');
  });

  test('an operation that answers either way has a call for each, without the field that the client sets', () => {
    const samples = samplesByLabel(view, 'say');
    expect(Object.keys(samples)).toEqual([
      'TypeScript',
      'curl',
      'JavaScript',
      'TypeScript (stream)',
      'curl (stream)',
      'JavaScript (stream)',
    ]);
    expect(samples['TypeScript (stream)']).toContain('const stream = api.say.stream({');
    expect(samples['TypeScript (stream)']).not.toContain('mode');
    expect(samples['curl (stream)']).toContain('"mode": "streaming"');
    expect(samples.curl).toContain('"mode": "blocking"');
  });

  test('bytes of a form are a Blob', () => {
    expect(samplesByLabel(view, 'uploadFile').TypeScript).toContain(
      "body: { file: new Blob(['the bytes']), title: 'Floor plan' },",
    );
  });

  test('an operation without operationId has no method, and the other samples', () => {
    const openapi = documentOf({
      openapi: '3.0.3',
      info: { title: 'Old', version: '1' },
      servers: [{ url: 'https://{region}.example.com/', variables: { region: { default: 'eu' } } }],
      paths: { '/health': { get: { responses: { '204': { description: 'Well.' } } } } },
    });
    const { http } = createApiDocs({ name: 'old', openapi }, {}).views.en;
    expect(http?.shown).toMatchObject({
      paths: {
        '/health': {
          get: {
            'x-codeSamples': [
              { label: 'curl', source: "curl 'https://eu.example.com/health'" },
              { label: 'JavaScript' },
            ],
          },
        },
      },
    });
  });
});
