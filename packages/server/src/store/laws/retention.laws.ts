import type { RetentionPolicy } from '@flowwire/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { claimedRun, deltas, endedRun, newRun, nodeFinished, seqsOf, unique, wholeLog } from './fixtures.ts';

/** So old that no policy of one law touches the runs of another one: each has an age of its own. */
const YEAR_MS = 365 * 24 * 3_600_000;

export function retentionLaws(open: OpenLawStore) {
  let store: LawStore;
  beforeAll(async () => {
    ({ store } = await open());
    // What other laws have left.
    await pruneAll({ runsMs: 0 }, YEAR_MS);
  });
  afterAll(() => store.close());

  const pruneAll = async (policy: RetentionPolicy, now: number) => {
    let touched = 0;
    for (let step = 1; step > 0; touched += step) step = await store.runs.prune(policy, now, 2);
    return touched;
  };
  const seqs = async (runId: string) => seqsOf(await wholeLog(store, runId));

  test('events are deleted at their age, also for readers of recent events; the record stays', async () => {
    const tenantId = unique('tenant');
    const old = await endedRun(store, { tenantId }, { finishedAt: 1_000, outputs: { a: 1 } });
    const young = await endedRun(store, { tenantId }, { finishedAt: 1_001 });
    const running = await claimedRun(store, { tenantId });
    await store.log.append(running, 1, deltas(2));
    expect(await seqs(old)).toEqual([1, 2, 3]);
    const before = await store.runs.get(tenantId, old);

    expect(await pruneAll({ eventsMs: 500 }, 1_500)).toBe(1);
    expect(await seqs(old)).toEqual([]);
    expect(await store.runs.get(tenantId, old)).toEqual({ ...before, prunedSeq: 3 });
    expect(await seqs(young)).toEqual([1, 2, 3]);
    expect(await store.runs.get(tenantId, young)).toMatchObject({ prunedSeq: 0 });
    expect(await seqs(running.runId)).toEqual([1, 2]);
    expect(await pruneAll({ eventsMs: 500 }, 1_500)).toBe(0);
    await pruneAll({ runsMs: 0 }, YEAR_MS);
  });

  test('each tenant keeps the events of its newest runs', async () => {
    const [one, two] = [unique('tenant'), unique('tenant')];
    const runs: string[] = [];
    for (const finishedAt of [4, 3, 2, 1])
      runs.push(await endedRun(store, { tenantId: one }, { finishedAt }));
    const theirs = await endedRun(store, { tenantId: two }, { finishedAt: 1 });
    expect(await pruneAll({ eventsOfRuns: 2 }, 10)).toBe(2);
    const kept = await Promise.all([...runs, theirs].map(async (runId) => (await seqs(runId)).length));
    expect(kept).toEqual([3, 3, 0, 0, 3]);
    expect(await pruneAll({ eventsOfRuns: 2 }, 10)).toBe(0);
    await pruneAll({ runsMs: 0 }, YEAR_MS);
  });

  test('whole runs are deleted at their age, with their answers and figures', async () => {
    const tenantId = unique('tenant');
    const lease = await claimedRun(store, { tenantId });
    const answer = { questionId: 'q1', reply: { type: 'text', text: 'yes' } } as const;
    await store.runs.answer(tenantId, lease.runId, answer, 1);
    await store.log.append(lease, 1, deltas(1), {
      state: 'succeeded',
      finishedAt: 1_000,
      nodes: [nodeFinished()],
    });
    const young = await endedRun(store, { tenantId }, { finishedAt: 1_001, nodes: [nodeFinished()] });

    expect(await pruneAll({ runsMs: 500, eventsMs: 500 }, 1_500)).toBe(1);
    expect(await store.runs.get(tenantId, lease.runId)).toBeUndefined();
    expect(await seqs(lease.runId)).toEqual([]);
    expect(await store.runs.answers(lease.runId)).toEqual([]);
    const figures = await store.stats.read(tenantId, {
      createdAfter: 0,
      createdBefore: YEAR_MS,
      groupBy: ['node'],
    });
    expect(figures.totals.runs).toBe(1);
    expect(figures.byNode).toMatchObject([{ runs: 1 }]);
    expect(await seqs(young)).toEqual([1, 2, 3]);
    await pruneAll({ runsMs: 0 }, YEAR_MS);
  });

  test('one step touches as many runs as it may', async () => {
    const tenantId = unique('tenant');
    for (const finishedAt of [1, 2, 3, 4, 5]) await endedRun(store, { tenantId }, { finishedAt });
    const steps: number[] = [];
    while (steps.at(-1) !== 0) steps.push(await store.runs.prune({ runsMs: 8, eventsMs: 6 }, 10, 2));
    // The runs of 1 and 2 go; then the events of 3 and 4.
    expect(steps).toEqual([2, 2, 0]);
    await pruneAll({ runsMs: 0 }, YEAR_MS);
  });

  test('nothing is deleted without a policy, nor of a run that has not ended', async () => {
    const kept = await endedRun(store, {}, { finishedAt: 1 });
    expect(await pruneAll({}, YEAR_MS)).toBe(0);
    const waiting = await claimedRun(store);
    await store.log.append(waiting, 1, deltas(1), { state: 'waiting' });
    expect(await pruneAll({ eventsMs: 0, eventsOfRuns: 0, runsMs: 0 }, YEAR_MS)).toBe(1);
    expect(await store.runs.get('tenant', kept)).toBeUndefined();
    expect(await seqs(waiting.runId)).toEqual([1]);
  });

  test('a run without its events is no result to use again', async () => {
    const tenantId = unique('tenant');
    await endedRun(store, { tenantId, cacheKey: 'key' }, { finishedAt: 1 });
    expect(await store.runs.findReusable(tenantId, 'wf_1', 'key', 0)).toBeDefined();
    await pruneAll({ eventsMs: 0 }, YEAR_MS);
    expect(await store.runs.findReusable(tenantId, 'wf_1', 'key', 0)).toBeUndefined();
  });

  test.each(['same', 'other'])(
    'the idempotency key of a deleted run is free again (%s request)',
    async (fingerprint) => {
      const tenantId = unique('tenant');
      const key = unique('key');
      await endedRun(store, { tenantId, idempotency: { key, fingerprint: 'same' } }, { finishedAt: 1 });
      await pruneAll({ runsMs: 0 }, YEAR_MS);
      expect(await store.runs.findRepeated(tenantId, { key, fingerprint }, 1)).toBeUndefined();
      const next = newRun({ tenantId, idempotency: { key, fingerprint } });
      expect(await store.runs.create(next)).toMatchObject({ outcome: 'created', run: { id: next.id } });
      const again = newRun({ tenantId, idempotency: { key, fingerprint } });
      expect(await store.runs.create(again)).toMatchObject({ outcome: 'repeated', run: { id: next.id } });
    },
  );
}
