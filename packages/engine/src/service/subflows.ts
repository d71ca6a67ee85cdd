import type { WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
import { walkNodes } from '../definition/walk.ts';
import { subflowKey, type WorkflowStore } from '../ports.ts';

// Beyond what any sensible workflow is made of; each is a copy that the run keeps.
const MAX_SUBFLOWS = 50;

/** A subflow that a run cannot begin without. */
export class UnknownSubflowError extends Error {
  override readonly name = 'UnknownSubflowError';
  readonly nodeId: string;
  constructor(nodeId: string, message: string) {
    super(message);
    this.nodeId = nodeId;
  }
}

/**
 * The definitions that a run's subflows have now, all the way down: a run keeps them, so that it does the same when it
 * is taken up later. Throws UnknownSubflowError for one that does not exist, or more than 50.
 */
export async function resolveSubflows(
  workflows: Pick<WorkflowStore, 'get' | 'current'>,
  tenantId: string,
  definition: WorkflowDefinition,
): Promise<{
  readonly subflows: Readonly<Record<string, WorkflowDefinition>> | undefined;
  readonly versions: Readonly<Record<string, number>>;
}> {
  const found = new Map<string, { readonly definition: WorkflowDefinition; readonly version: number }>();
  const open = subflowsIn(definition);
  for (let next = open.pop(); next; next = open.pop()) {
    const key = subflowKey(next.workflow, next.version);
    if (found.has(key)) continue;
    const workflow = await (next.version === undefined
      ? workflows.current(tenantId, next.workflow)
      : workflows.get(tenantId, next.workflow, next.version));
    if (!workflow) throw new UnknownSubflowError(next.id, `there is no workflow ${key}`);
    if (found.size === MAX_SUBFLOWS)
      throw new UnknownSubflowError(next.id, `more than ${MAX_SUBFLOWS} subflows`);
    found.set(key, { definition: workflow.definition, version: workflow.version });
    open.push(...subflowsIn(workflow.definition));
  }
  if (found.size === 0) return { subflows: undefined, versions: {} };
  return {
    subflows: Object.fromEntries([...found].map(([key, one]) => [key, one.definition])),
    versions: Object.fromEntries([...found].map(([key, one]) => [key, one.version])),
  };
}

const subflowsIn = (definition: WorkflowDefinition): Extract<WorkflowNode, { type: 'subflow' }>[] =>
  Array.from(walkNodes(definition)).flatMap(({ node }) => (node.type === 'subflow' ? [node] : []));
