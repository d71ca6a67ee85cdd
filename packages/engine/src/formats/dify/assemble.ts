import type { WorkflowBody, WorkflowEdge, WorkflowNode } from '../../definition/types.ts';
import { createConversion, type Shared } from './conversion.ts';
import { createOutcomes, isOfFailure } from './edges.ts';
import { withFailures } from './failures.ts';
import type { DifyEdge, DifyFile, DifyNode } from './file.ts';
import { type DifyGraph, isBeginning, isContainer } from './graph.ts';
import { converterOf } from './nodes/index.ts';

/** Native nodes by the node of Dify that they are. */
type Natives = ReadonlyMap<DifyNode, readonly WorkflowNode[]>;

/** Converts the nodes inside `container`, or those of the workflow itself, and joins them by edges. */
export function assembleBody(shared: Shared, graph: DifyGraph, container?: DifyNode): WorkflowBody {
  const natives = new Map<DifyNode, readonly WorkflowNode[]>();
  const edges = graph.edgesIn(container?.difyId);
  const branching = branchingNodes(edges, shared.file);
  for (const node of graph.nodesIn(container?.difyId)) {
    if (isBeginning(node)) {
      shared.report.imported(node, container ? [{ id: container.id, type: container.type }] : []);
      continue;
    }
    const body = isContainer(node) ? assembleBody(shared, graph, node) : undefined;
    const conversion = createConversion(shared, node, { body, branches: branching.has(node) });
    const converted = withFailures(converterOf(node.type)(conversion), conversion);
    natives.set(node, converted);
    shared.report.imported(
      node,
      converted.map(({ id, type }) => ({ id, type })),
    );
  }
  const inner = [...natives.values()].flatMap(innerEdges);
  return {
    nodes: [...natives.values()].flat(),
    edges: [...inner, ...outerEdges(shared, edges, natives)],
  };
}

/** The nodes whose failure an edge leads on from. */
function branchingNodes(edges: readonly DifyEdge[], { byId }: DifyFile): ReadonlySet<DifyNode> {
  const sources = edges.flatMap((edge) => {
    const source = byId.get(edge.source);
    return source && isOfFailure(edge, source) ? [source] : [];
  });
  return new Set(sources);
}

/** Joins the native nodes that one node became. What holds default values comes after a failure too. */
function innerEdges(nodes: readonly WorkflowNode[]): readonly WorkflowEdge[] {
  return nodes.slice(1).flatMap(({ id: to }, index) => {
    const from = nodes[index];
    if (!from) return [];
    const edge = { from: from.id, to };
    return 'on_error' in from ? [edge, { ...edge, on: 'error' }] : [edge];
  });
}

function outerEdges(
  { file, report }: Shared,
  edges: readonly DifyEdge[],
  natives: Natives,
): readonly WorkflowEdge[] {
  const outcomeOf = createOutcomes();
  const joined = new Map<string, WorkflowEdge>();
  for (const edge of edges) {
    const source = file.byId.get(edge.source);
    const target = file.byId.get(edge.target);
    // A body begins where no edge leads to, so that the edges out of its beginning are not needed.
    const to = target && natives.get(target)?.at(0)?.id;
    if (!source || to === undefined || !natives.get(source)?.length) continue;
    const outcome = outcomeOf(source, edge);
    if (outcome) {
      joined.set(JSON.stringify([source.outputsId, to, outcome.on]), {
        from: source.outputsId,
        to,
        ...outcome,
      });
    } else {
      const handle = edge.handle.slice(0, 64);
      report.note(`an edge of ${handle}, an outcome that its node does not have, is left out`, edge.place);
    }
  }
  return [...joined.values()];
}
