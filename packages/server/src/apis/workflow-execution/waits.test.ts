import type { RunFigures } from '@flowwire/engine';
import { expect, test } from 'vitest';
import { createWaitEstimate } from './waits.ts';

const NONE = { queued: 0, running: 0, paused: 0, waiting: 0, failed: 0, cancelled: 0, timed_out: 0 };

/** The estimate where so many runs have ended, half of them within a second. */
const estimate = (succeeded: number) => {
  const totals: RunFigures = {
    runs: succeeded,
    byState: { ...NONE, succeeded },
    elapsedMs: { p50: 1_000, p95: 9_000 },
    tokens: { prompt: 0, completion: 0 },
  };
  const deps = {
    stats: { read: async () => ({ totals }) },
    now: () => 0,
    runConcurrency: 100,
    laneConcurrency: (pool: string | undefined) => (pool === undefined ? 20 : 10),
  };
  return createWaitEstimate(deps, 'tenant');
};

test('a run waits for room on the server, behind runs of all tenants', async () => {
  const waitOf = await estimate(5);
  expect(waitOf({ run: {}, position: 300, positionInTenant: 1 })).toEqual({ estimated_wait_ms: 3_000 });
});

test('a run waits for the room of its tenant, when that comes later', async () => {
  const waitOf = await estimate(5);
  expect(waitOf({ run: {}, position: 60, positionInTenant: 40 })).toEqual({ estimated_wait_ms: 2_000 });
  const pooled = { run: { pool: 'background' }, position: 60, positionInTenant: 40 };
  expect(waitOf(pooled)).toEqual({ estimated_wait_ms: 4_000 });
});

test('nothing is estimated from fewer than five runs', async () => {
  const waitOf = await estimate(4);
  expect(waitOf({ run: {}, position: 1, positionInTenant: 1 })).toEqual({});
});
