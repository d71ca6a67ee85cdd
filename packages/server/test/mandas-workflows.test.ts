import { createIdentity, createMandas, createWorkflowExecution } from '@flowwire/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { linksOf, REPORT, refusal, refusalOf, send, undocumented, walk } from './support/mandas.ts';
import { addOtherTenant, OTHER_KEY } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

let server: TestServer;
let api: ReturnType<typeof createMandas>;
let native: ReturnType<typeof createWorkflowExecution>;

beforeAll(async () => {
  server = await openTestServer();
  const options = { baseUrl: server.url, auth: server.key, maxRetries: 0 };
  api = createMandas(options);
  native = createWorkflowExecution(options);
});

afterEach(() => expect(undocumented(server)).toEqual([]));
afterAll(() => server.close());

const WORKFLOWS = '/mandas/v2/workflows';
const at = (workflow_id: string) => ({ path: { workflow_id } });
const body = (name: string, definition_yaml = REPORT) => ({
  name,
  description: 'As asked.',
  definition_yaml,
});
const create = (name: string, yaml?: string) => api.createWorkflow({ body: body(name, yaml) });

describe('a definition', () => {
  test('is answered as it was sent, under the name and description of the request', async () => {
    const created = await create('Monthly');
    expect(created).toMatchObject({
      name: 'Monthly',
      description: 'As asked.',
      definition_yaml: REPORT,
      version: 1,
    });
    expect(await api.getWorkflow(at(created.id))).toEqual(created);
  });

  test('has the description of its text when the request has none', async () => {
    const { description } = await api.createWorkflow({ body: { name: 'Monthly', definition_yaml: REPORT } });
    expect(description).toBe("From the month's figures to a report");
  });

  test('may be JSON, or the format of the server, which is written as the server writes it', async () => {
    const json = JSON.stringify({ agents: [{ name: 'A' }] });
    expect((await create('json', json)).definition_yaml).toBe(json);
    const created = await create('native', JSON.stringify(shout));
    expect(created.definition_yaml).toContain('format: flowwire/1\nname: native\n');
    const again = await api.updateWorkflow({
      ...at(created.id),
      body: { name: 'native', description: 'As asked.', definition_yaml: created.definition_yaml },
    });
    expect(again).toEqual(created);
  });

  test('is created at its Location, with its version as ETag', async () => {
    const { status, headers, json } = await send(server, 'POST', WORKFLOWS, { body: body('raw') });
    expect(status).toBe(201);
    expect(headers.get('etag')).toBe('"1"');
    const read = await send(server, 'GET', headers.get('location') ?? '');
    expect(read.json).toEqual(json);
    expect(read.headers.get('etag')).toBe('"1"');
  });

  test('is created once for one Idempotency-Key, which no other definition may have', async () => {
    const headers = { 'Idempotency-Key': 'definition-1' };
    const first = await api.createWorkflow({ headers, body: body('once') });
    expect(await api.createWorkflow({ headers, body: body('once') })).toEqual(first);
    const other = api.createWorkflow({ headers, body: body('twice') });
    expect(await refusalOf(other)).toEqual(refusal(409, 'IDEMPOTENCY_KEY_REUSED'));
  });

  test('of another API is answered as its graph', async () => {
    const { id } = await native.createWorkflow({ body: shout });
    const read = await api.getWorkflow(at(id));
    expect(read).toMatchObject({ name: 'shout', description: '', version: 1 });
    expect(read.definition_yaml).toContain('type: template');
  });

  test('can be changed by the other API, which sees its agents as nodes', async () => {
    const { id } = await create('shared');
    const { definition } = await native.getWorkflow({ path: { id } });
    expect(definition.nodes.map(({ type }) => type)).toEqual(['start', 'agent', 'agent', 'end']);
    await native.updateWorkflow({ path: { id }, body: { ...definition, name: 'renamed' } });
    const read = await api.getWorkflow(at(id));
    expect(read).toMatchObject({ name: 'renamed', version: 2 });
    expect(read.definition_yaml).toContain('format: flowwire/1');
  });
});

describe('a faulty definition', () => {
  const findingsOf = async (definition_yaml: string) => {
    const { status, body: refused } = await refusalOf(create('faulty', definition_yaml));
    expect({ status, body: refused }).toEqual(refusal(400, 'INVALID_DEFINITION'));
    return refused;
  };

  test('is refused with every fault and its place', async () => {
    const yaml = [
      'agents:',
      '  - name: Writer',
      '    depends_on: [Reader, Writer]',
      '  - name: Editor',
      '    promt: hello',
    ].join('\n');
    expect(await findingsOf(yaml)).toMatchObject({
      error: {
        message: 'The definition has 3 faults.',
        details: {
          findings: [
            {
              in: 'body',
              pointer: '/definition_yaml',
              definition_pointer: '/agents/1/promt',
              agent_name: 'Editor',
              line: 5,
              column: 12,
            },
            { definition_pointer: '/agents/0/depends_on/0', agent_name: 'Writer', line: 3, column: 18 },
            { definition_pointer: '/agents/0/depends_on', agent_name: 'Writer', line: 3 },
          ],
        },
      },
    });
  });

  test.each([
    ['what is no YAML', 'agents: [', { definition_pointer: '', line: 1, column: 10 }],
    ['what has no agents', 'name: x', { message: expect.stringContaining('no list `agents`') }],
    ['another format', 'app: {}\nworkflow: {}', { message: expect.stringContaining('no list `agents`') }],
    ['an alias', 'agents: &a [{ name: *a }]', { message: 'aliases are not read', line: 1, column: 21 }],
    [
      'a graph with a wrong reference',
      JSON.stringify(shout, null, 2).replace('upper.output', 'upper.text'),
      { code: 'unresolved_reference', definition_pointer: '/nodes/2/outputs/text', agent_name: 'end' },
    ],
    [
      'a schema that is none',
      'agents: [{ name: A, output_schema: { type: object, properties: { x: { type: words } } } }]',
      { code: 'invalid_schema', agent_name: 'A' },
    ],
  ])('is %s', async (_name, yaml, finding) => {
    const found = expect.arrayContaining([expect.objectContaining(finding)]);
    expect(await findingsOf(yaml)).toMatchObject({ error: { details: { findings: found } } });
  });

  test('is one with a secret, which is neither kept nor told', async () => {
    const yaml =
      'agents: [{ name: A }]\ntools: { api: { openapi: {}, auth: { type: bearer, token: sk-1234 } } }';
    const refused = JSON.stringify(await findingsOf(yaml));
    expect(refused).toContain('{{ secret.NAME }}');
    expect(refused).not.toContain('sk-1234');
    expect(server.logged.join()).not.toContain('sk-1234');
  });
});

describe('changes', () => {
  test('make versions, each of which can be read', async () => {
    const first = await create('v1');
    const second = await api.updateWorkflow({ ...at(first.id), body: body('v2') });
    expect(second).toMatchObject({ id: first.id, name: 'v2', version: 2, created_at: first.created_at });
    const versions = await api.listWorkflowVersions(at(first.id));
    expect(versions.map(({ version, name }) => [version, name])).toEqual([
      [2, 'v2'],
      [1, 'v1'],
    ]);
    expect(versions[1]?.created_at).toBe(first.updated_at);
    const read = (version: number) => api.getWorkflowVersion({ path: { workflow_id: first.id, version } });
    expect(await read(1)).toEqual(first);
    expect(await read(2)).toEqual(second);
    expect(await refusalOf(read(3))).toEqual(
      refusal(404, 'VERSION_NOT_FOUND', { workflow_id: first.id, version: 3 }),
    );
  });

  test('that change nothing make no version', async () => {
    const { id } = await create('same');
    expect((await api.updateWorkflow({ ...at(id), body: body('same') })).version).toBe(1);
    const spaced = await api.updateWorkflow({ ...at(id), body: body('same', `${REPORT}\n`) });
    expect(spaced).toMatchObject({ version: 2, definition_yaml: `${REPORT}\n` });
  });

  test('are made with If-Match only if nobody was faster', async () => {
    const { id } = await create('raced');
    const change = (name: string, etag: string) =>
      api.updateWorkflow({ ...at(id), headers: { 'If-Match': etag }, body: body(name) });
    const racers = await Promise.allSettled(['a', 'b', 'c'].map((name) => change(name, '"1"')));
    expect(racers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusalOf(change('late', '"1"'))).toEqual(
      refusal(409, 'VERSION_CONFLICT', { workflow_id: id, version: 2 }),
    );
    expect((await change('next', '"2"')).version).toBe(3);
    expect((await change('any', '*')).version).toBe(4);
  });

  test('of a definition with faults change nothing', async () => {
    const { id } = await create('sound');
    const change = api.updateWorkflow({ ...at(id), body: body('faulty', 'agents: []') });
    expect(await refusalOf(change)).toEqual(refusal(400, 'INVALID_DEFINITION'));
    expect((await api.getWorkflow(at(id))).version).toBe(1);
  });
});

test('a deleted workflow is gone, and somebody answers for it', async () => {
  const { id } = await create('gone');
  await api.deleteWorkflow(at(id));
  const gone = refusal(404, 'WORKFLOW_NOT_FOUND', { workflow_id: id });
  expect(await refusalOf(api.getWorkflow(at(id)))).toEqual(gone);
  expect(await refusalOf(api.deleteWorkflow(at(id)))).toEqual(gone);
  expect(await refusalOf(api.updateWorkflow({ ...at(id), body: body('back') }))).toEqual(gone);
  expect(await refusalOf(api.listWorkflowVersions(at(id)))).toEqual(gone);
  const version = api.getWorkflowVersion({ path: { workflow_id: id, version: 1 } });
  expect(await refusalOf(version)).toEqual(gone);
  expect(await refusalOf(api.startRun({ ...at(id), body: {} }))).toEqual(gone);
  const { data } = await createIdentity({ baseUrl: server.url, auth: server.key }).listAuditEntries();
  expect(data).toContainEqual(expect.objectContaining({ action: 'workflow.deleted', target: id }));
});

test('a key that sends too many requests is told when to come back', async () => {
  const strict = await openTestServer({ FLOWWIRE_MANDAS_RATE_LIMIT: '2' });
  try {
    const first = await send(strict, 'GET', WORKFLOWS);
    expect(first.headers.get('x-ratelimit-limit')).toBe('2');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
    expect((await send(strict, 'GET', `${WORKFLOWS}/wf_x`)).headers.get('x-ratelimit-remaining')).toBe('0');
    const { status, headers, json } = await send(strict, 'GET', WORKFLOWS);
    const seconds = Number(headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect({ status, body: json }).toEqual(refusal(429, 'RATE_LIMITED', { retry_after_s: seconds }));
    expect(undocumented(strict)).toEqual([]);
  } finally {
    await strict.close();
  }
});

describe('a list', () => {
  test('is walked by its links to the end, with what it is filtered by', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `Walked & <${index}>`);
    for (const name of names) await create(name);
    const path = `${WORKFLOWS}?search=${encodeURIComponent('wALKED & <')}&limit=3`;
    const { headers, json } = await send(server, 'GET', path);
    expect(headers.get('x-total-count')).toBe('7');
    expect(json).toHaveLength(3);
    const { ids, pages } = await walk(server, path);
    expect(pages).toBe(3);
    const walked = await Promise.all(ids.map(async (id) => (await api.getWorkflow(at(id))).name));
    expect(walked).toEqual(names.toReversed());
  });

  test('tells its first and last page, and is empty beyond the last', async () => {
    const { headers, json } = await send(server, 'GET', `${WORKFLOWS}?search=Walked&limit=3&page=9`);
    expect(json).toEqual([]);
    const { first, prev, next, last } = linksOf(headers);
    expect(
      [first, prev, next, last].map((url) => url && new URL(url, server.url).searchParams.get('page')),
    ).toEqual(['1', '3', undefined, '3']);
  });

  test('finds nothing in what is a pattern elsewhere', async () => {
    expect(await api.listWorkflows({ query: { search: '%' } })).toEqual([]);
  });

  test('of versions has pages, too', async () => {
    const { id } = await create('version 1');
    for (const version of [2, 3]) await api.updateWorkflow({ ...at(id), body: body(`version ${version}`) });
    const { headers } = await send(server, 'GET', `${WORKFLOWS}/${id}/versions?limit=2`);
    expect(headers.get('x-total-count')).toBe('3');
    const next = await send(server, 'GET', linksOf(headers).next ?? '');
    expect(next.json).toMatchObject([{ version: 1, name: 'version 1' }]);
  });
});

describe('what does not fit the document is refused in its words', () => {
  const TEXT = { 'content-type': 'text/plain' };

  test.each([
    ['GET', `${WORKFLOWS}?limit=101`, 400, 'VALIDATION_ERROR', {}],
    ['GET', `${WORKFLOWS}?search=`, 400, 'VALIDATION_ERROR', {}],
    ['POST', WORKFLOWS, 400, 'MALFORMED_BODY', { body: '{' }],
    ['POST', WORKFLOWS, 400, 'VALIDATION_ERROR', { body: { definition_yaml: REPORT } }],
    ['POST', WORKFLOWS, 400, 'VALIDATION_ERROR', { body: { ...body('x'), more: 1 } }],
    ['POST', WORKFLOWS, 415, 'UNSUPPORTED_MEDIA_TYPE', { headers: TEXT, body: 'x' }],
    ['POST', WORKFLOWS, 413, 'PAYLOAD_TOO_LARGE', { body: ' '.repeat(1024 * 1024 + 1) }],
    ['PUT', `${WORKFLOWS}/wf_1`, 400, 'VALIDATION_ERROR', { headers: { 'if-match': '1' }, body: body('x') }],
    ['GET', `${WORKFLOWS}/wf_1/versions/0`, 400, 'VALIDATION_ERROR', {}],
    ['GET', WORKFLOWS, 406, 'NOT_ACCEPTABLE', { headers: { accept: 'text/html' } }],
    ['GET', WORKFLOWS, 401, 'UNAUTHORIZED', { headers: { authorization: 'Bearer nobody' } }],
    ['GET', '/mandas/v2/nothing', 404, 'ROUTE_NOT_FOUND', {}],
    ['PATCH', WORKFLOWS, 405, 'METHOD_NOT_ALLOWED', {}],
  ])('%s %s: %i %s', async (method, path, status, code, options) => {
    const answer = await send(server, method, path, options);
    expect({ status: answer.status, body: answer.json }).toEqual(refusal(status, code));
    expect(answer.headers.get('x-request-id')).toBeTruthy();
  });

  test('a fault is named with its place', async () => {
    const { json } = await send(server, 'POST', WORKFLOWS, { body: { ...body('x'), name: 5 } });
    expect(json).toMatchObject({
      error: { details: { findings: [{ in: 'body', pointer: '/name', code: 'type' }] } },
    });
  });

  test('a key without the permission is told which one it lacks', async () => {
    const identity = createIdentity({ baseUrl: server.url, auth: server.key });
    const { key } = await identity.createKey({ body: { name: 'reader', permissions: ['READ'] } });
    const reader = createMandas({ baseUrl: server.url, auth: key, maxRetries: 0 });
    expect(await reader.listWorkflows()).not.toEqual([]);
    expect(await refusalOf(reader.createWorkflow({ body: body('x') }))).toEqual(
      refusal(403, 'FORBIDDEN', { missing_permissions: ['WRITE'] }),
    );
    expect(await refusalOf(reader.startRun({ ...at('wf_1'), body: {} }))).toEqual(
      refusal(403, 'FORBIDDEN', { missing_permissions: ['EXECUTE'] }),
    );
  });
});

test("another tenant's workflows are not there", async () => {
  addOtherTenant(server);
  const { id } = await create('ours');
  const theirs = createMandas({ baseUrl: server.url, auth: OTHER_KEY, maxRetries: 0 });
  const gone = refusal(404, 'WORKFLOW_NOT_FOUND', { workflow_id: id });
  expect(await refusalOf(theirs.getWorkflow(at(id)))).toEqual(gone);
  expect(await refusalOf(theirs.updateWorkflow({ ...at(id), body: body('theirs') }))).toEqual(gone);
  expect(await refusalOf(theirs.deleteWorkflow(at(id)))).toEqual(gone);
  expect(await refusalOf(theirs.listWorkflowVersions(at(id)))).toEqual(gone);
  expect(await refusalOf(theirs.startRun({ ...at(id), body: {} }))).toEqual(gone);
  expect(await theirs.listWorkflows()).toEqual([]);
});
