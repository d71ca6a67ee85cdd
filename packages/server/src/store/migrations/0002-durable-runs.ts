import type { Knex } from 'knex';
import type { SchemaMigration } from './index.ts';

/** What the second release keeps: versions, pauses, answers, conversations, secrets, schedules and figures. */
export const durableRuns: SchemaMigration = {
  name: '0002-durable-runs',
  async up(knex) {
    if (isSqlite(knex)) await rebuildRuns(knex);
    else await extendRuns(knex);
    await indexRuns(knex);
    await createAnswers(knex);
    await createNodes(knex);
    await splitWorkflows(knex);
    await createConversations(knex);
    await createSecrets(knex);
    await createSchedules(knex);
  },
};

const isSqlite = (knex: Knex) => knex.client.driverName === 'better-sqlite3';

/** The columns that this step adds to `workflow_executions`; `short` ones are kept before the long texts. */
const addShortColumns = (table: Knex.CreateTableBuilder) => {
  table.integer('version').notNullable().defaultTo(1);
  // Filled right after; the default is for the moment in between.
  table.bigInteger('queued_at').notNullable().defaultTo(0);
  table.bigInteger('pruned_seq').notNullable().defaultTo(0);
  table.smallint('pause_requested').notNullable().defaultTo(0);
  table.bigInteger('wake_at');
  table.text('conversation_id');
  table.text('cache_key');
  table.text('reuse');
};

const addLongColumns = (table: Knex.CreateTableBuilder) => {
  table.text('subflows');
  table.text('history');
};

const OLD_COLUMNS = [
  'id',
  'tenant_id',
  'workflow_id',
  'user_id',
  'status',
  'priority',
  'last_seq',
  'epoch',
  'owner',
  'cancel_requested',
  'timeout_ms',
  'on_disconnect',
  'disconnect_grace_ms',
  'prompt_tokens',
  'completion_tokens',
  'steps',
  'execution_time_ms',
  'created_at',
  'started_at',
  'finished_at',
  'error',
  'inputs',
  'outputs',
  'definition',
].join(', ');

async function extendRuns(knex: Knex) {
  await knex.schema.alterTable('workflow_executions', (table) => {
    addShortColumns(table);
    addLongColumns(table);
  });
  await knex.raw('UPDATE workflow_executions SET queued_at = created_at');
  await knex.raw('DROP INDEX workflow_executions_active');
}

/**
 * SQLite adds columns at the end only, behind the definition, and would follow its overflow pages to read
 * them. So the table is written anew with them before the long texts.
 */
async function rebuildRuns(knex: Knex) {
  await knex.raw('ALTER TABLE workflow_executions RENAME TO workflow_executions_0001');
  for (const index of ['newest', 'of_workflow', 'active']) {
    await knex.raw(`DROP INDEX workflow_executions_${index}`);
  }
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
    addShortColumns(table);
    table.text('error');
    table.text('inputs').notNullable();
    table.text('outputs');
    table.text('definition').notNullable();
    addLongColumns(table);
    table.index(['tenant_id', 'created_at', 'id'], 'workflow_executions_newest');
    table.index(['tenant_id', 'workflow_id', 'created_at', 'id'], 'workflow_executions_of_workflow');
  });
  await knex.raw(
    `INSERT INTO workflow_executions (${OLD_COLUMNS}, queued_at)
     SELECT ${OLD_COLUMNS}, created_at FROM workflow_executions_0001`,
  );
  await knex.raw('DROP TABLE workflow_executions_0001');
}

/** All partial: each holds only the runs that its question is about. */
async function indexRuns(knex: Knex) {
  const indexes = {
    // Recovery, and counts of what has not ended.
    active: '(status, tenant_id) WHERE finished_at IS NULL',
    // Whose turn it is; whole, so that places are counted without looking at the runs.
    queue: "(priority DESC, created_at, id, tenant_id, workflow_id) WHERE status = 'queued'",
    due: '(wake_at) WHERE wake_at IS NOT NULL',
    reusable: `(tenant_id, workflow_id, cache_key, finished_at)
      WHERE status = 'success' AND reuse IS NULL AND pruned_seq = 0`,
    // Retention of whole runs, and of events.
    ended: '(finished_at) WHERE finished_at IS NOT NULL',
    // Its first column is there for SQLite, which else would take the other one.
    with_events: '(pruned_seq, finished_at, tenant_id, id) WHERE finished_at IS NOT NULL AND pruned_seq = 0',
  };
  for (const [name, definition] of Object.entries(indexes)) {
    await knex.raw(`CREATE INDEX workflow_executions_${name} ON workflow_executions ${definition}`);
  }
}

async function createAnswers(knex: Knex) {
  await knex.schema.createTable('run_answers', (table) => {
    table.text('run_id').notNullable();
    table.text('question_id').notNullable();
    table.text('reply').notNullable();
    table.bigInteger('created_at').notNullable();
    table.primary(['run_id', 'question_id']);
  });
}

/**
 * One row for each node that ended in a run that has ended. The key is what statistics select by, and the
 * table is nothing but its key's index on SQLite: a node costs one insert into one tree.
 */
async function createNodes(knex: Knex) {
  const clustered = isSqlite(knex) ? 'WITHOUT ROWID' : '';
  await knex.raw(
    `CREATE TABLE run_nodes (
       tenant_id text NOT NULL,
       created_at bigint NOT NULL,
       run_id text NOT NULL,
       place integer NOT NULL,
       workflow_id text NOT NULL,
       node_id text NOT NULL,
       node_type text NOT NULL,
       title text NOT NULL,
       status text NOT NULL,
       attempts integer NOT NULL,
       elapsed_ms bigint NOT NULL,
       prompt_tokens bigint NOT NULL,
       completion_tokens bigint NOT NULL,
       PRIMARY KEY (tenant_id, created_at, run_id, place)
     ) ${clustered}`,
  );
}

/** What a workflow was becomes its version 1. */
async function splitWorkflows(knex: Knex) {
  await knex.schema.createTable('workflow_versions', (table) => {
    table.text('tenant_id').notNullable();
    table.text('workflow_id').notNullable();
    table.integer('version').notNullable();
    table.bigInteger('created_at').notNullable();
    table.text('source_format');
    table.text('source_text');
    table.text('definition').notNullable();
    table.primary(['tenant_id', 'workflow_id', 'version']);
  });
  await knex.raw(
    `INSERT INTO workflow_versions (tenant_id, workflow_id, version, created_at, definition)
     SELECT tenant_id, id, 1, updated_at, definition FROM workflows`,
  );
  await knex.schema.alterTable('workflows', (table) => {
    table.integer('latest_version').notNullable().defaultTo(1);
    table.integer('published_version');
    table.text('name').notNullable().defaultTo('');
    // Name and description in lower case.
    table.text('search_text').notNullable().defaultTo('');
  });
  await fillNames(knex);
  for (const column of ['version', 'updated_at', 'definition']) {
    await knex.raw(`ALTER TABLE workflows DROP COLUMN ${column}`);
  }
}

interface OldWorkflow {
  readonly tenant_id: string;
  readonly id: string;
}

/** One by one: definitions may be long. */
async function fillNames(knex: Knex) {
  const workflows: OldWorkflow[] = await knex('workflows').select('tenant_id', 'id');
  for (const { tenant_id, id } of workflows) {
    const [row] = await knex('workflows').select('definition').where({ tenant_id, id });
    const { name, description = '' } = JSON.parse(row.definition);
    await knex('workflows')
      .where({ tenant_id, id })
      .update({ name: withoutNul(name), search_text: withoutNul(`${name}\n${description}`.toLowerCase()) });
  }
}

// PostgreSQL's text holds none.
const withoutNul = (text: string) => text.replaceAll('\u0000', '\ufffd');

async function createConversations(knex: Knex) {
  // A row for each variable, so that two runs may set two of them at the same time.
  await knex.schema.createTable('conversation_variables', (table) => {
    table.text('tenant_id').notNullable();
    table.text('conversation_id').notNullable();
    table.text('name').notNullable();
    table.text('value').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.primary(['tenant_id', 'conversation_id', 'name']);
  });
  await knex.schema.createTable('conversation_turns', (table) => {
    table.text('tenant_id').notNullable();
    table.text('conversation_id').notNullable();
    table.text('run_id').notNullable();
    table.integer('position').notNullable();
    table.text('role').notNullable();
    table.bigInteger('created_at').notNullable();
    // As JSON: PostgreSQL's text holds no NUL.
    table.text('content').notNullable();
    table.primary(['tenant_id', 'conversation_id', 'run_id', 'position']);
    table.index(
      ['tenant_id', 'conversation_id', 'created_at', 'run_id', 'position'],
      'conversation_turns_newest',
    );
  });
}

async function createSecrets(knex: Knex) {
  await knex.schema.createTable('secrets', (table) => {
    table.text('tenant_id').notNullable();
    table.text('name').notNullable();
    // All three in base64.
    table.text('ciphertext').notNullable();
    table.text('nonce').notNullable();
    table.text('tag').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.primary(['tenant_id', 'name']);
  });
}

async function createSchedules(knex: Knex) {
  await knex.schema.createTable('schedules', (table) => {
    table.text('id').primary();
    table.text('tenant_id').notNullable();
    table.text('workflow_id').notNullable();
    table.text('cron').notNullable();
    table.text('time_zone').notNullable();
    table.text('overlap').notNullable();
    table.text('missed').notNullable();
    table.smallint('enabled').notNullable();
    table.bigInteger('next_at');
    table.bigInteger('last_at');
    table.text('last_run_id');
    table.text('last_error');
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.text('inputs').notNullable();
    table.index(['tenant_id', 'created_at', 'id'], 'schedules_newest');
  });
  await knex.raw(
    'CREATE INDEX schedules_due ON schedules (next_at) WHERE enabled = 1 AND next_at IS NOT NULL',
  );
}
