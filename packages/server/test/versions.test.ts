import { createWorkflowExecution } from '@flowwire/client';
import type { WorkflowDefinition } from '@flowwire/contract/workflow-execution';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addOtherTenant } from './support/other-tenant.ts';
import { openTestServer, type TestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

let server: TestServer;
let api: ReturnType<typeof createWorkflowExecution>;

beforeAll(async () => {
  server = await openTestServer();
  api = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
});

afterAll(() => server.close());

/** As `shout`, in lower case. */
const whisper: WorkflowDefinition = {
  ...shout,
  name: 'whisper',
  nodes: shout.nodes.map((node) =>
    node.type === 'template' ? { ...node, template: '{{ text | lower }}' } : node,
  ),
};

/** A workflow with two versions: `shout`, then `whisper`. */
async function twoVersions(): Promise<{ path: { id: string } }> {
  const { id } = await api.createWorkflow({ body: shout });
  await api.updateWorkflow({ path: { id }, body: whisper });
  return { path: { id } };
}

const run = async (path: { id: string }, version?: number) => {
  const inputs = { text: 'Hi' };
  const { workflow_run_id, data } = await api.executeWorkflow({
    path,
    body: version === undefined ? { inputs } : { inputs, version },
  });
  const execution = await api.getExecution({ path: { execution_id: workflow_run_id } });
  return { version: execution.version, text: data.outputs.text };
};

describe('versions', () => {
  test('a change makes a new version, and the one before stays', async () => {
    const { path } = await twoVersions();
    expect(await api.getWorkflow({ path })).toMatchObject({ version: 2, definition: whisper });
    const first = await api.getWorkflow({ path, query: { version: 1 } });
    expect(first).toMatchObject({ version: 1, latest_version: 2, name: 'shout', definition: shout });
    const { data } = await api.listWorkflowVersions({ path });
    expect(data.map(({ version, name }) => [version, name])).toEqual([
      [2, 'whisper'],
      [1, 'shout'],
    ]);
  });

  test('the same change twice is one version', async () => {
    const { path } = await twoVersions();
    expect(await api.updateWorkflow({ path, body: whisper })).toMatchObject({ version: 2 });
    expect(await api.updateWorkflow({ path, query: { after_version: 1 }, body: whisper })).toMatchObject({
      version: 2,
    });
  });

  test('a change that was made from an older version is refused', async () => {
    const { path } = await twoVersions();
    const body = { ...shout, name: 'late' };
    const late = api.updateWorkflow({ path, query: { after_version: 1 }, body });
    await expect(late).rejects.toMatchObject({ status: 409, code: 'version_conflict' });
    expect(await api.updateWorkflow({ path, query: { after_version: 2 }, body })).toMatchObject({
      version: 3,
    });
  });

  test('a faulty change is refused and changes nothing', async () => {
    const { path } = await twoVersions();
    const faulty = { ...shout, edges: [{ from: 'start', to: 'nowhere' }] };
    await expect(api.updateWorkflow({ path, body: faulty })).rejects.toMatchObject({
      status: 422,
      code: 'invalid_definition',
    });
    expect(await api.getWorkflow({ path })).toMatchObject({ version: 2 });
  });

  test('pages of versions follow each other', async () => {
    const { path } = await twoVersions();
    const first = await api.listWorkflowVersions({ path, query: { limit: 1 } });
    const next = { limit: 1, cursor: first.next_cursor ?? '' };
    const second = await api.listWorkflowVersions({ path, query: next });
    expect([...first.data, ...second.data].map(({ version }) => version)).toEqual([2, 1]);
    expect(second.has_more).toBe(false);
  });
});

describe('publishing', () => {
  test('the newest version runs until one is published, and again once that is taken off', async () => {
    const { path } = await twoVersions();
    expect(await run(path)).toEqual({ version: 2, text: 'hi' });
    expect(await api.publishWorkflow({ path, body: { version: 1 } })).toMatchObject({
      version: 1,
      published_version: 1,
    });
    expect(await run(path)).toEqual({ version: 1, text: 'HI' });
    expect(await run(path, 2)).toEqual({ version: 2, text: 'hi' });
    expect(await api.takeOffWorkflow({ path })).not.toHaveProperty('published_version');
    expect(await run(path)).toEqual({ version: 2, text: 'hi' });
  });

  test('a version that there is not is neither published, read nor run', async () => {
    const { path } = await twoVersions();
    const calls = [
      api.publishWorkflow({ path, body: { version: 3 } }),
      api.getWorkflow({ path, query: { version: 3 } }),
      api.exportWorkflow({ path, query: { version: 3 } }),
      api.executeWorkflow({ path, body: { inputs: { text: 'Hi' }, version: 3 } }),
    ];
    await Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ status: 404, code: 'version_not_found' })),
    );
  });
});

describe('deleting', () => {
  test('a deleted workflow is gone, and its executions stay', async () => {
    const { path } = await twoVersions();
    const { workflow_run_id } = await api.executeWorkflow({ path, body: { inputs: { text: 'Hi' } } });
    await api.deleteWorkflow({ path });
    const calls = [
      api.getWorkflow({ path }),
      api.listWorkflowVersions({ path }),
      api.updateWorkflow({ path, body: shout }),
      api.deleteWorkflow({ path }),
      api.executeWorkflow({ path, body: { inputs: { text: 'Hi' } } }),
    ];
    await Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ status: 404, code: 'workflow_not_found' })),
    );
    const kept = await api.getExecution({ path: { execution_id: workflow_run_id } });
    expect(kept).toMatchObject({ status: 'success', workflow_id: path.id });
    expect(kept.nodes.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });
});

describe('exporting', () => {
  const text = async (id: string, query: string) => {
    const response = await fetch(`${server.url}/api/workflow/${id}/export${query}`, {
      headers: { authorization: `Bearer ${server.key}` },
    });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };

  test('what is exported as YAML is imported as the same workflow', async () => {
    const { path } = await twoVersions();
    const exported = await text(path.id, '?version=1');
    expect(exported.type).toMatch(/^application\/yaml/);
    const imported = await api.importWorkflow({ body: { content: exported.text } });
    if (!('workflow' in imported)) throw new Error('nothing was stored');
    const { workflow } = imported;
    expect(workflow.definition).toMatchObject(shout);
    expect((await text(workflow.id, '')).text).toBe(exported.text);
  });

  test('a flowchart has every node and edge', async () => {
    const { path } = await twoVersions();
    const { type, text: chart } = await text(path.id, '?format=mermaid');
    expect(type).toMatch(/^text\/vnd\.mermaid/);
    for (const { id } of whisper.nodes) expect(chart).toContain(id);
    expect(chart.match(/-->/g)).toHaveLength(whisper.edges.length);
  });
});

describe('another tenant', () => {
  test('finds none of the workflows, and stores none in their place', async () => {
    const theirs = addOtherTenant(server);
    const { path } = await twoVersions();
    const calls = [
      theirs.updateWorkflow({ path, body: shout }),
      theirs.listWorkflowVersions({ path }),
      theirs.publishWorkflow({ path, body: { version: 1 } }),
      theirs.takeOffWorkflow({ path }),
      theirs.exportWorkflow({ path }),
      theirs.deleteWorkflow({ path }),
      theirs.getWorkflow({ path, query: { version: 1 } }),
    ];
    await Promise.all(
      calls.map((call) => expect(call).rejects.toMatchObject({ status: 404, code: 'workflow_not_found' })),
    );
    expect(await api.getWorkflow({ path })).toMatchObject({ version: 2 });
  });
});
