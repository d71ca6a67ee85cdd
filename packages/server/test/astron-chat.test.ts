import { createAstron, createWorkflowExecution } from '@flowwire/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  appOf,
  end,
  flow,
  INPUT,
  message,
  node,
  post,
  release,
  START,
  said,
  text,
} from './support/astron-chat.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

const CHAT = '/workflow/v1/chat/completions';

let server: TestServer;
let greeting: string;
beforeAll(async () => {
  server = await openTestServer();
  greeting = await release(server, flow([message('2', 'Hello. '), end('Dear {{input}}.')]));
});
afterAll(() => server.close());
afterEach(() => {
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

const chat = (flowId: string, more: object = {}, headers = {}) =>
  post(server, CHAT, { flow_id: flowId, parameters: { AGENT_USER_INPUT: 'Ada' }, ...more }, headers);

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
