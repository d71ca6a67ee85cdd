import type { Job } from '@flowwire/engine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFairQueue, type FairLimits } from './fair-queue.ts';

test('an empty queue has nothing to give', () => {
  const queue = createFairQueue({ tenant: 1 });
  expect(queue.take()).toBeUndefined();
  expect(queue.remove('unknown')).toBe(false);
  expect(queue.size()).toBe(0);
});

/** The rules once more, as slowly as they read. */
function createOracle({ tenant, pools = {} }: FairLimits) {
  const waiting: Job[] = [];
  const active: Job[] = [];
  const hasRoom = ({ tenantId, pool }: Job) =>
    active.filter((job) => job.tenantId === tenantId && job.pool === pool).length <
    ((pool && pools[pool]) || tenant);
  return {
    active,
    push(job: Job) {
      if (waiting.some(({ runId }) => runId === job.runId)) return;
      const behind = waiting.findIndex(({ priority }) => priority < job.priority);
      waiting.splice(behind < 0 ? waiting.length : behind, 0, job);
    },
    take() {
      const next = waiting.findIndex(hasRoom);
      const [job] = next < 0 ? [] : waiting.splice(next, 1);
      if (job) active.push(job);
      return job;
    },
    end(job: Job) {
      active.splice(active.indexOf(job), 1);
    },
    remove(runId: string) {
      const place = waiting.findIndex((job) => job.runId === runId);
      if (place >= 0) waiting.splice(place, 1);
      return place >= 0;
    },
    size: () => waiting.length,
  };
}

test('whatever is pushed, taken, ended and removed, the next one is the one that the rules name', () => {
  const command = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record(
        {
          runId: fc.nat(60).map(String),
          tenantId: fc.constantFrom('a', 'b', 'c'),
          priority: fc.integer({ min: -2, max: 2 }),
          pool: fc.constantFrom('narrow', 'unnamed'),
        },
        { requiredKeys: ['runId', 'tenantId', 'priority'] },
      ),
    },
    { weight: 4, arbitrary: fc.constant('take' as const) },
    { weight: 2, arbitrary: fc.record({ end: fc.nat(10) }) },
    { weight: 2, arbitrary: fc.record({ remove: fc.nat(60).map(String) }) },
  );
  const places = fc.integer({ min: 1, max: 3 });
  const limits = fc.record({ tenant: places, pools: fc.record({ narrow: places }) });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), limits, (commands, limit) => {
      const queue = createFairQueue(limit);
      const oracle = createOracle(limit);
      for (const each of commands) {
        if (each === 'take') {
          expect(queue.take()).toEqual(oracle.take());
        } else if ('remove' in each) {
          expect(queue.remove(each.remove)).toBe(oracle.remove(each.remove));
        } else if ('end' in each) {
          const job = oracle.active[each.end % Math.max(1, oracle.active.length)];
          if (job) for (const one of [queue, oracle]) one.end(job);
        } else {
          for (const one of [queue, oracle]) one.push(each);
        }
        expect(queue.size()).toBe(oracle.size());
      }
      for (let job = oracle.take(); job; job = oracle.take()) expect(queue.take()).toEqual(job);
      expect(queue.take()).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('a job is pushed, taken and removed with a number of comparisons that grows like the logarithm', () => {
  let looks = 0;
  /** A job that counts how often its priority is looked at, as each comparison of two jobs does. */
  const jobOf = (n: number): Job => ({
    runId: `r${n}`,
    tenantId: `t${n % 5_000}`,
    get priority() {
      looks += 1;
      return n % 7;
    },
  });
  const queue = createFairQueue({ tenant: 1 });
  const count = 10_000;
  for (let n = 0; n < count; n += 1) queue.push(jobOf(n));
  for (let n = 0; n < count; n += 3) queue.remove(`r${n}`);
  let taken = 0;
  for (let job = queue.take(); job; job = queue.take()) {
    taken += 1;
    queue.end(job);
  }
  expect(taken).toBe(count - Math.ceil(count / 3));
  expect(looks / count).toBeLessThan(10 * Math.log2(count));
});
