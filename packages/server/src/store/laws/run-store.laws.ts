import type { NewRun, RunChange } from '@flowwire/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { claimedRun, definition, deltas, endedRun, newRun, unique, upTo } from './fixtures.ts';

const DAY_MS = 24 * 3_600_000;

export function runStoreLaws(open: OpenLawStore) {
  let store: LawStore;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const listAll = async (tenantId: string, limit: number, between?: () => Promise<unknown>) => {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.runs.list(tenantId, {}, { limit, ...(cursor !== undefined && { cursor }) });
      ids.push(...page.items.map(({ id }) => id));
      if (ids.length > 1_000) throw new Error('the list does not end');
      cursor = page.nextCursor;
      await between?.();
    } while (cursor !== undefined);
    return ids;
  };

  test('a run keeps its definition', async () => {
    const run = newRun();
    await store.runs.create(run);
    expect(await store.runs.plan(run.id)).toMatchObject({ definition });
    expect(await store.runs.plan(unique('run'))).toBeUndefined();
  });

  test('a created run is queued and reads back as it was given', async () => {
    const run = newRun({
      version: 7,
      priority: 3,
      inputs: { odd: "'\u0000✓", list: [1, null, { deep: true }] },
      conversationId: 'conversation',
      kind: 'task',
      pool: 'background',
      reuse: { runId: 'run_before', except: ['n1'] },
      subflows: { 'wf_2@3': definition },
      history: [{ role: 'user', content: 'Hi\u0000' }],
    });
    const { definition: _definition, subflows: _subflows, history: _history, cacheKey: _key, ...given } = run;
    const expected = {
      ...given,
      state: 'queued',
      queuedAt: run.createdAt,
      tokens: { prompt: 0, completion: 0 },
      steps: 0,
      lastSeq: 0,
      epoch: 0,
      cancelRequested: false,
      pauseRequested: false,
      prunedSeq: 0,
    };
    expect(await store.runs.create(run)).toEqual({ outcome: 'created', run: expected });
    expect(await store.runs.get('tenant', run.id)).toEqual(expected);
  });

  test('an id can be used once', async () => {
    const run = newRun();
    await store.runs.create(run);
    await expect(store.runs.create(run)).rejects.toThrow(/exists/);
  });

  test('another tenant finds no run, cancels none and lists none', async () => {
    const run = newRun({ tenantId: unique('tenant') });
    await store.runs.create(run);
    const stranger = unique('tenant');
    expect(await store.runs.get(stranger, run.id)).toBeUndefined();
    expect(await store.runs.requestCancel(stranger, run.id)).toBeUndefined();
    expect(await store.runs.list(stranger, {}, { limit: 10 })).toEqual({ items: [] });
    expect(await store.runs.get(run.tenantId, run.id)).toMatchObject({ cancelRequested: false });
  });

  test('a known idempotency key answers the earlier run, or a conflict when the request differs', async () => {
    const idempotency = { key: unique('key'), fingerprint: 'same' };
    const first = newRun({ idempotency });
    await store.runs.create(first);
    expect(await store.runs.create(newRun({ idempotency }))).toMatchObject({
      outcome: 'repeated',
      run: { id: first.id },
    });
    const other = newRun({ idempotency: { ...idempotency, fingerprint: 'other' } });
    expect(await store.runs.create(other)).toEqual({ outcome: 'conflict' });
    expect(await store.runs.get('tenant', other.id)).toBeUndefined();
  });

  test('what an idempotency key stands for is told without creating a run', async () => {
    const idempotency = { key: unique('key'), fingerprint: 'same' };
    const find = (tenantId: string, fingerprint: string, now: number) =>
      store.runs.findRepeated(tenantId, { ...idempotency, fingerprint }, now);
    expect(await find('tenant', 'same', DAY_MS)).toBeUndefined();
    const first = newRun({ idempotency, createdAt: DAY_MS });
    await store.runs.create(first);
    const lastMoment = 2 * DAY_MS - 1;
    expect(await find('tenant', 'same', lastMoment)).toEqual({
      outcome: 'repeated',
      run: await store.runs.get('tenant', first.id),
    });
    expect(await find('tenant', 'other', lastMoment)).toEqual({ outcome: 'conflict' });
    expect(await find(unique('tenant'), 'same', lastMoment)).toBeUndefined();
    expect(await find('tenant', 'same', lastMoment + 1)).toBeUndefined();
  });

  test('the same idempotency key of two tenants makes two runs', async () => {
    const idempotency = { key: unique('key'), fingerprint: 'same' };
    for (const tenantId of [unique('tenant'), unique('tenant')]) {
      expect(await store.runs.create(newRun({ tenantId, idempotency }))).toMatchObject({
        outcome: 'created',
      });
    }
  });

  test('of 20 concurrent creates with one key, over two processes, one creates', async () => {
    const other = await open();
    const tenantId = unique('tenant');
    const idempotency = { key: unique('key'), fingerprint: 'same' };
    const outcomes = await Promise.all(
      upTo(20).map((n) => (n % 2 ? store : other.store).runs.create(newRun({ tenantId, idempotency }))),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'repeated')).toHaveLength(19);
    const ids = outcomes.map((outcome) => (outcome.outcome === 'conflict' ? undefined : outcome.run.id));
    expect(new Set(ids).size).toBe(1);
    expect(await listAll(tenantId, 100)).toEqual([ids[0]]);
    await other.store.close();
  });

  test('a create that fails does not use up its key', async () => {
    const run = newRun();
    await store.runs.create(run);
    const idempotency = { key: unique('key'), fingerprint: 'same' };
    await expect(store.runs.create({ ...run, idempotency })).rejects.toThrow(/exists/);
    expect(await store.runs.create(newRun({ idempotency }))).toMatchObject({ outcome: 'created' });
  });

  test('an idempotency key is known for 24 hours and then makes a new run', async () => {
    const idempotency = { key: unique('key'), fingerprint: 'same' };
    const first = newRun({ idempotency, createdAt: DAY_MS });
    await store.runs.create(first);
    const lastMoment = newRun({ idempotency, createdAt: 2 * DAY_MS - 1 });
    expect(await store.runs.create(lastMoment)).toMatchObject({ outcome: 'repeated', run: { id: first.id } });
    const renewed = newRun({ idempotency: { ...idempotency, fingerprint: 'other' }, createdAt: 2 * DAY_MS });
    expect(await store.runs.create(renewed)).toMatchObject({ outcome: 'created', run: { id: renewed.id } });
    expect(await store.runs.create({ ...renewed, id: unique('run') })).toMatchObject({
      outcome: 'repeated',
      run: { id: renewed.id },
    });
  });

  test('a claim gives the run with its definition, to one of 20 callers', async () => {
    const other = await open();
    const plan = {
      subflows: { wf_2: definition },
      history: [{ role: 'user', content: 'Hi\u0000' }],
    } as const;
    const run = newRun(plan);
    await store.runs.create(run);
    const claims = await Promise.all(
      upTo(20).map((n) => (n % 2 ? store : other.store).runs.claim(run.id, `owner ${n}`, 5_000)),
    );
    const won = claims.filter((claim) => claim !== undefined);
    expect(won).toHaveLength(1);
    expect(won[0]).toMatchObject({
      id: run.id,
      state: 'running',
      epoch: 1,
      startedAt: 5_000,
      definition,
      ...plan,
    });
    await other.store.close();
  });

  test('what is not queued or not there cannot be claimed', async () => {
    const lease = await claimedRun(store);
    expect(await store.runs.claim(lease.runId, 'owner', 1)).toBeUndefined();
    await store.log.append(lease, 1, deltas(1), { state: 'cancelled', finishedAt: 3_000 });
    expect(await store.runs.claim(lease.runId, 'owner', 1)).toBeUndefined();
    expect(await store.runs.claim(unique('run'), 'owner', 1)).toBeUndefined();
  });

  test('a released run is claimed again with a higher epoch and its first start', async () => {
    const lease = await claimedRun(store);
    await store.runs.release(lease, 2_500);
    expect(await store.runs.get('tenant', lease.runId)).toMatchObject({ state: 'queued', queuedAt: 2_500 });
    const again = await store.runs.claim(lease.runId, 'other', 9_000);
    expect(again).toMatchObject({ state: 'running', epoch: lease.epoch + 1, startedAt: 2_000 });
    await store.runs.release(lease, 9_500);
    expect(await store.runs.get('tenant', lease.runId)).toMatchObject({ state: 'running' });
  });

  test('the newest result of a key is found that is no older than asked and is a run of its own', async () => {
    const tenantId = unique('tenant');
    const end = (finishedAt: number, overrides: Partial<NewRun> = {}, change: RunChange = {}) =>
      endedRun(store, { tenantId, cacheKey: 'key', ...overrides }, { finishedAt, ...change });
    const find = async (key: string, since: number, workflowId = 'wf_1') =>
      (await store.runs.findReusable(tenantId, workflowId, key, since))?.id;
    const old = await end(3_000);
    const newest = await end(4_000);
    await end(5_000, {}, { state: 'failed' });
    await end(5_000, { cacheKey: 'other' });
    await end(5_000, { workflowId: 'wf_2', cacheKey: 'theirs' });
    await end(5_000, { tenantId: unique('tenant') });
    await end(5_000, { reuse: { runId: old, except: [] } });
    await claimedRun(store, { tenantId, cacheKey: 'key' });
    expect(await find('key', 3_000)).toBe(newest);
    expect(await find('key', 4_000)).toBe(newest);
    expect(await find('key', 4_001)).toBeUndefined();
    expect(await find('theirs', 0)).toBeUndefined();
    expect(await find('theirs', 0, 'wf_2')).toBeDefined();
  });
}
