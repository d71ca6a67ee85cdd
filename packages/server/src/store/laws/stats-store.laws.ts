import type { NodeFinished, OneOff, RunChange, StatsQuery } from '@flowwire/engine';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { claimedRun, definition, deltas, newRun, nodeFinished, unique } from './fixtures.ts';

const DAY_MS = 86_400_000;
const ALL_STATES = {
  queued: 0,
  running: 0,
  paused: 0,
  waiting: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  timed_out: 0,
};

interface Ended {
  readonly workflowId?: string;
  readonly kind?: OneOff;
  readonly createdAt: number;
  readonly queuedMs: number;
  readonly elapsedMs: number;
  readonly change?: RunChange;
}

export function statsStoreLaws(open: OpenLawStore) {
  let store: LawStore;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const end = async (
    tenantId: string,
    { kind, workflowId = kind ?? 'wf_1', createdAt, queuedMs, elapsedMs, change }: Ended,
  ) => {
    const run = newRun({ tenantId, workflowId, createdAt, ...(kind && { kind }) });
    await store.runs.create(run);
    const startedAt = createdAt + queuedMs;
    await store.runs.claim(run.id, 'owner', startedAt);
    await store.log.append({ runId: run.id, epoch: 1 }, 1, deltas(1), {
      state: 'succeeded',
      finishedAt: startedAt + elapsedMs,
      ...change,
    });
  };
  const read = (tenantId: string, query: Partial<StatsQuery> = {}) =>
    store.stats.read(tenantId, { createdAfter: -1, createdBefore: 1e12, groupBy: [], ...query });

  test('a tenant without runs has no shares and no percentiles', async () => {
    const figures = { runs: 0, byState: ALL_STATES, tokens: { prompt: 0, completion: 0 } };
    expect(await read(unique('tenant'), { groupBy: ['workflow', 'node', 'day'] })).toEqual({
      totals: figures,
      byWorkflow: [],
      byNode: [],
      byDay: [],
    });
  });

  test('runs are counted by state, with the share that succeeded, times and tokens', async () => {
    const tenantId = unique('tenant');
    for (const elapsedMs of [40, 10, 30, 20]) {
      const change = { tokens: { prompt: 1, completion: 2 } };
      await end(tenantId, { createdAt: 100, queuedMs: elapsedMs / 10, elapsedMs, change });
    }
    await end(tenantId, { createdAt: 100, queuedMs: 9, elapsedMs: 50, change: { state: 'timed_out' } });
    await claimedRun(store, { tenantId, createdAt: 1_990 });
    await store.runs.create(newRun({ tenantId }));
    expect(await read(tenantId)).toEqual({
      totals: {
        runs: 7,
        byState: { ...ALL_STATES, queued: 1, running: 1, succeeded: 4, timed_out: 1 },
        successRate: 0.8,
        elapsedMs: { p50: 30, p95: 50 },
        queuedMs: { p50: 3, p95: 10 },
        tokens: { prompt: 4, completion: 8 },
      },
    });
  });

  test('percentiles are values that occurred, by nearest rank', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { minLength: 1, maxLength: 25 }), async (values) => {
        const tenantId = unique('tenant');
        for (const elapsedMs of values) await end(tenantId, { createdAt: 100, queuedMs: 0, elapsedMs });
        const sorted = values.toSorted((a, b) => a - b);
        const atRank = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1];
        const { totals } = await read(tenantId);
        expect(totals.elapsedMs).toEqual({ p50: atRank(50), p95: atRank(95) });
      }),
      { numRuns: 10 },
    );
  });

  test('runs are grouped by workflow, most first, and by day', async () => {
    const tenantId = unique('tenant');
    const ended = { queuedMs: 1, elapsedMs: 2 };
    await store.workflows.create({ id: 'wf_b', tenantId, definition, createdAt: 1 });
    await end(tenantId, { workflowId: 'wf_a', createdAt: DAY_MS - 1, ...ended });
    await end(tenantId, { workflowId: 'wf_b', createdAt: DAY_MS, ...ended });
    await end(tenantId, { workflowId: 'wf_b', createdAt: 3 * DAY_MS, ...ended });
    const { byWorkflow, byDay } = await read(tenantId, { groupBy: ['workflow', 'day'] });
    expect(byWorkflow).toMatchObject([
      { workflowId: 'wf_b', name: definition.name, figures: { runs: 2, successRate: 1 } },
      { workflowId: 'wf_a', figures: { runs: 1, elapsedMs: { p50: 2, p95: 2 } } },
    ]);
    expect(byWorkflow?.[1]).not.toHaveProperty('name');
    expect(byDay?.map(({ date, figures }) => [date, figures.runs])).toEqual([
      ['1970-01-01', 1],
      ['1970-01-02', 1],
      ['1970-01-04', 1],
    ]);
  });

  test('bounds are exclusive, and a workflow or another tenant is left out', async () => {
    const tenantId = unique('tenant');
    for (const createdAt of [100, 200, 300]) {
      const workflowId = createdAt === 200 ? 'wf_a' : 'wf_b';
      await end(tenantId, {
        workflowId,
        createdAt,
        queuedMs: 1,
        elapsedMs: 2,
        change: { nodes: [nodeFinished()] },
      });
    }
    const count = async (query: Partial<StatsQuery>, of = tenantId) => {
      const { totals, byNode } = await read(of, { ...query, groupBy: ['node'] });
      return [totals.runs, byNode?.reduce((sum, { runs }) => sum + runs, 0)];
    };
    expect(await count({})).toEqual([3, 3]);
    expect(await count({ createdAfter: 100, createdBefore: 300 })).toEqual([1, 1]);
    expect(await count({ workflowId: 'wf_b' })).toEqual([2, 2]);
    expect(await count({}, unique('tenant'))).toEqual([0, 0]);
  });

  test('runs of definitions that are no stored workflows are left out, and their nodes', async () => {
    const tenantId = unique('tenant');
    const change = { nodes: [nodeFinished()] };
    for (const kind of [undefined, 'task', 'trial'] as const)
      await end(tenantId, { createdAt: 100, queuedMs: 1, elapsedMs: 2, change, ...(kind && { kind }) });
    const { totals, byWorkflow, byNode } = await read(tenantId, { groupBy: ['workflow', 'node'] });
    expect(totals.runs).toBe(1);
    expect(byWorkflow?.map(({ workflowId }) => workflowId)).toEqual(['wf_1']);
    expect(byNode).toMatchObject([{ workflowId: 'wf_1', runs: 1 }]);
  });

  test('nodes are counted by what became of them, also many of one run', async () => {
    const tenantId = unique('tenant');
    const nodes: NodeFinished[] = [
      nodeFinished({ elapsedMs: 30, attempts: 3 }),
      nodeFinished({ elapsedMs: 10, status: 'failed', attempts: 2 }),
      nodeFinished({ elapsedMs: 20, status: 'cancelled', attempts: 0 }),
      ...Array.from({ length: 17 }, (_, n) => nodeFinished({ nodeId: 'each', elapsedMs: n + 1 })),
      nodeFinished({ nodeId: 'reused', reused: true }),
    ];
    await end(tenantId, { createdAt: 100, queuedMs: 1, elapsedMs: 2, change: { nodes } });
    const later = [nodeFinished({ title: 'New title', nodeType: 'http', elapsedMs: 40 })];
    await end(tenantId, { createdAt: 200, queuedMs: 1, elapsedMs: 2, change: { nodes: later } });
    const { byNode } = await read(tenantId, { groupBy: ['node'] });
    expect(byNode).toMatchObject([
      {
        workflowId: 'wf_1',
        nodeId: 'each',
        runs: 17,
        succeeded: 17,
        retries: 0,
        elapsedMs: { p50: 9, p95: 17 },
        tokens: { prompt: 17, completion: 34 },
      },
      {
        nodeId: 'n1',
        nodeType: 'http',
        title: 'New title',
        runs: 4,
        succeeded: 2,
        failed: 1,
        cancelled: 1,
        retries: 3,
        elapsedMs: { p50: 20, p95: 40 },
      },
    ]);
    expect(byNode).toHaveLength(2);
  });
}
