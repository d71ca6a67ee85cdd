import { createWorkflowExecution, isApiError } from '@flowwire/client';
import { type ImportRequest, workflowExecution } from '@flowwire/contract/workflow-execution';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addOtherTenant } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';

let server: TestServer;
let api: ReturnType<typeof createWorkflowExecution>;

beforeAll(async () => {
  server = await openTestServer();
  api = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
});

afterAll(() => server.close());

const native = `format: flowwire/1
name: shout
nodes:
  - { id: start, type: start }
  - { id: upper, type: template, template: "{{ text | upper }}", variables: { text: "{{ start.text }}" } }
  - { id: end, type: end, outputs: { text: "{{ upper.output }}" } }
edges:
  - { from: start, to: upper }
  - { from: upper, to: end }
`;

/** A Dify app with one node between start and end, which is `middle`. */
const dify = (middle: string, environment = '[]') => `kind: app
version: 0.6.0
app: { name: Greeter, mode: workflow, description: Greets somebody. }
workflow:
  environment_variables: ${environment}
  graph:
    nodes:
      - id: '1'
        type: custom
        data:
          type: start
          title: Start
          variables: [{ variable: text, label: Text, type: paragraph, required: true }]
      - id: '2'
        type: custom
        data: ${middle}
      - id: '3'
        type: custom
        data:
          type: end
          title: End
          outputs: [{ variable: text, value_selector: ['2', output] }]
    edges:
      - { id: a, type: custom, source: '1', target: '2', sourceHandle: source, targetHandle: target }
      - { id: b, type: custom, source: '2', target: '3', sourceHandle: source, targetHandle: target }
`;

const template = `
          type: template-transform
          title: Upper
          template: '{{ text | upper }}'
          variables: [{ variable: text, value_selector: ['1', text] }]`;

const KEY = 'very-secret-key-of-the-shop';
const request = `
          type: http-request
          title: Order
          method: get
          url: https://shop.example.com/orders
          authorization: { type: api-key, config: { type: bearer, api_key: ${KEY} } }
          headers: ''
          params: ''
          body: { type: none }`;

/** A Dify app with a secret in it. */
const shop = dify(request).replace("['2', output]", "['2', body]");

const astron = (type: string) =>
  JSON.stringify({
    name: 'Echo',
    data: {
      nodes: [
        {
          id: 'node-start::1',
          data: {
            nodeMeta: { nodeType: 'basic', aliasName: 'Start' },
            inputs: [],
            outputs: [{ id: 'o', name: 'AGENT_USER_INPUT', required: true, schema: { type: 'string' } }],
            nodeParam: {},
          },
        },
        ...(type === ''
          ? []
          : [
              {
                id: `${type}::2`,
                data: { nodeMeta: { nodeType: 'x', aliasName: 'X' }, inputs: [], outputs: [], nodeParam: {} },
              },
            ]),
        {
          id: 'node-end::3',
          data: {
            nodeMeta: { nodeType: 'basic', aliasName: 'End' },
            inputs: [
              {
                id: 'i',
                name: 'output',
                schema: {
                  type: 'string',
                  value: { type: 'ref', content: { nodeId: 'node-start::1', name: 'AGENT_USER_INPUT' } },
                },
              },
            ],
            outputs: [],
            nodeParam: { outputMode: 1, template: '{{output}}' },
          },
        },
      ],
      edges: [{ sourceNodeId: 'node-start::1', targetNodeId: 'node-end::3' }],
    },
  });

const mandas = `name: 销售报告工作流
description: 自动化销售数据分析
agents:
  - name: DataAnalyzer
    type: data_analysis
  - name: ReportGenerator
    type: report_generation
`;

/** Imports a text for good. */
async function importText(body: ImportRequest) {
  const imported = await api.importWorkflow({ body });
  if (!('workflow' in imported)) throw new Error('nothing was stored');
  return imported;
}

type Format = NonNullable<ImportRequest['format']>;

/** The refusal of an import, as the document has it. */
async function refusalOf(body: ImportRequest) {
  const error: unknown = await api.importWorkflow({ body }).catch((reason: unknown) => reason);
  if (!isApiError(error, workflowExecution, 'importWorkflow', 422)) throw error;
  return error.body;
}

const workflowIds = async () => (await api.listWorkflows({ query: { limit: 100 } })).data.map(({ id }) => id);

describe('a text of each format', () => {
  const texts: [Format, string, nodes: number][] = [
    ['native', native, 3],
    ['dify', dify(template), 3],
    ['astron', astron(''), 2],
    ['mandas', mandas, 2],
  ];

  test.each(texts)('%s becomes a workflow, with a row for each node', async (format, content, nodes) => {
    const { workflow, report } = await importText({ format, content });
    expect(report.format).toBe(format);
    expect(report.nodes).toHaveLength(nodes);
    for (const row of report.nodes) {
      expect(row.line).toBeGreaterThan(0);
      expect(['imported', 'adapted']).toContain(row.status);
      const ids = workflow.definition.nodes.map(({ id }) => id);
      for (const { id } of row.imported_as) expect(ids).toContain(id);
    }
    expect(await api.getWorkflow({ path: { id: workflow.id } })).toEqual(workflow);
    expect(workflow.imported_from).toBe(format === 'native' ? undefined : format);
  });

  test.each(texts)('%s is told from the text alone', async (format, content) => {
    const { report } = await importText({ content });
    expect(report.format).toBe(format);
  });

  test.each([
    ['native', native],
    ['dify', dify(template)],
  ] as const)('a workflow imported from %s runs', async (format, content) => {
    const { workflow } = await importText({ format, content });
    const body = { inputs: { text: 'hi' } };
    const { data } = await api.executeWorkflow({ path: { id: workflow.id }, body });
    expect(data).toMatchObject({ status: 'succeeded', outputs: { text: 'HI' } });
  });

  test('a dry run tells the same and stores nothing', async () => {
    const before = await workflowIds();
    const body = { format: 'dify' as const, content: shop, dry_run: true };
    const preview = await api.importWorkflow({ body });
    if (!('definition' in preview)) throw new Error('the answer is no preview');
    expect(preview.report).toMatchObject({ format: 'dify', secrets: [expect.any(String)] });
    expect(await workflowIds()).toEqual(before);
    expect((await api.listSecrets()).data).toEqual([]);
  });

  test('the same Idempotency-Key makes one workflow', async () => {
    const headers = { 'Idempotency-Key': 'import-1' };
    const first = await api.importWorkflow({ headers, body: { content: native } });
    expect(await api.importWorkflow({ headers, body: { content: native } })).toEqual(first);
    const other = api.importWorkflow({ headers, body: { content: dify(template) } });
    await expect(other).rejects.toMatchObject({ status: 409, code: 'idempotency_key_reused' });
  });
});

describe('a text that cannot be imported', () => {
  test('names every node that is not supported, with its line, and stores nothing', async () => {
    const before = await workflowIds();
    const middle = '{ type: knowledge-retrieval, title: Look it up, dataset_ids: [d1] }';
    const content = dify(middle);
    const { code, details, report } = await refusalOf({ format: 'dify', content });
    expect(code).toBe('import_failed');
    const line = content.split('\n').findIndex((text) => text.includes("id: '2'")) + 1;
    const unsupported = report.nodes.filter(({ status }) => status === 'unsupported');
    expect(unsupported).toMatchObject([{ node_id: '2', node_type: 'knowledge-retrieval', line }]);
    expect(details).toContainEqual(
      expect.objectContaining({ in: 'body', pointer: '/content', node_id: '2', line }),
    );
    expect(report.nodes).toHaveLength(3);
    expect(await workflowIds()).toEqual(before);
  });

  test.each<[string, ImportRequest]>([
    ['a native definition with faults', { format: 'native', content: native.replace('to: end', 'to: ende') }],
    ['an astron flow with a node of an unknown type', { format: 'astron', content: astron('rpa') }],
    ['a MANDAS definition without agents', { format: 'mandas', content: 'name: nobody\n' }],
    ['YAML that is none', { content: 'a: [1\nb: }' }],
    ['a text of no format', { content: 'just: this\n' }],
    ['an alias that grows without end', { content: 'a: &a [x]\nb: &b [*a, *a]\nname: [*b, *b, *b]\n' }],
  ])('%s', async (_name, body) => {
    const { details = [] } = await refusalOf(body);
    expect(details.length).toBeGreaterThan(0);
    for (const { pointer, message } of details) {
      expect(pointer).toBe('/content');
      expect(message).not.toBe('');
    }
  });

  test('a request that does not fit the document is no import', async () => {
    const call = api.importWorkflow({ body: { content: '' } });
    await expect(call).rejects.toMatchObject({ status: 400, code: 'invalid_request' });
  });
});

describe('secrets in a text', () => {
  test('are moved out of it, and named only', async () => {
    const { workflow, report } = await importText({ format: 'dify', content: shop });
    const [name = ''] = report.secrets;
    expect(JSON.stringify(workflow)).not.toContain(KEY);
    expect(JSON.stringify(workflow.definition)).toContain(`{{ secret.${name} }}`);
    const listed = await api.listSecrets();
    expect(listed.data).toMatchObject([{ name }]);
    expect(JSON.stringify(listed)).not.toContain(KEY);
    expect(server.logged.join('')).not.toContain(KEY);

    const again = await importText({ format: 'dify', content: shop });
    expect(again.report.secrets).toEqual([name]);
    const other = shop.replace(KEY, 'another-key-of-the-shop');
    const third = await importText({ format: 'dify', content: other });
    expect(third.report.secrets).toEqual([`${name}_2`]);
    expect(JSON.stringify(third.workflow.definition)).toContain(`{{ secret.${name}_2 }}`);
    for (const secret of [name, `${name}_2`]) await api.deleteSecret({ path: { name: secret } });
  });

  test('are refused when the request asks for that, without telling them', async () => {
    const body = await refusalOf({ format: 'dify', content: shop, secrets: 'refuse' });
    expect(body.details?.map(({ node_id }) => node_id)).toContain('2');
    expect(JSON.stringify(body)).not.toContain(KEY);
  });
});

describe('the store of secrets', () => {
  test('a secret is set, replaced, listed by name and deleted', async () => {
    const path = { name: 'SHOP_KEY' };
    await api.setSecret({ path, body: { value: 'one' } });
    await api.setSecret({ path, body: { value: 'two' } });
    expect((await api.listSecrets()).data).toMatchObject([{ name: 'SHOP_KEY' }]);
    const theirs = addOtherTenant(server);
    expect((await theirs.listSecrets()).data).toEqual([]);
    const foreign = theirs.deleteSecret({ path });
    await expect(foreign).rejects.toMatchObject({ status: 404, code: 'secret_not_found' });
    await api.deleteSecret({ path });
    const again = api.deleteSecret({ path });
    await expect(again).rejects.toMatchObject({ status: 404, code: 'secret_not_found' });
  });

  test('a value that is none is refused without telling it', async () => {
    const long = 'secret '.repeat(10_000);
    const call = api.setSecret({ path: { name: 'SHOP_KEY' }, body: { value: long } });
    const error: unknown = await call.catch((reason: unknown) => reason);
    if (!isApiError(error, workflowExecution, 'setSecret', 400)) throw error;
    expect(JSON.stringify(error.body)).not.toContain('secret secret');
  });
});
