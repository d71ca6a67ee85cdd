import { describe, expect, test } from 'vitest';
import type { AgentNode, CodeAgentTool, ToolDescription } from '../../definition/types.ts';
import { NodeError } from '../../errors.ts';
import { createOfflineModel } from '../../models/offline.ts';
import type { ModelChunk } from '../../ports.ts';
import type { CodeJob } from '../code/sandbox.ts';
import type { HttpRequest, HttpResponse } from '../http/sender.ts';
import { callTools, createContext, createScriptedModel, type Reply } from '../model/testing.ts';
import type { NodeContext, NodeServices } from '../node-type.ts';
import { agent } from './agent.ts';

const add: CodeAgentTool = {
  type: 'code',
  name: 'add',
  description: 'Adds two numbers.',
  parameters: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
  language: 'python',
  source: 'def main(a, b): return {"sum": a + b}',
};

const node: AgentNode = {
  id: 'analyst',
  type: 'agent',
  instruction: 'You help {{ start.name }}.',
  prompt: 'What is {{ start.a }} + 2?',
  tools: [add],
};

const values = { start: { a: 1, name: 'Ann' } };

/** Adds, as the source of `add` says. */
const code: NodeServices['code'] = {
  run: async ({ inputs }) => ({ outputs: { sum: Number(inputs.a) + Number(inputs.b) }, logs: '' }),
  close: async () => undefined,
};

type Parts = Parameters<typeof createContext>[0];

function prepare(replies: readonly Reply[], more: Partial<AgentNode> = {}, parts: Parts = {}) {
  const { model, requests } = createScriptedModel(replies);
  const services = { models: model, code, ...parts.services };
  const { context, written } = createContext({ values, ...parts, services });
  return {
    run: (changes: Partial<NodeContext> = {}) =>
      agent.execute({ ...node, ...more }, { ...context, ...changes }),
    requests,
    written,
  };
}

async function run(...parameters: Parameters<typeof prepare>) {
  const prepared = prepare(...parameters);
  return { ...prepared, ...(await prepared.run()) };
}

describe('an agent', () => {
  test('calls tools until it answers, and keeps what came of it', async () => {
    const { outputs, tokens, written } = await run([callTools(['add', { a: 1, b: 2 }]), 'It is 3.']);
    expect(outputs).toEqual({
      text: 'It is 3.',
      reasoning: '',
      model: 'scripted',
      rounds: 2,
      usage: { prompt_tokens: 20, completion_tokens: 6, total_tokens: 26 },
      tool_calls: [{ name: 'add', arguments: { a: 1, b: 2 }, result: { sum: 3 } }],
    });
    expect(tokens).toEqual({ prompt: 20, completion: 6 });
    expect(written.text).toEqual(['It is 3.']);
  });

  test('shows the model its task, its tools and their results', async () => {
    const { requests } = await run([callTools(['add', { a: 1, b: 2 }]), 'It is 3.'], { temperature: 0 });
    const task = [
      { role: 'system', content: 'You help Ann.' },
      { role: 'user', content: 'What is 1 + 2?' },
    ];
    const tools = [{ name: 'add', description: 'Adds two numbers.', parameters: add.parameters }];
    const asked = { tenantId: 'tenant_1', temperature: 0, tools };
    expect(requests[0]).toEqual({ ...asked, messages: task });
    expect(requests[1]).toEqual({
      ...asked,
      messages: [
        ...task,
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'call_0', name: 'add', arguments: { a: 1, b: 2 } }],
        },
        { role: 'tool', toolCallId: 'call_0', name: 'add', content: '{"sum":3}' },
      ],
    });
  });

  test('runs code in its language, within the limits of a code node', async () => {
    const jobs: CodeJob[] = [];
    const seen: NodeServices['code'] = {
      ...code,
      run: async (job) => {
        jobs.push(job);
        return { outputs: {}, logs: '' };
      },
    };
    await run([callTools(['add', { a: 1, b: 2 }]), 'ok'], {}, { services: { code: seen } });
    const { language, source } = add;
    const limits = { timeoutMs: 10_000, memoryLimitMb: 128 };
    expect(jobs).toEqual([{ isolationKey: 'tenant_1', language, source, inputs: { a: 1, b: 2 }, ...limits }]);
  });

  test('tells the text of a round with calls as reasoning, and only the last text as text', async () => {
    const first: ModelChunk[] = [
      { type: 'reasoning', text: 'Hm. ' },
      { type: 'text', text: 'Let me add.' },
      ...callTools(['add', { a: 1, b: 2 }]),
    ];
    const { outputs, written } = await run([first, '<think>Easy. </think>It is 3.']);
    expect(outputs).toMatchObject({ text: 'It is 3.', reasoning: 'Hm. Let me add.\n\nEasy. ' });
    expect(written.reasoning.join('')).toBe(outputs.reasoning);
    expect(written.text.join('')).toBe('It is 3.');
  });

  test('without tools is a model that answers', async () => {
    const { outputs, requests } = await run(['Hello.'], { tools: [] });
    expect(outputs).toMatchObject({ text: 'Hello.', rounds: 1, tool_calls: [] });
    expect(requests[0]).not.toHaveProperty('tools');
  });

  test('with the offline model calls nothing and says what it cannot do', async () => {
    const { outputs } = await run([], {}, { services: { models: createOfflineModel() } });
    expect(outputs).toMatchObject({ model: 'offline', tool_calls: [] });
    expect(outputs.text).toMatch(/No language model is configured/);
  });
});

describe('a call that fails is told to the model', () => {
  const failing = (error: Error): Parts => ({
    services: { code: { ...code, run: () => Promise.reject(error) } },
  });

  test.each([
    ['for a tool that is not there', callTools(['sub', {}]), {}, 'there is no tool sub'],
    ['for an inherited name', callTools(['constructor', {}]), {}, 'there is no tool constructor'],
    [
      'for wrong arguments',
      callTools(['add', { a: 'one' }]),
      {},
      "the arguments are wrong: / must have required property 'b'; /a must be number",
    ],
    [
      'for a tool that throws',
      callTools(['add', { a: 1, b: 2 }]),
      failing(new NodeError('out of memory', { code: 'code_memory_limit' })),
      'out of memory',
    ],
    [
      'in 4 KiB at most',
      callTools(['add', { a: 1, b: 2 }]),
      failing(new NodeError('x'.repeat(10_000), { code: 'code_failed' })),
      `${'x'.repeat(4_096)}...`,
    ],
  ])('%s', async (_name, reply, parts, error) => {
    const { outputs, requests } = await run([reply, 'Sorry.'], {}, parts);
    expect(outputs.tool_calls).toMatchObject([{ error }]);
    expect(requests[1]?.messages.at(-1)).toMatchObject({ role: 'tool', content: `Error: ${error}` });
  });

  test('but what no tool foresaw fails the node', async () => {
    const error = new TypeError('a bug');
    await expect(run([callTools(['add', { a: 1, b: 2 }])], {}, failing(error))).rejects.toBe(error);
  });

  test('and an abort ends the node with its reason', async () => {
    const aborter = new AbortController();
    const parts: Parts = {
      signal: aborter.signal,
      services: {
        code: {
          ...code,
          run: () => {
            aborter.abort(new Error('enough'));
            return Promise.reject(new NodeError('stopped', { code: 'code_failed' }));
          },
        },
      },
    };
    await expect(run([callTools(['add', { a: 1, b: 2 }])], {}, parts)).rejects.toThrow('enough');
  });
});

describe('everything is bounded', () => {
  const call = callTools(['add', { a: 1, b: 2 }]);

  test('rounds: the calls of the last one are not made', async () => {
    const prepared = prepare([call, call, call], { max_rounds: 3 });
    await expect(prepared.run()).rejects.toMatchObject({ code: 'agent_rounds_exceeded', retryable: false });
    expect(prepared.requests).toHaveLength(3);
  });

  test('rounds: eight by default', async () => {
    const prepared = prepare(Array.from({ length: 9 }, () => call));
    await expect(prepared.run()).rejects.toMatchObject({ code: 'agent_rounds_exceeded' });
    expect(prepared.requests).toHaveLength(8);
  });

  test('calls at once', async () => {
    const many = callTools(...Array.from({ length: 40 }, () => ['add', { a: 1, b: 2 }] as const));
    const { outputs } = await run([many, 'Done.']);
    const results = [outputs.tool_calls].flat().map((one) => JSON.stringify(one));
    expect(results.filter((one) => one.includes('"result"'))).toHaveLength(32);
    expect(results.filter((one) => one.includes('not called'))).toHaveLength(8);
  });

  test('results, with a note about what was cut', async () => {
    const large: NodeServices['code'] = {
      ...code,
      run: async () => ({ outputs: { x: 'y'.repeat(40_000) }, logs: '' }),
    };
    const { requests } = await run([call, 'ok'], {}, { services: { code: large } });
    const told = requests[1]?.messages.at(-1)?.content ?? '';
    expect(told).toHaveLength(32 * 1024 + '\n[cut: 7240 more characters]'.length);
    expect(told).toMatch(/\[cut: 7240 more characters\]$/);
  });

  test('all that the model is shown', async () => {
    const large: NodeServices['code'] = {
      ...code,
      run: async () => ({ outputs: { x: 'y'.repeat(40_000) }, logs: '' }),
    };
    const many = callTools(...Array.from({ length: 32 }, () => ['add', { a: 1, b: 2 }] as const));
    await expect(run([many, many], {}, { services: { code: large } })).rejects.toMatchObject({
      code: 'output_too_large',
    });
  });

  test('reasoning', async () => {
    const thinking: ModelChunk[] = [{ type: 'reasoning', text: 'x'.repeat(600_000) }, ...call];
    await expect(run([thinking, thinking])).rejects.toMatchObject({ code: 'output_too_large' });
  });
});

describe('an output schema', () => {
  const output_schema = {
    type: 'object' as const,
    properties: { sum: { type: 'number' } },
    required: ['sum'],
  };

  test('makes the last answer an object', async () => {
    const replies = [callTools(['add', { a: 1, b: 2 }]), '```json\n{"sum": 3}\n```'];
    const { outputs, requests, written } = await run(replies, { output_schema });
    expect(outputs).toMatchObject({ json: { sum: 3 }, text: '{"sum":3}', rounds: 2 });
    expect(requests[0]?.answerSchema).toEqual(output_schema);
    expect(written.text).toEqual(['{"sum":3}']);
  });

  test('that is missed is explained once, in a round of its own', async () => {
    const { outputs, requests } = await run(['It is 3.', '{"sum": 3}'], { output_schema });
    expect(outputs).toMatchObject({ json: { sum: 3 }, rounds: 2 });
    expect(requests[1]?.messages.at(-1)?.content).toContain('it holds no JSON object');
  });

  test.each([
    ['twice', ['It is 3.', 'I said 3.'], 8],
    ['in the last round', ['It is 3.'], 1],
  ])('that is missed %s fails the node', async (_name, replies, max_rounds) => {
    await expect(run(replies, { output_schema, max_rounds })).rejects.toMatchObject({
      code: 'invalid_model_output',
    });
  });
});

describe('the operations of an API', () => {
  const sales: ToolDescription = {
    server: 'https://sales.example',
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sales', version: '1' },
      paths: {
        '/figures/{year}': {
          get: {
            operationId: 'getFigures',
            summary: 'The figures of a year.',
            parameters: [{ name: 'year', in: 'path', required: true, schema: { type: 'integer' } }],
            responses: { 200: { description: 'ok' } },
          },
        },
        '/notes': {
          post: {
            operationId: 'notes.add!',
            requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
            responses: { 201: { description: 'ok' } },
          },
        },
        '/add': { get: { operationId: 'add', responses: { 200: { description: 'ok' } } } },
      },
    },
  };
  const definition = { tools: { sales } };
  const http = { type: 'http' as const, tool: 'sales' };

  function answering(status: number, body: string) {
    const sent: HttpRequest[] = [];
    const send = async (request: HttpRequest): Promise<HttpResponse> => {
      sent.push(request);
      return { status, headers: {}, body, bytes: Buffer.from(body) };
    };
    return {
      sent,
      parts: { definition, services: { http: { send, close: async () => undefined } } } satisfies Parts,
    };
  }

  test('are offered under names that models accept and no other tool has', async () => {
    const { parts } = answering(200, '');
    const { requests } = await run(['ok'], { tools: [http, add, http] }, parts);
    const names = requests[0]?.tools?.map(({ name }) => name) ?? [];
    expect(names).toEqual([
      'add',
      'getFigures',
      'notes_add_',
      'sales_add',
      'sales_getFigures',
      'sales_notes_add_',
      'sales_add_2',
    ]);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });

  test('are only those that the agent may call', async () => {
    const { parts } = answering(200, '');
    const { requests } = await run(['ok'], { tools: [{ ...http, operations: ['getFigures'] }] }, parts);
    expect(requests[0]?.tools).toEqual([
      {
        name: 'getFigures',
        description: 'The figures of a year.',
        parameters: expect.objectContaining({ required: ['year'] }),
      },
    ]);
  });

  test('are called with parameters and body, each call with an idempotency key of its own', async () => {
    const { sent, parts } = answering(200, '{"total": 7}');
    const first = callTools(['getFigures', { year: 2026 }], ['notes_add_', { body: { text: 'hi' } }]);
    const { outputs } = await run([first, 'Done.'], { tools: [http] }, parts);
    expect(outputs.tool_calls).toMatchObject([
      { name: 'getFigures', result: { status: 200, body: { total: 7 } } },
      { name: 'notes_add_', result: { status: 200, body: { total: 7 } } },
    ]);
    expect(sent.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', 'https://sales.example/figures/2026', undefined],
      ['POST', 'https://sales.example/notes', '{"text":"hi"}'],
    ]);
    expect(sent.map(({ headers }) => headers['idempotency-key'])).toEqual([
      expect.stringMatching(/^run_1\/node\/1\/1\/[\w-]{16}$/),
      expect.stringMatching(/^run_1\/node\/1\/2\/[\w-]{16}$/),
    ]);
  });

  test('that answer with an error status tell it', async () => {
    const { parts } = answering(404, 'no such year');
    const { outputs } = await run(
      [callTools(['getFigures', { year: 1 }]), 'Sorry.'],
      { tools: [http] },
      parts,
    );
    expect(outputs.tool_calls).toMatchObject([{ result: { status: 404, body: 'no such year' } }]);
  });

  test('with wrong arguments are not called', async () => {
    const { sent, parts } = answering(200, '');
    const { outputs } = await run(
      [callTools(['getFigures', { year: 'x' }]), 'Sorry.'],
      { tools: [http] },
      parts,
    );
    expect(outputs.tool_calls).toMatchObject([{ error: expect.stringContaining('year') }]);
    expect(sent).toEqual([]);
  });

  test.each([
    [[http], {}, 'unknown_tool'],
    [[{ ...http, operations: ['nope'] }], definition, 'unknown_operation'],
  ])('must be there (%#)', async (tools, described, code) => {
    await expect(run(['ok'], { tools }, { definition: described })).rejects.toMatchObject({ code });
  });

  test.each([
    ['an API that is not there', [{ ...http, tool: 'constructor' }], 'unknown_tool', '/tools/0/tool'],
    [
      'an operation that is not there',
      [{ ...http, operations: ['add', 'nope'] }],
      'invalid_node',
      '/tools/0/operations/1',
    ],
    ['a name that two tools have', [add, http, add], 'invalid_node', '/tools/2/name'],
  ])('%s is a finding', (_name, tools, code, pointer) => {
    const subject = { name: 'x', nodes: [], edges: [], ...definition };
    const findings = [...(agent.check?.({ ...node, tools }, '/nodes/1', subject) ?? [])];
    expect(findings).toMatchObject([{ code, pointer: `/nodes/1${pointer}`, nodeId: 'analyst' }]);
  });

  test.each(['instruction', 'prompt'] as const)('a secret in the %s is a finding', (member) => {
    const subject = { name: 'x', nodes: [], edges: [], ...definition };
    const told = { ...node, [member]: 'Use {{ secret.KEY }}.' };
    expect([...(agent.check?.(told, '/nodes/1', subject) ?? [])]).toMatchObject([
      { code: 'secret_not_allowed', pointer: `/nodes/1/${member}` },
    ]);
  });
});
