import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createIdentity, createWorkflowExecution, isApiError } from '@flowwire/client';
import { identity as identityContract } from '@flowwire/contract/identity';
import { mandas } from '@flowwire/contract/mandas';
import {
  type WorkflowDefinition,
  type WorkflowEvent,
  workflowExecution,
} from '@flowwire/contract/workflow-execution';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, hang, reason, startModelStandIn } from './support/model-stand-in.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { ask, shout } from './support/workflows.ts';

let standIn: Awaited<ReturnType<typeof startModelStandIn>>;
let server: TestServer;
let api: ReturnType<typeof createWorkflowExecution>;
let identity: ReturnType<typeof createIdentity>;

/** Asks for a workflow whose model never ends, so that its run is still under way. */
const HANGS = 'hang';
/** Asks for a workflow whose model tells what it thinks. */
const THINKS = 'think';

beforeAll(async () => {
  standIn = await startModelStandIn([
    (request, response) => {
      const said = JSON.stringify(request.body);
      if (said.includes(HANGS)) return hang(request, response);
      if (said.includes(THINKS)) return reason('Hm, well.', 'three')(request, response);
      return answer('one two')(request, response);
    },
  ]);
  server = await openTestServer({ OPENAI_BASE_URL: standIn.baseUrl, OPENAI_MODEL: 'stand-in' });
  const options = { baseUrl: server.url, auth: server.key, maxRetries: 0 };
  api = createWorkflowExecution(options);
  identity = createIdentity(options);
});

afterAll(async () => {
  await server.close();
  await standIn.close();
});

const create = async (definition = shout) => (await api.createWorkflow({ body: definition })).id;

/** As `ask`, with another message. */
const asking = (content: string) => ({
  ...ask,
  nodes: ask.nodes.map((node) =>
    node.type === 'llm' ? { ...node, messages: [{ role: 'user' as const, content }] } : node,
  ),
});

const hanging = asking(HANGS);

/** Runs a code node for each of three items. */
const each: WorkflowDefinition = {
  name: 'each',
  nodes: [
    { id: 'start', type: 'start' },
    {
      id: 'each',
      type: 'iteration',
      items: '{{ start.items }}',
      output: '{{ double.value }}',
      body: {
        nodes: [
          {
            id: 'double',
            type: 'code',
            language: 'javascript',
            source: 'function main({ item }) { console.log(item); return { value: item * 2 }; }',
            inputs: { item: '{{ each.item }}' },
          },
        ],
        edges: [],
      },
    },
    { id: 'end', type: 'end', outputs: { doubled: '{{ each.output }}' } },
  ],
  edges: [
    { from: 'start', to: 'each' },
    { from: 'each', to: 'end' },
  ],
};

const keyWith = async (permission: 'READ' | 'WRITE' | 'EXECUTE') =>
  (await identity.createKey({ body: { name: permission, permissions: [permission] } })).key;

async function textOfTests(): Promise<string> {
  const names = await readdir(import.meta.dirname);
  const texts = names
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFile(join(import.meta.dirname, name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

async function raw(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string } = {},
) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${server.key}`, ...options.headers },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const json = { 'content-type': 'application/json' };

describe('executing', () => {
  test('a stream tells the run from its begin to its end, with dense ids and [DONE]', async () => {
    const id = await create();
    const { headers, text } = await raw('POST', `/api/workflow/${id}/execute/stream`, {
      headers: json,
      body: JSON.stringify({ inputs: { text: 'hello' } }),
    });
    expect(headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(text.endsWith('\n\ndata: [DONE]\n\n')).toBe(true);
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq));
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    const names = [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data]) => JSON.parse(data ?? '').event);
    expect(names.at(0)).toBe('workflow_started');
    expect(names.at(-1)).toBe('workflow_finished');
    expect(names.filter((name) => name === 'node_finished')).toHaveLength(3);
  });

  test('the typed client streams the same and gives the outputs', async () => {
    const id = await create();
    const stream = api.streamWorkflowExecution({ path: { id }, body: { inputs: { text: 'hello' } } });
    const events: WorkflowEvent[] = [];
    for await (const event of stream) events.push(event);
    expect(events.map(({ event }) => event)).toContain('node_started');
    const { data } = await stream.result();
    expect(data).toMatchObject({ status: 'succeeded', outputs: { text: 'HELLO' }, total_steps: '3' });
  });

  test('response_mode chooses between one answer and a stream', async () => {
    const id = await create();
    const input = { path: { id }, body: { inputs: { text: 'hello' } } };
    const single = await api.executeWorkflow(input);
    expect(single.data).toMatchObject({ status: 'succeeded', outputs: { text: 'HELLO' }, workflow_id: id });
    const streamed = await api.executeWorkflow.stream(input).result();
    expect(streamed.data.outputs).toEqual({ text: 'HELLO' });
  });

  test('text streams in pieces that name the node and field that wrote them', async () => {
    const id = await create(ask);
    let text = '';
    const writers = new Set<string>();
    const stream = api.streamWorkflowExecution({ path: { id }, body: { inputs: { any: 'thing' } } });
    for await (const event of stream) {
      if (event.event !== 'text_chunk') continue;
      text += event.data.text;
      writers.add(event.data.from_variable_selector.join('.'));
    }
    expect(text).toBe('one two');
    expect([...writers]).toEqual(['write.text']);
  });

  test('a workflow whose subflow is gone does not begin', async () => {
    const id = await create({
      name: 'outer',
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'inner', type: 'subflow', workflow: 'wf_none', inputs: {} },
        { id: 'end', type: 'end', outputs: {} },
      ],
      edges: [
        { from: 'start', to: 'inner' },
        { from: 'inner', to: 'end' },
      ],
    });
    await expect(api.executeWorkflow({ path: { id }, body: { inputs: {} } })).rejects.toMatchObject({
      status: 409,
      code: 'unknown_subflow',
      body: { message: expect.stringContaining('inner') },
    });
  });

  test('what a model thinks is told apart from its answer', async () => {
    const id = await create(asking(THINKS));
    const told = { reasoning_chunk: '', text_chunk: '' };
    const stream = api.streamWorkflowExecution({ path: { id }, body: { inputs: {} } });
    for await (const { event, data } of stream)
      if (event === 'reasoning_chunk' || event === 'text_chunk') told[event] += data.text;
    expect(told).toEqual({ reasoning_chunk: 'Hm, well.', text_chunk: 'three' });
  });

  test('nodes inside a node are told with their place', async () => {
    const id = await create(each);
    const stream = api.streamWorkflowExecution({ path: { id }, body: { inputs: { items: [1, 2, 3] } } });
    const scopes = new Set<string | undefined>();
    for await (const { event, data } of stream) if (event === 'node_finished') scopes.add(data.scope);
    expect([...scopes].sort()).toEqual(['each[0]', 'each[1]', 'each[2]', undefined]);
    const { data, workflow_run_id } = await stream.result();
    expect(data.outputs).toEqual({ doubled: [2, 4, 6] });
    const { nodes } = await api.getExecution({ path: { execution_id: workflow_run_id } });
    expect(nodes.map(({ node_id, scope, status }) => [node_id, scope, status])).toEqual([
      ['start', undefined, 'succeeded'],
      ['each', undefined, 'succeeded'],
      ['end', undefined, 'succeeded'],
      ['double', 'each[0]', 'succeeded'],
      ['double', 'each[1]', 'succeeded'],
      ['double', 'each[2]', 'succeeded'],
    ]);
    expect(nodes.slice(3).map(({ logs }) => logs?.trim())).toEqual(['1', '2', '3']);
  });

  test('the same Idempotency-Key with the same request gives the same run, with another one 409', async () => {
    const id = await create();
    const headers = { 'Idempotency-Key': `key-${id}` };
    const first = await api.executeWorkflow({ path: { id }, headers, body: { inputs: { text: 'a' } } });
    const again = await api.executeWorkflow({ path: { id }, headers, body: { inputs: { text: 'a' } } });
    expect(again.workflow_run_id).toBe(first.workflow_run_id);
    const other = api.executeWorkflow({ path: { id }, headers, body: { inputs: { text: 'b' } } });
    await expect(other).rejects.toMatchObject({ status: 409, code: 'idempotency_key_reused' });
  });

  test('a run that exceeds its time-out ends as timed_out with an error before it', async () => {
    const id = await create(hanging);
    const events: WorkflowEvent[] = [];
    const stream = api.streamWorkflowExecution({ path: { id }, body: { inputs: {}, timeout_ms: 50 } });
    for await (const event of stream) events.push(event);
    expect(events.at(-2)).toMatchObject({ event: 'error', data: { code: 'run_timed_out' } });
    expect(events.at(-1)).toMatchObject({ event: 'workflow_finished', data: { status: 'timed_out' } });
  });
});

describe('workflows', () => {
  test('a created workflow is read and listed with its input schema', async () => {
    const id = await create();
    const read = await api.getWorkflow({ path: { id } });
    expect(read).toMatchObject({
      id,
      name: 'shout',
      version: 1,
      input_schema: shout.inputs,
      definition: shout,
    });
    const listed = await api.listWorkflows({ query: { limit: 1 } });
    expect(listed).toMatchObject({ has_more: true, data: [{ id }] });
  });

  test('the samples are there at the first start', async () => {
    for (const name of ['resume-review', 'summarise-url', 'translate-and-check']) {
      expect(await api.getWorkflow({ path: { id: `wf_${name}` } })).toMatchObject({ name });
    }
  });

  test('a faulty definition is refused with every finding at once', async () => {
    const failing = api.createWorkflow({
      body: {
        name: 'faulty',
        nodes: [
          { id: 'start', type: 'start' },
          { id: 'end', type: 'end', outputs: { x: '{{ nobody.text }}' } },
          { id: 'island', type: 'template', template: 'x' },
        ],
        edges: [
          { from: 'start', to: 'end' },
          { from: 'end', to: 'nowhere' },
        ],
      },
    });
    const error: unknown = await failing.catch((reason: unknown) => reason);
    if (!isApiError(error, workflowExecution, 'createWorkflow', 422)) throw error;
    expect(error.body.code).toBe('invalid_definition');
    const codes = error.body.details?.map(({ code, pointer }) => `${code} ${pointer}`) ?? [];
    expect(codes).toEqual(
      expect.arrayContaining([
        'unknown_node /edges/1/to',
        'unreachable_node /nodes/2',
        expect.stringMatching(/^unresolved_reference \/nodes\/1\/outputs\/x/),
      ]),
    );
  });

  test('a definition that breaks the schema is refused with 422 and the pointers too', async () => {
    const { status, json: body } = await raw('POST', '/api/workflow', {
      headers: json,
      body: JSON.stringify({
        nodes: [
          { id: 'a', type: 'llm' },
          { id: 'b', type: 'robot' },
        ],
        edges: [],
      }),
    });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'invalid_definition' });
    expect(JSON.stringify(body)).toMatch(/"\/name".*"\/nodes\/0\/messages"|"\/nodes\/0\/messages".*"\/name"/);
    expect(JSON.stringify(body)).toContain('/nodes/1/type');
  });
});

describe('creating a workflow twice with one Idempotency-Key', () => {
  const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } });

  test('makes one workflow, also when both are under way at once', async () => {
    const [first, second] = await Promise.all([
      api.createWorkflow({ ...keyed('create-1'), body: shout }),
      api.createWorkflow({ ...keyed('create-1'), body: shout }),
    ]);
    expect(second).toEqual(first);
    expect(await api.createWorkflow({ ...keyed('create-1'), body: shout })).toEqual(first);
  });

  test('is refused for another definition', async () => {
    await api.createWorkflow({ ...keyed('create-2'), body: shout });
    await expect(
      api.createWorkflow({ ...keyed('create-2'), body: { ...shout, name: 'other' } }),
    ).rejects.toMatchObject({ status: 409, code: 'idempotency_key_reused' });
  });
});

describe('schemas that users write', () => {
  test.each([
    [
      'an unknown type',
      { type: 'object', properties: { a: { type: 'nonsense' } } },
      '/inputs/properties/a/type',
    ],
    ['validation that would be asynchronous', { type: 'object', $async: true }, '/inputs'],
    [
      'recursion',
      { type: 'object', properties: { a: { $ref: '#/properties/a' } } },
      '/inputs/properties/a/$ref',
    ],
  ])('%s is refused for the inputs of a workflow', async (_name, inputs, pointer) => {
    const { status, json: body } = await raw('POST', '/api/workflow', {
      headers: json,
      body: JSON.stringify({ ...ask, inputs }),
    });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: {
        code: 'invalid_definition',
        details: expect.arrayContaining([expect.objectContaining({ code: 'invalid_schema', pointer })]),
      },
    });
  });

  test('are checked wherever nodes have them', async () => {
    const schema = { type: 'object', properties: { a: { type: 'nonsense' } } };
    const message = { role: 'user', content: 'x' };
    const inside = { id: 'inside', type: 'llm', messages: [message], output_schema: schema };
    const tool = {
      type: 'code',
      name: 'add',
      description: 'Adds.',
      parameters: schema,
      language: 'javascript',
      source: 'const main = () => ({})',
    };
    const { status, json: body } = await raw('POST', '/api/workflow', {
      headers: json,
      body: JSON.stringify({
        name: 'schemas',
        nodes: [
          { id: 'start', type: 'start' },
          { id: 'extract', type: 'extractor', query: 'x', schema },
          { id: 'agent', type: 'agent', prompt: 'x', tools: [tool] },
          { id: 'each', type: 'iteration', items: [1], body: { nodes: [inside], edges: [] }, output: 1 },
          { id: 'end', type: 'end', outputs: {} },
        ],
        edges: ['extract', 'agent', 'each'].flatMap((id) => [
          { from: 'start', to: id },
          { from: id, to: 'end' },
        ]),
      }),
    });
    const pointers = [
      ['/nodes/1/schema', 'extract'],
      ['/nodes/2/tools/0/parameters', 'agent'],
      ['/nodes/3/body/nodes/0/output_schema', 'inside'],
    ];
    expect(status).toBe(422);
    for (const [pointer, node_id] of pointers) {
      expect(body).toMatchObject({
        details: expect.arrayContaining([
          expect.objectContaining({
            code: 'invalid_schema',
            pointer: `${pointer}/properties/a/type`,
            node_id,
          }),
        ]),
      });
    }
  });
});

describe('executions', () => {
  test('an execution is read with its nodes, listed, and filtered', async () => {
    const id = await create();
    const run = (await api.executeWorkflow({ path: { id }, body: { inputs: { text: 'x' }, user: 'ada' } }))
      .workflow_run_id;
    const detail = await api.getExecution({ path: { execution_id: run } });
    expect(detail).toMatchObject({
      id: run,
      workflow_id: id,
      user_id: 'ada',
      status: 'success',
      outputs: { text: 'X' },
    });
    expect(detail.execution_time_ms).toBeGreaterThanOrEqual(0);
    expect(detail.nodes.map(({ node_id, status }) => [node_id, status])).toEqual([
      ['start', 'succeeded'],
      ['upper', 'succeeded'],
      ['end', 'succeeded'],
    ]);
    const listed = await api.listExecutions({ query: { workflow_id: id, status: 'success' } });
    expect(listed.data.map((execution) => execution.id)).toEqual([run]);
    expect((await api.listExecutions({ query: { workflow_id: id, status: 'failed' } })).data).toEqual([]);
    const before = await api.listExecutions({ query: { workflow_id: id, created_before: 1 } });
    expect(before.data).toEqual([]);
  });

  test('pages follow each other without gap or repetition', async () => {
    const id = await create();
    const runs: string[] = [];
    for (let index = 0; index < 5; index++) {
      runs.push(
        (await api.executeWorkflow({ path: { id }, body: { inputs: { text: 'x' } } })).workflow_run_id,
      );
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api.listExecutions({
        query: { workflow_id: id, limit: 2, ...(cursor ? { cursor } : {}) },
      });
      seen.push(...page.data.map((execution) => execution.id));
      cursor = page.next_cursor;
    } while (cursor);
    expect(seen).toEqual(runs.reverse());
  });

  test.each(['header', 'query'])('events are followed from any cursor, given as %s', async (place) => {
    const id = await create();
    const run = (await api.executeWorkflow({ path: { id }, body: { inputs: { text: 'x' } } }))
      .workflow_run_id;
    const path = { execution_id: run };
    const all: WorkflowEvent[] = [];
    for await (const event of api.followExecution({ path })) all.push(event);
    for (const after of [1, 3, all.length - 1]) {
      const cursor =
        place === 'header'
          ? { headers: { 'Last-Event-ID': `${after}` } }
          : { query: { last_event_id: `${after}` } };
      const rest: WorkflowEvent[] = [];
      for await (const event of api.followExecution({ path, ...cursor })) rest.push(event);
      expect(rest).toEqual(all.slice(after));
    }
  });

  test('a cursor without the key of its run starts nothing', async () => {
    const id = await create();
    const refused = await raw('POST', `/api/workflow/${id}/execute/stream`, {
      headers: { ...json, 'last-event-id': '3' },
      body: JSON.stringify({ inputs: { text: 'x' } }),
    });
    expect(refused).toMatchObject({ status: 400, json: { code: 'invalid_cursor' } });
    expect((await api.listExecutions({ query: { workflow_id: id } })).data).toEqual([]);
  });

  test('a reader that has seen the last event is told that nothing is left: 204', async () => {
    const id = await create();
    const run = (await api.executeWorkflow({ path: { id }, body: { inputs: { text: 'x' } } }))
      .workflow_run_id;
    const { last_event_id } = await api.getExecution({ path: { execution_id: run } });
    const path = `/api/workflow/executions/${run}/events`;
    expect(await raw('GET', path, { headers: { 'last-event-id': `${last_event_id}` } })).toMatchObject({
      status: 204,
    });
    const ahead = await raw('GET', path, { headers: { 'last-event-id': `${last_event_id + 1}` } });
    expect(ahead).toMatchObject({ status: 400, json: { code: 'invalid_cursor' } });
  });

  test('cancel ends a running run and tells its readers; a second one answers 409', async () => {
    const id = await create(hanging);
    const stream = api.streamWorkflowExecution({ path: { id }, body: { inputs: {} } });
    let run = '';
    for await (const event of stream) {
      if (event.event === 'text_chunk') {
        run = event.workflow_run_id;
        await api.cancelExecution({ path: { execution_id: run } });
      }
    }
    expect((await stream.result()).data.status).toBe('cancelled');
    const again = api.cancelExecution({ path: { execution_id: run } });
    await expect(again).rejects.toMatchObject({ status: 409, code: 'execution_ended' });
  });
});

describe('a client that goes away', () => {
  /** Begins a run that hangs, reads until its text begins, then breaks the connection. */
  async function leave(body: Record<string, unknown>): Promise<string> {
    const id = await create(hanging);
    const sent = httpRequest(`${server.url}/api/workflow/${id}/execute/stream`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, ...json },
    });
    sent.on('error', () => undefined);
    sent.end(JSON.stringify({ inputs: {}, ...body }));
    const [response] = await once(sent, 'response');
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      if (text.includes('text_chunk')) break;
    }
    sent.destroy();
    return /run_[0-9a-f]+/.exec(text)?.[0] ?? '';
  }

  test('cancels its run after the grace period', async () => {
    const run = await leave({ disconnect_grace_ms: 20 });
    // Asked for, not followed: a follower would be a reader, for whom the run goes on.
    const status = async () => (await api.getExecution({ path: { execution_id: run } })).status;
    await expect.poll(status, { timeout: 5_000 }).toBe('cancelled');
  });

  test('leaves it running when it asked for that', async () => {
    const run = await leave({ on_disconnect: 'continue', disconnect_grace_ms: 0, timeout_ms: 400 });
    const end = await api.followExecution({ path: { execution_id: run } }).result();
    expect(end.data.status).toBe('timed_out');
  });

  test('keeps its run when it comes back within the grace period', async () => {
    const run = await leave({ disconnect_grace_ms: 300, timeout_ms: 1_000 });
    const end = await api.followExecution({ path: { execution_id: run } }).result();
    expect(end.data.status).toBe('timed_out');
  });
});

describe('refusals', () => {
  const long = 'x'.repeat(1_100_000);
  test.each([
    ['no key', 'GET', '/api/workflow', { headers: { authorization: '' } }, 401, 'unauthorized'],
    [
      'a key that is not one',
      'GET',
      '/api/workflow',
      { headers: { authorization: 'Bearer fw_no' } },
      401,
      'unauthorized',
    ],
    ['an unknown route', 'GET', '/api/workflow/a/b/c', {}, 404, 'route_not_found'],
    ['an unknown workflow', 'GET', '/api/workflow/wf_none', {}, 404, 'workflow_not_found'],
    ['an unknown execution', 'GET', '/api/workflow/executions/run_none', {}, 404, 'execution_not_found'],
    ['a wrong method', 'DELETE', '/api/workflow', {}, 405, 'method_not_allowed'],
    [
      'a wrong media type',
      'POST',
      '/api/workflow',
      { headers: { 'content-type': 'text/plain' }, body: 'x' },
      415,
      'unsupported_media_type',
    ],
    ['malformed JSON', 'POST', '/api/workflow', { headers: json, body: '{"name": ' }, 400, 'malformed_body'],
    [
      'an oversize body',
      'POST',
      '/api/workflow',
      { headers: json, body: JSON.stringify({ name: long }) },
      413,
      'payload_too_large',
    ],
    ['a parameter of the wrong type', 'GET', '/api/workflow?limit=many', {}, 400, 'invalid_request'],
    ['a cursor that is none', 'GET', '/api/workflow/executions?cursor=zzz', {}, 400, 'invalid_cursor'],
  ])('%s', async (_name, method, path, options, status, code) => {
    expect(await raw(method, path, options)).toMatchObject({ status, json: { code, status } });
  });

  test('a wrong method names the right ones', async () => {
    expect((await raw('DELETE', '/api/workflow')).headers.get('allow')).toMatch(/GET.*POST|POST.*GET/);
  });

  test('a body of the wrong shape is refused with the pointers of all its faults', async () => {
    const { status, json: body } = await raw('POST', '/api/workflow/wf_resume-review/execute', {
      headers: json,
      body: JSON.stringify({ inputs: [], response_mode: 'telepathy', colour: 'blue' }),
    });
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain('"/inputs"');
    expect(JSON.stringify(body)).toContain('"/response_mode"');
    expect(JSON.stringify(body)).toContain('"/colour"');
  });

  test('inputs that break the workflow’s schema are refused with their pointers', async () => {
    const id = await create();
    const failing = api.executeWorkflow({ path: { id }, body: { inputs: { text: 7, more: 1 } } });
    const error: unknown = await failing.catch((reason: unknown) => reason);
    if (!isApiError(error, workflowExecution, 'executeWorkflow', 400)) throw error;
    expect(error.body.details?.map(({ pointer }) => pointer).sort()).toEqual([
      '/inputs/more',
      '/inputs/text',
    ]);
  });

  test.each([
    ['READ', 'POST', '/api/workflow/wf_resume-review/execute'],
    ['READ', 'POST', '/api/workflow'],
    ['WRITE', 'GET', '/api/workflow'],
    ['EXECUTE', 'GET', '/api/workflow/executions'],
    ['EXECUTE', 'GET', '/identity/keys'],
  ] as const)('a key with %s alone may not %s %s', async (permission, method, path) => {
    const headers = { authorization: `Bearer ${await keyWith(permission)}`, ...json };
    const body = method === 'POST' ? { body: '{}' } : {};
    expect(await raw(method, path, { headers, ...body })).toMatchObject({
      status: 403,
      json: { code: 'forbidden' },
    });
  });
});

describe('keys', () => {
  test('a key works until it is revoked, and its text is neither stored nor listed', async () => {
    const created = await identity.createKey({ body: { name: 'temporary', permissions: ['READ'] } });
    const theirs = createIdentity({ baseUrl: server.url, auth: created.key, maxRetries: 0 });
    expect(await theirs.getPrincipal()).toMatchObject({
      tenant_id: 'dev',
      key_id: created.id,
      permissions: ['READ'],
    });
    const listed = await identity.listKeys();
    expect(listed.data.map(({ id }) => id)).toContain(created.id);
    expect(JSON.stringify(listed)).not.toContain(created.key);
    await identity.revokeKey({ path: { key_id: created.id } });
    await expect(theirs.getPrincipal()).rejects.toMatchObject({ status: 401 });
  });

  test('no key and no bearer token is ever logged, not even from a malformed request', async () => {
    await raw('GET', '/api/workflow');
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const head = `POST /api/workflow HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.key}\r\n`;
    socket.end(`${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n`);
    await once(socket.resume(), 'close');
    const bytes = [...server.key].map((character) => character.charCodeAt(0)).join(',');
    expect(server.logged.join('')).not.toContain(bytes);
    expect(server.logged.join('')).not.toContain(server.key);
  });
});

describe('operation', () => {
  test('every operation of these contracts was answered above, or is called by another wire test', async () => {
    const { text } = await raw('GET', '/metrics');
    const operations = [
      ...Object.keys(workflowExecution.operations),
      ...Object.keys(identityContract.operations),
      ...Object.keys(mandas.operations),
    ];
    const others = await textOfTests();
    const untested = operations.filter(
      (id) => !text.includes(`_count{operation="${id}"`) && !others.includes(`api.${id}(`),
    );
    expect(untested).toEqual([]);
  });

  test('health, readiness and metrics are told', async () => {
    expect(await raw('GET', '/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } });
    expect(await raw('GET', '/readyz')).toMatchObject({ status: 200, json: { status: 'ready' } });
    const { text } = await raw('GET', '/metrics');
    expect(text).toMatch(
      /flowwire_http_request_duration_seconds_count\{operation="executeWorkflow",method="POST",status="200"\} \d+/,
    );
    expect(text).toMatch(/flowwire_run_duration_seconds_count\{status="succeeded"\} \d+/);
  });
});
