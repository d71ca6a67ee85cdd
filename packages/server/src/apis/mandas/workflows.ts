import { isDeepStrictEqual } from 'node:util';
import type { WorkflowDefinition } from '@flowwire/contract/mandas';
import { type NewWorkflow, newId, nextTurn, type StoredWorkflow } from '@flowwire/engine';
import { type Draft, readDraft } from './definitions.ts';
import type { MandasDeps, Part } from './deps.ts';
import { pageHeaders, toOffset } from './pages.ts';
import { toVersion, toWorkflow } from './records.ts';
import { noWorkflow, refusal } from './refusals.ts';

const PATH = '/mandas/v2/workflows';
const pathOf = (id: string): string => `${PATH}/${encodeURIComponent(id)}`;
const etag = ({ version }: StoredWorkflow) => ({ ETag: `"${version}"` });

/** Creates, changes, lists and deletes workflows, and reads their versions. */
export const createWorkflowHandlers = (
  deps: MandasDeps,
): Part<
  | 'listWorkflows'
  | 'createWorkflow'
  | 'getWorkflow'
  | 'updateWorkflow'
  | 'deleteWorkflow'
  | 'listWorkflowVersions'
  | 'getWorkflowVersion'
> => ({
  ...createReaders(deps),
  ...createWriters(deps),
});

const createReaders = ({
  workflows,
}: MandasDeps): Part<'listWorkflows' | 'getWorkflow' | 'listWorkflowVersions' | 'getWorkflowVersion'> => ({
  async listWorkflows({ query, context: { tenantId } }) {
    const { search } = query;
    const filter = search === undefined ? {} : { search };
    const { items, total } = await workflows.listCounted(tenantId, toOffset(query), filter);
    const body: WorkflowDefinition[] = [];
    for (const item of items) {
      body.push(toWorkflow(item));
      // The text of a long definition takes some 30 ms to write.
      const turn = nextTurn();
      if (turn) await turn;
    }
    return { status: 200, body, headers: pageHeaders(PATH, query, total) };
  },

  async getWorkflow({ path: { workflow_id: id }, context: { tenantId } }) {
    const found = await workflows.get(tenantId, id);
    return found ? { status: 200, body: toWorkflow(found), headers: etag(found) } : noWorkflow(id);
  },

  async listWorkflowVersions({ path: { workflow_id: id }, query, context: { tenantId } }) {
    const { items, total } = await workflows.versionsCounted(tenantId, id, toOffset(query));
    // A workflow has at least one version.
    if (total === 0) return noWorkflow(id);
    const headers = pageHeaders(`${pathOf(id)}/versions`, query, total);
    return { status: 200, body: items.map(toVersion), headers };
  },

  async getWorkflowVersion({ path: { workflow_id: id, version }, context: { tenantId } }) {
    const found = await workflows.get(tenantId, id, version);
    if (found) return { status: 200, body: toWorkflow(found), headers: etag(found) };
    if (!(await workflows.get(tenantId, id))) return noWorkflow(id);
    const message = `The workflow ${id} has no version ${version}.`;
    return refusal(404, 'VERSION_NOT_FOUND', message, { workflow_id: id, version });
  },
});

const createWriters = ({
  workflows,
  runs,
  audit,
  checkSchema,
  now,
}: MandasDeps): Part<'createWorkflow' | 'updateWorkflow' | 'deleteWorkflow'> => ({
  async createWorkflow({ body, context: { tenantId } }) {
    const draft = await readDraft(body, checkSchema);
    if ('status' in draft) return draft;
    const at = now();
    const stored = await workflows.create({ id: newId('wf', at), tenantId, ...draft, createdAt: at });
    const headers = { Location: pathOf(stored.id), ...etag(stored) };
    return { status: 201, body: toWorkflow(stored), headers };
  },

  async updateWorkflow({ path: { workflow_id: id }, headers, body, context: { tenantId } }) {
    const draft = await readDraft(body, checkSchema);
    if ('status' in draft) return draft;
    const newest = await workflows.get(tenantId, id);
    if (!newest) return noWorkflow(id);
    const base = versionOf(headers['If-Match']);
    if (base !== undefined && base !== newest.version) return changedMeanwhile(newest);
    if (isSame(newest, draft)) return { status: 200, body: toWorkflow(newest), headers: etag(newest) };
    const change: NewWorkflow = { id, tenantId, ...draft, createdAt: now() };
    const added = await workflows.addVersion(change, base);
    if (added?.outcome === 'added')
      return { status: 200, body: toWorkflow(added.workflow), headers: etag(added.workflow) };
    const current = added && (await workflows.get(tenantId, id));
    return current ? changedMeanwhile(current) : noWorkflow(id);
  },

  async deleteWorkflow({ path: { workflow_id: id }, context }) {
    const { tenantId } = context;
    // First: what has been deleted may have runs that go on.
    if (!(await workflows.get(tenantId, id))) return noWorkflow(id);
    const counts = await runs.countActive(tenantId, { workflowId: id });
    const active = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (active > 0) return inUse(id, active);
    if (!(await workflows.delete(tenantId, id))) return noWorkflow(id);
    await audit.record(context, 'workflow.deleted', id);
    return { status: 204 };
  },
});

/** The version that `If-Match` names; undefined for any. */
const versionOf = (ifMatch: string | undefined): number | undefined =>
  ifMatch === undefined || ifMatch === '*' ? undefined : Number(ifMatch.slice(1, -1));

const isSame = (stored: StoredWorkflow, draft: Draft): boolean =>
  isDeepStrictEqual(stored.definition, draft.definition) && stored.source?.text === draft.source?.text;

const changedMeanwhile = ({ id, version }: StoredWorkflow) =>
  refusal(
    409,
    'VERSION_CONFLICT',
    `The workflow was changed meanwhile. Read version ${version} and try again.`,
    { workflow_id: id, version },
  );

function inUse(id: string, active: number) {
  const runs = active === 1 ? '1 run of this workflow has' : `${active} runs of this workflow have`;
  const message = `${runs} not ended. Wait or cancel.`;
  return refusal(409, 'WORKFLOW_HAS_ACTIVE_RUNS', message, { workflow_id: id, active_runs: active });
}
