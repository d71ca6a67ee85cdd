import type { BuildFrame } from '@flowwire/contract/astron';
import {
  resolveSubflows,
  type StoredWorkflow,
  subflowKey,
  UnknownSubflowError,
  type WorkflowDefinition,
  walkNodes,
} from '@flowwire/engine';
import { faultsOf } from '../../definition-faults.ts';
import type { AstronDeps, Part } from '../deps.ts';
import { newSid } from '../sid.ts';
import { findFlow } from './find-flow.ts';
import { counted, describeFault, type FlowFaults, importProtocol, readProtocol } from './protocol.ts';

type BuildDeps = Pick<AstronDeps, 'workflows' | 'checkSchema'>;
type Finding = FlowFaults['findings'][number];
/** Where a node stands, by its id in the definition. */
type PlaceOf = (nodeId: string | undefined) => Omit<Finding, 'message'>;

/** Checks flows without running them. */
export const createBuildHandlers = (deps: AstronDeps): Part<'buildLayout'> => ({
  async buildLayout({ path: { flow_id: flowId }, context: { tenantId } }) {
    const { errors, now } = deps;
    const found = await findFlow(deps, tenantId, flowId);
    const faults = found && (await faultsOfDraft(deps, found.draft));
    const frames: BuildFrame[] = [{ end_of_stream: true, sid: newSid(now()) }];
    if (!found) {
      const { code, message } = errors.refuse('FLOW_NOT_FOUND_ERROR', flowId);
      frames.unshift({ code, message });
    } else if (faults) {
      const { code, message, findings } = errors.refuse(faults.error, faults.detail, faults.findings);
      frames.unshift({ message, code, ...(findings && { findings }) });
    }
    return { status: 200, stream: streamOf(frames) };
  },
});

async function* streamOf(frames: readonly BuildFrame[]) {
  for (const item of frames) yield { item };
}

/**
 * What is wrong with a draft now; undefined for nothing. It was sound when it was stored, but flows that it runs may
 * be gone since.
 */
export async function faultsOfDraft(
  { workflows, checkSchema }: BuildDeps,
  { tenantId, definition, source }: StoredWorkflow,
): Promise<FlowFaults | undefined> {
  const protocol = readProtocol(source);
  const imported = protocol && (await importProtocol(protocol, checkSchema));
  if (imported?.ok === false) return imported;
  const placeOf: PlaceOf = imported?.places.ofImported ?? placeInDefinition;
  const faults = await faultsOf(definition, checkSchema);
  const findings =
    faults.length > 0
      ? faults.map((fault) => ({ ...placeOf(fault.nodeId), message: describeFault(fault) }))
      : await subflowFindings(workflows, tenantId, definition, placeOf);
  if (findings.length === 0) return undefined;
  return { error: 'ENG_PROTOCOL_VALIDATE_ERROR', detail: counted(findings.length, 'fault'), findings };
}

/** A workflow of another API has no protocol to point into. */
const placeInDefinition: PlaceOf = (nodeId) => ({
  pointer: '',
  ...(nodeId !== undefined && { node_id: nodeId }),
});

/** Every flow that a node names and that is not there; when all are, the first that those name and that is not. */
async function subflowFindings(
  workflows: AstronDeps['workflows'],
  tenantId: string,
  definition: WorkflowDefinition,
  placeOf: PlaceOf,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { node } of walkNodes(definition)) {
    if (node.type !== 'subflow') continue;
    const { id, workflow, version } = node;
    const isThere = await (version === undefined
      ? workflows.current(tenantId, workflow)
      : workflows.get(tenantId, workflow, version));
    if (isThere) continue;
    findings.push({ ...placeOf(id), message: `there is no flow ${subflowKey(workflow, version)}` });
  }
  if (findings.length > 0) return findings;
  try {
    await resolveSubflows(workflows, tenantId, definition);
    return [];
  } catch (error) {
    if (!(error instanceof UnknownSubflowError)) throw error;
    return [{ ...placeOf(undefined), message: `a flow that it runs cannot run: ${error.message}` }];
  }
}
