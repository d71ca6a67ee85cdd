import { createAstron, createWorkflowExecution } from '@flowwire/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  appOf,
  end,
  flow,
  INPUT,
  message,
  model,
  node,
  post,
  release,
  START,
  said,
  store,
  text,
} from './support/astron-chat.ts';
import { answer, cut, reason, startModelStandIn } from './support/model-stand-in.ts';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

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

/** Runs a flow against a model that answers as scripted. */
async function withModel<T>(
  scripts: Parameters<typeof startModelStandIn>[0],
  act: (server: TestServer, requests: readonly { readonly body: unknown }[]) => Promise<T>,
): Promise<T> {
  const standIn = await startModelStandIn(scripts);
  const own = await openTestServer({ OPENAI_BASE_URL: standIn.baseUrl, OPENAI_MODEL: 'm' });
  try {
    return await act(own, standIn.requests);
  } finally {
    await own.close();
    await standIn.close();
    expect(own.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  }
}

describe('a released flow', () => {
  test('streams its text, counted from 1, and stops with what it used', async () => {
    const { headers, frames } = await chat(greeting);
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('x-execution-id')).toMatch(/^run_/);
    expect(said(frames)).toBe('Hello. Dear Ada.');
    expect(frames.map(({ data }) => data.workflow_step.seq)).toEqual(frames.map((_, index) => index + 1));
    const shares = frames.map(({ data }) => data.workflow_step.progress);
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
    expect(frames.at(-1)?.data).toEqual({
      code: 0,
      message: 'Success',
      id: expect.stringMatching(/^spf[0-9a-f]{8}@hf[0-9a-f]{18}$/),
      created: expect.any(Number),
      workflow_step: { seq: frames.length, progress: 1 },
      choices: [
        { delta: { role: 'assistant', content: '', reasoning_content: '' }, index: 0, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    });
    expect(frames[0]?.data.choices[0]).not.toHaveProperty('finish_reason');
  });

  test('answers with one frame when no stream is wanted', async () => {
    const { headers, json } = await chat(greeting, { stream: false });
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(json).toMatchObject({
      code: 0,
      workflow_step: { seq: 1, progress: 1 },
      choices: [{ delta: { content: 'Hello. Dear Ada.' }, finish_reason: 'stop' }],
    });
  });

  test('is read by the client, streamed and whole', async () => {
    const api = createAstron({ baseUrl: server.url, auth: server.key });
    const body = { flow_id: greeting, parameters: { AGENT_USER_INPUT: 'Ada' } };
    expect((await api.createChatCompletion({ body })).choices[0]?.delta.content).toBe('Hello. Dear Ada.');
    const pieces: string[] = [];
    for await (const { choices } of api.createChatCompletion.stream({ body }))
      pieces.push(choices[0]?.delta.content ?? '');
    expect(pieces.join('')).toBe('Hello. Dear Ada.');
  });

  test('whose end has no template answers the outputs as JSON', async () => {
    const jsonEnd = node('node-end::9', { outputMode: 0 }, { who: INPUT, kind: 'person' });
    const flowId = await release(server, flow([message('2', 'Hello. '), jsonEnd]));
    expect(said((await chat(flowId)).frames)).toBe('Hello. {"who":"Ada","kind":"person"}');
    const { json } = await chat(flowId, { stream: false });
    expect(json.choices[0].delta.content).toBe('Hello. {"who":"Ada","kind":"person"}');
  });

  test('of another API that tells nothing answers its outputs in the last frame', async () => {
    const execution = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
    const { id } = await execution.createWorkflow({ body: shout });
    const api = createAstron({ baseUrl: server.url, auth: server.key });
    await api.publishFlow({ body: { flow_id: id, release_status: 1 } });
    await api.bindApp({ body: { flow_id: id, app_id: await appOf(server) } });
    const { frames } = await chat(id, { parameters: { text: 'hello' } });
    expect(frames.map(({ data }) => data.choices[0].delta.content)).toEqual(['{"text":"HELLO"}']);
  });

  test('runs the version that is named', async () => {
    const api = createAstron({ baseUrl: server.url, auth: server.key });
    const flowId = await release(server, flow([end('one')]));
    const publish = (version: string, template: string) =>
      api.publishFlow({ body: { flow_id: flowId, release_status: 1, version, data: flow([end(template)]) } });
    await publish('v1.0', 'first');
    await publish('v1.1', 'second');
    expect(said((await chat(flowId, { version: 'v1.0' })).frames)).toBe('first');
    expect(said((await chat(flowId)).frames)).toBe('second');
    expect((await chat(flowId, { version: 'v7.0' })).json).toMatchObject({ code: 1001 });
  });

  test('runs for an app that a gateway names, in both spellings of the header', async () => {
    const api = createAstron({ baseUrl: server.url, auth: server.key });
    const body = { flow_id: greeting, parameters: { AGENT_USER_INPUT: 'Bo' }, stream: false };
    for (const name of ['x-consumer-username', 'x_consumer_username']) {
      const send = () =>
        fetch(`${server.url}${CHAT}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', [name]: 'gateway-app' },
          body: JSON.stringify(body),
        }).then((response) => response.json());
      if (name === 'x-consumer-username') {
        expect(await send()).toMatchObject({ code: 20004 });
        await api.bindApp({ body: { flow_id: greeting, app_id: 'gateway-app' } });
      }
      expect(await send()).toMatchObject({ code: 0, choices: [{ delta: { content: 'Hello. Dear Bo.' } }] });
    }
  });
});

describe('a model', () => {
  const answering = () => flow([model('2'), end('{{text}}', { text: 'spark-llm::2.output' })]);

  test('streams its text and its reasoning, and what it used is counted', () =>
    withModel([reason('Let me think. ', 'On Friday.'), answer('On Friday.')], async (own) => {
      const flowId = await release(own, answering());
      const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: 'When?' } };
      const { frames } = await post(own, CHAT, body);
      expect(said(frames)).toBe('On Friday.');
      const thought = frames.map(({ data }) => data.choices[0].delta.reasoning_content);
      expect(thought.join('')).toBe('Let me think. ');
      const { json } = await post(own, CHAT, { ...body, stream: false });
      expect(json.usage).toEqual({ prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 });
    }));

  test('that no person reads keeps its reasoning to itself', () =>
    withModel([reason('Secret thought. ', 'draft'), answer('Final.')], async (own) => {
      const nodes = [
        model('2'),
        model('3', { input: 'spark-llm::2.output' }),
        end('{{text}}', { text: 'spark-llm::3.output' }),
      ];
      const flowId = await release(own, flow(nodes));
      const { text: sent } = await post(own, CHAT, {
        flow_id: flowId,
        parameters: { AGENT_USER_INPUT: '?' },
      });
      expect(sent).toContain('Final.');
      expect(sent).not.toContain('Secret');
    }));

  test('that breaks off and writes the same again is not heard twice', () =>
    withModel([cut, answer('Half an answer.')], async (own) => {
      const retry = { shouldRetry: true, maxRetries: 2, timeout: 30, errorStrategy: 0 as const };
      const nodes = [model('2', { input: INPUT }, retry), end('{{text}}', { text: 'spark-llm::2.output' })];
      const flowId = await release(own, flow(nodes));
      const { frames } = await post(own, CHAT, { flow_id: flowId, parameters: { AGENT_USER_INPUT: '?' } });
      expect(said(frames)).toBe('Half an answer.');
    }));

  test('that breaks off and writes something else begins anew after an empty line', () =>
    withModel([cut, answer('Other words.')], async (own) => {
      const retry = { shouldRetry: true, maxRetries: 2, timeout: 30, errorStrategy: 0 as const };
      const nodes = [model('2', { input: INPUT }, retry), end('{{text}}', { text: 'spark-llm::2.output' })];
      const flowId = await release(own, flow(nodes));
      const body = { flow_id: flowId, parameters: { AGENT_USER_INPUT: '?' } };
      expect(said((await post(own, CHAT, body)).frames)).toBe('Half an \n\nOther words.');
    }));

  test('knows what was said before: from the request, else from the conversation', () =>
    withModel([answer('First.'), answer('Second.'), answer('Third.')], async (own, requests) => {
      const remembering = node(
        'spark-llm::2',
        { domain: 'x', template: '{{input}}', enableChatHistoryV2: { isEnabled: true, rounds: 5 } },
        { input: INPUT },
        { outputs: [text('output')] },
      );
      const flowId = await release(
        own,
        flow([remembering, end('{{text}}', { text: 'spark-llm::2.output' })]),
      );
      const body = { flow_id: flowId, uid: 'u', chat_id: 'c', stream: false };
      const say = (input: string, more = {}) =>
        post(own, CHAT, { ...body, parameters: { AGENT_USER_INPUT: input }, ...more });
      await say('one');
      await say('two');
      await say('three', { history: [{ role: 'user', content: 'given' }] });
      const contents = requests.map((request) => JSON.stringify(request.body));
      expect(contents[1]).toContain('First.');
      expect(contents[2]).toContain('given');
      expect(contents[2]).not.toContain('First.');
    }));
});

describe('variables', () => {
  const counting = () =>
    flow([
      node('node-variable::2', { method: 'get' }, {}, { outputs: [text('last')] }),
      node('node-variable::3', { method: 'set' }, { last: INPUT }),
      end('before: {{last}}', { last: 'node-variable::2.last' }),
    ]);

  test('are kept for flow, user, app and conversation, and not without one', async () => {
    const flowId = await release(server, counting());
    const say = async (input: string, more: object) =>
      said((await chat(flowId, { parameters: { AGENT_USER_INPUT: input }, ...more })).frames);
    expect(await say('a', { uid: 'u', chat_id: 'c' })).toBe('before: ');
    expect(await say('b', { uid: 'u', chat_id: 'c' })).toBe('before: a');
    expect(await say('c', { uid: 'other', chat_id: 'c' })).toBe('before: ');
    expect(await say('d', { uid: 'u', chat_id: 'other' })).toBe('before: ');
    expect(await say('e', { uid: 'u' })).toBe('before: ');
    expect(await say('f', { uid: 'u' })).toBe('before: ');
  });
});

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

describe('a run that fails', () => {
  const failing = () =>
    flow([
      message('2', 'Wait. '),
      node(
        'ifly-code::3',
        { code: 'def main(a):\n    raise ValueError("no")' },
        { a: INPUT },
        { outputs: [text('key')] },
      ),
      end('{{key}}', { key: 'ifly-code::3.key' }),
    ]);

  test('ends its stream with why, and names the node', async () => {
    const { frames } = await chat(await release(server, failing()));
    expect(said(frames)).toBe('Wait. ');
    expect(frames.at(-1)?.data).toMatchObject({
      code: 21600,
      message: expect.stringMatching(/^The code failed \(ifly-code::3: .*no/s),
      workflow_step: { seq: frames.length, progress: 1 },
      choices: [{ finish_reason: 'stop' }],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    });
  });

  test('answers so in one frame too', async () => {
    const { status, json } = await chat(await release(server, failing()), { stream: false });
    expect([status, json.code, json.workflow_step]).toEqual([200, 21600, { seq: 1, progress: 1 }]);
  });

  test('is told as cancelled when somebody cancels it', async () => {
    const flowId = await release(
      server,
      flow([
        node(
          'ifly-code::3',
          { code: 'def main(a):\n    while True: pass' },
          { a: INPUT },
          { outputs: [text('key')] },
        ),
        end('{{key}}', { key: 'ifly-code::3.key' }),
      ]),
    );
    const response = await fetch(`${server.url}${CHAT}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${server.key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ flow_id: flowId, parameters: { AGENT_USER_INPUT: 'x' } }),
    });
    const id = response.headers.get('x-execution-id') ?? '';
    const execution = createWorkflowExecution({ baseUrl: server.url, auth: server.key });
    await execution.cancelExecution({ path: { execution_id: id } });
    expect(await response.text()).toContain(
      '"code":22301,"message":"The run failed (the run was cancelled)"',
    );
  });
});

test('the start of a flow has no other parameters than its own', async () => {
  const flowId = await release(
    server,
    flow([end('{{a}}', { a: `${START}.a` })], undefined, [text('a', true)]),
  );
  expect((await chat(flowId, { parameters: {} })).json).toMatchObject({ code: 22500 });
  expect(said((await chat(flowId, { parameters: { a: 'x' } })).frames)).toBe('x');
});
