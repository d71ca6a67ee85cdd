import type { Knex } from 'knex';
import type { SchemaMigration } from './index.ts';

/** Times are milliseconds since the epoch; JSON is kept as text, as it is only ever read whole. */
export const initial: SchemaMigration = {
  name: '0001-initial',
  async up(knex) {
    await createTenantTables(knex);
    await createWorkflows(knex);
    await createRuns(knex);
    await createEvents(knex);
    await createIdempotencyKeys(knex);
  },
};

async function createTenantTables(knex: Knex) {
  await knex.schema.createTable('tenants', (table) => {
    table.text('id').primary();
    table.text('name').notNullable();
    table.bigInteger('created_at').notNullable();
  });
  await knex.schema.createTable('api_keys', (table) => {
    table.text('id').primary();
    table.text('tenant_id').notNullable().references('id').inTable('tenants');
    table.text('name').notNullable();
    table.text('prefix').notNullable();
    table.text('hash').notNullable().unique();
    table.text('scopes').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at');
    table.bigInteger('revoked_at');
    table.bigInteger('last_used_at');
    table.index(['tenant_id', 'created_at'], 'api_keys_by_tenant');
  });
}

async function createWorkflows(knex: Knex) {
  await knex.schema.createTable('workflows', (table) => {
    table.text('tenant_id').notNullable();
    table.text('id').notNullable();
    table.integer('version').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.text('definition').notNullable();
    table.primary(['tenant_id', 'id']);
    table.index(['tenant_id', 'created_at', 'id'], 'workflows_newest');
  });
}

async function createRuns(knex: Knex) {
  await knex.schema.createTable('workflow_executions', (table) => {
    table.text('id').primary();
    table.text('tenant_id').notNullable();
    table.text('workflow_id').notNullable();
    table.text('user_id').notNullable();
    table.text('status').notNullable();
    table.integer('priority').notNullable();
    table.bigInteger('last_seq').notNullable().defaultTo(0);
    table.integer('epoch').notNullable().defaultTo(0);
    table.text('owner');
    table.smallint('cancel_requested').notNullable().defaultTo(0);
    table.bigInteger('timeout_ms').notNullable();
    table.text('on_disconnect').notNullable();
    table.bigInteger('disconnect_grace_ms').notNullable();
    table.bigInteger('prompt_tokens').notNullable().defaultTo(0);
    table.bigInteger('completion_tokens').notNullable().defaultTo(0);
    table.integer('steps').notNullable().defaultTo(0);
    table.bigInteger('execution_time_ms');
    table.bigInteger('created_at').notNullable();
    table.bigInteger('started_at');
    table.bigInteger('finished_at');
    table.text('error');
    // The long ones last: SQLite reads the columns before them without following overflow pages.
    table.text('inputs').notNullable();
    table.text('outputs');
    table.text('definition').notNullable();
    table.index(['tenant_id', 'created_at', 'id'], 'workflow_executions_newest');
    table.index(['tenant_id', 'workflow_id', 'created_at', 'id'], 'workflow_executions_of_workflow');
  });
  // For recovery. Partial: finished runs, nearly all of them, are not in it.
  await knex.raw(
    `CREATE INDEX workflow_executions_active ON workflow_executions (status, priority, created_at)
     WHERE status IN ('queued', 'running')`,
  );
}

/** No foreign key: the fence of each append has just touched the run's row. */
async function createEvents(knex: Knex) {
  const clustered = knex.client.driverName === 'better-sqlite3' ? 'WITHOUT ROWID' : '';
  await knex.raw(
    `CREATE TABLE run_events (
       run_id text NOT NULL,
       seq bigint NOT NULL,
       type text NOT NULL,
       at bigint NOT NULL,
       data text NOT NULL,
       PRIMARY KEY (run_id, seq)
     ) ${clustered}`,
  );
}

async function createIdempotencyKeys(knex: Knex) {
  await knex.schema.createTable('idempotency_keys', (table) => {
    table.text('tenant_id').notNullable();
    table.text('key').notNullable();
    table.text('run_id').notNullable();
    table.text('fingerprint').notNullable();
    table.bigInteger('created_at').notNullable();
    table.primary(['tenant_id', 'key']);
    table.index(['created_at'], 'idempotency_keys_oldest');
  });
}
