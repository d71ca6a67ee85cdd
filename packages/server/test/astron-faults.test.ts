import type { FlowInput, FlowNode } from '@flowwire/contract/astron';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  appOf,
  asking,
  end,
  flow,
  INPUT,
  message,
  node,
  post,
  release,
  START,
  store,
  text,
} from './support/astron-chat.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());
afterEach(() => {
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

const PARAMETERS = { AGENT_USER_INPUT: 'Ada' };

const chat = (flowId: string, more: object = {}) =>
  post(server, '/workflow/v1/chat/completions', { flow_id: flowId, parameters: PARAMETERS, ...more });

const debug = (flowId: string, more: object = {}) =>
  post(server, '/workflow/v1/debug/chat/completions', { flow_id: flowId, parameters: PARAMETERS, ...more });

const tryOut = (one: FlowNode) =>
  post(server, '/workflow/v1/node/debug', { id: 'wf_1', name: 'Flow', data: { nodes: [one], edges: [] } });

const code = (id: string, line: string): FlowNode =>
  node(`ifly-code::${id}`, { code: `def main(a):\n    ${line}` }, { a: INPUT }, { outputs: [text('key')] });

const raising = (id: string): FlowNode => code(id, 'raise ValueError("no")');

/** Runs another flow with the user's text, or a literal. */
const calling = (flowId: string, given = INPUT): FlowNode =>
  node('flow::5', { flowId }, { AGENT_USER_INPUT: given }, { outputs: [text('content')] });

const ENDING = end('{{input}}');

/** More than a node may give. */
const TOO_MUCH = '{{input}}'.repeat(15);
const LONG = 'x'.repeat(300_000);

describe('a sub-flow that fails', () => {
  const INNER: readonly (readonly [what: string, inner: readonly FlowNode[], said: string])[] = [
    ['code', [raising('2'), ENDING], 'Ada'],
    ['a message', [message('2', TOO_MUCH, { input: INPUT }), ENDING], LONG],
    ['an end', [end(TOO_MUCH)], LONG],
  ];

  test.each(INNER)('by %s is the node of the flow itself that runs it', async (_what, inner, said) => {
    const innerId = await store(server, flow(inner));
    // What it becomes has the same id as the code of the other flow.
    const outer = flow([code('7', 'return {"key": "x"}'), calling(innerId), ENDING]);
    const more = { stream: false, parameters: { AGENT_USER_INPUT: said } };
    const failure = { code: 22801, message: expect.stringContaining('(flow::5: ') };
    expect((await chat(await release(server, outer), more)).json).toMatchObject(failure);
    expect((await debug(await store(server, outer), more)).json).toMatchObject(failure);
  });

  test('is told at the node that runs it when it is debugged', async () => {
    const innerId = await store(server, flow([raising('2'), ENDING]));
    const { frames } = await debug(await store(server, flow([calling(innerId), ENDING])));
    const [failed, last] = frames.slice(-2).map(({ data }) => data);
    expect(failed).toMatchObject({ code: 22801, workflow_step: { node: { id: 'flow::5' } } });
    expect(last).toMatchObject({ code: 22801, workflow_step: { node: { id: 'flow_obj' } } });
  });

  test('far below names the node of the flow itself', async () => {
    const innermost = await store(server, flow([raising('2'), ENDING]));
    const inner = await store(server, flow([calling(innermost), ENDING]));
    const outer = await release(server, flow([code('2', 'return {"key": a}'), calling(inner), ENDING]));
    expect((await chat(outer, { stream: false })).json).toMatchObject({
      code: 22801,
      message: expect.stringContaining('(flow::5: '),
    });
  });

  test.each(INNER)('by %s is told as such when its node is tried out', async (_what, inner, said) => {
    const innerId = await store(server, flow(inner));
    expect((await tryOut(calling(innerId, said))).json).toMatchObject({ code: 22801 });
  });
});

test('an iteration around the node that failed is not what is named', async () => {
  const each = node(
    'iteration::3',
    { IterationStartNodeId: 'iteration-node-start::3a' },
    { names: `${START}.names` },
    { outputs: [{ name: 'said', schema: { type: 'array', items: { type: 'string' } } }] },
  );
  const innerId = await store(server, flow([raising('2'), ENDING]));
  const inside = [
    node('iteration-node-start::3a', {}, {}, { outputs: [text('names')] }),
    calling(innerId),
    node('iteration-node-end::3z', {}, { said: 'flow::5.content' }),
  ];
  const edges = [
    { sourceNodeId: 'iteration-node-start::3a', targetNodeId: 'flow::5' },
    { sourceNodeId: 'flow::5', targetNodeId: 'iteration-node-end::3z' },
    { sourceNodeId: 'iteration::3', targetNodeId: 'node-end::9' },
  ];
  const names = { name: 'names', schema: { type: 'array', items: { type: 'string' } } };
  const last = end('{{a}}', { a: 'iteration::3.said' });
  const starts = [names, text('AGENT_USER_INPUT')];
  const flowId = await store(server, flow([each, ...inside, last], edges, starts));
  const { frames } = await debug(flowId, { parameters: { ...PARAMETERS, names: ['a', 'b'] } });
  expect(frames.at(-1)?.data).toMatchObject({
    code: 22801,
    message: expect.stringContaining('(flow::5: '),
  });
});

test('a question in a sub-flow that is tried out is refused at once, and its run cancelled', async () => {
  const innerId = await store(server, flow([asking('2', 'Where to?'), ENDING]));
  const { json } = await tryOut(calling(innerId, 'Ada'));
  expect(json).toMatchObject({ code: 21700, message: expect.stringContaining('asks a question') });
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('flowwire_runs{state="waiting"} 0\n');
  expect(metrics).toContain('flowwire_run_duration_seconds_count{status="cancelled"} 1\n');
});

test('a sub-flow that is not there is told by the node that names it, however far below', async () => {
  const innermost = await store(server, flow([ENDING]));
  const inner = await store(server, flow([code('1', 'return {"key": a}'), calling(innermost), ENDING]));
  const lost = await release(server, flow([calling(innermost), ENDING]));
  const outer = await release(
    server,
    flow([node('flow::8', { flowId: inner }, { AGENT_USER_INPUT: INPUT }), ENDING]),
  );
  await post(server, '/workflow/v1/layout/delete', { flow_id: innermost, app_id: await appOf(server) });
  expect((await chat(lost)).json).toMatchObject({
    code: 22801,
    message: expect.stringContaining('(flow::5: there is no'),
  });
  expect((await chat(outer)).json).toMatchObject({
    code: 22801,
    message: expect.stringContaining('(flow::8: there is no'),
  });
});

test('an end whose template comes to too much is an end that failed', async () => {
  const flowId = await store(server, flow([end(TOO_MUCH)]));
  const { frames } = await debug(flowId, { parameters: { AGENT_USER_INPUT: LONG } });
  const told = frames.slice(-2).map(({ data }) => [data.code, data.workflow_step.node.id]);
  expect(told).toEqual([
    [22601, 'node-end::9'],
    [22601, 'flow_obj'],
  ]);
});

describe('splitting', () => {
  const splitting = (type: FlowInput['schema']['type'], content: unknown): FlowNode => ({
    id: 'text-joiner::2',
    data: {
      nodeMeta: { nodeType: 'node', aliasName: 'Split' },
      inputs: [{ id: 'in-a', name: 'a', schema: { type, value: { type: 'literal', content } } }],
      outputs: [{ name: 'output', schema: { type: 'array', items: { type: 'string' } } }],
      nodeParam: { mode: 1, separator: '.' },
    },
  });

  test.each<[string, FlowInput['schema']['type'], unknown, string[]]>([
    ['a text', 'string', 'a.b', ['a', 'b']],
    ['a number', 'number', 1.5, ['1', '5']],
    ['a boolean', 'boolean', true, ['true']],
  ])('takes %s as its text', async (_what, type, content, pieces) => {
    const { json } = await tryOut(splitting(type, content));
    expect(json).toMatchObject({ code: 0, data: { output: JSON.stringify({ output: pieces }) } });
  });

  test('that fails is no code that failed', async () => {
    const { json } = await tryOut(splitting('string', '.'.repeat(250_000)));
    expect(json).toMatchObject({ code: 22302 });
  });
});
