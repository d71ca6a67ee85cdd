import type {
  NewWorkflow,
  StoredWorkflow,
  WorkflowFilter,
  WorkflowSource,
  WorkflowStore,
} from '@flowwire/engine';
import { type Database, DuplicateError, execute, type SqlValue, type TransactionBody } from './database.ts';
import { deleteFlow } from './flow-store.ts';
import { type ListOrder, NEWEST_FIRST, readCountedPage, readPage } from './page.ts';
import { storable } from './text.ts';

interface SourceRow {
  readonly source_format: WorkflowSource['format'];
  readonly source_text: string | null;
}

interface WorkflowRow {
  readonly tenant_id: string;
  readonly id: string;
  readonly version: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly latest_version: number;
  readonly published_version: number | null;
  readonly source_format: WorkflowSource['format'] | null;
  readonly source_text: string | null;
  readonly definition: string;
}

const COLUMNS = [
  'tenant_id',
  'id',
  'version',
  'created_at',
  'updated_at',
  'latest_version',
  'published_version',
  'source_format',
  'source_text',
  'definition',
] as const;

/** Every version of every workflow. */
const VERSIONS = `(
  SELECT workflow.tenant_id, workflow.id, workflow.created_at, workflow.latest_version,
    workflow.published_version, workflow.search_text, kept.version, kept.created_at AS updated_at,
    kept.source_format, kept.source_text, kept.definition
  FROM workflows AS workflow
  JOIN workflow_versions AS kept ON kept.tenant_id = workflow.tenant_id AND kept.workflow_id = workflow.id
) AS versions`;

const SELECT = `SELECT ${COLUMNS.join(', ')} FROM ${VERSIONS} WHERE tenant_id = ? AND id = ?`;
const SELECT_VERSION = `${SELECT} AND version = ?`;
const SELECT_NEWEST = `${SELECT} AND version = latest_version`;
const SELECT_CURRENT = `${SELECT} AND version = COALESCE(published_version, latest_version)`;

const INSERT = `
  INSERT INTO workflows (tenant_id, id, created_at, name, search_text, latest_version) VALUES (?, ?, ?, ?, ?, 1)
  ON CONFLICT (tenant_id, id) DO NOTHING
  RETURNING id`;

const INSERT_VERSION = `
  INSERT INTO workflow_versions
    (tenant_id, workflow_id, version, created_at, source_format, source_text, definition)
  VALUES (?, ?, ?, ?, ?, ?, ?)`;

const ADVANCE = `
  UPDATE workflows SET latest_version = latest_version + 1, name = ?, search_text = ?
  WHERE tenant_id = ? AND id = ? AND latest_version = COALESCE(?, latest_version)
  RETURNING latest_version`;

const PUBLISH = `
  UPDATE workflows SET published_version = ?
  WHERE tenant_id = ? AND id = ? AND CAST(? AS integer) BETWEEN 1 AND latest_version
  RETURNING id`;

const UNPUBLISH = 'UPDATE workflows SET published_version = NULL WHERE tenant_id = ? AND id = ? RETURNING id';

const RUNS_OF_VERSION = `workflow_executions AS run
  WHERE run.tenant_id = workflow_versions.tenant_id AND run.workflow_id = workflow_versions.workflow_id
    AND run.version = workflow_versions.version`;

const DELETE = 'DELETE FROM workflows WHERE tenant_id = ? AND id = ? RETURNING id';

/** Of an earlier workflow with this id, whose runs are still there. */
const DELETE_LEFT_VERSIONS = 'DELETE FROM workflow_versions WHERE tenant_id = ? AND workflow_id = ?';

// What was imported is kept as long as runs are: they are told in the words of what they were imported from.
const DELETE_VERSIONS = `
  DELETE FROM workflow_versions
  WHERE tenant_id = ? AND workflow_id = ?
    AND (source_format IS NULL OR NOT EXISTS (SELECT 1 FROM ${RUNS_OF_VERSION}))`;

const SELECT_SOURCE = `
  SELECT source_format, source_text FROM workflow_versions
  WHERE tenant_id = ? AND workflow_id = ? AND version = ? AND source_format IS NOT NULL`;

const DELETE_SOURCE = `
  DELETE FROM workflow_versions
  WHERE tenant_id = ? AND workflow_id = ? AND version = ?
    AND NOT EXISTS (SELECT 1 FROM workflows WHERE tenant_id = ? AND id = ?)
    AND NOT EXISTS (SELECT 1 FROM ${RUNS_OF_VERSION})`;

const NEWEST_VERSION_FIRST: ListOrder = {
  columns: [{ column: 'version', type: 'number' }],
  direction: 'desc',
};

/** Workflows; an id is unique within its tenant. `create` throws DuplicateError, lists InvalidCursorError. */
export function createWorkflowStore(database: Database): WorkflowStore {
  const { knex } = database;
  const listing = {
    knex,
    columns: COLUMNS,
    longColumns: ['definition', 'source_text'],
    toItem: toWorkflow,
  } as const;
  const newest = (tenantId: string, { search }: WorkflowFilter = {}) => {
    const rows = knex.from(knex.raw(VERSIONS)).where('tenant_id', tenantId);
    rows.whereRaw('version = latest_version');
    if (search !== undefined) rows.whereRaw("search_text LIKE ? ESCAPE '\\'", [patternOf(search)]);
    return { rows, order: NEWEST_FIRST };
  };
  const versionsOf = (tenantId: string, workflowId: string) => ({
    rows: knex.from(knex.raw(VERSIONS)).where({ tenant_id: tenantId, id: workflowId }),
    order: NEWEST_VERSION_FIRST,
  });
  const find = (sql: string, values: readonly SqlValue[]) =>
    database.query<WorkflowRow>(sql, values).then(({ rows }) => rows[0] && toWorkflow(rows[0]));

  return {
    create: (workflow) =>
      database.transaction(function* () {
        const { tenantId, id, createdAt } = workflow;
        const { rows } = yield* execute(INSERT, [tenantId, id, createdAt, ...namesOf(workflow)]);
        if (rows.length === 0) throw new DuplicateError(`workflow ${id} exists`);
        yield* execute(DELETE_LEFT_VERSIONS, [tenantId, id]);
        return yield* insertVersion(workflow, 1);
      }),

    addVersion: (workflow, after) =>
      database.transaction(function* () {
        const { tenantId, id } = workflow;
        const values = [...namesOf(workflow), tenantId, id, after ?? null];
        const { rows } = yield* execute<{ latest_version: number }>(ADVANCE, values);
        if (rows[0]) {
          const added = yield* insertVersion(workflow, rows[0].latest_version);
          return { outcome: 'added', workflow: added } as const;
        }
        const known = yield* execute('SELECT id FROM workflows WHERE tenant_id = ? AND id = ?', [
          tenantId,
          id,
        ]);
        return known.rows.length > 0 ? ({ outcome: 'conflict' } as const) : undefined;
      }),

    get: (tenantId, workflowId, version) =>
      version === undefined
        ? find(SELECT_NEWEST, [tenantId, workflowId])
        : find(SELECT_VERSION, [tenantId, workflowId, version]),

    async source(tenantId, workflowId, version) {
      const { rows } = await database.query<SourceRow>(SELECT_SOURCE, [tenantId, workflowId, version]);
      return rows[0] && toSource(rows[0]);
    },

    current: (tenantId, workflowId) => find(SELECT_CURRENT, [tenantId, workflowId]),

    publish: (tenantId, workflowId, version) =>
      database.transaction(function* () {
        const [sql, values] =
          version === undefined
            ? [UNPUBLISH, [tenantId, workflowId]]
            : [PUBLISH, [version, tenantId, workflowId, version]];
        const { rows } = yield* execute(sql, values);
        return rows.length === 0 ? undefined : yield* select(SELECT_CURRENT, [tenantId, workflowId]);
      }),

    list: (tenantId, page, filter) =>
      readPage<WorkflowRow, StoredWorkflow>({ ...listing, ...newest(tenantId, filter) }, page),

    listCounted: (tenantId, page, filter) =>
      readCountedPage<WorkflowRow, StoredWorkflow>({ ...listing, ...newest(tenantId, filter) }, page),

    versions: (tenantId, workflowId, page) =>
      readPage<WorkflowRow, StoredWorkflow>({ ...listing, ...versionsOf(tenantId, workflowId) }, page),

    versionsCounted: (tenantId, workflowId, page) =>
      readCountedPage<WorkflowRow, StoredWorkflow>({ ...listing, ...versionsOf(tenantId, workflowId) }, page),

    delete: (tenantId, workflowId) =>
      database.transaction(function* () {
        const { rows } = yield* execute(DELETE, [tenantId, workflowId]);
        if (rows.length === 0) return false;
        yield* execute(DELETE_VERSIONS, [tenantId, workflowId]);
        yield* deleteFlow(tenantId, workflowId);
        return true;
      }),
  };
}

function* select(sql: string, values: readonly SqlValue[]): TransactionBody<StoredWorkflow> {
  const { rows } = yield* execute<WorkflowRow>(sql, values);
  if (!rows[0]) throw new Error('a workflow that was just written is not there');
  return toWorkflow(rows[0]);
}

function* insertVersion(workflow: NewWorkflow, version: number): TransactionBody<StoredWorkflow> {
  const { tenantId, id, createdAt, source, definition } = workflow;
  yield* execute(INSERT_VERSION, [
    tenantId,
    id,
    version,
    createdAt,
    source?.format ?? null,
    source?.text ?? null,
    JSON.stringify(definition),
  ]);
  return yield* select(SELECT_VERSION, [tenantId, id, version]);
}

/** Deletes what was kept of a workflow that is gone for the runs of this version, unless there are more of them. */
export function* deleteSource(tenantId: string, workflowId: string, version: number): TransactionBody<void> {
  yield* execute(DELETE_SOURCE, [tenantId, workflowId, version, tenantId, workflowId]);
}

/** As columns: the name, and what a search looks through. JavaScript knows all letters' lower case, SQLite not. */
const namesOf = ({ definition: { name, description = '' } }: NewWorkflow) => [
  storable(name),
  storable(`${name}\n${description}`.toLowerCase()),
];

const patternOf = (search: NonNullable<WorkflowFilter['search']>) =>
  `%${storable(search.toLowerCase()).replaceAll(/[\\%_]/g, '\\$&')}%`;

const toSource = ({ source_format: format, source_text: text }: SourceRow): WorkflowSource => ({
  format,
  text: text ?? '',
});

// Rows are our own writing: what JSON.parse answers is the definition that was stringified.
const toWorkflow = (row: WorkflowRow): StoredWorkflow => ({
  id: row.id,
  tenantId: row.tenant_id,
  version: row.version,
  definition: JSON.parse(row.definition),
  ...(row.source_format !== null && { source: { format: row.source_format, text: row.source_text ?? '' } }),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  latestVersion: row.latest_version,
  ...(row.published_version !== null && { publishedVersion: row.published_version }),
});
