import { isDeepStrictEqual } from 'node:util';
import type { StoredWorkflow, WorkflowStore } from '@flowwire/engine';
import { listed, toPage, toPageRequest } from '../pages.ts';
import { refusal } from '../refusal.ts';
import { refuseFaulty } from './definitions.ts';
import type { Part, WorkflowExecutionDeps } from './deps.ts';
import { toWorkflow, toWorkflowSummary } from './records.ts';
import { noVersion, noWorkflow } from './refusals.ts';

/** A version of a workflow, the newest without `version`, or the answer that there is none. */
export async function findVersion(
  workflows: WorkflowStore,
  tenantId: string,
  id: string,
  version: number | undefined,
): Promise<StoredWorkflow | ReturnType<typeof noVersion>> {
  const found = await workflows.get(tenantId, id, version);
  if (found) return found;
  if (version === undefined) return noWorkflow(id);
  return (await workflows.get(tenantId, id)) ? noVersion(id, version) : noWorkflow(id);
}

const changedSince = (id: string, version: number) =>
  refusal(
    409,
    'version_conflict',
    `The newest version of ${id} is not ${version} any more. Read it, and change that one.`,
  );

/** Changes workflows, and says which version runs. */
export const createVersionHandlers = ({
  workflows,
  audit,
  checkSchema,
  now,
}: WorkflowExecutionDeps): Part<
  'updateWorkflow' | 'listWorkflowVersions' | 'publishWorkflow' | 'takeOffWorkflow'
> => ({
  async updateWorkflow({ path: { id }, query, body, context: { tenantId } }) {
    const refused = await refuseFaulty(body, checkSchema);
    if (refused) return refused;
    const newest = await workflows.get(tenantId, id);
    if (!newest) return noWorkflow(id);
    if (isDeepStrictEqual(newest.definition, body)) return { status: 200, body: toWorkflow(newest) };
    const after = query.after_version;
    const added = await workflows.addVersion({ id, tenantId, definition: body, createdAt: now() }, after);
    if (!added) return noWorkflow(id);
    if (added.outcome === 'added') return { status: 200, body: toWorkflow(added.workflow) };
    return changedSince(id, after ?? newest.version);
  },

  listWorkflowVersions: ({ path: { id }, query, context: { tenantId } }) =>
    listed(async () => {
      const page = await workflows.versions(tenantId, id, toPageRequest(query));
      // A workflow has at least one version; only pages after the last one are empty.
      if (page.items.length === 0 && !(await workflows.get(tenantId, id))) return noWorkflow(id);
      return { status: 200 as const, body: toPage(page, toWorkflowSummary) };
    }),

  async publishWorkflow({ path: { id }, body: { version }, context }) {
    const { tenantId } = context;
    const published = await workflows.publish(tenantId, id, version);
    if (!published) return (await workflows.get(tenantId, id)) ? noVersion(id, version) : noWorkflow(id);
    await audit.record(context, 'workflow.published', id, { version });
    return { status: 200, body: toWorkflowSummary(published) };
  },

  async takeOffWorkflow({ path: { id }, context }) {
    const newest = await workflows.publish(context.tenantId, id, undefined);
    if (!newest) return noWorkflow(id);
    await audit.record(context, 'workflow.taken_off', id);
    return { status: 200, body: toWorkflowSummary(newest) };
  },
});
