import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RateCount } from '../../limits/rate-limiter.ts';
import type { Store } from '../store.ts';
import type { OpenTables } from './backends.ts';
import { unique, upTo } from './fixtures.ts';

export function rateCountStoreLaws(open: OpenTables) {
  let store: Store;
  beforeAll(async () => {
    ({ store } = await open());
  });
  afterAll(() => store.close());

  const count = (overrides: Partial<RateCount> = {}): RateCount => ({
    key: `default ${unique('tenant')}/key`,
    used: 1,
    resetAt: 2_000,
    ...overrides,
  });

  /** Of those that a test has made. */
  const kept = async (counts: readonly RateCount[], now: number) => {
    const keys = counts.map(({ key }) => key);
    return (await store.rateCounts.load(now)).filter(({ key }) => keys.includes(key));
  };

  test('counts are kept, the window that ends first in front', async () => {
    const [later, sooner] = [count({ resetAt: 3_000, used: 7 }), count()];
    await store.rateCounts.save([later, sooner], 1_000);
    expect(await kept([later, sooner], 1_000)).toEqual([sooner, later]);
  });

  test('a count that was kept is replaced, also by a smaller one', async () => {
    const first = count({ used: 9 });
    await store.rateCounts.save([first], 1_000);
    const next = { ...first, used: 2, resetAt: 2_500 };
    await store.rateCounts.save([next], 1_000);
    expect(await kept([first], 1_000)).toEqual([next]);
  });

  test('a window that has ended is not answered, and dropped when counts are kept', async () => {
    const ended = count({ resetAt: 2_000 });
    await store.rateCounts.save([ended], 1_000);
    expect(await kept([ended], 1_999)).toEqual([ended]);
    expect(await kept([ended], 2_000)).toEqual([]);
    await store.rateCounts.save([], 2_000);
    expect(await kept([ended], 1_000)).toEqual([]);
  });

  test('keeping nothing is nothing', async () => {
    await store.rateCounts.save([], 0);
  });

  test('two that keep the same counts at once get through', async () => {
    const counts = upTo(200).map(() => count());
    const backwards = [...counts].reverse();
    const other = (await open()).store;
    await Promise.all(
      upTo(5).flatMap(() => [store.rateCounts.save(counts, 1_000), other.rateCounts.save(backwards, 1_000)]),
    );
    await other.close();
    expect(await kept(counts, 1_000)).toHaveLength(200);
  });
}
