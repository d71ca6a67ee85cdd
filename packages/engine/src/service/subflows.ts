import type { WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
import { walkNodes } from '../definition/walk.ts';
import { subflowKey, type WorkflowStore } from '../ports.ts';

// Beyond what any sensible workflow is made of; each is a copy that the run keeps.
const MAX_SUBFLOWS = 50;

/** A subflow that a run cannot begin without. */
export class UnknownSubflowError extends Error {
  override readonly name = 'UnknownSubflowError';
  /** The node of the run's own definition that needs it, by itself or by what it runs. */
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
  const open = subflowsIn(definition).map((node) => ({ node, neededBy: node.id }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, neededBy } = next;
    const key = subflowKey(node.workflow, node.version);
    if (found.has(key)) continue;
    const workflow = await (node.version === undefined
      ? workflows.current(tenantId, node.workflow)
      : workflows.get(tenantId, node.workflow, node.version));
    if (!workflow) throw new UnknownSubflowError(neededBy, `there is no workflow ${key}`);
    if (found.size === MAX_SUBFLOWS)
      throw new UnknownSubflowError(neededBy, `more than ${MAX_SUBFLOWS} subflows`);
    found.set(key, { definition: workflow.definition, version: workflow.version });
    open.push(...subflowsIn(workflow.definition).map((inner) => ({ node: inner, neededBy })));
  }
  if (found.size === 0) return { subflows: undefined, versions: {} };
  return {
    subflows: Object.fromEntries([...found].map(([key, one]) => [key, one.definition])),
    versions: Object.fromEntries([...found].map(([key, one]) => [key, one.version])),
  };
}

const subflowsIn = (definition: WorkflowDefinition): Extract<WorkflowNode, { type: 'subflow' }>[] =>
  Array.from(walkNodes(definition)).flatMap(({ node }) => (node.type === 'subflow' ? [node] : []));
