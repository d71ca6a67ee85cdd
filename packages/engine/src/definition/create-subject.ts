import { typeOf } from '../nodes/index.ts';
import { branchesOnError } from './graph.ts';
import type { Subject, SubjectGraph } from './subject.ts';
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from './types.ts';
import { nodesOf, type PlacedGraph, walkGraphs } from './walk.ts';

export function createSubject(definition: WorkflowDefinition): Subject {
  const graphs = Array.from(walkGraphs(definition), createGraph);
  const placed = graphs.flatMap((graph) => [...nodesOf(graph)]);
  const fields = new Map<WorkflowNode, ReadonlySet<string> | undefined>();
  return {
    definition,
    graphs,
    nodes: firstById(placed, ({ node }) => node.id),
    fieldsOf(node) {
      if (!fields.has(node)) fields.set(node, outputFields(node, definition));
      return fields.get(node);
    },
  };
}

const createGraph = (placed: PlacedGraph): SubjectGraph => ({
  ...placed,
  nodes: firstById(placed.graph.nodes, ({ id }) => id),
  outgoing: groupEdges(placed.graph.edges, 'from'),
  incoming: groupEdges(placed.graph.edges, 'to'),
});

const firstById = <T>(items: readonly T[], idOf: (item: T) => string): Map<string, T> =>
  new Map([...items].reverse().map((item) => [idOf(item), item]));

function groupEdges(edges: readonly WorkflowEdge[], end: 'from' | 'to'): Map<string, WorkflowEdge[]> {
  const groups = new Map<string, WorkflowEdge[]>();
  for (const edge of edges) {
    const group = groups.get(edge[end]);
    if (group) group.push(edge);
    else groups.set(edge[end], [edge]);
  }
  return groups;
}

function outputFields(node: WorkflowNode, definition: WorkflowDefinition): ReadonlySet<string> | undefined {
  const fields = typeOf(node).outputs(node, definition);
  if (!fields) return undefined;
  return new Set(branchesOnError(node) ? [...fields, 'error_code', 'error_message'] : fields);
}
