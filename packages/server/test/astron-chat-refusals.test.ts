import { createAstron } from '@flowwire/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { appOf, end, flow, message, post, release, store, text } from './support/astron-chat.ts';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

const CHAT = '/workflow/v1/chat/completions';

let server: TestServer;
let greeting: string;
beforeAll(async () => {
  server = await openTestServer();
  addOtherTenant(server);
  greeting = await release(server, flow([message('2', 'Hello. '), end('Dear {{input}}.')]));
});
afterAll(() => server.close());
afterEach(() => {
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

const chat = (flowId: string, more: object = {}, headers = {}) =>
  post(server, CHAT, { flow_id: flowId, parameters: { AGENT_USER_INPUT: 'Ada' }, ...more }, headers);

describe('a request', () => {
  test('that breaks the document is answered with a frame that names each fault', async () => {
    const { status, headers, json } = await post(server, CHAT, { parameters: 1, stream: true });
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(json).toMatchObject({
      code: 460,
      id: expect.stringMatching(/^spf/),
      choices: [{ finish_reason: 'stop', delta: { content: '' } }],
      usage: { total_tokens: 0 },
      findings: [
        { in: 'body', pointer: '/flow_id', message: expect.any(String) },
        { in: 'body', pointer: '/parameters', message: expect.any(String) },
      ],
    });
  });

  test('with parameters that the flow does not take names them', async () => {
    expect((await chat(greeting, { parameters: { AGENT_USER_INPUT: 1, other: 2 } })).json).toMatchObject({
      code: 22500,
      findings: expect.arrayContaining([
        { in: 'body', pointer: '/parameters/AGENT_USER_INPUT', message: expect.any(String) },
        { in: 'body', pointer: '/parameters/other', message: expect.any(String) },
      ]),
    });
  });

  test('with a file that is none, not there or of another kind is refused', async () => {
    const picture = {
      name: 'picture',
      schema: { type: 'string' },
      fileType: 'file',
      allowedFileType: ['image'],
    };
    const flowId = await release(server, flow([end('ok')], undefined, [text('AGENT_USER_INPUT'), picture]));
    const api = createAstron({ baseUrl: server.url, auth: server.key });
    const give = async (url: string) =>
      (await chat(flowId, { parameters: { picture: url }, stream: false })).json;
    const uploaded = await api.uploadFile({ body: { file: new File(['words'], 'words.txt') } });
    if (uploaded.code !== 0 || !uploaded.data) throw new Error(uploaded.message);
    const { url } = uploaded.data;
    expect(await give('no address')).toMatchObject({
      code: 23603,
      findings: [{ pointer: '/parameters/picture' }],
    });
    expect(await give(url)).toMatchObject({ code: 1008, findings: [{ pointer: '/parameters/picture' }] });
    expect(await give(url.replace(/file_\w+/, 'file_none'))).toMatchObject({ code: 1008 });
    expect(await give('https://example.com/a.png')).toMatchObject({ code: 0 });
  });

  test('for a flow that is not there, not published, taken off or not bound is refused', async () => {
    const api = createAstron({ baseUrl: server.url, auth: server.key });
    expect((await chat('wf_none')).json).toMatchObject({
      code: 1006,
      message: 'There is no such flow (wf_none)',
    });
    const draft = await store(server, flow([end('ok')]));
    expect((await chat(draft)).json).toMatchObject({ code: 1001 });
    await api.publishFlow({ body: { flow_id: draft, release_status: 1 } });
    expect((await chat(draft)).json).toMatchObject({ code: 20004 });
    await api.bindApp({ body: { flow_id: draft, app_id: await appOf(server) } });
    expect((await chat(draft, { stream: false })).json).toMatchObject({ code: 0 });
    await api.publishFlow({ body: { flow_id: draft, release_status: 3 } });
    expect((await chat(draft)).json).toMatchObject({ code: 1001 });
  });

  test('of another tenant finds nothing', async () => {
    const other = { url: server.url, key: OTHER_KEY };
    const body = { flow_id: greeting, parameters: { AGENT_USER_INPUT: 'x' } };
    expect((await post(other, CHAT, body)).json).toMatchObject({ code: 1006 });
  });

  test('without or with bad credentials is answered 401 in an envelope', async () => {
    const body = { flow_id: greeting, parameters: {} };
    const { status, json } = await post({ url: server.url, key: 'wrong' }, CHAT, body);
    expect([status, json.code, json.choices]).toEqual([401, 20001, undefined]);
    const response = await fetch(`${server.url}${CHAT}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect([response.status, await response.json()]).toEqual([401, expect.objectContaining({ code: 460 })]);
  });

  test('to a path or with a method that there is not is answered in an envelope', async () => {
    expect(await post(server, '/workflow/v1/none', {})).toMatchObject({ status: 404, json: { code: 460 } });
    const response = await fetch(`${server.url}${CHAT}`, {
      headers: { Authorization: `Bearer ${server.key}` },
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });

  test('that is refused is found in the log by its sid, whoever refuses it', async () => {
    const own = await openTestServer({ LOG_LEVEL: 'debug' });
    try {
      const invalid = await post(own, CHAT, {});
      const unknown = await post(own, CHAT, { flow_id: 'wf_none', parameters: {} });
      const envelope = await post(own, '/workflow/v1/protocol/get', { flow_id: 'wf_none' });
      for (const { headers, json } of [invalid, unknown, envelope]) {
        const sid = json.sid ?? json.id;
        const lines = own.logged.filter((line) => line.includes(sid));
        expect(lines.map((line) => JSON.parse(line))).toEqual([
          expect.objectContaining({
            sid,
            requestId: headers.get('x-request-id'),
            msg: 'a request was refused',
          }),
        ]);
      }
    } finally {
      await own.close();
    }
  });

  test('whose answer has no room for a code is answered 400', async () => {
    const path = `/workflow/v1/layout/build/${'x'.repeat(129)}`;
    expect(await post(server, path, {})).toMatchObject({ status: 400, json: { code: 460 } });
  });

  test('is answered with the numbers of astron-agent when the server is set up so', async () => {
    const own = await openTestServer({ ASTRON_ERROR_CODES: 'upstream' });
    try {
      const body = { flow_id: 'wf_none', parameters: {} };
      expect((await post(own, CHAT, body)).json).toMatchObject({ code: 20201 });
      expect((await post(own, '/workflow/v1/resume', { event_id: '1', content: '' })).json).toMatchObject({
        code: 23900,
      });
    } finally {
      await own.close();
    }
  });
});
