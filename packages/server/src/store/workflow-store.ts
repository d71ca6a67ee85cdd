import type { StoredWorkflow, WorkflowStore } from '@flowwire/engine';
import { type Database, DuplicateError } from './database.ts';
import { newestFirst } from './page.ts';

interface WorkflowRow {
  readonly tenant_id: string;
  readonly id: string;
  readonly version: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly definition: string;
}

const COLUMNS = ['tenant_id', 'id', 'version', 'created_at', 'updated_at', 'definition'] as const;

const SELECT = `SELECT ${COLUMNS.join(', ')} FROM workflows WHERE tenant_id = ? AND id = ?`;

const INSERT = `
  INSERT INTO workflows (${COLUMNS.join(', ')}) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant_id, id) DO NOTHING
  RETURNING id`;

/** Workflows; an id is unique within its tenant. `create` throws DuplicateError, `list` InvalidCursorError. */
export function createWorkflowStore(database: Database): WorkflowStore {
  return {
    async create(workflow) {
      const { rows } = await database.query(INSERT, [
        workflow.tenantId,
        workflow.id,
        workflow.version,
        workflow.createdAt,
        workflow.updatedAt,
        JSON.stringify(workflow.definition),
      ]);
      if (rows.length === 0) throw new DuplicateError(`workflow ${workflow.id} exists`);
    },

    async get(tenantId, workflowId) {
      const { rows } = await database.query<WorkflowRow>(SELECT, [tenantId, workflowId]);
      return rows[0] && toWorkflow(rows[0]);
    },

    async list(tenantId, page) {
      const { knex } = database;
      const rows = knex('workflows').where('tenant_id', tenantId);
      return newestFirst<WorkflowRow, StoredWorkflow>(
        { knex, rows, columns: COLUMNS, longColumns: ['definition'], toItem: toWorkflow },
        page,
      );
    },
  };
}

const toWorkflow = (row: WorkflowRow): StoredWorkflow => ({
  id: row.id,
  tenantId: row.tenant_id,
  version: row.version,
  definition: JSON.parse(row.definition),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
