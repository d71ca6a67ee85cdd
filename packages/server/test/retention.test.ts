import { createWorkflowExecution, isApiError } from '@flowwire/client';
import { workflowExecution } from '@flowwire/contract/workflow-execution';
import { expect, onTestFinished, test } from 'vitest';
import { dataFolder, openTestServer } from './support/reference-server.ts';
import { shout } from './support/workflows.ts';

/** A server over a folder of its data, as an earlier one left it. */
async function openOver(FLOWWIRE_DATA_DIR: string, environment = {}) {
  const server = await openTestServer({ FLOWWIRE_DATA_DIR, ...environment });
  const api = createWorkflowExecution({ baseUrl: server.url, auth: server.key, maxRetries: 0 });
  return { server, api };
}

test('events that are no longer kept are answered 410 with the record, which stays', async () => {
  const folder = await dataFolder();
  onTestFinished(folder.remove);
  const before = await openOver(folder.path);
  const { id } = await before.api.createWorkflow({ body: shout });
  const headers = { 'Idempotency-Key': 'old' };
  const body = { inputs: { text: 'x' } };
  const request = { path: { id }, headers, body };
  const old = (await before.api.streamWorkflowExecution(request).result()).workflow_run_id;
  const recent = (await before.api.executeWorkflow({ path: { id }, body })).workflow_run_id;
  const told = await before.api.getExecution({ path: { execution_id: old } });
  await before.server.close();

  const { server, api } = await openOver(folder.path, { FLOWWIRE_RETAIN_EVENTS_OF_RUNS: '1' });
  onTestFinished(server.close);
  const path = { execution_id: old };
  await expect.poll(async () => (await api.getExecution({ path })).nodes).toEqual([]);
  const { nodes: _nodes, progress: _progress, ...record } = told;
  expect(await api.getExecution({ path })).toEqual({ ...record, nodes: [] });

  const followed: unknown = await api
    .followExecution({ path })
    .result()
    .catch((reason: unknown) => reason);
  if (!isApiError(followed, workflowExecution, 'followExecution', 410)) throw followed;
  expect(followed.body).toMatchObject({ code: 'cursor_expired', status: 410, execution: record });
  const resumed = api.streamWorkflowExecution(request).result();
  await expect(resumed).rejects.toMatchObject({ status: 410, code: 'cursor_expired' });
  const kept = await api.followExecution({ path: { execution_id: recent } }).result();
  expect(kept.data.status).toBe('succeeded');
});
