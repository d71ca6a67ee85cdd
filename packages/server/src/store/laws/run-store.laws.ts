import { InvalidCursorError, type NewRun, type RunChange, type RunFilter } from '@flowwire/engine';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { claimedRun, definition, deltas, endedRun, newRun, pagesOf, unique, upTo } from './fixtures.ts';

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

  test('lists filter by workflow, states and the time of creation, newest first', async () => {
    const tenantId = unique('tenant');
    const ids: string[] = [];
    for (const createdAt of [100, 200, 300, 400]) {
      const run = newRun({ tenantId, createdAt, workflowId: createdAt < 300 ? 'wf_a' : 'wf_b' });
      await store.runs.create(run);
      ids.push(run.id);
    }
    const [one, two, three, four] = ids;
    await store.runs.claim(two ?? '', 'owner', 1);
    const list = async (filter: Parameters<LawStore['runs']['list']>[1]) =>
      (await store.runs.list(tenantId, filter, { limit: 10 })).items.map(({ id }) => id);
    expect(await list({})).toEqual([four, three, two, one]);
    expect(await list({ workflowId: 'wf_a' })).toEqual([two, one]);
    expect(await list({ states: ['running'] })).toEqual([two]);
    expect(await list({ states: ['running', 'queued'], workflowId: 'wf_b' })).toEqual([four, three]);
    expect(await list({ states: [] })).toEqual([]);
    expect(await list({ createdAfter: 100, createdBefore: 400 })).toEqual([three, two]);
  });

  test('lists have all kinds of runs, or the one that is asked for', async () => {
    const tenantId = unique('tenant');
    const ids: string[] = [];
    for (const [createdAt, kind] of ([undefined, 'task', 'trial'] as const).entries()) {
      const run = newRun({ tenantId, createdAt, ...(kind && { kind, workflowId: kind }) });
      await store.runs.create(run);
      ids.unshift(run.id);
    }
    const [trial, task, workflow] = ids;
    const list = async (kind: RunFilter['kind']) =>
      (await store.runs.list(tenantId, kind ? { kind } : {}, { limit: 10 })).items.map(({ id }) => id);
    expect(await list(undefined)).toEqual(ids);
    expect(await list('workflow')).toEqual([workflow]);
    expect(await list('task')).toEqual([task]);
    expect(await list('trial')).toEqual([trial]);
  });

  test('a counted list has the part of the list that is asked for, and says how long the list is', async () => {
    const tenantId = unique('tenant');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.nat(8),
        fc.integer({ min: 1, max: 8 }),
        async (createdAt, offset, limit) => {
          await store.runs.create(newRun({ tenantId, createdAt, workflowId: `wf_${createdAt % 2}` }));
          await store.runs.create(newRun({ createdAt }));
          for (const filter of [{}, { workflowId: 'wf_1' }, { createdAfter: 1, createdBefore: 3 }]) {
            const { items } = await store.runs.list(tenantId, filter, { limit: 100 });
            expect(await store.runs.listCounted(tenantId, filter, { offset, limit })).toEqual({
              items: items.slice(offset, offset + limit),
              total: items.length,
            });
          }
        },
      ),
      { numRuns: 20 },
    );
    const theirs = await store.runs.listCounted(unique('tenant'), {}, { offset: 0, limit: 5 });
    expect(theirs).toEqual({ items: [], total: 0 });
  });

  test('a counted list leaves out inputs and outputs of runs behind a mebibyte of them', async () => {
    const tenantId = unique('tenant');
    const long = { text: 'é'.repeat(300_000) };
    for (const createdAt of [1, 2, 3, 4]) {
      const inputs = createdAt === 1 ? {} : long;
      await endedRun(store, { tenantId, createdAt, inputs }, { outputs: { createdAt } });
    }
    const list = async (offset: number, limit: number) =>
      (await store.runs.listCounted(tenantId, {}, { offset, limit })).items.map(({ inputs, outputs }) =>
        inputs === undefined ? outputs : [inputs, outputs],
      );
    expect(await list(0, 4)).toEqual([
      [long, { createdAt: 4 }],
      [long, { createdAt: 3 }],
      undefined,
      undefined,
    ]);
    expect(await list(2, 2)).toEqual([
      [long, { createdAt: 2 }],
      [{}, { createdAt: 1 }],
    ]);
    expect(await list(4, 2)).toEqual([]);
  });

  test('list pages neither repeat nor miss a run while others are created', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        async (createdAts, limit) => {
          const tenantId = unique('tenant');
          const runs = createdAts.map((createdAt) => newRun({ tenantId, createdAt }));
          for (const run of runs) await store.runs.create(run);
          const listed = await listAll(tenantId, limit, () =>
            store.runs.create(newRun({ tenantId, createdAt: 9 })),
          );
          expect(listed).toHaveLength(runs.length);
          expect(new Set(listed)).toEqual(new Set(runs.map(({ id }) => id)));
        },
      ),
      { numRuns: 15 },
    );
  });

  test('pages of long runs end after about 1 MiB, with at least one, and turn on to the last', async () => {
    const tenantId = unique('tenant');
    const long = { text: 'x'.repeat(300 * 1024) };
    const ids: string[] = [];
    for (const createdAt of upTo(7)) {
      const lease = await claimedRun(store, { tenantId, createdAt, inputs: long });
      await store.log.append(lease, 1, deltas(1), { outputs: long });
      ids.unshift(lease.runId);
    }
    const huge = newRun({ tenantId, createdAt: 8, inputs: { text: 'x'.repeat(1_100 * 1024) } });
    await store.runs.create(huge);
    const pages = await pagesOf((page) => store.runs.list(tenantId, {}, page), 100);
    expect(pages.map(({ length }) => length)).toEqual([1, 2, 2, 2, 1]);
    expect(pages.flat().map(({ id }) => id)).toEqual([huge.id, ...ids]);
    expect(pages.at(-1)?.[0]).toMatchObject({ inputs: long, outputs: long });
  });

  test.each([
    '',
    '!',
    'bm9wZQ',
    Buffer.from('[1]').toString('base64url'),
    Buffer.from('["1","x"]').toString('base64url'),
    Buffer.from('[1,"a\\u0000b"]').toString('base64url'),
  ])('the cursor "%s" is refused', async (cursor) => {
    await expect(store.runs.list('tenant', {}, { limit: 1, cursor })).rejects.toBeInstanceOf(
      InvalidCursorError,
    );
  });
}
