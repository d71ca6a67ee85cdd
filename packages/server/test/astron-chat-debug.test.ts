import { createAstron } from '@flowwire/client';
import type { FlowNode } from '@flowwire/contract/astron';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  asking,
  end,
  flow,
  INPUT,
  lastOf,
  message,
  model,
  node,
  post,
  row,
  START,
  said,
  store,
  text,
} from './support/astron-chat.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

const DEBUG = '/workflow/v1/debug/chat/completions';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
afterEach(() => {
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

const debug = (flowId: string, more: object = {}) =>
  post(server, DEBUG, { flow_id: flowId, parameters: { AGENT_USER_INPUT: 'Ada' }, ...more });

const joiner = (id: string, prompt: string, inputs: Readonly<Record<string, string>>): FlowNode =>
  node(`text-joiner::${id}`, { mode: 0, prompt }, inputs, { outputs: [text('output')] });

const list = (name: string) => ({ name, schema: { type: 'array', items: { type: 'string' } } });

describe('debugging a draft', () => {
  test('tells the begin, the text and the end of every node with its values', async () => {
    const flowId = await store(
      server,
      flow([
        joiner('2', 'Dear {{who}}', { who: INPUT }),
        end('{{text}}.', { text: 'text-joiner::2.output' }),
      ]),
    );
    const { frames } = await debug(flowId);
    const told = frames.map(({ data }) => {
      const { id, finish_reason: reason, inputs, outputs } = data.workflow_step.node;
      return [id, reason ?? (data.choices[0].delta.content || 'begin'), inputs, outputs];
    });
    const input = { AGENT_USER_INPUT: 'Ada' };
    expect(told).toEqual([
      ['flow_obj', 'begin', input, {}],
      [START, 'begin', {}, {}],
      [START, 'stop', {}, input],
      ['text-joiner::2', 'begin', { who: 'Ada' }, {}],
      ['text-joiner::2', 'stop', { who: 'Ada' }, { output: 'Dear Ada' }],
      ['node-end::9', 'Dear Ada.', { text: 'Dear Ada' }, {}],
      ['node-end::9', 'stop', { text: 'Dear Ada' }, { text: 'Dear Ada' }],
      ['flow_obj', 'stop', input, { text: 'Dear Ada', answer: 'Dear Ada.' }],
    ]);
    expect(frames.every(({ data }) => data.workflow_step.seq === 0)).toBe(true);
    expect(frames.at(-2)?.data.workflow_step.node.ext).toEqual({ answer_mode: 1 });
  });

  test('answers with one frame of the whole flow when no stream is wanted', async () => {
    const flowId = await store(server, flow([message('2', 'Hello. '), end('Dear {{input}}.')]));
    const { json } = await debug(flowId, { stream: false });
    expect(json).toMatchObject({
      code: 0,
      workflow_step: { seq: 0, progress: 1, node: { id: 'flow_obj', finish_reason: 'stop' } },
      choices: [{ delta: { content: 'Hello. Dear Ada.' }, finish_reason: 'stop' }],
    });
  });

  test('tells what a model used and wrote', async () => {
    const flowId = await store(server, flow([model('2'), end('{{text}}', { text: 'spark-llm::2.output' })]));
    const { frames } = await debug(flowId);
    const ended = frames.find(
      ({ data }) =>
        data.workflow_step.node.id === 'spark-llm::2' && data.workflow_step.node.finish_reason === 'stop',
    );
    const { outputs, ext, usage } = ended?.data.workflow_step.node ?? {};
    expect(ext).toEqual({ raw_output: outputs?.output });
    expect(usage?.total_tokens).toBeGreaterThan(0);
    expect(said(frames)).toBe(outputs?.output);
  });

  test('shows which node waits, and goes on with it', async () => {
    const flowId = await store(
      server,
      flow([asking('2', 'Where to?'), end('To {{to}}.', { to: 'question-answer::2.content' })]),
    );
    const { frames } = await debug(flowId);
    const asked = lastOf(frames);
    expect(asked.workflow_step.node).toMatchObject({ id: 'question-answer::2', finish_reason: 'interrupt' });
    const body = { event_id: asked.event_data.event_id, content: 'Rome' };
    const rest = await post(server, '/workflow/v1/debug/resume', body);
    expect(rest.frames[0]?.data.workflow_step.node).toMatchObject({
      id: 'question-answer::2',
      finish_reason: 'stop',
      outputs: { content: 'Rome' },
    });
    expect(said(rest.frames)).toBe('To Rome.');
    expect(rest.frames.at(-1)?.data.workflow_step.node.inputs).toEqual({ AGENT_USER_INPUT: 'Ada' });
  });

  test('tells which node failed and why', async () => {
    const code = node(
      'ifly-code::2',
      { code: 'def main(a):\n    raise ValueError("no")' },
      { a: INPUT },
      { outputs: [text('key')] },
    );
    const flowId = await store(server, flow([code, end('{{text}}', { text: 'ifly-code::2.key' })]));
    const { frames } = await debug(flowId);
    const [failed, last] = frames.slice(-2).map(({ data }) => data);
    expect(failed).toMatchObject({
      code: 21600,
      message: expect.stringContaining('no'),
      workflow_step: {
        node: { id: 'ifly-code::2', finish_reason: 'stop', error_outputs: { errorCode: 21600 } },
      },
    });
    expect(last).toMatchObject({
      code: 21600,
      message: expect.stringContaining('ifly-code::2'),
      workflow_step: { node: { id: 'flow_obj', error_outputs: { errorCode: 21600 } } },
    });
  });

  test('tells the nodes of an iteration with the item that each got', async () => {
    const each = node(
      'iteration::2',
      { IterationStartNodeId: 'iteration-node-start::3' },
      { name: `${START}.names` },
      { outputs: [list('greetings')] },
    );
    const inside = [
      node('iteration-node-start::3', {}, {}, { outputs: [text('name')] }),
      joiner('4', 'Dear {{who}}', { who: 'iteration-node-start::3.name' }),
      node('iteration-node-end::5', {}, { greetings: 'text-joiner::4.output' }),
    ];
    const last = end('{{a}}', { a: 'iteration::2.greetings' });
    const edges = [...row(inside), ...row([each, last])];
    const flowId = await store(server, flow([each, ...inside, last], edges, [list('names')]));
    const { frames } = await debug(flowId, { parameters: { names: ['Ada', 'Bo'] } });
    const joined = frames
      .map(({ data }) => data.workflow_step.node)
      .filter(({ id, finish_reason: reason }) => id === 'text-joiner::4' && reason === 'stop');
    expect(joined.map(({ inputs, outputs }) => [inputs, outputs])).toEqual([
      [{ who: 'Ada' }, { output: 'Dear Ada' }],
      [{ who: 'Bo' }, { output: 'Dear Bo' }],
    ]);
  });

  test('is refused for a version that is not there', async () => {
    const flowId = await store(server, flow([end('{{input}}')]));
    expect((await debug(flowId, { version: 'v9.9' })).json).toMatchObject({ code: 1001 });
    expect((await debug('wf_none')).json).toMatchObject({ code: 1006 });
  });
});

describe('trying out a node', () => {
  const tryOut = (...nodes: FlowNode[]) =>
    post(server, '/workflow/v1/node/debug', { id: 'wf_1', name: 'Flow', data: { nodes, edges: [] } });

  test('runs it with its literal inputs', async () => {
    const { json } = await tryOut(joiner('2', 'Dear {{who}}', { who: 'Ada' }));
    expect(json).toEqual({
      code: 0,
      message: 'success',
      data: {
        node_id: 'text-joiner::2',
        alias_name: 'text-joiner',
        node_type: 'node',
        input: '{"who":"Ada"}',
        raw_output: '',
        output: '{"output":"Dear Ada"}',
        node_exec_cost: expect.stringMatching(/^\d+\.\d{3}$/),
        token_cost: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
      },
      sid: expect.any(String),
    });
  });

  test('tells what a model wrote, also under the other prefix', async () => {
    const nodes = [model('2', { input: 'Say hello.' })];
    const body = { id: 'wf_1', name: 'Flow', data: { nodes, edges: [] } };
    const { json } = await post(server, '/sparkflow/v1/node/debug', body);
    expect(json.data.raw_output).not.toBe('');
    expect(JSON.parse(json.data.output)).toEqual({ output: json.data.raw_output });
    expect(json.data.token_cost.total_tokens).toBeGreaterThan(0);
  });

  test.each([
    ['message::2', message('2', 'Hello {{a}}', { a: 'Ada' })],
    ['node-end::9', end('{{a}}', { a: 'Ada' })],
    [
      'if-else::2',
      node(
        'if-else::2',
        {
          cases: [
            {
              id: 'branch_one_of::a',
              level: 1,
              logicalOperator: 'and',
              conditions: [{ leftVarIndex: 'in-a', rightVarIndex: 'in-b', compareOperator: 'is' }],
            },
            { id: 'branch_one_of::b', level: 999, logicalOperator: 'and', conditions: [] },
          ],
        },
        { a: 'x', b: 'x' },
      ),
    ],
  ])('runs %s', async (id, one) => {
    expect((await tryOut(one)).json).toMatchObject({ code: 0, data: { node_id: id } });
  });

  test('is refused without a node, for a node that cannot be alone, and for inputs that refer to others', async () => {
    expect((await tryOut()).json).toMatchObject({ code: 21700 });
    expect((await tryOut(asking('2', 'Where?'))).json).toMatchObject({ code: 21700 });
    expect((await tryOut(message('2', '{{a}}', { a: INPUT }))).json).toMatchObject({
      code: 21700,
      findings: [{ in: 'body', pointer: '/data/nodes/0/data/inputs/0/schema/value' }],
    });
    expect((await tryOut(node('rpa::2', {}))).json).toMatchObject({
      code: 22101,
      findings: [{ in: 'body', pointer: '/data/nodes/0', node_id: 'rpa::2' }],
    });
  });

  test('answers why it failed', async () => {
    const code = { code: 'def main(a):\n    raise ValueError("no")' };
    const { json } = await tryOut(node('ifly-code::2', code, { a: 'x' }, { outputs: [text('key')] }));
    expect(json).toMatchObject({ code: 21600, message: expect.stringContaining('no') });
  });
});

describe('running code', () => {
  const run = (code: string, variables: readonly { name: string; content: unknown }[] = []) =>
    post(server, '/workflow/v1/code/run', { code, app_id: 'app', uid: 'u', variables });

  test('answers the dict', async () => {
    const variables = [
      { name: 'a', content: 20 },
      { name: 'b', content: 22 },
    ];
    expect((await run('def main(a, b):\n    return {"sum": a + b}', variables)).json).toEqual({
      code: 0,
      message: 'success',
      data: { sum: 42 },
      sid: expect.any(String),
    });
  });

  test('answers why it failed', async () => {
    expect((await run('def main():\n    raise ValueError("no")')).json).toMatchObject({ code: 21600 });
    expect((await run('def main():\n    return {"a": "x" * 300000}')).json).toMatchObject({ code: 21602 });
  });

  test.each(['return 1', 'return [1]', 'pass', 'return {"a": 2 ** 60}', 'return {"a": b"x"}'])(
    'that answers no dict of values is told so (%s), here and in a flow',
    async (line) => {
      const code = `def main(a):\n    ${line}`;
      expect((await run(code, [{ name: 'a', content: 1 }])).json).toMatchObject({ code: 21602 });
      const nodes = [
        node('ifly-code::2', { code }, { a: INPUT }, { outputs: [text('a')] }),
        end('{{a}}', { a: 'ifly-code::2.a' }),
      ];
      const { frames } = await debug(await store(server, flow(nodes)));
      expect(frames.at(-1)?.data).toMatchObject({ code: 21602 });
    },
  );

  test('takes each variable once', async () => {
    const variables = [
      { name: 'a', content: 1 },
      { name: 'a', content: 2 },
    ];
    expect((await run('def main(a):\n    return {}', variables)).json).toMatchObject({
      code: 460,
      findings: [{ in: 'body', pointer: '/variables/1/name' }],
    });
  });
});

test('the client tries out nodes and runs code', async () => {
  const api = createAstron({ baseUrl: server.url, auth: server.key });
  const data = { nodes: [joiner('2', 'Dear {{who}}', { who: 'Ada' })], edges: [] };
  const debugged = await api.debugNode({ body: { id: 'wf_1', name: 'Flow', data } });
  expect(debugged).toMatchObject({ code: 0, data: { output: '{"output":"Dear Ada"}' } });
  const code = { code: 'def main():\n    return {"a": 1}', app_id: 'app', uid: 'u', variables: [] };
  expect(await api.runCode({ body: code })).toMatchObject({ code: 0, data: { a: 1 } });
  await expect(api.runCode({ body: { ...code, code: 'x = 1' } })).rejects.toMatchObject({ code: 21601 });
});
