import type { Knex } from 'knex';
import { initial } from './0001-initial.ts';
import { durableRuns } from './0002-durable-runs.ts';
import { threeApis } from './0003-three-apis.ts';

/** A step of the schema's history. Once released it is never edited. */
export interface SchemaMigration {
  readonly name: string;
  up(knex: Knex): Promise<void>;
}

const MIGRATIONS: readonly SchemaMigration[] = [initial, durableRuns, threeApis];

const source: Knex.MigrationSource<SchemaMigration> = {
  getMigrations: async () => [...MIGRATIONS],
  getMigrationName: (migration) => migration.name,
  getMigration: async (migration) => ({
    up: (knex) => migration.up(knex),
    // knex insists on one. An older schema would not hold what a newer server wrote.
    down: () => Promise.reject(new Error('migrations only go forward')),
  }),
};

const config: Knex.MigratorConfig = { migrationSource: source, tableName: 'schema_migrations' };

/** Brings the file to the newest schema. */
export const migrateSqlite = (knex: Knex): Promise<void> => migrate(knex, config);

/** Brings `schema` to the newest state. Of several processes that boot at once, one migrates and the others wait. */
export async function migratePostgres(knex: Knex, schema: string): Promise<void> {
  // The lock lives as long as this transaction, which a second connection holds open.
  await knex.transaction(async (lock) => {
    await lock.raw('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [`flowwire:${schema}`]);
    // Not CREATE SCHEMA IF NOT EXISTS alone: that needs the right to create even when there is nothing to do.
    const { rows } = await knex.raw('SELECT 1 FROM pg_namespace WHERE nspname = ?', [schema]);
    if (rows.length === 0) await knex.raw('CREATE SCHEMA ??', [schema]);
    await migrate(knex, { ...config, schemaName: schema });
  });
}

async function migrate(knex: Knex, migratorConfig: Knex.MigratorConfig): Promise<void> {
  // knex's own lock outlives a process that died while it migrated. Nobody else migrates at this moment:
  // SQLite has one process, and on PostgreSQL we hold an advisory lock.
  await knex.migrate.forceFreeMigrationsLock(migratorConfig);
  await knex.migrate.latest(migratorConfig);
}
