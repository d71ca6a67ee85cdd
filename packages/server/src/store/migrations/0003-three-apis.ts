import type { Knex } from 'knex';
import type { SchemaMigration } from './index.ts';

/** What astron and mandas need beside workflows and runs, logins, apps, files, kept answers, limits, audit. */
export const threeApis: SchemaMigration = {
  name: '0003-three-apis',
  async up(knex) {
    await extendRuns(knex);
    await indexKinds(knex);
    await indexPools(knex);
    await extendIdempotencyKeys(knex);
    await createIdentity(knex);
    await createFlows(knex);
    await createFiles(knex);
    await createRateCounts(knex);
  },
};

async function extendRuns(knex: Knex) {
  if (knex.client.driverName === 'better-sqlite3') return rebuildRuns(knex);
  await knex.schema.alterTable('workflow_executions', (table) => {
    // Null for a run of a stored workflow.
    table.text('kind');
    table.text('pool');
  });
}

/**
 * The same on SQLite, which adds columns at the end only, behind the long texts, and would follow their overflow pages
 * to read them. So the table is written anew, by its own SQL with the columns before those texts.
 */
async function rebuildRuns(knex: Knex) {
  const parts: { readonly type: string; readonly name: string; readonly sql: string }[] = await knex(
    'sqlite_master',
  )
    .where('tbl_name', 'workflow_executions')
    .whereNotNull('sql');
  const columns: { readonly name: string }[] = await knex.raw('PRAGMA table_info(workflow_executions)');
  const names = columns.map(({ name }) => name).join(', ');
  await knex.raw('ALTER TABLE workflow_executions RENAME TO workflow_executions_0002');
  for (const { name } of parts.filter(({ type }) => type === 'index'))
    await knex.raw('DROP INDEX ??', [name]);
  // The table before its indexes.
  for (const { type, sql } of parts.toSorted((a, b) => (a.type < b.type ? 1 : -1))) {
    await knex.raw(type === 'table' ? sql.replace('`error` text', '`kind` text, `pool` text, $&') : sql);
  }
  await knex.raw(`INSERT INTO workflow_executions (${names}) SELECT ${names} FROM workflow_executions_0002`);
  await knex.raw('DROP TABLE workflow_executions_0002');
}

/** Lists of one kind say how long they are: that is counted from this index alone, whatever they are filtered by. */
async function indexKinds(knex: Knex) {
  await knex.schema.alterTable('workflow_executions', (table) => {
    const columns = ['tenant_id', 'kind', 'created_at', 'id', 'status', 'workflow_id'];
    table.index(columns, 'workflow_executions_of_kind');
  });
}

/** Places in the queue are counted within a pool, from this index alone. */
async function indexPools(knex: Knex) {
  await knex.raw('DROP INDEX workflow_executions_queue');
  await knex.raw(
    `CREATE INDEX workflow_executions_queue
     ON workflow_executions (pool, priority DESC, created_at, id, tenant_id) WHERE status = 'queued'`,
  );
}

async function extendIdempotencyKeys(knex: Knex) {
  // A key that a request without a run has taken has the run '', its owner until it is answered, and then the answer.
  await knex.schema.alterTable('idempotency_keys', (table) => {
    table.text('owner');
    table.text('reply');
  });
}

async function createIdentity(knex: Knex) {
  await knex.schema.createTable('logins', (table) => {
    table.text('hash').primary();
    table.text('tenant_id').notNullable().references('id').inTable('tenants');
    table.text('key_id').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable();
    table.index(['expires_at'], 'logins_oldest');
  });
  await knex.schema.createTable('apps', (table) => {
    table.text('id').primary();
    table.text('tenant_id').notNullable().references('id').inTable('tenants');

    table.text('name').notNullable();
    table.text('scopes').notNullable();
    table.bigInteger('created_at').notNullable();
    table.index(['tenant_id', 'created_at', 'id'], 'apps_of_tenant');
  });
  await knex.schema.createTable('audit_entries', (table) => {
    table.text('id').primary();
    table.text('tenant_id').notNullable();
    table.bigInteger('created_at').notNullable();
    table.text('actor').notNullable();
    table.text('action').notNullable();
    table.text('target').notNullable();
    table.text('details').notNullable();
    table.index(['tenant_id', 'created_at', 'id'], 'audit_entries_newest');
  });
}

async function createFlows(knex: Knex) {
  await knex.schema.createTable('flows', (table) => {
    table.text('tenant_id').notNullable();
    table.text('flow_id').notNullable();
    table.text('app_id').notNullable();
    table.integer('source').notNullable();
    table.integer('release_status').notNullable();
    table.integer('draft_version').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.integer('revision').notNullable();
    table.primary(['tenant_id', 'flow_id']);
  });
  await knex.schema.createTable('flow_versions', (table) => {
    table.text('tenant_id').notNullable();
    table.text('flow_id').notNullable();
    table.text('name').notNullable();
    table.integer('version').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.primary(['tenant_id', 'flow_id', 'name']);
  });
  await knex.schema.createTable('flow_bindings', (table) => {
    table.text('tenant_id').notNullable();
    table.text('flow_id').notNullable();
    table.text('app_id').notNullable();
    table.bigInteger('created_at').notNullable();
    table.primary(['tenant_id', 'flow_id', 'app_id']);
  });
  await knex.schema.createTable('flow_runs', (table) => {
    table.text('run_id').primary();
    table.text('tenant_id').notNullable();
    table.text('event_id').notNullable();
    table.text('flow_id').notNullable();
    table.text('app_id').notNullable();
    table.text('uid').notNullable();
    table.smallint('is_debug').notNullable();
    table.smallint('is_streamed').notNullable();
    table.bigInteger('created_at').notNullable();
    table.unique(['tenant_id', 'event_id'], { indexName: 'flow_runs_by_event' });
  });
}

async function createFiles(knex: Knex) {
  await knex.schema.createTable('files', (table) => {
    table.text('id').primary();
    table.text('tenant_id').notNullable();
    table.text('name').notNullable();
    table.text('media_type').notNullable();
    table.bigInteger('bytes').notNullable();
    table.text('digest').notNullable();
    table.bigInteger('created_at').notNullable();
    // The sum of a tenant's bytes comes from it alone.
    table.index(['tenant_id', 'bytes'], 'files_of_tenant');
    table.index(['created_at', 'id'], 'files_oldest');
  });
}

async function createRateCounts(knex: Knex) {
  await knex.schema.createTable('rate_counts', (table) => {
    table.text('key').primary();
    table.bigInteger('used').notNullable();
    table.bigInteger('reset_at').notNullable();
    table.index(['reset_at'], 'rate_counts_oldest');
  });
}
