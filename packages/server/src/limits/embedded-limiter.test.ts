import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEmbeddedLimiter } from './embedded-limiter.ts';
import type { RateCount, RateCountStore, RateLimiter, RatePolicy } from './rate-limiter.ts';

const policy: RatePolicy = { name: 'default', quota: 3, windowMs: 60_000 };
const FLUSH_MS = 1_000;

/** Keeps counts as the real stores do, and says what it was given. */
function memoryStore() {
  const counts = new Map<string, RateCount>();
  const saves: (readonly RateCount[])[] = [];
  const store: RateCountStore = {
    load: async (now) =>
      [...counts.values()].filter(({ resetAt }) => resetAt > now).sort((a, b) => a.resetAt - b.resetAt),
    async save(given, now) {
      saves.push(given);
      for (const count of given) counts.set(count.key, count);
      for (const { key, resetAt } of counts.values()) if (resetAt <= now) counts.delete(key);
    },
  };
  return { store, counts, saves };
}

let memory: ReturnType<typeof memoryStore>;
let errors: unknown[];
let limiter: RateLimiter;

const openLimiter = (store: RateCountStore = memory.store, maxSubjects = 1_000) =>
  createEmbeddedLimiter(store, {
    now: Date.now,
    flushMs: FLUSH_MS,
    onError: (error) => errors.push(error),
    maxSubjects,
  });

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date', 'setInterval', 'clearInterval'] });
  memory = memoryStore();
  errors = [];
  limiter = await openLimiter();
});

afterEach(async () => {
  await limiter.close();
  vi.useRealTimers();
});

const take = async (times: number, subject = 'a', of = policy) => {
  let state = await limiter.take(of, subject);
  for (let taken = 1; taken < times; taken += 1) state = await limiter.take(of, subject);
  return state;
};

describe('a window', () => {
  test('begins with its first request and says what is left of it', async () => {
    expect(await take(1)).toEqual({ allowed: true, remaining: 2, resetAt: 1_060_000 });
    vi.setSystemTime(1_030_000);
    expect(await take(1)).toEqual({ allowed: true, remaining: 1, resetAt: 1_060_000 });
  });

  test('refuses what is beyond the quota, and a refusal makes it no longer', async () => {
    expect(await take(3)).toMatchObject({ allowed: true, remaining: 0 });
    expect(await take(2)).toEqual({ allowed: false, remaining: 0, resetAt: 1_060_000 });
  });

  test('ends at its time, not before', async () => {
    await take(3);
    vi.setSystemTime(1_059_999);
    expect(await take(1)).toMatchObject({ allowed: false });
    vi.setSystemTime(1_060_000);
    expect(await take(1)).toEqual({ allowed: true, remaining: 2, resetAt: 1_120_000 });
  });

  test('is one subject and one policy alone', async () => {
    await take(3, 'a');
    expect(await take(1, 'b')).toMatchObject({ allowed: true, remaining: 2 });
    expect(await take(1, 'a', { ...policy, name: 'other' })).toMatchObject({ allowed: true, remaining: 2 });
  });

  test('is forgotten when the clock was set back by more than its length', async () => {
    await take(3);
    vi.setSystemTime(100);
    expect(await take(1)).toEqual({ allowed: true, remaining: 2, resetAt: 60_100 });
  });

  test('of any requests lets as many through as the quota, whatever their times', async () => {
    const steps = fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 60 });
    let subjects = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (waits) => {
        const subject = `story ${++subjects}`;
        const passed = new Map<number, number>();
        for (const wait of waits) {
          vi.setSystemTime(Date.now() + wait);
          const { allowed, remaining, resetAt } = await take(1, subject);
          expect(resetAt).toBeGreaterThan(Date.now());
          const before = passed.get(resetAt) ?? 0;
          expect(allowed).toBe(before < policy.quota);
          passed.set(resetAt, before + Number(allowed));
          expect(remaining).toBe(policy.quota - before - Number(allowed));
        }
        const ends = [...passed.keys()];
        for (const [index, end] of ends.entries())
          expect(end - (ends[index - 1] ?? 0)).toBeGreaterThanOrEqual(policy.windowMs);
      }),
      { numRuns: 50 },
    );
  });
});

describe('memory', () => {
  test('is bounded for each policy: the oldest window gives way', async () => {
    await limiter.close();
    limiter = await openLimiter(memory.store, 2);
    await take(3, 'a');
    await take(3, 'b');
    await take(3, 'c', { ...policy, name: 'other' });
    expect(await take(1, 'a')).toMatchObject({ allowed: false });
    await take(1, 'c');
    expect(await take(1, 'b')).toMatchObject({ allowed: false });
    expect(await take(1, 'a')).toMatchObject({ allowed: true, remaining: 2 });
  });

  test('is bounded also for what could not be kept', async () => {
    const failing = { ...memory.store, save: () => Promise.reject(new Error('disk full')) };
    await limiter.close();
    limiter = await openLimiter(failing, 2);
    for (const subject of ['a', 'b', 'c', 'd']) await take(1, subject);
    await limiter.close();
    limiter = await openLimiter();
    expect(errors).toEqual([new Error('disk full')]);
    expect(memory.counts.size).toBe(0);
  });
});

describe('counts are kept', () => {
  /** Lets the timer run, and then what it has begun. */
  const tick = async () => {
    vi.advanceTimersByTime(FLUSH_MS);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  };

  test('over a restart', async () => {
    await take(3);
    await limiter.close();
    limiter = await openLimiter();
    expect(await take(1)).toEqual({ allowed: false, remaining: 0, resetAt: 1_060_000 });
  });

  test('every second, those that have changed', async () => {
    await take(1, 'a');
    await take(2, 'b');
    await tick();
    await take(1, 'b');
    await tick();
    await tick();
    expect(memory.saves).toEqual([
      [
        { key: 'default a', used: 1, resetAt: 1_060_000 },
        { key: 'default b', used: 2, resetAt: 1_060_000 },
      ],
      [{ key: 'default b', used: 3, resetAt: 1_060_000 }],
    ]);
  });

  test('also where they change while they are written', async () => {
    let isFirst = true;
    const store: RateCountStore = {
      ...memory.store,
      async save(counts, now) {
        if (isFirst) await take(1);
        isFirst = false;
        await memory.store.save(counts, now);
      },
    };
    await limiter.close();
    limiter = await openLimiter(store);
    await take(1);
    await tick();
    expect(memory.counts.get('default a')).toMatchObject({ used: 1 });
    await tick();
    expect(memory.counts.get('default a')).toMatchObject({ used: 2 });
  });

  test('in batches, so that many hold up nobody', async () => {
    for (let subject = 0; subject < 1_000; subject += 1) await take(1, `s${subject}`);
    await limiter.close();
    expect(memory.saves.map(({ length }) => length)).toEqual([500, 500]);
    limiter = await openLimiter();
    expect(await take(1, 's999')).toMatchObject({ remaining: 1 });
  });

  test('once the store takes them again, after it has failed; its errors are told and not thrown', async () => {
    let isFull = true;
    const store: RateCountStore = {
      ...memory.store,
      save: (counts, now) =>
        isFull ? Promise.reject(new Error('disk full')) : memory.store.save(counts, now),
    };
    await limiter.close();
    limiter = await openLimiter(store);
    await take(2);
    await tick();
    expect(errors).toEqual([new Error('disk full')]);
    isFull = false;
    await tick();
    expect(memory.counts.get('default a')).toMatchObject({ used: 2 });
  });

  test('not those whose window has ended', async () => {
    await take(1);
    vi.setSystemTime(1_060_000);
    await limiter.close();
    expect(memory.saves).toEqual([]);
  });
});
