import type { NewRun, RunChange } from '@flowwire/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { claimedRun, deltas, endedRun, newRun, unique, upTo } from './fixtures.ts';

export function runCommandLaws(open: OpenLawStore) {
  let store: LawStore;
  beforeAll(async () => {
    ({ store } = await open());
  });
  // What other laws have left.
  beforeEach(async () => void (await woken(1e9)));
  afterAll(() => store.close());

  const queuedRun = async () => {
    const run = newRun();
    await store.runs.create(run);
    return run.id;
  };
  /** A run that its worker left in `state`. */
  const runIn = async (
    state: 'waiting' | 'paused',
    change: RunChange = {},
    overrides: Partial<NewRun> = {},
  ) => {
    const lease = await claimedRun(store, overrides);
    if (state === 'paused') await store.runs.requestPause('tenant', lease.runId);
    await store.log.append(lease, 1, deltas(1), { state, ...change });
    return lease.runId;
  };
  const get = (runId: string) => store.runs.get('tenant', runId);
  const reply = { type: 'text', text: "it's ✓\u0000" } as const;
  const answerTo = (questionId: string, runId: string, now = 7_000, tenantId = 'tenant') =>
    store.runs.answer(tenantId, runId, { questionId, reply }, now);
  const woken = async (now: number) => (await store.runs.wake(now, 1_000)).map(({ runId }) => runId);

  describe('a cancel', () => {
    test('is remembered, and changes nothing of a run that has ended', async () => {
      const queued = await queuedRun();
      const remembered = { state: 'queued', cancelRequested: true };
      expect(await store.runs.requestCancel('tenant', queued)).toMatchObject(remembered);
      expect(await store.runs.claim(queued, 'owner', 1)).toMatchObject({ cancelRequested: true });
      const ended = await endedRun(store);
      const before = await get(ended);
      expect(await store.runs.requestCancel('tenant', ended)).toEqual(before);
      expect(await store.runs.requestCancel('tenant', unique('run'))).toBeUndefined();
    });

    test.each(['waiting', 'paused'] as const)('queues a %s run again', async (state) => {
      const runId = await runIn(state);
      expect(await store.runs.requestCancel('tenant', runId)).toMatchObject({
        state: 'queued',
        cancelRequested: true,
      });
      expect(await store.runs.claim(runId, 'owner', 1)).toMatchObject({ epoch: 2, cancelRequested: true });
    });
  });

  describe('a pause', () => {
    test('is remembered of a run that is queued or running, and taken back', async () => {
      const queued = await queuedRun();
      const { runId: running } = await claimedRun(store);
      for (const [runId, state] of [
        [queued, 'queued'],
        [running, 'running'],
      ] as const) {
        const asked = await store.runs.requestPause('tenant', runId);
        expect(asked).toMatchObject({ state, pauseRequested: true });
        const before = await get(runId);
        const back = await store.runs.resume('tenant', runId, 9_000);
        expect(back).toEqual({ ...before, pauseRequested: false });
      }
    });

    test('queues a waiting run again', async () => {
      const runId = await runIn('waiting');
      const asked = await store.runs.requestPause('tenant', runId);
      expect(asked).toMatchObject({ state: 'queued', pauseRequested: true });
    });

    test('changes nothing of a run that is paused or has ended', async () => {
      for (const runId of [await runIn('paused'), await endedRun(store)]) {
        const before = await get(runId);
        expect(await store.runs.requestPause('tenant', runId)).toEqual(before);
      }
    });

    test('ends when the run is resumed, which queues it again', async () => {
      const runId = await runIn('paused');
      expect(await get(runId)).toMatchObject({ state: 'paused', pauseRequested: true });
      const resumed = await store.runs.resume('tenant', runId, 8_000);
      expect(resumed).toMatchObject({ state: 'queued', pauseRequested: false, queuedAt: 8_000 });
      expect(await store.runs.claim(runId, 'owner', 9_000)).toMatchObject({ startedAt: 2_000, epoch: 2 });
    });

    test('of an ended run is not resumed, nor of another tenant', async () => {
      const ended = await endedRun(store);
      const before = await get(ended);
      expect(await store.runs.resume('tenant', ended, 8_000)).toEqual(before);
      const paused = await runIn('paused');
      expect(await store.runs.resume(unique('tenant'), paused, 8_000)).toBeUndefined();
      expect(await store.runs.requestPause(unique('tenant'), paused)).toBeUndefined();
      expect(await get(paused)).toMatchObject({ state: 'paused' });
    });
  });

  describe('an answer', () => {
    test('is kept and queues a waiting run again', async () => {
      const runId = await runIn('waiting');
      expect(await answerTo('q1', runId)).toMatchObject({
        outcome: 'kept',
        run: { id: runId, state: 'queued', queuedAt: 7_000 },
      });
      expect(await store.runs.answers(runId)).toEqual([{ questionId: 'q1', reply }]);
    });

    test.each([{ type: 'choice', choice: 'a' }, { type: 'skipped' }, { type: 'given_up' }] as const)(
      'may be %o',
      async (given) => {
        const runId = await runIn('waiting');
        await store.runs.answer('tenant', runId, { questionId: 'q1', reply: given }, 7_000);
        expect(await store.runs.answers(runId)).toEqual([{ questionId: 'q1', reply: given }]);
      },
    );

    test('that comes second is not kept, and wakes nobody', async () => {
      const runId = await runIn('waiting');
      await answerTo('q1', runId);
      const claimed = await store.runs.claim(runId, 'owner', 1);
      await store.log.append({ runId, epoch: claimed?.epoch ?? 0 }, 2, deltas(1), { state: 'waiting' });
      const late = { questionId: 'q1', reply: { type: 'choice', choice: 'no' } } as const;
      expect(await store.runs.answer('tenant', runId, late, 8_000)).toMatchObject({
        outcome: 'repeated',
        run: { state: 'waiting' },
      });
      expect(await store.runs.answers(runId)).toEqual([{ questionId: 'q1', reply }]);
    });

    test('of 20 that come together, over two processes, is kept once', async () => {
      const other = await open();
      const runId = await runIn('waiting');
      const outcomes = await Promise.all(
        upTo(20).map((n) =>
          (n % 2 ? store : other.store).runs.answer('tenant', runId, { questionId: 'q1', reply }, n),
        ),
      );
      expect(outcomes.filter((each) => each?.outcome === 'kept')).toHaveLength(1);
      expect(outcomes.filter((each) => each?.outcome === 'repeated')).toHaveLength(19);
      await other.store.close();
    });

    test('is kept by a running and by a paused run, which stay as they are', async () => {
      const { runId: running } = await claimedRun(store);
      const paused = await runIn('paused');
      for (const runId of [running, paused]) {
        const before = await get(runId);
        expect(await answerTo('q1', runId)).toEqual({ outcome: 'kept', run: before });
      }
    });

    test('to a run that is unknown, ended or another tenant is nothing', async () => {
      const waiting = await runIn('waiting');
      expect(await answerTo('q1', unique('run'))).toBeUndefined();
      expect(await answerTo('q1', await endedRun(store))).toBeUndefined();
      expect(await answerTo('q1', waiting, 1, unique('tenant'))).toBeUndefined();
      expect(await store.runs.answers(waiting)).toEqual([]);
    });
  });

  describe('time', () => {
    test('queues waiting and paused runs again when theirs has come, oldest first', async () => {
      const late = await runIn('paused', { wakeAt: 200 });
      const early = await runIn('waiting', { wakeAt: 100 }, { pool: 'background' });
      const later = await runIn('waiting', { wakeAt: 301 });
      const never = await runIn('waiting');
      expect(await store.runs.wake(300, 1)).toEqual([
        { runId: early, tenantId: 'tenant', priority: 0, pool: 'background' },
      ]);
      expect(await woken(300)).toEqual([late]);
      expect(await woken(300)).toEqual([]);
      expect(await get(late)).toMatchObject({ state: 'queued', queuedAt: 300, pauseRequested: true });
      for (const runId of [later, never]) expect(await get(runId)).toMatchObject({ state: 'waiting' });
      expect(await woken(301)).toEqual([later]);
    });

    test('wakes each run once when several processes look', async () => {
      const other = await open();
      const ids = await Promise.all(upTo(10).map(() => runIn('waiting', { wakeAt: 100 })));
      const jobs = await Promise.all([store.runs.wake(300, 1_000), other.store.runs.wake(300, 1_000)]);
      expect(
        jobs
          .flat()
          .map(({ runId }) => runId)
          .sort(),
      ).toEqual(ids.sort());
      await other.store.close();
    });

    test('is forgotten with the next claim', async () => {
      const runId = await runIn('waiting', { wakeAt: 100 });
      await answerTo('q1', runId);
      const claimed = await store.runs.claim(runId, 'owner', 1);
      await store.log.append({ runId, epoch: claimed?.epoch ?? 0 }, 2, deltas(1), {
        state: 'waiting',
        answersSeen: 1,
      });
      expect(await woken(300)).toEqual([]);
    });
  });

  describe('a wish that comes while the worker is about to stop is not lost', () => {
    test.each([
      ['an answer', 'waiting', (runId: string) => answerTo('q1', runId)],
      ['a pause', 'waiting', (runId: string) => store.runs.requestPause('tenant', runId)],
      ['a cancel', 'waiting', (runId: string) => store.runs.requestCancel('tenant', runId)],
      ['an answer', 'paused', (runId: string) => answerTo('q1', runId)],
      ['a cancel', 'paused', (runId: string) => store.runs.requestCancel('tenant', runId)],
      ['a resume', 'paused', (runId: string) => store.runs.resume('tenant', runId, 1)],
    ] as const)('%s queues the run that would be %s', async (_, state, wish) => {
      const { store: working } = await open({ now: () => 8_000 });
      const lease = await claimedRun(store);
      if (state === 'paused') await store.runs.requestPause('tenant', lease.runId);
      await wish(lease.runId);
      await working.log.append(lease, 1, deltas(1), { state, wakeAt: 9_000, answersSeen: 0 });
      expect(await get(lease.runId)).toMatchObject({ state: 'queued', queuedAt: 8_000, lastSeq: 1 });
      expect(await store.runs.claim(lease.runId, 'owner', 1)).toMatchObject({ epoch: 2 });
      await working.close();
    });

    test('and an answer that the worker has seen wakes nobody', async () => {
      const lease = await claimedRun(store);
      await answerTo('q1', lease.runId);
      await store.log.append(lease, 1, deltas(1), { state: 'waiting', answersSeen: 1 });
      expect(await get(lease.runId)).toMatchObject({ state: 'waiting' });
    });
  });
}
