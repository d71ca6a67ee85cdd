import { isDeepStrictEqual } from 'node:util';
import { exportYaml, newId, toMermaid } from '@flowwire/engine';
import { refuseFaulty } from './definitions.ts';
import type { Part, WorkflowExecutionDeps } from './deps.ts';
import { createOnce, idOfKey } from './idempotency.ts';
import { listed, toPage, toPageRequest } from './pages.ts';
import { toWorkflow, toWorkflowSummary } from './records.ts';
import { keyReused, noWorkflow } from './refusals.ts';
import { findVersion } from './versions.ts';

/** Creates, reads, exports and deletes workflows. */
export const createWorkflowHandlers = ({
  workflows,
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

  async createWorkflow({ headers, body, context }) {
    const refused = await refuseFaulty(body, checkSchema);
    if (refused) return refused;
    const key = headers['Idempotency-Key'];
    const at = now();
    const stored = await createOnce(workflows, {
      id: key === undefined ? newId('wf', at) : idOfKey('wf', context.tenantId, key),
      tenantId: context.tenantId,
      definition: body,
      createdAt: at,
    });
    if (!isDeepStrictEqual(stored.definition, body)) return keyReused();
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
    const deleted = await workflows.delete(context.tenantId, path.id);
    return deleted ? { status: 204 } : noWorkflow(path.id);
  },
});
