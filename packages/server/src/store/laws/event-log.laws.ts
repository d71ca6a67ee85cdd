import { FencedError, type RunEvent } from '@flowwire/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LawStore, OpenLawStore } from './backends.ts';
import { claimedRun, delta, deltas, seqsOf, unique, upTo, wholeLog } from './fixtures.ts';

export function eventLogLaws(open: OpenLawStore) {
  let store: LawStore;
  const wakes: { runId: string; seq: number }[] = [];

  beforeAll(async () => {
    const wake = { appended: (runId: string, seq: number) => void wakes.push({ runId, seq }) };
    ({ store } = await open({ now: () => 77, wake }));
  });
  afterAll(() => store.close());

  /** What a process that just began reads: the table, and nothing from memory. */
  const readAfresh = async (runId: string) => {
    const other = await open();
    try {
      return await wholeLog(other.store, runId);
    } finally {
      await other.store.close();
    }
  };

  test('50 concurrent writers each get a dense log of what they wrote, in order', async () => {
    const leases = await Promise.all(upTo(50).map(() => claimedRun(store)));
    await Promise.all(
      leases.map(async (lease) => {
        for (let first = 1; first <= 40; first += 2) {
          await store.log.append(lease, first, [delta(`${first}`), delta(`${first + 1}`)]);
        }
      }),
    );
    for (const { runId } of leases) {
      const events = await wholeLog(store, runId);
      expect(seqsOf(events)).toEqual(upTo(40));
      expect(events.map(({ event }) => event)).toEqual(upTo(40).map((seq) => delta(`${seq}`)));
    }
  });

  test('events of some types are read alone, in order', async () => {
    const lease = await claimedRun(store);
    const started: RunEvent = { type: 'run_started', workflowId: 'wf_1', inputs: {} };
    const failed: RunEvent = { type: 'run_failed', error: { code: 'x', message: 'y' } };
    await store.log.append(lease, 1, [started, ...deltas(3), failed]);
    const read = await store.log.readTypes(lease.runId, ['run_started', 'run_failed']);
    expect(read.map(({ seq, event }) => [seq, event])).toEqual([
      [1, started],
      [5, failed],
    ]);
  });

  test('appends that nobody awaits commit in call order', async () => {
    const lease = await claimedRun(store);
    const order: number[] = [];
    await Promise.all(
      upTo(30).map((seq) => store.log.append(lease, seq, [delta(`${seq}`)]).then(() => order.push(seq))),
    );
    expect(order).toEqual(upTo(30));
    expect((await readAfresh(lease.runId)).map(({ event }) => event)).toEqual(
      upTo(30).map((seq) => delta(`${seq}`)),
    );
  });

  test('more than one batch in the queue is written batch by batch', async () => {
    const lease = await claimedRun(store);
    const events = deltas(700);
    await Promise.all(upTo(10).map((part) => store.log.append(lease, (part - 1) * 700 + 1, events)));
    expect(seqsOf(await wholeLog(store, lease.runId))).toEqual(upTo(7_000));
  });

  test('a reader is woken after the commit, with a seq that it can read', async () => {
    const lease = await claimedRun(store);
    await store.log.append(lease, 1, deltas(3));
    expect(wakes.filter(({ runId }) => runId === lease.runId)).toEqual([{ runId: lease.runId, seq: 3 }]);
  });

  test('events are the same from memory and from the table, with the time of their append', async () => {
    const lease = await claimedRun(store);
    const events: RunEvent[] = [
      { type: 'run_started', workflowId: 'wf_1', inputs: { nested: [1, { deep: null }] } },
      delta('one'),
    ];
    await store.log.append(lease, 1, events);
    const expected = events.map((event, index) => ({ runId: lease.runId, seq: index + 1, at: 77, event }));
    expect(await store.log.read(lease.runId, 0, 10)).toEqual(expected);
    expect(await readAfresh(lease.runId)).toEqual(expected);
  });

  test('all readers of recent events are given the same objects', async () => {
    const lease = await claimedRun(store);
    await store.log.append(lease, 1, deltas(3));
    const [first] = await store.log.read(lease.runId, 1, 1);
    const again = await store.log.read(lease.runId, 0, 10);
    expect(first).toBe(again[1]);
  });

  test('pages are bounded by after and limit, and end empty', async () => {
    const lease = await claimedRun(store);
    await store.log.append(lease, 1, deltas(10));
    const other = await open();
    for (const { log } of [store, other.store]) {
      expect(seqsOf(await log.read(lease.runId, 0, 4))).toEqual([1, 2, 3, 4]);
      expect(seqsOf(await log.read(lease.runId, 4, 4))).toEqual([5, 6, 7, 8]);
      expect(seqsOf(await log.read(lease.runId, 8, 4))).toEqual([9, 10]);
      expect(await log.read(lease.runId, 10, 4)).toEqual([]);
      expect(await log.read(lease.runId, 99, 4)).toEqual([]);
      expect(await log.read(unique('run'), 0, 4)).toEqual([]);
    }
    await other.store.close();
  });

  test('pages of long events end after about 256 KiB, with at least one event', async () => {
    const lease = await claimedRun(store);
    const lengths = [100, 100, 100, 1_000, 10, 10, 300, 255, 2, 1];
    await store.log.append(
      lease,
      1,
      lengths.map((length) => delta('ü'.repeat((length * 1024) / 2))),
    );
    const other = await open();
    const fromTable = (after: number) => other.store.log.read(lease.runId, after, 256);
    for (const read of [fromTable, (after: number) => store.log.read(lease.runId, after, 512)]) {
      const pages: number[][] = [];
      for (let after = 0; after < lengths.length; after = pages.at(-1)?.at(-1) ?? after) {
        const page = await read(after);
        const text = page.slice(0, -1).reduce((sum, { event }) => sum + JSON.stringify(event).length, 0);
        expect(page).not.toEqual([]);
        expect(text).toBeLessThan(256 * 1024);
        pages.push(seqsOf(page));
      }
      expect(pages.flat()).toEqual(upTo(lengths.length));
      expect(pages.length).toBeGreaterThan(2);
      expect(await read(lengths.length)).toEqual([]);
    }
    expect(seqsOf(await fromTable(2))).toEqual([3, 4]);
    expect(seqsOf(await other.store.log.read(lease.runId, 0, 2))).toEqual([1, 2]);
    await other.store.close();
  });

  test('what fell out of memory is read from the table', async () => {
    const lease = await claimedRun(store);
    for (let first = 1; first <= 1_000; first += 100) await store.log.append(lease, first, deltas(100));
    expect(seqsOf(await wholeLog(store, lease.runId))).toEqual(upTo(1_000));
  });

  test('a change is applied with the events', async () => {
    const lease = await claimedRun(store);
    await store.log.append(lease, 1, deltas(2), { tokens: { prompt: 3, completion: 4 }, steps: 2 });
    expect(await store.runs.get('tenant', lease.runId)).toMatchObject({
      state: 'running',
      lastSeq: 2,
      steps: 2,
    });
    const error = { code: 'boom', message: "it's broken", nodeId: 'n1' };
    await store.log.append(lease, 3, deltas(1), {
      state: 'failed',
      outputs: { a: 1 },
      error,
      finishedAt: 2_345,
    });
    expect(await store.runs.get('tenant', lease.runId)).toMatchObject({
      state: 'failed',
      lastSeq: 3,
      outputs: { a: 1 },
      error,
      finishedAt: 2_345,
      tokens: { prompt: 3, completion: 4 },
      steps: 2,
    });
  });

  test('changes of several appends in one commit add up, the later one winning', async () => {
    const lease = await claimedRun(store);
    await Promise.all([
      store.log.append(lease, 1, deltas(1), { steps: 1, outputs: { a: 1 } }),
      store.log.append(lease, 2, [], { steps: 2 }),
      store.log.append(lease, 2, deltas(1), { state: 'succeeded', finishedAt: 3_000 }),
    ]);
    expect(await store.runs.get('tenant', lease.runId)).toMatchObject({
      state: 'succeeded',
      steps: 2,
      outputs: { a: 1 },
      lastSeq: 2,
    });
  });

  test('a stale epoch writes nothing, though good appends are committed beside it', async () => {
    const stale = await claimedRun(store);
    const good = await claimedRun(store);
    await store.log.append(stale, 1, deltas(2));
    await store.runs.release(stale, 2_500);
    const claimed = await store.runs.claim(stale.runId, 'other', 3_000);
    const current = { runId: stale.runId, epoch: claimed?.epoch ?? 0 };
    expect(current.epoch).toBe(stale.epoch + 1);

    const outcomes = await Promise.allSettled([
      store.log.append(good, 1, [delta('good')]),
      store.log.append(stale, 3, [delta('stale')], { state: 'failed', finishedAt: 9_000 }),
      store.log.append(current, 3, [delta('current')]),
      store.log.append(stale, 4, [delta('stale')]),
      store.log.append(current, 4, [delta('current')]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(FencedError);
    }
    const expected = [...deltas(2), delta('current'), delta('current')];
    expect((await wholeLog(store, stale.runId)).map(({ event }) => event)).toEqual(expected);
    expect((await readAfresh(stale.runId)).map(({ event }) => event)).toEqual(expected);
    expect(await readAfresh(good.runId)).toHaveLength(1);
    expect(await store.runs.get('tenant', stale.runId)).toMatchObject({ state: 'running', lastSeq: 4 });
  });

  test.each(['waiting', 'paused', 'succeeded'] as const)(
    'once a run is %s its lease is void, in the same commit and later',
    async (state) => {
      const lease = await claimedRun(store);
      if (state === 'paused') await store.runs.requestPause('tenant', lease.runId);
      const [stopped, beside] = await Promise.allSettled([
        store.log.append(lease, 1, deltas(1), { state }),
        store.log.append(lease, 2, deltas(1)),
      ]);
      expect(stopped.status).toBe('fulfilled');
      expect(beside).toMatchObject({ status: 'rejected', reason: expect.any(FencedError) });
      await expect(store.log.append(lease, 2, deltas(1))).rejects.toBeInstanceOf(FencedError);
      expect(await store.runs.get('tenant', lease.runId)).toMatchObject({ state, lastSeq: 1 });
      expect(await readAfresh(lease.runId)).toHaveLength(1);
    },
  );

  test('another process that claimed the run fences this one', async () => {
    const lease = await claimedRun(store);
    await store.log.append(lease, 1, deltas(1));
    const other = await open();
    await other.store.runs.recover('other');
    const claimed = await other.store.runs.claim(lease.runId, 'other', 3_000);
    await other.store.log.append({ runId: lease.runId, epoch: claimed?.epoch ?? 0 }, 2, deltas(1));
    await expect(store.log.append(lease, 2, deltas(1))).rejects.toBeInstanceOf(FencedError);
    expect(await readAfresh(lease.runId)).toHaveLength(2);
    await other.store.close();
  });

  test('a gap, an overlap and an unknown run are errors, and not fencing', async () => {
    const lease = await claimedRun(store);
    await store.log.append(lease, 1, deltas(2));
    const unknown = { runId: unique('run'), epoch: 1 };
    for (const [append, message] of [
      [store.log.append(lease, 4, deltas(1)), /begins at seq 4, but its log ends at 2/],
      [store.log.append(lease, 2, deltas(1)), /begins at seq 2, but its log ends at 2/],
      [store.log.append(unknown, 1, deltas(1)), /unknown/],
    ] as const) {
      const error = await append.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Error);
      expect(error).not.toBeInstanceOf(FencedError);
      expect(String(error)).toMatch(message);
    }
    expect(seqsOf(await readAfresh(lease.runId))).toEqual([1, 2]);
  });

  test('an event that cannot be serialised is refused by itself', async () => {
    const [bad, good] = [await claimedRun(store), await claimedRun(store)];
    const inputs: Record<string, never> = {};
    Object.assign(inputs, { inputs });
    const [refused, kept] = await Promise.allSettled([
      store.log.append(bad, 1, [{ type: 'run_started', workflowId: 'wf_1', inputs }]),
      store.log.append(good, 1, deltas(1)),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(TypeError) });
    expect(kept.status).toBe('fulfilled');
  });
}
