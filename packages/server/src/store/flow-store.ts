import type { Flow, FlowRun, FlowStore, NamedVersion, Release } from '../flows/flow-store.ts';
import { type Database, execute, type TransactionBody } from './database.ts';

interface FlowRow {
  readonly tenant_id: string;
  readonly flow_id: string;
  readonly app_id: string;
  readonly source: Flow['source'];
  readonly release_status: number;
  readonly draft_version: number;
  readonly updated_at: number;
  readonly revision: number;
}

interface FlowRunRow {
  readonly run_id: string;
  readonly tenant_id: string;
  readonly event_id: string;
  readonly flow_id: string;
  readonly app_id: string;
  readonly uid: string;
  readonly is_debug: number;
  readonly is_streamed: number;
  readonly created_at: number;
}

const OF_FLOW = 'WHERE tenant_id = ? AND flow_id = ?';

const SELECT = `
  SELECT tenant_id, flow_id, app_id, source, release_status, draft_version, updated_at, revision
  FROM flows ${OF_FLOW}`;

const INSERT = `
  INSERT INTO flows (app_id, source, release_status, draft_version, updated_at, tenant_id, flow_id, revision)
  VALUES (?, ?, ?, ?, ?, ?, ?, 1)
  ON CONFLICT (tenant_id, flow_id) DO NOTHING
  RETURNING flow_id`;

const UPDATE = `
  UPDATE flows
  SET app_id = ?, source = ?, release_status = ?, draft_version = ?, updated_at = ?, revision = revision + 1
  ${OF_FLOW} AND revision = ?
  RETURNING flow_id`;

const PUT_VERSION = `
  INSERT INTO flow_versions (tenant_id, flow_id, name, version, updated_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (tenant_id, flow_id, name) DO UPDATE
    SET version = excluded.version, updated_at = excluded.updated_at`;

const SELECT_VERSIONS = `SELECT name, version, updated_at FROM flow_versions ${OF_FLOW}`;

const PUBLISH_WORKFLOW = 'UPDATE workflows SET published_version = ? WHERE tenant_id = ? AND id = ?';

const BIND = `
  INSERT INTO flow_bindings (tenant_id, flow_id, app_id, created_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (tenant_id, flow_id, app_id) DO NOTHING`;

const SELECT_BINDING = `SELECT 1 AS found FROM flow_bindings ${OF_FLOW} AND app_id = ?`;

// Another run with the same event id is an error.
const INSERT_RUN = `
  INSERT INTO flow_runs (run_id, tenant_id, event_id, flow_id, app_id, uid, is_debug, is_streamed, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (run_id) DO NOTHING`;

const SELECT_RUN = `
  SELECT run_id, tenant_id, event_id, flow_id, app_id, uid, is_debug, is_streamed, created_at
  FROM flow_runs WHERE tenant_id = ?`;

/** Flows, in the tables beside the workflows that they are. */
export function createFlowStore(database: Database): FlowStore {
  const findRun = async (condition: string, tenantId: string, id: string) => {
    const { rows } = await database.query<FlowRunRow>(`${SELECT_RUN} AND ${condition}`, [tenantId, id]);
    return rows[0] && toRun(rows[0]);
  };

  return {
    async get(tenantId, flowId) {
      const { rows } = await database.query<FlowRow>(SELECT, [tenantId, flowId]);
      return rows[0] && toFlow(rows[0]);
    },

    save: (flow) => database.transaction(() => save(flow)),

    publish: (flow, release) =>
      database.transaction(function* () {
        const isSaved = yield* save(flow);
        if (isSaved) yield* applyRelease(flow, release);
        return isSaved;
      }),

    async versions(tenantId, flowId) {
      const { rows } = await database.query<{ name: string; version: number; updated_at: number }>(
        SELECT_VERSIONS,
        [tenantId, flowId],
      );
      return rows.map(
        ({ name, version, updated_at }): NamedVersion => ({ name, version, updatedAt: updated_at }),
      );
    },

    async bind(tenantId, flowId, appId, at) {
      await database.query(BIND, [tenantId, flowId, appId, at]);
    },

    async isBound(tenantId, flowId, appId) {
      const { rows } = await database.query(SELECT_BINDING, [tenantId, flowId, appId]);
      return rows.length > 0;
    },

    async addRun(run) {
      const { runId, tenantId, eventId, flowId, appId, uid, isDebug, isStreamed, createdAt } = run;
      const flags = [Number(isDebug), Number(isStreamed)];
      await database.query(INSERT_RUN, [runId, tenantId, eventId, flowId, appId, uid, ...flags, createdAt]);
    },

    runOfEvent: (tenantId, eventId) => findRun('event_id = ?', tenantId, eventId),

    run: (tenantId, runId) => findRun('run_id = ?', tenantId, runId),
  };
}

/** What stands beside a workflow goes with it. Its runs stay. */
export function* deleteFlow(tenantId: string, flowId: string): TransactionBody<void> {
  for (const table of ['flow_bindings', 'flow_versions', 'flows']) {
    yield* execute(`DELETE FROM ${table} ${OF_FLOW}`, [tenantId, flowId]);
  }
}

function* save(flow: Flow): TransactionBody<boolean> {
  const { tenantId, flowId, appId, source, releaseStatus, draftVersion, updatedAt, revision } = flow;
  const values = [appId, source, releaseStatus, draftVersion, updatedAt, tenantId, flowId];
  const { rows } =
    revision === 0 ? yield* execute(INSERT, values) : yield* execute(UPDATE, [...values, revision]);
  return rows.length > 0;
}

function* applyRelease(
  { tenantId, flowId }: Flow,
  { named, publishedVersion }: Release,
): TransactionBody<void> {
  if (named) yield* execute(PUT_VERSION, [tenantId, flowId, named.name, named.version, named.updatedAt]);
  if (publishedVersion === undefined) return;
  yield* execute(PUBLISH_WORKFLOW, [publishedVersion, tenantId, flowId]);
}

const toFlow = (row: FlowRow): Flow => ({
  tenantId: row.tenant_id,
  flowId: row.flow_id,
  appId: row.app_id,
  source: row.source,
  releaseStatus: row.release_status,
  draftVersion: row.draft_version,
  updatedAt: row.updated_at,
  revision: row.revision,
});

const toRun = (row: FlowRunRow): FlowRun => ({
  runId: row.run_id,
  tenantId: row.tenant_id,
  eventId: row.event_id,
  flowId: row.flow_id,
  appId: row.app_id,
  uid: row.uid,
  isDebug: row.is_debug === 1,
  isStreamed: row.is_streamed === 1,
  createdAt: row.created_at,
});
