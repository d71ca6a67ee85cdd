import { InvalidCursorError, type RunFilter } from '@flowwire/engine';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { claimedRun, deltas, endedRun, newRun, pagesOf, unique, upTo } from './fixtures.ts';

export function runListLaws(open: OpenLawStore) {
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
