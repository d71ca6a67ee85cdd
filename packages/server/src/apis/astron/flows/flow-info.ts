import type { FlowInfo, FlowInputInfo } from '@flowwire/contract/astron';
import type { StoredWorkflow } from '@flowwire/engine';
import type { AstronDeps, Part } from '../deps.ts';
import { refused, told } from '../replies.ts';
import { fileInputsOf } from './file-inputs.ts';
import { findFlow } from './find-flow.ts';
import { servedVersion } from './release.ts';

/** Tells what published flows take. */
export const createFlowInfoHandlers = (deps: AstronDeps): Part<'getFlowInfo'> => ({
  async getFlowInfo({ path: { flow_id: flowId }, context: { tenantId, appId } }) {
    const { flows, workflows, errors, now } = deps;
    const found = await findFlow(deps, tenantId, flowId);
    if (!found) return refused(errors, 'FLOW_NOT_FOUND_ERROR', flowId);
    const version = servedVersion(found.flow, await flows.versions(tenantId, flowId));
    const released = version === undefined ? undefined : await workflows.get(tenantId, flowId, version);
    if (!released) return refused(errors, 'FLOW_NOT_PUBLISH_ERROR', flowId);
    if (!(await flows.isBound(tenantId, flowId, appId)))
      return refused(errors, 'APP_FLOW_NOT_AUTH_BOND_ERROR', appId);
    return told(toFlowInfo(released), now());
  },
});

function toFlowInfo({ definition, source }: StoredWorkflow): FlowInfo {
  const { properties = {}, required = [] } = definition.inputs ?? {};
  const fileTypes = new Map(fileInputsOf(source).map(({ name, allowed }) => [name, allowed?.[0]]));
  const entries = Object.entries(properties).map(([name, schema]): [string, FlowInputInfo] => {
    const fileType = fileTypes.get(name);
    const info = { type: textIn(schema, 'type'), description: textIn(schema, 'description') };
    return [name, fileType === undefined ? info : { ...info, fileType }];
  });
  return {
    name: definition.name,
    description: definition.description ?? '',
    inputSchema: { type: 'object', properties: Object.fromEntries(entries), required: [...required] },
  };
}

/** A member that is a text, else the empty text. */
function textIn(value: unknown, name: string): string {
  if (typeof value !== 'object' || value === null) return '';
  const text: unknown = Reflect.get(value, name);
  return typeof text === 'string' ? text : '';
}
