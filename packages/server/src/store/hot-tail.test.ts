import type { StoredEvent } from '@flowwire/engine';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHotTail, PAGE_BYTES, type SizedEvent } from './hot-tail.ts';
import { delta, upTo } from './laws/fixtures.ts';

const limits = { eventsPerRun: 4, runs: 3, endedRuns: 100, bytes: 1_000 };

const between = (runId: string, after: number, last: number, bytes = 10): SizedEvent[] =>
  upTo(last - after).map((n) => ({
    stored: { runId, seq: after + n, at: 0, event: delta(`${after + n}`) },
    bytes,
  }));

const seqs = (events: readonly StoredEvent[] | undefined) => events?.map(({ seq }) => seq);

describe('the hot tail', () => {
  test('answers what it holds, from any cursor within', () => {
    const tail = createHotTail(limits, false);
    tail.add('a', 2, between('a', 2, 5), true);
    expect(seqs(tail.read('a', 2, 10))).toEqual([3, 4, 5]);
    expect(seqs(tail.read('a', 3, 1))).toEqual([4]);
    expect(tail.read('a', 1, 10)).toBeUndefined();
    expect(tail.read('b', 0, 10)).toBeUndefined();
  });

  test('ends a page after about 256 KiB, with at least one event', () => {
    const tail = createHotTail({ ...limits, bytes: 4 * PAGE_BYTES }, false);
    tail.add('a', 0, between('a', 0, 2, PAGE_BYTES / 2), true);
    tail.add('a', 2, between('a', 2, 4, PAGE_BYTES + 1), true);
    expect(seqs(tail.read('a', 0, 10))).toEqual([1, 2]);
    expect(seqs(tail.read('a', 1, 10))).toEqual([2, 3]);
    expect(seqs(tail.read('a', 3, 10))).toEqual([4]);
  });

  test('knows that nothing follows only for a sole writer at the head', () => {
    const shared = createHotTail(limits, false);
    shared.add('a', 0, between('a', 0, 2), true);
    expect(shared.read('a', 2, 10)).toBeUndefined();

    const sole = createHotTail(limits, true);
    sole.add('a', 0, between('a', 0, 2), false);
    expect(sole.read('a', 2, 10)).toBeUndefined();
    sole.add('a', 2, [], true);
    expect(sole.read('a', 2, 10)).toEqual([]);
    expect(sole.read('a', 9, 10)).toEqual([]);
  });

  test('forgets the oldest events of a run beyond its limit', () => {
    const tail = createHotTail(limits, false);
    tail.add('a', 0, between('a', 0, 6), true);
    expect(tail.read('a', 1, 10)).toBeUndefined();
    expect(seqs(tail.read('a', 2, 10))).toEqual([3, 4, 5, 6]);
  });

  test('forgets the run that was used least recently', () => {
    const tail = createHotTail(limits, false);
    for (const runId of ['a', 'b', 'c']) tail.add(runId, 0, between(runId, 0, 1), true);
    tail.read('a', 0, 1);
    tail.add('d', 0, between('d', 0, 1), true);
    expect(tail.read('b', 0, 1)).toBeUndefined();
    for (const runId of ['a', 'c', 'd']) expect(seqs(tail.read(runId, 0, 1))).toEqual([1]);
  });

  test('forgets whole runs beyond the bound in bytes, even the newest alone', () => {
    const tail = createHotTail(limits, false);
    tail.add('a', 0, between('a', 0, 2, 300), true);
    tail.add('b', 0, between('b', 0, 2, 300), true);
    expect(tail.read('a', 0, 1)).toBeUndefined();
    expect(seqs(tail.read('b', 0, 2))).toEqual([1, 2]);
    tail.add('c', 0, between('c', 0, 1, 5_000), true);
    expect(tail.read('c', 0, 1)).toBeUndefined();
    tail.add('d', 0, between('d', 0, 3, 300), true);
    expect(seqs(tail.read('d', 0, 3))).toEqual([1, 2, 3]);
  });

  test('keeps the objects that it has when a page is read again', () => {
    const tail = createHotTail(limits, false);
    tail.add('a', 0, between('a', 0, 3), true);
    const [before] = tail.read('a', 1, 1) ?? [];
    tail.add('a', 0, between('a', 0, 4), true);
    expect(tail.read('a', 1, 1)?.[0]).toBe(before);
    expect(seqs(tail.read('a', 1, 10))).toEqual([2, 3, 4]);
  });

  test('an empty page beyond the end changes nothing', () => {
    const tail = createHotTail(limits, false);
    tail.add('a', 0, between('a', 0, 3), true);
    tail.add('a', 99, [], true);
    expect(seqs(tail.read('a', 0, 10))).toEqual([1, 2, 3]);
  });

  test('forgets a run when it is told to, and has room again', () => {
    const tail = createHotTail(limits, true);
    tail.add('a', 0, between('a', 0, 2, 400), true);
    tail.forget('a');
    tail.forget('unknown');
    expect(tail.read('a', 0, 10)).toBeUndefined();
    expect(tail.read('a', 2, 10)).toBeUndefined();
    for (const runId of ['b', 'c']) tail.add(runId, 0, between(runId, 0, 1, 500), true);
    for (const runId of ['b', 'c']) expect(seqs(tail.read(runId, 0, 10))).toEqual([1]);
  });

  test('whatever pages are added, an answer is a page of the log', () => {
    const page = fc.record({
      runId: fc.constantFrom('a', 'b', 'c', 'd'),
      after: fc.nat(12),
      length: fc.nat(6),
    });
    const cursor = fc.record({
      runId: fc.constantFrom('a', 'b', 'c', 'd'),
      after: fc.nat(14),
      limit: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(page, cursor)), (steps) => {
        const tail = createHotTail(limits, false);
        for (const [add, read] of steps) {
          tail.add(add.runId, add.after, between(add.runId, add.after, add.after + add.length), true);
          const answer = tail.read(read.runId, read.after, read.limit);
          if (!answer) continue;
          expect(answer.length).toBeGreaterThan(0);
          expect(answer.length).toBeLessThanOrEqual(read.limit);
          expect(seqs(answer)).toEqual(upTo(answer.length).map((n) => read.after + n));
          for (const { runId } of answer) expect(runId).toBe(read.runId);
        }
      }),
    );
  });
});
