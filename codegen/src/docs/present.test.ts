import { beforeAll, describe, expect, test } from 'vitest';
import type { ApiDocs } from './api-docs.ts';
import { createApiDocs } from './api-docs.ts';
import { localize } from './localize.ts';
import { createSearchIndex } from './search-index.ts';
import { documentOf, readChat, shownOperation } from './testing/chat.ts';

let chat: ApiDocs;

beforeAll(async () => {
  chat = await readChat();
});

describe('localize', () => {
  const value = {
    summary: 'Hello',
    'x-summary-zh': '你好',
    'x-description-zh': '说明',
    example: { summary: 'data', 'x-summary-zh': '数据' },
    tags: [{ name: 'a', summary: 'A', 'x-summary-zh': '甲' }],
  };

  test('a translation takes the place of its member, at every depth but in examples', () => {
    expect(localize(value, 'zh')).toMatchObject({
      summary: '你好',
      description: '说明',
      example: { summary: 'data' },
      tags: [{ summary: '甲' }],
    });
  });

  test('English is the document itself', () => {
    expect(localize(value, 'en')).toBe(value);
  });
});

describe('an OpenAPI document as it is shown', () => {
  test('says the permissions, the error codes and where the messages of a stream are', () => {
    expect(shownOperation(chat.views.en, 'createRoom').description).toContain('Permissions: `WRITE`');
    expect(chat.views.en.http?.shown).toMatchObject({
      components: {
        responses: {
          Unauthorized: { description: expect.stringContaining('`unauthenticated` `key_expired`') },
        },
      },
    });
    expect(shownOperation(chat.views.en, 'followRoom').description).toContain('(events/index.html)');
  });

  test('an event has the schema of its data, and an example of each kind from the AsyncAPI document', () => {
    expect(chat.views.en.http?.shown).toMatchObject({
      components: {
        schemas: {
          RoomItem: { oneOf: [{ properties: { data: { $ref: '#/components/schemas/RoomEvent' } } }, {}] },
        },
      },
    });
    expect(shownOperation(chat.views.en, 'followRoom')).toMatchObject({
      responses: {
        '200': {
          content: {
            'text/event-stream': {
              example:
                'id: 1\ndata: {"kind":"said","text":"Good evening"}\n\n' +
                'id: 2\ndata: {"kind":"left","who":"Ada"}\n\n' +
                'data: [DONE]\n\n',
            },
          },
        },
      },
    });
  });

  test('an optional parameter is not sent by a try with its example', () => {
    expect(shownOperation(chat.views.en, 'say')).toMatchObject({
      parameters: [{ name: 'Idempotency-Key', examples: { example: { value: 'k-1', 'x-disabled': true } } }],
    });
    const [topic, limit] = Object.values(shownOperation(chat.views.en, 'listRooms').parameters ?? []);
    expect(topic).toMatchObject({ name: 'topic', example: 'night shift' });
    expect(limit).toMatchObject({ examples: { example: { value: 20, 'x-disabled': true } } });
  });

  test('the Chinese view has the Chinese summaries, and the words of the site in Chinese', () => {
    const operation = shownOperation(chat.views.zh, 'createRoom');
    expect(operation.summary).toBe('创建房间');
    expect(operation.description).toContain('所需权限: `WRITE`');
    expect(chat.views.zh.http?.shown).toMatchObject({ tags: [{ summary: '房间' }, { summary: '文件' }] });
  });

  test('methods of OpenAPI 3.2 stay what they are, and samples call them', () => {
    const openapi = documentOf({
      openapi: '3.2.0',
      info: { title: 'New', version: '1' },
      paths: {
        '/things': {
          query: { operationId: 'search', responses: {} },
          additionalOperations: { COPY: { operationId: 'copy', responses: {} } },
        },
      },
    });
    const { http } = createApiDocs({ name: 'new', openapi }, {}).views.en;
    expect(http?.operations.map(({ method }) => method)).toEqual(['QUERY', 'COPY']);
    expect(http?.shown).toMatchObject({
      paths: {
        '/things': {
          query: { 'x-codeSamples': [{}, { source: "curl -X QUERY 'https://example.com/things'" }, {}] },
          additionalOperations: {
            COPY: { 'x-codeSamples': [{}, { source: expect.stringContaining('-X COPY') }, {}] },
          },
        },
      },
    });
  });

  test('a server that is given comes before those of the document', () => {
    const { views } = createApiDocs(chat.documents, { server: '/' });
    expect(views.en.http?.shown.servers).toEqual([
      { url: '/', description: 'The server that this page comes from.' },
      { url: 'http://127.0.0.1:4010/v1', description: 'On this machine.' },
    ]);
  });
});

describe('an AsyncAPI document as it is shown', () => {
  test('a channel says its address, and a socket how it is opened', () => {
    expect(chat.views.en.events?.shown).toMatchObject({
      channels: {
        roomEvents: {
          description: expect.stringMatching(
            /^`http:\/\/127\.0\.0\.1:4010\/v1\/rooms\/\{room_id\}\/messages`/,
          ),
        },
        live: {
          description: expect.stringMatching(
            /`ws:.*`[\s\S]*api\.live\(\{ path: \{ room_id: 'room_1' \} \}\)[\s\S]*new WebSocket\('ws:/,
          ),
        },
      },
    });
    expect(JSON.stringify(chat.views.en.events?.shown)).not.toContain('api.roomEvents');
  });

  test('an operation says what answers it, and how it is sent', () => {
    expect(chat.views.en.events?.shown).toMatchObject({
      operations: {
        receivePost: {
          description: expect.stringMatching(/^Answered by: `posted`[\s\S]*await socket\.request\(\{/),
        },
      },
    });
  });

  test('a message is headed by its name on the wire and its title, in Chinese too', () => {
    const message = (view: typeof chat.views.en) =>
      view.events?.shown &&
      view.events.document.follow(view.events.document.follow(view.events.shown.components).messages);
    expect(message(chat.views.en)).toMatchObject({
      authOk: { title: 'auth.ok · The key is good' },
      said: { title: 'said · Somebody said something', summary: 'Text of a person.' },
    });
    expect(message(chat.views.zh)).toMatchObject({
      authOk: { title: 'auth.ok · 验证通过' },
      said: { title: 'said · 有人发言' },
    });
  });
});

test('the search knows every operation, channel and message, with fields and both languages', () => {
  const entries = createSearchIndex([chat]);
  const of = (kind: string) => entries.filter((entry) => entry.kind === kind);
  expect(entries.filter(({ kind }) => /^[A-Z]+$/.test(kind))).toHaveLength(7);
  expect(of('channel').map(({ place }) => place)).toEqual([
    '/rooms/{room_id}/messages',
    '/rooms/{room_id}/live',
  ]);
  expect(of('message').map(({ place }) => place)).toEqual([
    'said',
    'left',
    'auth',
    'post',
    'auth.ok',
    'posted',
  ]);
  expect(entries.find(({ href }) => href.endsWith('/createRoom'))).toEqual({
    api: 'chat',
    kind: 'POST',
    title: { en: 'Open a room', zh: '创建房间' },
    place: '/rooms',
    href: 'chat/index.html#tag/rooms/createRoom',
    words: 'createroom opens a room rooms topic',
  });
  expect(of('message')[1]).toMatchObject({
    title: { en: 'Somebody left', zh: '有人离开' },
    href: 'chat/events/index.html#channel/roomevents/operation/sendroomevents/message/left',
  });
});
