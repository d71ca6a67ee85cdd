import { isDeepStrictEqual } from 'node:util';
import type { FlowChanges, FlowProtocol } from '@flowwire/contract/astron';
import { newId, type WorkflowDefinition, type WorkflowSource } from '@flowwire/engine';
import type { AstronDeps, Part } from '../deps.ts';
import { refused, refusedAsFaulty, succeeded, told } from '../replies.ts';
import { createBuildHandlers } from './build.ts';
import { type FoundFlow, findFlow, isAppOf, newFlow, untilSettled } from './find-flow.ts';
import { importProtocol, readProtocol, withLabels } from './protocol.ts';
import { servedVersion } from './release.ts';

/** What a flow is that was stored without a definition: it answers what it is asked. */
const EMPTY_FLOW: FlowProtocol = {
  data: {
    nodes: [
      {
        id: 'node-start::start',
        data: {
          nodeMeta: { nodeType: 'Start', aliasName: 'Start' },
          inputs: [],
          outputs: [{ id: 'input', name: 'AGENT_USER_INPUT', required: true, schema: { type: 'string' } }],
          nodeParam: {},
        },
      },
      {
        id: 'node-end::end',
        data: {
          nodeMeta: { nodeType: 'End', aliasName: 'End' },
          inputs: [
            {
              id: 'output',
              name: 'output',
              schema: {
                type: 'string',
                value: { type: 'ref', content: { nodeId: 'node-start::start', name: 'AGENT_USER_INPUT' } },
              },
            },
          ],
          outputs: [],
          nodeParam: { outputMode: 1, template: '{{output}}' },
        },
      },
    ],
    edges: [{ sourceNodeId: 'node-start::start', targetNodeId: 'node-end::end' }],
  },
};

/** Flows as they are stored. */
export const createLayoutHandlers = (
  deps: AstronDeps,
): Part<'addLayout' | 'getLayout' | 'updateLayout' | 'deleteLayout' | 'buildLayout'> => ({
  ...createAddHandler(deps),
  ...createGetHandler(deps),
  ...createUpdateHandler(deps),
  ...createDeleteHandler(deps),
  ...createBuildHandlers(deps),
});

const createAddHandler = (deps: AstronDeps): Part<'addLayout'> => ({
  async addLayout({ body, context }) {
    const { flows, workflows, checkSchema, errors, now } = deps;
    const { tenantId } = context;
    const { name, description = '', app_id: appId = context.appId, data = EMPTY_FLOW } = body;
    if (appId !== context.appId && !(await isAppOf(deps, tenantId, appId)))
      return refused(errors, 'APP_NOT_FOUND_ERROR', appId);
    const imported = await importProtocol(data, checkSchema);
    if (!imported.ok) return refusedAsFaulty(errors, imported);
    const at = now();
    const id = newId('wf', at);
    const definition = withLabels(imported.definition, name, description);
    // In this order: a flow whose workflow is not there is not seen by anybody.
    await flows.save(newFlow(tenantId, id, appId, at));
    await workflows.create({ id, tenantId, definition, source: imported.source, createdAt: at });
    return told({ flow_id: id }, now());
  },
});

const createGetHandler = (deps: AstronDeps): Part<'getLayout'> => ({
  async getLayout({ body, context: { tenantId } }) {
    const { errors, now } = deps;
    const { flow_id: flowId, app_id: appId } = body;
    const found = await findFlow(deps, tenantId, flowId);
    if (!found || (appId !== undefined && appId !== found.flow.appId))
      return refused(errors, 'FLOW_NOT_FOUND_ERROR', flowId);
    const data = readProtocol(found.draft.source);
    if (!data)
      return refused(errors, 'PROTOCOL_GET_ERROR', `${flowId} was made with another API; read it there`);
    const stored = { ...rowOf(found), data, ...(await releaseOf(deps, found)) };
    return told(JSON.stringify(stored), now());
  },
});

/** The document's `StoredFlow` without its definitions. */
const rowOf = ({ flow, draft: { definition, createdAt } }: FoundFlow) => ({
  id: flow.flowId,
  group_id: flow.flowId,
  name: definition.name,
  description: definition.description ?? '',
  app_id: flow.appId,
  source: flow.source,
  version: '-1',
  release_status: flow.releaseStatus,
  create_at: new Date(createdAt).toISOString(),
  update_at: new Date(flow.updatedAt).toISOString(),
});

/** What runs, where the flow can be run and was made here. */
async function releaseOf({ flows, workflows }: AstronDeps, { flow }: FoundFlow) {
  const { tenantId, flowId } = flow;
  const version = servedVersion(flow, await flows.versions(tenantId, flowId));
  const released = version === undefined ? undefined : await workflows.get(tenantId, flowId, version);
  const data = readProtocol(released?.source);
  return data ? { release_data: data } : {};
}

const createUpdateHandler = (deps: AstronDeps): Part<'updateLayout'> => ({
  async updateLayout({ path: { flow_id: flowId }, body, context: { tenantId, appId: caller } }) {
    const { checkSchema, errors, now } = deps;
    const { id = flowId, app_id: appId = caller, data } = body;
    if (id !== flowId)
      return refused(errors, 'PROTOCOL_UPDATE_ERROR', `the path names ${flowId}, the body ${id}`);
    if (appId !== caller && !(await isAppOf(deps, tenantId, appId)))
      return refused(errors, 'APP_NOT_FOUND_ERROR', appId);
    const imported = data && (await importProtocol(data, checkSchema));
    if (imported?.ok === false) return refusedAsFaulty(errors, imported);
    const outcome = await untilSettled(() => change(deps, tenantId, flowId, body, imported));
    if (outcome === 'changed') return succeeded(now());
    if (outcome === 'unknown') return refused(errors, 'FLOW_NOT_FOUND_ERROR', flowId);
    return refused(errors, 'PROTOCOL_UPDATE_ERROR', 'others change it at the same time; try again');
  },
});

/** One attempt at an update; undefined when somebody else has changed the flow meanwhile. */
async function change(
  deps: AstronDeps,
  tenantId: string,
  flowId: string,
  { name, description, app_id: appId }: FlowChanges,
  imported: { readonly definition: WorkflowDefinition; readonly source: WorkflowSource } | undefined,
): Promise<'changed' | 'unknown' | undefined> {
  const { flows, workflows, now } = deps;
  const found = await findFlow(deps, tenantId, flowId);
  if (!found) return 'unknown';
  const { flow, draft } = found;
  const { definition: base, source } = imported ?? draft;
  const definition = withLabels(
    base,
    name ?? draft.definition.name,
    description ?? draft.definition.description ?? '',
  );
  const at = now();
  const next = { id: flowId, tenantId, definition, ...(source && { source }), createdAt: at };
  let draftVersion = draft.version;
  if (!isDeepStrictEqual([definition, source], [draft.definition, draft.source])) {
    const added = await workflows.addVersion(next, draft.latestVersion);
    if (added?.outcome !== 'added') return undefined;
    draftVersion = added.workflow.version;
  }
  const isSaved = await flows.save({ ...flow, appId: appId ?? flow.appId, draftVersion, updatedAt: at });
  return isSaved ? 'changed' : undefined;
}

const createDeleteHandler = (deps: AstronDeps): Part<'deleteLayout'> => ({
  async deleteLayout({ body: { flow_id: flowId, app_id: appId }, context }) {
    const { workflows, audit, errors, now } = deps;
    const { tenantId } = context;
    const found = await findFlow(deps, tenantId, flowId);
    const isTheirs = found?.flow.appId === appId;
    if (!isTheirs || !(await workflows.delete(tenantId, flowId)))
      return refused(errors, 'PROTOCOL_DELETE_ERROR', `there is no flow ${flowId} of ${appId}`);
    await audit.record(context, 'workflow.deleted', flowId, { version: found.draft.latestVersion });
    return succeeded(now());
  },
});
