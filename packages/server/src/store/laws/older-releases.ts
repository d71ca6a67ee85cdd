import { readFile } from 'node:fs/promises';
import knex, { type Knex } from 'knex';
import { initial } from '../migrations/0001-initial.ts';
import { durableRuns } from '../migrations/0002-durable-runs.ts';
import type { SchemaMigration } from '../migrations/index.ts';
import type { Backend } from '../store.ts';

/** Without what is null. */
export type OldRow = Readonly<Record<string, string | number>>;

export type OldTableRow = readonly [table: string, row: OldRow];

/** An empty database as an older release left it, `migrations` being all that there were. The caller destroys it. */
export async function openOlderRelease(
  target: Backend,
  migrations: readonly SchemaMigration[],
): Promise<Knex> {
  const database = connect(target);
  const migrationSource: Knex.MigrationSource<SchemaMigration> = {
    getMigrations: async () => [...migrations],
    getMigrationName: ({ name }) => name,
    getMigration: async ({ up }) => ({ up, down: async () => {} }),
  };
  if (target.kind === 'postgres') await database.raw('CREATE SCHEMA ??', [target.schema ?? '']);
  await database.migrate.latest({ migrationSource, tableName: 'schema_migrations' });
  return database;
}

const connect = (target: Backend): Knex =>
  target.kind === 'sqlite'
    ? knex({ client: 'better-sqlite3', connection: { filename: target.file }, useNullAsDefault: true })
    : knex({ client: 'pg', connection: target.url, searchPath: [target.schema ?? ''] });

export const insert = (database: Knex, table: string, row: OldRow) => {
  const columns = Object.keys(row);
  const places = columns.map(() => '?').join(', ');
  return database.raw(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`, Object.values(row));
};

/** What a server of the second release wrote before it was killed, with one run at a time; ids of runs were renamed. */
const DURABLE_RUNS = new URL('durable-runs.jsonl', import.meta.url);

/** The key that its secrets are sealed with. */
export const OLD_SECRET_KEY = '07'.repeat(32);

/** Such a database, as if its server had been killed at `now`. Answers its rows as they are kept: `[table, row]`. */
export async function fillDurableRuns(target: Backend, now: number): Promise<readonly OldTableRow[]> {
  const rows = await readDurableRuns(now);
  const database = await openOlderRelease(target, [initial, durableRuns]);
  for (const [table, row] of rows) await insert(database, table, row);
  await database.destroy();
  return rows;
}

async function readDurableRuns(now: number): Promise<readonly OldTableRow[]> {
  const lines = (await readFile(DURABLE_RUNS, 'utf8')).trimEnd().split('\n');
  const rows = lines.map((line): OldTableRow => JSON.parse(line));
  const newest = Math.max(...rows.map(([, row]) => Number(row.created_at ?? 0)));
  const isTime = (column: string) => column === 'at' || column.endsWith('_at');
  return rows.map(([table, row]) => {
    const moved = Object.entries(row).map(([column, value]) => [
      column,
      isTime(column) ? Number(value) + now - newest : value,
    ]);
    return [table, Object.fromEntries(moved)];
  });
}
