import { join } from 'node:path';
import { createAstron, createIdentity, createWorkflowExecution, isApiError } from '@flowwire/client';
import type { FlowProtocol, PublishRequest } from '@flowwire/contract/astron';
import Database from 'better-sqlite3';
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
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

let server: TestServer;
let keyId: string;
beforeAll(async () => {
  server = await openTestServer();
  addOtherTenant(server);
  keyId = (await createIdentity(options()).getPrincipal()).key_id;
});
afterAll(async () => {
  await server.close();
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

const options = (key: string = server.key) => ({ baseUrl: server.url, auth: key, maxRetries: 0 });
const api = (key?: string) => createAstron(options(key));
const execution = () => createWorkflowExecution(options());

const add = (data: FlowProtocol = saying('draft')) => addFlow(api(), { name: 'Flow', data });
const stored = (flowId: string) => readFlow(api(), flowId);

const edit = (flowId: string, data: FlowProtocol) =>
  api().updateLayout({ path: { flow_id: flowId }, body: { data } });

const publish = (flowId: string, body: Partial<PublishRequest> = {}) =>
  api().publishFlow({ body: { flow_id: flowId, release_status: 1, ...body } });

const takeOff = (flowId: string, plat: 1 | 2 | 4 = 1) => publish(flowId, { release_status: 3, plat });

const bind = (flowId: string, appId: string = keyId) =>
  api().bindApp({ body: { flow_id: flowId, app_id: appId } });

const info = (flowId: string, key?: string) => api(key).getFlowInfo({ path: { flow_id: flowId } });

/** The code of an answer that refuses. */
async function codeOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  return isApiError(error) && error.status === 200 ? error.code : error;
}

/** What a run of the workflow-execution API says. */
async function answerOf(flowId: string): Promise<unknown> {
  const body = { inputs: { AGENT_USER_INPUT: '?' } };
  return (await execution().executeWorkflow({ path: { id: flowId }, body })).data.outputs?.answer;
}

const publishedVersion = async (flowId: string) =>
  (await execution().getWorkflow({ path: { id: flowId } })).published_version;

async function auditOf(flowId: string) {
  const { data } = await createIdentity(options()).listAuditEntries();
  return data.filter(({ target }) => target === flowId).reverse();
}

describe('publishing', () => {
  test('makes what the draft then is run in all APIs, whatever becomes of the draft', async () => {
    const flowId = await add(saying('one'));
    expect(await publish(flowId)).toEqual({ code: 0, message: 'success', sid: expect.any(String) });
    await edit(flowId, saying('two'));
    expect(await answerOf(flowId)).toBe('one');
    expect(await stored(flowId)).toMatchObject({
      release_status: 1,
      data: saying('two'),
      release_data: saying('one'),
    });
    await publish(flowId);
    expect(await answerOf(flowId)).toBe('two');
  });

  test('with a definition leaves the draft alone', async () => {
    const flowId = await add(saying('draft'));
    await publish(flowId, { data: saying('published') });
    expect(await answerOf(flowId)).toBe('published');
    expect(await stored(flowId)).toMatchObject({
      name: 'Flow',
      data: saying('draft'),
      release_data: saying('published'),
    });
    await api().updateLayout({ path: { flow_id: flowId }, body: { name: 'Named' } });
    expect(await stored(flowId)).toMatchObject({ name: 'Named', data: saying('draft') });
    expect(await answerOf(flowId)).toBe('published');
  });

  test('under names serves the highest, and later what is published without one is not served', async () => {
    const flowId = await add(saying('unnamed'));
    await publish(flowId);
    for (const [version, text] of [
      ['v1.10', 'ten'],
      ['v1.9', 'nine'],
      ['beta', 'beta'],
    ] as const) {
      await publish(flowId, { version, data: saying(text) });
    }
    expect(await answerOf(flowId)).toBe('ten');
    await edit(flowId, saying('later'));
    await publish(flowId);
    expect(await answerOf(flowId)).toBe('ten');
    await publish(flowId, { version: 'v1.10' });
    expect(await answerOf(flowId)).toBe('later');
  });

  test('on several platforms adds up, and taking off takes back', async () => {
    const flowId = await add();
    const statuses: number[] = [];
    for (const step of [
      { release_status: 1, plat: 1 },
      { release_status: 2, plat: 2 },
      { release_status: 1, plat: 4 },
      { release_status: 3 },
      { release_status: 1, plat: 2 },
      { release_status: 3, plat: 2 },
      { release_status: 3, plat: 4 },
    ] as const) {
      await publish(flowId, step);
      statuses.push((await stored(flowId)).release_status);
    }
    expect(statuses).toEqual([1, 9, 41, 34, 38, 50, 82]);
  });

  test('on AIUI as an API is not possible', async () => {
    const flowId = await add();
    expect(await codeOf(publish(flowId, { release_status: 2, plat: 4 }))).toBe(20006);
    expect(await stored(flowId)).toMatchObject({ release_status: 0 });
  });

  test('only as an API or on AIUI does not let the flow run', async () => {
    const flowId = await add();
    await publish(flowId, { release_status: 2 });
    await publish(flowId, { plat: 4 });
    await bind(flowId);
    expect(await publishedVersion(flowId)).toBeUndefined();
    expect(await stored(flowId)).not.toHaveProperty('release_data');
    expect(await codeOf(info(flowId))).toBe(1001);
    await publish(flowId, { plat: 2 });
    expect(await publishedVersion(flowId)).toBe(1);
    expect(await info(flowId)).toMatchObject({ code: 0 });
  });

  test('of faulty definitions, and of a draft whose sub-flow is gone, is refused', async () => {
    const inner = await add();
    const flowId = await add(through(nodeOf('flow::1', { flowId: inner })));
    expect(await codeOf(publish(flowId, { data: through(nodeOf('rpa::1')) }))).toBe(22101);
    const dangling = saying('x');
    dangling.data.edges = [];
    expect(await codeOf(publish(flowId, { data: dangling }))).toBe(22100);
    await api().deleteLayout({ body: { flow_id: inner, app_id: keyId } });
    expect(await refusalOf(publish(flowId))).toMatchObject({
      code: 1004,
      message: 'The flow could not be published (the draft has 1 fault)',
      findings: [{ pointer: '/data/data/nodes/1', node_id: 'flow::1' }],
    });
    expect(await stored(flowId)).toMatchObject({ release_status: 0 });
    expect(await execution().getWorkflow({ path: { id: flowId } })).toMatchObject({ version: 1 });
  });

  test('under more than a thousand names is refused', async () => {
    const flowId = await add();
    const database = new Database(join(server.dataFolder, 'flowwire.sqlite'));
    const insert = database.prepare('INSERT INTO flow_versions VALUES (?, ?, ?, 1, 1)');
    for (let minor = 0; minor < 1_000; minor++) insert.run('dev', flowId, `v1.${minor}`);
    database.close();
    expect(await refusalOf(publish(flowId, { version: 'v2.0' }))).toMatchObject({
      code: 1004,
      message: 'The flow could not be published (it has 1000 names; take one of them)',
    });
    expect(await publish(flowId, { version: 'v1.7' })).toMatchObject({ code: 0 });
  });

  test('of many at the same time loses none', async () => {
    const flowId = await add();
    await Promise.all([
      publish(flowId, { plat: 1, version: 'v1.0' }),
      publish(flowId, { plat: 2, version: 'v1.1', data: saying('newer') }),
      publish(flowId, { plat: 4 }),
      api().updateLayout({ path: { flow_id: flowId }, body: { name: 'Renamed' } }),
    ]);
    expect(await stored(flowId)).toMatchObject({
      release_status: 1 | 4 | 32,
      name: 'Renamed',
      data: saying('draft'),
    });
    expect(await answerOf(flowId)).toBe('newer');
  });

  test('a workflow of another API serves its newest version, and keeps its draft beside a definition', async () => {
    const { id } = await execution().createWorkflow({ body: shout });
    await publish(id, { data: saying('from here') });
    expect(await answerOf(id)).toBe('from here');
    await publish(id);
    expect(await publishedVersion(id)).toBe(1);
    const louder = { ...shout, name: 'louder' };
    const { version } = await execution().updateWorkflow({ path: { id }, body: louder });
    await publish(id);
    expect(await publishedVersion(id)).toBe(version);
    await bind(id);
    expect(await info(id)).toMatchObject({
      data: {
        name: 'louder',
        inputSchema: { properties: { text: { type: 'string', description: '' } }, required: ['text'] },
      },
    });
  });

  test('is audited, with who did what to what', async () => {
    const flowId = await add();
    await publish(flowId, { version: 'v1.0' });
    await bind(flowId);
    await takeOff(flowId);
    expect(await auditOf(flowId)).toMatchObject([
      {
        actor: keyId,
        action: 'workflow.published',
        details: { platform: 1, operation: 'publish', version: 1, name: 'v1.0' },
      },
      { action: 'app.bound', details: { app: keyId } },
      { action: 'workflow.taken_off', details: { platform: 1 } },
    ]);
  });
});

describe('taking off', () => {
  test('everywhere takes the flow off in all APIs', async () => {
    const flowId = await add();
    await publish(flowId, { plat: 1 });
    await publish(flowId, { plat: 2 });
    await takeOff(flowId, 1);
    expect(await publishedVersion(flowId)).toBe(1);
    await takeOff(flowId, 2);
    expect(await publishedVersion(flowId)).toBeUndefined();
    expect(await codeOf(info(flowId))).toBe(1001);
    expect(await codeOf(bind(flowId))).toBe(1001);
  });

  test('and publishing again serves what was published', async () => {
    const flowId = await add();
    await publish(flowId, { version: 'v1.0' });
    await takeOff(flowId);
    await publish(flowId, { version: 'v0.9', data: saying('older') });
    expect(await answerOf(flowId)).toBe('draft');
  });
});

describe('binding', () => {
  test('lets an app see what the flow takes, and no other app', async () => {
    const outputs = [
      { name: 'AGENT_USER_INPUT', required: true, schema: { type: 'string', description: 'What?' } },
      { name: 'invoice', schema: { type: 'string' }, fileType: 'file', allowedFileType: ['pdf'] },
      { name: 'tags', schema: { type: 'array', items: { type: 'string' } } },
    ];
    const flowId = await add(saying('x', outputs));
    await publish(flowId);
    expect(await codeOf(info(flowId))).toBe(20004);
    expect(await bind(flowId)).toEqual({ code: 0, message: 'success', sid: expect.any(String) });
    await bind(flowId);
    expect(await info(flowId)).toMatchObject({
      code: 0,
      data: {
        name: 'Flow',
        description: '',
        inputSchema: {
          type: 'object',
          properties: {
            AGENT_USER_INPUT: { type: 'string', description: 'What?' },
            invoice: { type: 'string', description: '', fileType: 'pdf' },
            tags: { type: 'array', description: '' },
          },
          required: ['AGENT_USER_INPUT'],
        },
      },
    });
    const other = await createIdentity(options()).createKey({
      body: { name: 'other', permissions: ['READ'] },
    });
    expect(await codeOf(info(flowId, other.key))).toBe(20004);
    await bind(flowId, other.id);
    expect(await info(flowId, other.key)).toMatchObject({ code: 0 });
  });

  test('is refused for a flow that is not published, and for an app that is not there', async () => {
    const flowId = await add();
    expect(await codeOf(bind(flowId))).toBe(1001);
    await publish(flowId, { plat: 4 });
    expect(await codeOf(bind(flowId, 'nobody'))).toBe(20000);
    expect(await codeOf(bind(flowId, 'key_other'))).toBe(20000);
    expect(await bind(flowId)).toMatchObject({ code: 0 });
  });
});

describe('what is not there', () => {
  const calls = {
    getLayout: (id: string) => api(OTHER_KEY).getLayout({ body: { flow_id: id } }),
    updateLayout: (id: string) =>
      api(OTHER_KEY).updateLayout({ path: { flow_id: id }, body: { name: 'Mine' } }),
    publish: (id: string) => api(OTHER_KEY).publishFlow({ body: { flow_id: id, release_status: 1 } }),
    takeOff: (id: string) => api(OTHER_KEY).publishFlow({ body: { flow_id: id, release_status: 3 } }),
    bindApp: (id: string) => api(OTHER_KEY).bindApp({ body: { flow_id: id, app_id: 'key_other' } }),
    getFlowInfo: (id: string) => info(id, OTHER_KEY),
  };

  test('is told alike of a flow of another tenant and of none', async () => {
    const flowId = await add();
    await publish(flowId);
    await bind(flowId);
    for (const id of [flowId, 'wf_none']) {
      for (const [operation, call] of Object.entries(calls))
        expect([operation, await codeOf(call(id))]).toEqual([operation, 1006]);
      const body = { flow_id: id, app_id: keyId };
      expect(await codeOf(api(OTHER_KEY).deleteLayout({ body }))).toBe(20103);
      expect(await framesOfBuild(api(OTHER_KEY), id)).toMatchObject([
        { code: 1006, message: `There is no such flow (${id})` },
        { end_of_stream: true },
      ]);
    }
    expect(await stored(flowId)).toMatchObject({ name: 'Flow', release_status: 1 });
  });
});

test('with the setting upstream the numbers are those of astron-agent', async () => {
  const upstream = await openTestServer({ ASTRON_ERROR_CODES: 'upstream' });
  try {
    const client = createAstron({ baseUrl: upstream.url, auth: upstream.key, maxRetries: 0 });
    const flowId = await addFlow(client, { name: 'Flow', data: saying('x') });
    const body = { flow_id: flowId, app_id: 'any' };
    expect(await codeOf(client.bindApp({ body }))).toBe(20204);
    expect(await codeOf(client.bindApp({ body: { ...body, flow_id: 'wf_none' } }))).toBe(20201);
    expect(await codeOf(client.getFlowInfo({ path: { flow_id: flowId } }))).toBe(20204);
  } finally {
    await upstream.close();
  }
});

describe.each(['/workflow/v1', '/v1'])('at %s', (prefix) => {
  test.each(['x-consumer-username', 'x_consumer_username'])(
    'publishing and binding are served to %s',
    async (header) => {
      const send = async (path: string, body: object) => {
        const headers = { 'Content-Type': 'application/json', [header]: 'raw-app' };
        const init = { method: 'POST', headers, body: JSON.stringify(body) };
        return (await fetch(server.url + path, init)).text();
      };
      const call = async (path: string, body: object): Promise<unknown> => JSON.parse(await send(path, body));
      const { data }: { data: { flow_id: string } } = JSON.parse(
        await send('/workflow/v1/layout/add', { name: 'Raw', data: saying('x') }),
      );
      const { flow_id } = data;
      expect(await call(`${prefix}/publish`, { flow_id, release_status: 1 })).toMatchObject({ code: 0 });
      expect(await call(`${prefix}/auth`, { flow_id, app_id: 'raw-app' })).toMatchObject({ code: 0 });
      const url = `${server.url}/workflow/v1/get_flow_info/${flow_id}`;
      const told = await fetch(url, { headers: { [header]: 'raw-app' } });
      expect(await told.json()).toMatchObject({ code: 0, message: 'success', data: { name: 'Raw' } });
    },
  );
});
