import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../database.ts';
import type { Store } from '../store.ts';
import type { OpenTables } from './backends.ts';
import { claimedRun, deltas, newRun, seqsOf, unique, upTo, wholeLog } from './fixtures.ts';

const DAY_MS = 24 * 3_600_000;

/** What stands in the tables, and what a failing database does. */
export function tableLaws(open: OpenTables) {
  let store: Store;
  let database: Database;
  beforeAll(async () => {
    ({ store, database } = await open());
  });
  afterAll(() => store.close());

  const readAfresh = async (runId: string) => {
    const other = await open();
    try {
      return await wholeLog(other.store, runId);
    } finally {
      await other.store.close();
    }
  };

  test('the table calls success what the engine calls succeeded', async () => {
    const lease = await claimedRun(store);
    await store.log.append(lease, 1, deltas(1), { state: 'succeeded', finishedAt: 3_000 });
    const [row] = await database.knex('workflow_executions').select('status').where('id', lease.runId);
    expect(row).toEqual({ status: 'success' });
    expect(await store.runs.get('tenant', lease.runId)).toMatchObject({ state: 'succeeded' });
  });

  test('the end of a run tells its execution time', async () => {
    const lease = await claimedRun(store);
    await store.log.append(lease, 1, deltas(1), { state: 'failed', finishedAt: 2_345 });
    const [row] = await database
      .knex('workflow_executions')
      .select('status', 'execution_time_ms')
      .where('id', lease.runId);
    expect(row).toEqual({ status: 'failed', execution_time_ms: 345 });
  });

  test('expired keys are deleted in passing', async () => {
    const key = unique('key');
    await store.runs.create(newRun({ createdAt: 10 * DAY_MS, idempotency: { key, fingerprint: '' } }));
    const later = { key: unique('key'), fingerprint: '' };
    await store.runs.create(newRun({ createdAt: 12 * DAY_MS, idempotency: later }));
    expect(await database.knex('idempotency_keys').select('key').whereIn('key', [key, later.key])).toEqual([
      { key: later.key },
    ]);
  });

  test('a transaction that fails rejects every append in it, and nothing of it is visible', async () => {
    const leases = await Promise.all([claimedRun(store), claimedRun(store)]);
    await Promise.all(leases.map((lease) => store.log.append(lease, 1, deltas(1))));
    await database.knex.raw('ALTER TABLE run_events RENAME TO run_events_away');
    const outcomes = await Promise.allSettled(
      leases.map((lease) => store.log.append(lease, 2, deltas(1), { state: 'failed', finishedAt: 9_000 })),
    );
    await database.knex.raw('ALTER TABLE run_events_away RENAME TO run_events');

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    for (const lease of leases) {
      expect(seqsOf(await wholeLog(store, lease.runId))).toEqual([1]);
      expect(await store.runs.get('tenant', lease.runId)).toMatchObject({ state: 'running', lastSeq: 1 });
      await store.log.append(lease, 2, deltas(1));
      expect(seqsOf(await readAfresh(lease.runId))).toEqual([1, 2]);
    }
  });

  test('closing commits what was appended and refuses what comes later', async () => {
    const closing = await open();
    const lease = await claimedRun(closing.store);
    const appends = upTo(20).map((seq) => closing.store.log.append(lease, seq, deltas(1)));
    await closing.store.close();
    await Promise.all(appends);
    await expect(closing.store.log.append(lease, 21, deltas(1))).rejects.toThrow('closed');
    expect(seqsOf(await readAfresh(lease.runId))).toEqual(upTo(20));
  });
}
