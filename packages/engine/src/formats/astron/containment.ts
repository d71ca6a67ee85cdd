import { reach } from '../../definition/subject.ts';
import { type Report, textIn } from '../foreign.ts';
import type { AstronFlow, AstronNode } from './flow.ts';

/** Which iteration or loop each node is inside of. All nodes stand in one list there. */
export interface Containment {
  /** The container around a node, by ids. */
  readonly ownerOf: ReadonlyMap<string, AstronNode>;
  /** The nodes of a container, or at the top. */
  nodesIn(container: AstronNode | undefined): readonly AstronNode[];
}

/** The node that the graph inside begins with; empty for a node that is no container. */
function innerStartOf({ type, param }: AstronNode): string {
  if (type === 'iteration') return textIn(param, 'IterationStartNodeId');
  return type === 'loop' ? textIn(param, 'LoopStartNodeId') : '';
}

/** A container holds what its start node leads to. */
export function findContainment({ nodes, edges }: AstronFlow, report: Report): Containment {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const ids = new Set(nodes.map(({ id }) => id));
  const ownerOf = new Map<string, AstronNode>();
  for (const container of nodes) {
    const start = innerStartOf(container);
    if (!ids.has(start)) continue;
    for (const id of reach([start], (from) => next.get(from) ?? [])) {
      if (ownerOf.has(id) || isAround(id, container, ownerOf)) {
        report.problem('this node is inside of two nodes, or of itself', container.line, id);
        continue;
      }
      ownerOf.set(id, container);
    }
  }
  const groups = new Map<AstronNode | undefined, AstronNode[]>();
  for (const node of nodes) {
    const owner = ownerOf.get(node.id);
    const group = groups.get(owner);
    if (group) group.push(node);
    else groups.set(owner, [node]);
  }
  return { ownerOf, nodesIn: (container) => groups.get(container) ?? [] };
}

/** Whether a node is this container or one around it. */
function isAround(id: string, container: AstronNode, ownerOf: ReadonlyMap<string, AstronNode>): boolean {
  let at: AstronNode | undefined = container;
  while (at !== undefined && at.id !== id) at = ownerOf.get(at.id);
  return at !== undefined;
}
