import type { WorkflowBody, WorkflowNode } from './types.ts';

/** One node of a compiled definition. */
export interface GraphNode {
  readonly node: WorkflowNode;
  /** Its place in topological order, from 0. */
  readonly position: number;
  readonly incoming: readonly GraphEdge[];
  readonly outgoing: readonly GraphEdge[];
}

export interface GraphEdge {
  /** Its place in the definition, from 0. */
  readonly index: number;
  readonly from: GraphNode;
  readonly to: GraphNode;
  readonly on: string | undefined;
}

/** A definition, or the body of a node, as the scheduler walks it. */
export interface Graph {
  /** In topological order; among equals in the definition's order. */
  readonly nodes: readonly GraphNode[];
  readonly edgeCount: number;
  get(nodeId: string): GraphNode | undefined;
}

export class InvalidGraphError extends Error {
  override readonly name = 'InvalidGraphError';
}

interface MutableNode {
  node: WorkflowNode;
  position: number;
  incoming: MutableEdge[];
  outgoing: MutableEdge[];
}

interface MutableEdge extends GraphEdge {
  readonly from: MutableNode;
  readonly to: MutableNode;
}

/**
 * Compiles a definition or the body of a node, in time linear in its nodes and edges.
 * Throws InvalidGraphError for what `validateDefinition` would have reported: unknown nodes and cycles.
 */
export function compileGraph({ nodes: all, edges }: WorkflowBody): Graph {
  const byId = new Map<string, MutableNode>();
  for (const node of all) byId.set(node.id, { node, position: -1, incoming: [], outgoing: [] });
  edges.forEach(({ from, to, on }, index) => {
    const [source, target] = [byId.get(from), byId.get(to)];
    if (!source || !target)
      throw new InvalidGraphError(`edge ${from} -> ${to} leads from or to an unknown node`);
    const edge: MutableEdge = { index, from: source, to: target, on };
    source.outgoing.push(edge);
    target.incoming.push(edge);
  });
  const nodes = topologicalOrder([...byId.values()]);
  return { nodes, edgeCount: edges.length, get: (nodeId) => byId.get(nodeId) };
}

function topologicalOrder(all: readonly MutableNode[]): readonly GraphNode[] {
  const open = new Map(all.map((node) => [node, node.incoming.length]));
  const order = all.filter((node) => node.incoming.length === 0);
  for (let next = 0; next < order.length; next++) {
    const node = order[next];
    if (!node) break;
    node.position = next;
    for (const { to } of node.outgoing) {
      const left = (open.get(to) ?? 0) - 1;
      open.set(to, left);
      if (left === 0) order.push(to);
    }
  }
  if (order.length < all.length) throw new InvalidGraphError('the graph has a cycle');
  return order;
}

/** Whether the node's failure takes its `error` edge rather than end the run. */
export const branchesOnError = (node: WorkflowNode): boolean =>
  'on_error' in node && node.on_error === 'branch';
