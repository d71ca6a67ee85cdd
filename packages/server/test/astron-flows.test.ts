import { createAstron, createIdentity, createMandas, createWorkflowExecution } from '@flowwire/client';
import type { FlowProtocol } from '@flowwire/contract/astron';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addFlow,
  framesOfBuild,
  nodeOf,
  readFlow,
  refusalOf,
  saying,
  through,
} from './support/astron-flows.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

let server: TestServer;
let keyId: string;
beforeAll(async () => {
  server = await openTestServer();
  keyId = (await createIdentity(options()).getPrincipal()).key_id;
});
afterAll(async () => {
  await server.close();
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

const options = () => ({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
const api = () => createAstron(options());
const execution = () => createWorkflowExecution(options());

const add = (data: FlowProtocol = saying('{{output}}'), name = 'Echo') => addFlow(api(), { name, data });
const stored = (flowId: string) => readFlow(api(), flowId);
const framesOf = (flowId: string) => framesOfBuild(api(), flowId);

describe('a flow that is stored', () => {
  test('reads back as it was sent, as the draft of the calling app', async () => {
    const data = { ...saying('{{output}}!'), x_editor: { zoom: 2 } };
    const flowId = await add(data, 'Shout ✓');
    expect(flowId).toMatch(/^wf_/);
    expect(await stored(flowId)).toEqual({
      id: flowId,
      group_id: flowId,
      name: 'Shout ✓',
      description: '',
      app_id: keyId,
      source: 1,
      version: '-1',
      release_status: 0,
      data,
      create_at: expect.stringMatching(/^\d{4}-.*Z$/),
      update_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  test('runs in the other APIs', async () => {
    const flowId = await add(saying('You said: {{output}}'));
    const inputs = { AGENT_USER_INPUT: 'hello' };
    const run = await execution().executeWorkflow({ path: { id: flowId }, body: { inputs } });
    expect(run.data.outputs).toEqual({ output: 'hello', answer: 'You said: hello' });
    const mandas = createMandas(options());
    const { run_id } = await mandas.startRun({
      path: { workflow_id: flowId },
      body: { initial_input: inputs },
    });
    await mandas.followRun({ path: { run_id } }).result();
    expect(await mandas.getRun({ path: { run_id } })).toMatchObject({ status: 'COMPLETED' });
  });

  test('says what it was asked when no definition was sent', async () => {
    const flowId = await addFlow(api(), { name: 'Blank', description: 'New.' });
    const body = { inputs: { AGENT_USER_INPUT: 'hi' } };
    const run = await execution().executeWorkflow({ path: { id: flowId }, body });
    expect(run.data.outputs).toEqual({ output: 'hi', answer: 'hi' });
    expect(await stored(flowId)).toMatchObject({ name: 'Blank', description: 'New.' });
  });

  test('keeps no credentials of models, and every other member', async () => {
    const secrets = { apiKey: 'k-1234567890', apiSecret: 's-1234567890' };
    const params = { domain: 'x1', ...secrets, template: '{{text}}', modelConfig: { ...secrets, n: 1 } };
    const flowId = await add(through(nodeOf('spark-llm::a', params)));
    const { data } = await stored(flowId);
    expect(data.data.nodes[1]?.data.nodeParam).toEqual({
      domain: 'x1',
      template: '{{text}}',
      modelConfig: { n: 1 },
    });
    expect(JSON.stringify(await execution().getWorkflow({ path: { id: flowId } }))).not.toMatch(/1234567890/);
  });

  test('is stored once by requests with the same Idempotency-Key', async () => {
    const send = (name: string) =>
      api().addLayout({ headers: { 'Idempotency-Key': 'add-once' }, body: { name, data: saying('x') } });
    const first = await send('Once');
    expect(await send('Once')).toEqual(first);
    expect(await refusalOf(send('Twice'))).toMatchObject({ code: 1010 });
  });

  test('belongs to an app of the tenant, and to no other one', async () => {
    const app = await createIdentity(options()).createApp({
      body: { id: 'flows-app', name: 'App', permissions: ['READ'] },
    });
    const body = { name: 'Owned', data: saying('x'), app_id: app.id };
    const flowId = await addFlow(api(), body);
    expect(await stored(flowId)).toMatchObject({ app_id: 'flows-app' });
    const get = (appId: string) => api().getLayout({ body: { flow_id: flowId, app_id: appId } });
    expect(await get('flows-app')).toMatchObject({ code: 0 });
    expect(await refusalOf(get(keyId))).toMatchObject({ code: 1006 });
    expect(await refusalOf(api().addLayout({ body: { ...body, app_id: 'nobody' } }))).toMatchObject({
      code: 20000,
      message: 'There is no such app (nobody)',
    });
  });
});

describe('a flow with faults', () => {
  test('is refused with every node named that cannot run here, and nothing is stored', async () => {
    const before = (await execution().listWorkflows()).data.length;
    const data = through(nodeOf('rpa::a'), nodeOf('message::b', { template: 'x' }), nodeOf('memory-add::c'));
    expect(await refusalOf(api().addLayout({ body: { name: 'Faulty', data } }))).toEqual({
      code: 22101,
      message: 'The flow has nodes that are not supported (2 nodes)',
      sid: expect.any(String),
      findings: [
        { in: 'body', pointer: '/data/data/nodes/1', node_id: 'rpa::a', message: expect.any(String) },
        { in: 'body', pointer: '/data/data/nodes/3', node_id: 'memory-add::c', message: expect.any(String) },
      ],
    });
    expect((await execution().listWorkflows()).data).toHaveLength(before);
  });

  test('is refused with the edges named that lead nowhere', async () => {
    const data = saying('x');
    data.data.edges.push({ sourceNodeId: 'node-start::1', targetNodeId: 'message::9e1' });
    expect(await refusalOf(api().addLayout({ body: { name: 'Faulty', data } }))).toMatchObject({
      code: 22100,
      message: 'The flow cannot be built (1 fault)',
      findings: [{ pointer: '/data/data/edges/1', message: expect.stringContaining('message::9e1') }],
    });
  });

  test('is refused with the node named whose native counterpart has a fault', async () => {
    const data = saying('x', [{ name: 'AGENT_USER_INPUT', schema: { type: 'string', minLength: 'no' } }]);
    expect(await refusalOf(api().addLayout({ body: { name: 'Faulty', data } }))).toMatchObject({
      code: 22100,
      findings: [
        {
          in: 'body',
          pointer: '/data/data/nodes/0',
          node_id: 'node-start::1',
          message: expect.stringContaining('/inputs/properties/AGENT_USER_INPUT/minLength'),
        },
      ],
    });
    const apart = saying('x');
    apart.data.edges.pop();
    expect(await refusalOf(api().addLayout({ body: { name: 'Faulty', data: apart } }))).toMatchObject({
      code: 22100,
      findings: expect.arrayContaining([expect.objectContaining({ pointer: '/data/data/nodes/1' })]),
    });
  });

  test('is refused without nodes at all', async () => {
    const data = { data: { nodes: [], edges: [] } };
    expect(await refusalOf(api().addLayout({ body: { name: 'Empty', data } }))).toMatchObject({
      code: 22100,
      findings: [expect.objectContaining({ pointer: '/data/data' })],
    });
  });
});

describe('an update', () => {
  test('changes what it names, and leaves the rest', async () => {
    const flowId = await add(saying('one'), 'First');
    const path = { flow_id: flowId };
    await api().updateLayout({ path, body: { description: 'Told.' } });
    expect(await stored(flowId)).toMatchObject({ name: 'First', description: 'Told.', data: saying('one') });
    await api().updateLayout({ path, body: { data: saying('two') } });
    await api().updateLayout({ path, body: { id: flowId, name: 'Second' } });
    expect(await stored(flowId)).toMatchObject({ name: 'Second', description: 'Told.', data: saying('two') });
    expect(await execution().getWorkflow({ path: { id: flowId } })).toMatchObject({
      version: 4,
      definition: { name: 'Second', description: 'Told.' },
    });
  });

  test('that says what is already so makes no version', async () => {
    const flowId = await add();
    const body = { name: 'Echo', data: saying('{{output}}') };
    await api().updateLayout({ path: { flow_id: flowId }, body });
    expect(await execution().getWorkflow({ path: { id: flowId } })).toMatchObject({ version: 1 });
  });

  test('is refused where it cannot be', async () => {
    const flowId = await add();
    const path = { flow_id: flowId };
    const update = (body: Parameters<ReturnType<typeof api>['updateLayout']>[0]['body']) =>
      refusalOf(api().updateLayout({ path, body }));
    expect(await update({ id: 'wf_other', name: 'x' })).toMatchObject({ code: 20104 });
    expect(await update({ app_id: 'nobody' })).toMatchObject({ code: 20000 });
    expect(await update({ data: through(nodeOf('rpa::a')) })).toMatchObject({ code: 22101 });
    expect(await update({})).toMatchObject({ code: 460 });
    expect(
      await refusalOf(api().updateLayout({ path: { flow_id: 'wf_none' }, body: { name: 'x' } })),
    ).toMatchObject({
      code: 1006,
    });
    expect(await stored(flowId)).toMatchObject({ name: 'Echo', app_id: keyId });
  });

  test('of many at the same time loses none', async () => {
    const flowId = await add();
    const path = { flow_id: flowId };
    const updates = [{ name: 'Renamed' }, { description: 'Described.' }, { data: saying('changed') }];
    await Promise.all(updates.map((body) => api().updateLayout({ path, body })));
    expect(await stored(flowId)).toMatchObject({
      name: 'Renamed',
      description: 'Described.',
      data: saying('changed'),
    });
  });
});

describe('a deletion', () => {
  test('takes the flow away everywhere, and is audited', async () => {
    const flowId = await add();
    const remove = (appId: string) => api().deleteLayout({ body: { flow_id: flowId, app_id: appId } });
    expect(await refusalOf(remove('another'))).toMatchObject({
      code: 20103,
      message: `The flow could not be deleted (there is no flow ${flowId} of another)`,
    });
    expect(await remove(keyId)).toMatchObject({ code: 0 });
    expect(await refusalOf(remove(keyId))).toMatchObject({ code: 20103 });
    expect(await refusalOf(api().getLayout({ body: { flow_id: flowId } }))).toMatchObject({ code: 1006 });
    await expect(execution().getWorkflow({ path: { id: flowId } })).rejects.toMatchObject({ status: 404 });
    const { data } = await createIdentity(options()).listAuditEntries();
    expect(data.filter(({ target }) => target === flowId)).toMatchObject([{ action: 'workflow.deleted' }]);
  });
});

test('a flow that another API deletes is gone here', async () => {
  const flowId = await add();
  await execution().deleteWorkflow({ path: { id: flowId } });
  await expect(refusalOf(stored(flowId))).resolves.toMatchObject({ code: 1006 });
});

describe('a build', () => {
  test('of a sound flow ends at once', async () => {
    expect(await framesOf(await add())).toEqual([{ end_of_stream: true, sid: expect.any(String) }]);
  });

  test('names the flow that is gone', async () => {
    const inner = await add();
    const outer = await add(through(nodeOf('flow::77a', { flowId: inner })));
    expect(await framesOf(outer)).toHaveLength(1);
    await api().deleteLayout({ body: { flow_id: inner, app_id: keyId } });
    expect(await framesOf(outer)).toEqual([
      {
        code: 22100,
        message: 'The flow cannot be built (1 fault)',
        findings: [
          { pointer: '/data/data/nodes/1', node_id: 'flow::77a', message: `there is no flow ${inner}` },
        ],
      },
      { end_of_stream: true, sid: expect.any(String) },
    ]);
  });

  test('says when a flow further inside is gone', async () => {
    const innermost = await add();
    const inner = await add(through(nodeOf('flow::1', { flowId: innermost })));
    const outer = await add(through(nodeOf('flow::2', { flowId: inner })));
    await api().deleteLayout({ body: { flow_id: innermost, app_id: keyId } });
    expect(await framesOf(outer)).toMatchObject([
      { code: 22100, findings: [{ pointer: '/data/data', message: expect.stringContaining(innermost) }] },
      { end_of_stream: true },
    ]);
  });

  test('of a flow that is not there says so', async () => {
    expect(await framesOf('wf_none')).toMatchObject([{ code: 1006 }, { end_of_stream: true }]);
  });
});

describe('a workflow of another API', () => {
  test('has no form here, and can be checked and changed', async () => {
    const { id } = await execution().createWorkflow({ body: shout });
    expect(await refusalOf(api().getLayout({ body: { flow_id: id } }))).toMatchObject({ code: 20105 });
    expect(await framesOf(id)).toMatchObject([{ end_of_stream: true }]);
    await api().updateLayout({ path: { flow_id: id }, body: { data: saying('x'), app_id: keyId } });
    expect(await stored(id)).toMatchObject({ name: 'shout', app_id: keyId, data: saying('x') });
  });

  test('that was imported reads back here, unless there were credentials in it', async () => {
    const params = { template: '{{text}}', apiKey: 'k-1234567890' };
    const importFlow = async (data: FlowProtocol) => {
      const content = JSON.stringify({ name: 'Imported', ...data });
      const imported = await execution().importWorkflow({ body: { content, format: 'astron' } });
      return 'workflow' in imported ? imported.workflow.id : '';
    };
    expect(await stored(await importFlow(saying('x')))).toMatchObject({
      name: 'Imported',
      app_id: '',
      data: saying('x'),
    });
    const withKey = await importFlow(through(nodeOf('spark-llm::a', params)));
    expect(await refusalOf(stored(withKey))).toMatchObject({ code: 20105 });
  });

  test('changes the draft of a flow that was stored here', async () => {
    const flowId = await add();
    await execution().updateWorkflow({ path: { id: flowId }, body: shout });
    expect(await refusalOf(api().getLayout({ body: { flow_id: flowId } }))).toMatchObject({ code: 20105 });
    await api().updateLayout({ path: { flow_id: flowId }, body: { name: 'Louder' } });
    expect(await execution().getWorkflow({ path: { id: flowId } })).toMatchObject({
      definition: { name: 'Louder', nodes: shout.nodes },
    });
  });
});

describe.each([
  '/workflow/v1/layout',
  '/workflow/v1/protocol',
  '/sparkflow/v1/layout',
  '/sparkflow/v1/protocol',
])('at %s', (prefix) => {
  const post = async (path: string, body: unknown, headers: Record<string, string>) =>
    fetch(`${server.url}${prefix}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  test.each([
    ['a key', () => ({ Authorization: `Bearer ${server.key}` })],
    ['a key and a secret', () => ({ Authorization: `Bearer ${server.key}:secret` })],
    ['x-consumer-username', () => ({ 'x-consumer-username': 'raw-app' })],
    ['x_consumer_username', () => ({ x_consumer_username: 'raw-app' })],
  ])('the whole life of a flow is served to %s', async (_name, headers) => {
    const send = async (path: string, body: unknown) => (await post(path, body, headers())).text();
    const call = async (path: string, body: unknown): Promise<unknown> => JSON.parse(await send(path, body));
    const added: { code: number; data: { flow_id: string } } = JSON.parse(
      await send('/add', { name: 'Raw', data: saying('x') }),
    );
    expect(added.code).toBe(0);
    const flowId = added.data.flow_id;
    const told: { data: string } = JSON.parse(await send('/get', { flow_id: flowId }));
    const row: { app_id: string } = JSON.parse(told.data);
    expect(row).toMatchObject({ id: flowId, name: 'Raw' });
    expect(await call(`/update/${flowId}`, { name: 'Rawer' })).toMatchObject({ code: 0, message: 'success' });
    const build = await post(`/build/${flowId}`, undefined, headers());
    expect(build.headers.get('content-type')).toBe('text/event-stream');
    expect(await build.text()).toMatch(
      /^(:.*\n\n?)*data: \{"end_of_stream":true,"sid":"spf\w+@hf\w+"\}\n\n$/,
    );
    const gone = await call('/delete', { flow_id: flowId, app_id: row.app_id });
    expect(gone).toMatchObject({ code: 0 });
    expect(await call('/get', { flow_id: flowId })).toMatchObject({ code: 1006 });
  });

  test('a body that does not fit the document is refused with 460 and every fault', async () => {
    const answer = await post('/add', { nam: 'x', data: {} }, { Authorization: `Bearer ${server.key}` });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      code: 460,
      findings: expect.arrayContaining([expect.objectContaining({ in: 'body', pointer: '/name' })]),
    });
  });
});
