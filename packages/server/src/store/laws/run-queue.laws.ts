import { InvalidCursorError, type NewRun, type QueueFilter } from '@flowwire/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { claimedRun, deltas, endedRun, newRun, pagesOf, unique, upTo } from './fixtures.ts';

/** More urgent than what other laws leave in the queue that all tenants share. */
const URGENT = 1_000;

export function runQueueLaws(open: OpenLawStore) {
  let store: LawStore;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const create = async (tenantId: string, priority: number, createdAt: number, workflowId = 'wf_1') => {
    const run = newRun({ tenantId, priority, createdAt, workflowId });
    await store.runs.create(run);
    return run.id;
  };

  test('recovery queues what others left running and answers the queue in order', async () => {
    const tenantId = unique('tenant');
    const low = newRun({ tenantId, priority: 1, createdAt: 10, pool: 'background' });
    await store.runs.create(low);
    const late = await create(tenantId, 5, 30);
    const early = await create(tenantId, 5, 20);
    const orphan = await create(tenantId, 9, 40);
    const mine = await create(tenantId, 9, 50);
    const finished = await endedRun(store, { tenantId, priority: 9 });
    await store.runs.claim(orphan, 'the dead', 1);
    await store.runs.claim(mine, 'me', 1);

    const recovered = await store.runs.recover('me');
    const ids = new Set([low.id, late, early, orphan, mine, finished]);
    expect(recovered.filter(({ runId }) => ids.has(runId))).toEqual([
      { runId: orphan, tenantId, priority: 9 },
      { runId: early, tenantId, priority: 5 },
      { runId: late, tenantId, priority: 5 },
      { runId: low.id, tenantId, priority: 1, pool: 'background' },
    ]);
    expect(await store.runs.get(tenantId, mine)).toMatchObject({ state: 'running' });
    expect(await store.runs.claim(orphan, 'me', 99)).toMatchObject({ epoch: 2, startedAt: 1 });
  });

  test('recovery leaves runs alone that wait for somebody', async () => {
    const [waiting, paused] = [await claimedRun(store), await claimedRun(store)];
    await store.log.append(waiting, 1, deltas(1), { state: 'waiting' });
    await store.runs.requestPause('tenant', paused.runId);
    await store.log.append(paused, 1, deltas(1), { state: 'paused' });
    const recovered = (await store.runs.recover('me')).map(({ runId }) => runId);
    expect(recovered).not.toContain(waiting.runId);
    expect(recovered).not.toContain(paused.runId);
  });

  test('runs of other pools hold no places, and those that are not listed do', async () => {
    const [one, two] = [unique('tenant'), unique('tenant')];
    const pool = unique('pool');
    const add = async (tenantId: string, createdAt: number, more: Partial<NewRun> = {}) => {
      const run = newRun({ tenantId, priority: URGENT * 2, createdAt, ...more });
      await store.runs.create(run);
      return run.id;
    };
    const theirs = await add(two, 1, { pool });
    const pooled = [await add(one, 2, { pool }), await add(one, 3, { pool, kind: 'task' })];
    const plain = [await add(one, 4), await add(one, 5, { kind: 'trial' }), await add(one, 6)];
    const placesOf = async (filter: QueueFilter) =>
      (await store.runs.queued(one, filter, { limit: 10 })).items.map((queued) => [
        queued.run.id,
        queued.position,
        queued.positionInTenant,
      ]);
    const all = [
      [pooled[0], 2, 1],
      [pooled[1], 3, 2],
      [plain[0], 1, 1],
      [plain[1], 2, 2],
      [plain[2], 3, 3],
    ];
    expect(await placesOf({})).toEqual(all);
    expect(await placesOf({ kind: 'workflow' })).toEqual([all[0], all[2], all[4]]);
    expect(await placesOf({ kind: 'trial' })).toEqual([all[3]]);
    expect(await store.runs.countActive(one, { kind: 'workflow' })).toMatchObject({ queued: 3 });
    expect(await store.runs.countActive(one, { kind: 'task' })).toMatchObject({ queued: 1 });
    for (const runId of [theirs, ...pooled, ...plain]) await store.runs.claim(runId, 'owner', 1);
  });

  test("a tenant's queue tells each run's place among the runs of all tenants", async () => {
    const [one, two] = [unique('tenant'), unique('tenant')];
    const third = await create(one, URGENT, 20, 'wf_b');
    const first = await create(one, URGENT + 5, 50, 'wf_a');
    await create(two, URGENT, 10);
    const fourth = await create(one, URGENT, 30, 'wf_a');
    const running = await create(one, URGENT + 9, 1);
    await store.runs.claim(running, 'owner', 1);
    const placesOf = async (filter: { workflowId?: string; runId?: string }) =>
      (await store.runs.queued(one, filter, { limit: 10 })).items.map(({ run, position }) => [
        run.id,
        position,
      ]);
    expect(await placesOf({})).toEqual([
      [first, 1],
      [third, 3],
      [fourth, 4],
    ]);
    expect(await placesOf({ workflowId: 'wf_a' })).toEqual([
      [first, 1],
      [fourth, 4],
    ]);
    expect(await placesOf({ runId: third })).toEqual([[third, 3]]);
    expect(await placesOf({ runId: running })).toEqual([]);
    expect(await store.runs.queued(unique('tenant'), {}, { limit: 10 })).toEqual({ items: [] });
    expect(await store.runs.queued(two, { runId: third }, { limit: 10 })).toEqual({ items: [] });

    const pages = await pagesOf((page) => store.runs.queued(one, {}, page), 2);
    expect(pages.map((page) => page.map(({ run }) => run.id))).toEqual([[first, third], [fourth]]);
    expect(pages[0]?.[0]?.run).toEqual(await store.runs.get(one, first));
    for (const runId of [first, third, fourth]) await store.runs.claim(runId, 'owner', 1);
  });

  test('pages of a queue of long runs end after about 1 MiB', async () => {
    const tenantId = unique('tenant');
    const inputs = { text: 'x'.repeat(600 * 1024) };
    for (const createdAt of upTo(5)) await store.runs.create(newRun({ tenantId, createdAt, inputs }));
    const pages = await pagesOf((page) => store.runs.queued(tenantId, {}, page), 10);
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
  });

  test("another list's cursor is refused", async () => {
    const tenantId = unique('tenant');
    for (const createdAt of upTo(2)) await create(tenantId, 0, createdAt);
    const { nextCursor = '' } = await store.runs.list(tenantId, {}, { limit: 1 });
    const refused = store.runs.queued(tenantId, {}, { limit: 1, cursor: nextCursor });
    await expect(refused).rejects.toBeInstanceOf(InvalidCursorError);
  });

  test('active runs are counted by tenant, workflow and state', async () => {
    const tenantId = unique('tenant');
    const claimed = async () => claimedRun(store, { tenantId });
    for (const _ of upTo(3)) await create(tenantId, 0, 1);
    await claimed();
    for (const state of ['paused', 'paused', 'waiting', 'succeeded'] as const) {
      const lease = await claimed();
      if (state === 'paused') await store.runs.requestPause(tenantId, lease.runId);
      await store.log.append(lease, 1, deltas(1), {
        state,
        ...(state === 'succeeded' && { finishedAt: 3_000 }),
      });
    }
    expect(await store.runs.countActive(tenantId)).toEqual({ queued: 3, running: 1, paused: 2, waiting: 1 });
    await create(tenantId, 0, 1, 'wf_2');
    const none = { queued: 0, running: 0, paused: 0, waiting: 0 };
    expect(await store.runs.countActive(tenantId, { workflowId: 'wf_2' })).toEqual({ ...none, queued: 1 });
    expect(await store.runs.countActive(tenantId, { workflowId: 'wf_1' })).toMatchObject({
      queued: 3,
      running: 1,
    });
    const { waiting, paused } = await store.runs.countActive();
    expect(waiting).toBeGreaterThanOrEqual(1);
    expect(paused).toBeGreaterThanOrEqual(2);
    expect(await store.runs.countActive(unique('tenant'))).toEqual(none);
  });
}
