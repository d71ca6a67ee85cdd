import { exportYaml, newId, toMermaid } from '@flowwire/engine';
import { listed, toPage, toPageRequest } from '../pages.ts';
import { refuseFaulty } from './definitions.ts';
import type { Part, WorkflowExecutionDeps } from './deps.ts';
import { toWorkflow, toWorkflowSummary } from './records.ts';
import { noWorkflow } from './refusals.ts';
import { findVersion } from './versions.ts';

/** Creates, reads, exports and deletes workflows. */
export const createWorkflowHandlers = ({
  workflows,
  audit,
  checkSchema,
  now,
}: WorkflowExecutionDeps): Part<
  'listWorkflows' | 'createWorkflow' | 'getWorkflow' | 'exportWorkflow' | 'deleteWorkflow'
> => ({
  listWorkflows: ({ query, context }) =>
    listed(async () => {
      const page = await workflows.list(context.tenantId, toPageRequest(query));
      return { status: 200 as const, body: toPage(page, toWorkflowSummary) };
    }),

  async createWorkflow({ body, context: { tenantId } }) {
    const refused = await refuseFaulty(body, checkSchema);
    if (refused) return refused;
    const at = now();
    const stored = await workflows.create({
      id: newId('wf', at),
      tenantId,
      definition: body,
      createdAt: at,
    });
    return { status: 201, body: toWorkflow(stored), headers: { Location: `/api/workflow/${stored.id}` } };
  },

  async getWorkflow({ path, query, context }) {
    const found = await findVersion(workflows, context.tenantId, path.id, query.version);
    return 'status' in found ? found : { status: 200, body: toWorkflow(found) };
  },

  async exportWorkflow({ path, query, context }) {
    const found = await findVersion(workflows, context.tenantId, path.id, query.version);
    if ('status' in found) return found;
    if (query.format === 'mermaid')
      return { status: 200, contentType: 'text/vnd.mermaid', body: toMermaid(found.definition) };
    return { status: 200, contentType: 'application/yaml', body: exportYaml(found.definition) };
  },

  async deleteWorkflow({ path, context }) {
    if (!(await workflows.delete(context.tenantId, path.id))) return noWorkflow(path.id);
    await audit.record(context, 'workflow.deleted', path.id);
    return { status: 204 };
  },
});
