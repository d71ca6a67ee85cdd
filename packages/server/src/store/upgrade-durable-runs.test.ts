import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedTables, postgresBackend, sqliteBackend, type TablesBackend } from './laws/backends.ts';
import { fillDurableRuns, OLD_SECRET_KEY, type OldTableRow } from './laws/older-releases.ts';

const withoutNull = (row: Readonly<Record<string, string | number | null>>) =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));

const byText = (a: object, b: object) => (textOf(a) < textOf(b) ? -1 : 1);

const textOf = (row: object) => JSON.stringify(Object.entries(row).toSorted());

function upgradeTests(backend: TablesBackend) {
  let opened: OpenedTables;
  let old: readonly OldTableRow[];
  beforeAll(async () => {
    old = await fillDurableRuns(await backend.target(), Date.now());
    opened = await backend.open({ secretKey: Buffer.from(OLD_SECRET_KEY, 'hex') });
  });
  afterAll(async () => {
    await opened.store.close();
    await backend.remove();
  });

  test('every row is as it was, with nothing in its new columns', async () => {
    const { knex } = opened.database;
    for (const table of new Set(old.map(([name]) => name))) {
      const rows: Readonly<Record<string, string | number | null>>[] = await knex(table);
      const before = old.filter(([name]) => name === table).map(([, row]) => row);
      expect(rows.map(withoutNull).toSorted(byText), table).toEqual(before.toSorted(byText));
    }
  });

  test('statistics are what the earlier release told of the same runs', async () => {
    const query = { createdAfter: 0, createdBefore: 2 ** 50, groupBy: ['workflow', 'node'] } as const;
    const { totals, byWorkflow, byNode } = await opened.store.stats.read('dev', query);
    const byState = { succeeded: 2, failed: 1, cancelled: 1, timed_out: 1 };
    expect(totals).toMatchObject({
      runs: 9,
      byState: { ...byState, queued: 1, running: 1, paused: 1, waiting: 1 },
      elapsedMs: { p50: 6, p95: 1225 },
      tokens: { prompt: 0, completion: 0 },
    });
    expect(byWorkflow?.map(({ name }) => name).toSorted()).toEqual([
      'broken',
      'count',
      'shout louder',
      'two questions',
      'two steps',
    ]);
    expect(byNode).toHaveLength(11);
  });

  test('a secret is opened with the same key', async () => {
    expect(await opened.store.secrets.read('dev', ['TOKEN'])).toEqual(new Map([['TOKEN', 'hush']]));
  });
}

const postgres = await postgresBackend();

describe('a database of the second release, on SQLite', () => upgradeTests(sqliteBackend()));
describe.skipIf(postgres.missing)('a database of the second release, on PostgreSQL', () =>
  upgradeTests(postgres),
);
