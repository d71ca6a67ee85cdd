import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresBackend, sqliteBackend, type TablesBackend } from './laws/backends.ts';
import { definition, deltas, newRun, seqsOf, wholeLog } from './laws/fixtures.ts';
import { insert, openOlderRelease } from './laws/older-releases.ts';
import { initial } from './migrations/0001-initial.ts';
import type { Backend, Store } from './store.ts';

const QUEUED = {
  id: 'run_queued',
  tenant_id: 'tenant',
  workflow_id: 'wf_1',
  user_id: 'user',
  status: 'queued',
  priority: 3,
  timeout_ms: 60_000,
  on_disconnect: 'cancel',
  disconnect_grace_ms: 5_000,
  created_at: 1_000,
  inputs: '{"text":"it\'s \\u0000 ✓"}',
  definition: JSON.stringify(definition),
};
const RUNNING = {
  ...QUEUED,
  id: 'run_running',
  status: 'running',
  created_at: 2_000,
  started_at: 2_100,
  last_seq: 2,
  epoch: 4,
  owner: 'the dead',
  cancel_requested: 1,
};
const ENDED = {
  ...RUNNING,
  id: 'run_ended',
  status: 'failed',
  created_at: 3_000,
  finished_at: 3_500,
  execution_time_ms: 1_400,
  prompt_tokens: 7,
  completion_tokens: 8,
  steps: 9,
  error: '{"code":"boom","message":"it broke"}',
  outputs: '{"a":[1,null]}',
  cancel_requested: 0,
};
const WORKFLOWS = [
  { id: 'wf_1', created_at: 10, updated_at: 20, definition: JSON.stringify(definition) },
  {
    id: 'wf_2',
    created_at: 30,
    updated_at: 30,
    definition: JSON.stringify({ ...definition, name: 'NUL \u0000', description: 'ÜBER alles' }),
  },
];

/** A database as the first release left it, `initial` being the whole of its migrations. */
async function fillFirstRelease(target: Backend): Promise<void> {
  const database = await openOlderRelease(target, [initial]);
  for (const run of [QUEUED, RUNNING, ENDED]) await insert(database, 'workflow_executions', run);
  for (const run of [RUNNING, ENDED]) {
    for (const [index, event] of deltas(2).entries()) {
      const data = JSON.stringify(event);
      await insert(database, 'run_events', { run_id: run.id, seq: index + 1, type: event.type, at: 5, data });
    }
  }
  for (const workflow of WORKFLOWS) {
    await insert(database, 'workflows', { tenant_id: 'tenant', version: 1, ...workflow });
  }
  await insert(database, 'idempotency_keys', {
    tenant_id: 'tenant',
    key: 'key',
    run_id: ENDED.id,
    fingerprint: 'same',
    created_at: 3_000,
  });
  await insert(database, 'tenants', { id: 'tenant', name: 'A tenant', created_at: 1 });
  await insert(database, 'api_keys', {
    id: 'key_1',
    tenant_id: 'tenant',
    name: 'a key',
    prefix: 'fw_',
    hash: 'hash',
    scopes: '["READ"]',
    created_at: 1,
  });
  await database.destroy();
}

function upgradeTests(backend: TablesBackend) {
  let store: Store;
  beforeAll(async () => {
    await fillFirstRelease(await backend.target());
    // The second time there is nothing left to do.
    for (const _ of [1, 2]) {
      await store?.close();
      ({ store } = await backend.open());
    }
  });
  afterAll(async () => {
    await store.close();
    await backend.remove();
  });

  const plain = {
    tenantId: 'tenant',
    workflowId: 'wf_1',
    version: 1,
    userId: 'user',
    priority: 3,
    timeoutMs: 60_000,
    onDisconnect: 'cancel',
    disconnectGraceMs: 5_000,
    inputs: { text: "it's \u0000 ✓" },
    tokens: { prompt: 0, completion: 0 },
    steps: 0,
    pauseRequested: false,
    cancelRequested: false,
    prunedSeq: 0,
  };
  const expected = {
    queued: {
      ...plain,
      id: QUEUED.id,
      state: 'queued',
      createdAt: 1_000,
      queuedAt: 1_000,
      lastSeq: 0,
      epoch: 0,
    },
    running: {
      ...plain,
      id: RUNNING.id,
      state: 'running',
      createdAt: 2_000,
      queuedAt: 2_000,
      startedAt: 2_100,
      lastSeq: 2,
      epoch: 4,
      cancelRequested: true,
    },
    ended: {
      ...plain,
      id: ENDED.id,
      state: 'failed',
      createdAt: 3_000,
      queuedAt: 3_000,
      startedAt: 2_100,
      finishedAt: 3_500,
      lastSeq: 2,
      epoch: 4,
      tokens: { prompt: 7, completion: 8 },
      steps: 9,
      error: { code: 'boom', message: 'it broke' },
      outputs: { a: [1, null] },
    },
  };

  test('every run reads as before, queued since its creation', async () => {
    const { items } = await store.runs.list('tenant', {}, { limit: 10 });
    expect(items).toEqual([expected.ended, expected.running, expected.queued]);
    for (const run of items) {
      expect(await store.runs.get('tenant', run.id)).toEqual(run);
      expect(await store.runs.plan(run.id)).toEqual({ definition });
    }
  });

  test('logs and the lease of a run under way stay', async () => {
    for (const { id } of [expected.running, expected.ended]) {
      const events = await wholeLog(store, id);
      expect(events.map(({ event }) => event)).toEqual(deltas(2));
      expect(seqsOf(events)).toEqual([1, 2]);
    }
    await store.log.append({ runId: RUNNING.id, epoch: 4 }, 3, deltas(1));
    expect(await store.runs.recover('me')).toEqual([
      { runId: QUEUED.id, tenantId: 'tenant', priority: 3 },
      { runId: RUNNING.id, tenantId: 'tenant', priority: 3 },
    ]);
    expect(await store.runs.claim(RUNNING.id, 'me', 9_000)).toMatchObject({
      epoch: 5,
      startedAt: 2_100,
      lastSeq: 3,
      definition,
    });
  });

  test('idempotency keys and API keys stay', async () => {
    const idempotency = { key: 'key', fingerprint: 'same' };
    const again = await store.runs.create(newRun({ idempotency, createdAt: 4_000 }));
    expect(again).toEqual({ outcome: 'repeated', run: expected.ended });
    expect(await store.keys.findByHash('hash')).toMatchObject({ id: 'key_1', tenantId: 'tenant' });
  });

  test('every workflow is version 1 of itself, is found by its name and takes versions', async () => {
    const { items } = await store.workflows.list('tenant', { limit: 10 });
    const [second, first] = WORKFLOWS.toReversed().map(({ id, created_at, updated_at, definition }) => ({
      id,
      tenantId: 'tenant',
      version: 1,
      latestVersion: 1,
      createdAt: created_at,
      updatedAt: updated_at,
      definition: JSON.parse(definition),
    }));
    expect(items).toEqual([second, first]);
    const found = await store.workflows.list('tenant', { limit: 10 }, { search: 'über' });
    expect(found.items).toEqual([second]);
    const added = await store.workflows.addVersion(
      { id: 'wf_1', tenantId: 'tenant', definition, createdAt: 99 },
      1,
    );
    expect(added).toMatchObject({ outcome: 'added', workflow: { version: 2, createdAt: 10, updatedAt: 99 } });
    expect(await store.workflows.get('tenant', 'wf_1', 1)).toEqual({ ...first, latestVersion: 2 });
  });

  test('old runs are counted, and deleted when their time has come', async () => {
    const query = { createdAfter: 0, createdBefore: 10_000, groupBy: ['workflow'] } as const;
    const { totals, byWorkflow } = await store.stats.read('tenant', query);
    expect(totals).toMatchObject({ runs: 3, byState: { failed: 1 }, tokens: { prompt: 7, completion: 8 } });
    expect(byWorkflow).toMatchObject([{ workflowId: 'wf_1', name: definition.name }]);
    expect(await store.runs.prune({ eventsMs: 1 }, 10_000, 10)).toBe(1);
    expect(await store.runs.get('tenant', ENDED.id)).toMatchObject({ prunedSeq: 2 });
  });
}

const postgres = await postgresBackend();

describe('a database of the first release, on SQLite', () => upgradeTests(sqliteBackend()));
describe.skipIf(postgres.missing)('a database of the first release, on PostgreSQL', () =>
  upgradeTests(postgres),
);
