import { typeOf } from '../nodes/index.ts';
import { branchesOnError } from './graph.ts';
import { type Finding, listNames, reach, type Subject, type SubjectGraph } from './subject.ts';
import type { WorkflowEdge, WorkflowNode } from './types.ts';
import { nodesOf } from './walk.ts';

const MAX_CYCLE = 20;

/** What is wrong with the edges of one graph. */
export function* checkGraph(graph: SubjectGraph, subject: Subject): Generator<Finding> {
  yield* checkEdges(graph, subject);
  yield* checkCycles(graph);
  yield* checkReachable(graph);
  yield* checkBranches(graph);
}

function* checkEdges(placed: SubjectGraph, subject: Subject): Generator<Finding> {
  const { graph, nodes } = placed;
  const seen = new Set<string>();
  for (const [index, edge] of graph.edges.entries()) {
    const pointer = `${placed.pointer}/edges/${index}`;
    const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
    yield* checkEnds(edge, pointer, placed, subject);
    if (to?.type === 'start') {
      const message = 'no edge may lead into the start node';
      yield { code: 'edge_into_start', message, pointer: `${pointer}/to`, nodeId: to.id };
    }
    if (from?.type === 'end') {
      const message = `no edge may lead out of the end node ${from.id}`;
      yield { code: 'edge_out_of_end', message, pointer: `${pointer}/from`, nodeId: from.id };
    }
    if (from && edge.on !== undefined) yield* checkHandle(from, edge.on, `${pointer}/on`);
    const key = JSON.stringify([edge.from, edge.to, edge.on]);
    if (seen.has(key)) {
      const message = `a second edge leads from ${edge.from} to ${edge.to}`;
      yield { code: 'duplicate_edge', message, pointer };
    }
    seen.add(key);
  }
}

function* checkEnds(
  edge: WorkflowEdge,
  at: string,
  graph: SubjectGraph,
  subject: Subject,
): Generator<Finding> {
  for (const end of ['from', 'to'] as const) {
    const id = edge[end];
    if (graph.nodes.has(id)) continue;
    const message = subject.nodes.has(id)
      ? `${id} is in another graph; edges stay within theirs`
      : `there is no node ${id}`;
    yield { code: 'unknown_node', message, pointer: `${at}/${end}` };
  }
}

function* checkHandle(from: WorkflowNode, on: string, pointer: string): Generator<Finding> {
  const handles = handlesOf(from);
  if (handles.includes(on)) return;
  const known = handles.length > 0 ? `, only ${listNames(handles)}` : '';
  const message = `${from.id} has no outcome ${on}${known}`;
  yield { code: 'unknown_handle', message, pointer, nodeId: from.id };
}

function handlesOf(node: WorkflowNode): readonly string[] {
  const handles = typeOf(node).handles?.(node) ?? [];
  return branchesOnError(node) ? [...handles, 'error'] : handles;
}

/** Walks depth first; the path on the stack names each cycle's nodes. */
function* checkCycles({ graph, pointer, nodes, outgoing }: SubjectGraph): Generator<Finding> {
  const done = new Set<string>();
  const onPath = new Set<string>();
  function* visit(id: string): Generator<Finding> {
    if (done.has(id) || !nodes.has(id)) return;
    onPath.add(id);
    for (const edge of outgoing.get(id) ?? []) {
      if (!onPath.has(edge.to)) {
        yield* visit(edge.to);
        continue;
      }
      const path = [...onPath];
      const message = `a cycle: ${describeCycle([...path.slice(path.indexOf(edge.to)), edge.to])}`;
      const at = `${pointer}/edges/${graph.edges.indexOf(edge)}`;
      yield { code: 'cycle', message, pointer: at, nodeId: edge.to };
    }
    onPath.delete(id);
    done.add(id);
  }
  for (const { id } of graph.nodes) yield* visit(id);
}

function describeCycle(ids: readonly string[]): string {
  if (ids.length <= MAX_CYCLE) return ids.join(' -> ');
  const half = MAX_CYCLE / 2;
  return [...ids.slice(0, half), '...', ...ids.slice(-half)].join(' -> ');
}

function* checkReachable(placed: SubjectGraph): Generator<Finding> {
  const begins = beginningsOf(placed);
  // Without a start everything would be unreachable; `missing_start` or `cycle` says it once.
  if (begins.length === 0) return;
  const reached = reach(begins, (id) => (placed.outgoing.get(id) ?? []).map(({ to }) => to));
  for (const { node, pointer } of nodesOf(placed)) {
    if (reached.has(node.id)) continue;
    const message = `no path leads from the start to ${node.id}`;
    yield { code: 'unreachable_node', message, pointer, nodeId: node.id };
  }
}

/** A body begins at the nodes without an edge into them. */
function beginningsOf({ graph, containers, incoming }: SubjectGraph): readonly string[] {
  const isBody = containers.length > 0;
  const begins = graph.nodes.filter(({ id, type }) => (isBody ? !incoming.has(id) : type === 'start'));
  return begins.map(({ id }) => id);
}

function* checkBranches(placed: SubjectGraph): Generator<Finding> {
  for (const { node, pointer, containers } of nodesOf(placed)) {
    const edges = placed.outgoing.get(node.id) ?? [];
    if (branchesOnError(node) && !edges.some(({ on }) => on === 'error')) {
      const message = `${node.id} branches on errors, but no edge has on: error`;
      yield { code: 'missing_branch_edge', message, pointer: `${pointer}/on_error`, nodeId: node.id };
    }
    // Inside a body the container can read the outcome, as an output of the node.
    if (edges.length > 0 || containers.length > 0 || !typeOf(node).handles?.(node).length) continue;
    const message = `${node.id} has outcomes, but no edge leads out of it`;
    yield { code: 'missing_branch_edge', message, pointer, nodeId: node.id };
  }
}
