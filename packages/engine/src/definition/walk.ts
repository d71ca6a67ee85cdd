import { typeOf } from '../nodes/index.ts';
import type { WorkflowBody, WorkflowDefinition, WorkflowNode } from './types.ts';

/** A graph: the definition's own, or one inside a node. */
export interface PlacedGraph {
  readonly graph: WorkflowBody;
  /** JSON pointer (RFC 6901) into the definition; empty for its own graph. */
  readonly pointer: string;
  /** The nodes around it, the outermost first. */
  readonly containers: readonly WorkflowNode[];
}

/** A node and where it is. */
export interface PlacedNode {
  readonly node: WorkflowNode;
  readonly pointer: string;
  /** The nodes around it, the outermost first. */
  readonly containers: readonly WorkflowNode[];
}

/** Every graph of a definition, each before those inside its nodes. It recurses: look at the depth first. */
export function walkGraphs(definition: WorkflowDefinition): Generator<PlacedGraph> {
  return walk({ graph: definition, pointer: '', containers: [] });
}

function* walk(placed: PlacedGraph): Generator<PlacedGraph> {
  yield placed;
  for (const { node, pointer, containers } of nodesOf(placed)) {
    const graph = bodyOf(node);
    // A type that has a graph keeps it in the member `body`.
    if (graph) yield* walk({ graph, pointer: `${pointer}/body`, containers: [...containers, node] });
  }
}

/** Every node of a definition, those inside others after them. It recurses: look at the depth first. */
export function* walkNodes(definition: WorkflowDefinition): Generator<PlacedNode> {
  for (const graph of walkGraphs(definition)) yield* nodesOf(graph);
}

/** The nodes of one graph. */
export function* nodesOf({ graph, pointer, containers }: PlacedGraph): Generator<PlacedNode> {
  for (const [index, node] of graph.nodes.entries()) {
    yield { node, pointer: `${pointer}/nodes/${index}`, containers };
  }
}

/** The graph inside a node. */
export function bodyOf(node: WorkflowNode): WorkflowBody | undefined {
  const type = typeOf(node);
  return type.kind === 'container' ? type.body(node) : undefined;
}
