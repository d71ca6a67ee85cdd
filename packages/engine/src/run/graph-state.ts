import type { Graph, GraphEdge, GraphNode } from '../definition/graph.ts';
import type { GraphView } from './answer-stream.ts';

/** How far a run has come in its graph. */
export interface GraphState extends GraphView {
  /** The nodes to begin with: the start node, or in a body, which has none, all without an edge into them. */
  begin(): readonly GraphNode[];
  /**
   * A node has ended: takes the edges without `on` if it succeeded and those of its handle. Answers the
   * nodes that can run now: every edge into them is decided and at least one was taken. Nodes all of
   * whose edges were skipped are skipped with what only they lead to.
   */
  finish(node: GraphNode, succeeded: boolean, handle: string | undefined): readonly GraphNode[];
  /** Nodes that have ended, and those plus the ones that still can. */
  counts(): { readonly finished: number; readonly reachable: number };
}

export function createGraphState(graph: Graph): GraphState {
  const edges = new Array<'open' | 'taken' | 'skipped'>(graph.edgeCount).fill('open');
  const openInto = graph.nodes.map(({ incoming }) => incoming.length);
  const over = new Set<string>();
  let skipped = 0;

  /** Decides edges until nothing follows from it any more. */
  function decide(first: readonly (readonly [GraphEdge, boolean])[]): GraphNode[] {
    const ready: GraphNode[] = [];
    const work = [...first];
    for (let next = work.pop(); next; next = work.pop()) {
      const [{ index, to }, taken] = next;
      edges[index] = taken ? 'taken' : 'skipped';
      const open = (openInto[to.position] ?? 0) - 1;
      openInto[to.position] = open;
      if (open > 0) continue;
      if (to.incoming.some((edge) => edges[edge.index] === 'taken')) ready.push(to);
      else work.push(...skip(to));
    }
    return ready.sort((a, b) => a.position - b.position);
  }

  function skip({ node, outgoing }: GraphNode): (readonly [GraphEdge, boolean])[] {
    over.add(node.id);
    skipped++;
    return outgoing.map((edge) => [edge, false]);
  }

  return {
    edge: ({ index }) => edges[index] ?? 'skipped',
    isOver: (nodeId) => over.has(nodeId),

    begin() {
      const roots = graph.nodes.filter(({ incoming }) => incoming.length === 0);
      const starts = roots.filter(({ node }) => node.type === 'start');
      if (starts.length === 0) return roots;
      return [...starts, ...decide(roots.filter((root) => !starts.includes(root)).flatMap(skip))];
    },

    finish({ node, outgoing }, succeeded, handle) {
      over.add(node.id);
      return decide(outgoing.map((edge) => [edge, edge.on === undefined ? succeeded : edge.on === handle]));
    },

    counts: () => ({ finished: over.size - skipped, reachable: graph.nodes.length - skipped }),
  };
}
