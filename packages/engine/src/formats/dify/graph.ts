import type { DifyEdge, DifyFile, DifyNode } from './file.ts';
import { isTrueAt, textAt } from './place.ts';
import type { Report } from './report.ts';

/** Bodies within each other, as native definitions may have them. */
const MAX_NESTING = 4;
const CONTAINERS: ReadonlySet<string> = new Set(['iteration', 'loop']);
const BEGINNINGS: ReadonlySet<string> = new Set(['iteration-start', 'loop-start']);

/** The graph of a file by its parts: the graph itself and those inside containers. */
export interface DifyGraph {
  /** The nodes that run, by the id of the container around them. */
  nodesIn(parent: string | undefined): readonly DifyNode[];
  /** The edges between them that lead from one node to another of the same part. */
  edgesIn(parent: string | undefined): readonly DifyEdge[];
  /** Those that no path leads to. Dify never runs them. */
  readonly dead: ReadonlySet<DifyNode>;
}

export const isContainer = ({ type }: DifyNode): boolean => CONTAINERS.has(type);

/** Where the nodes inside a container begin. It is a node of its own in Dify and none here. */
export const isBeginning = ({ type }: DifyNode): boolean => BEGINNINGS.has(type);

/** Takes the graph apart, and reports nodes and edges that stand where none can. */
export function readGraph(file: DifyFile, report: Report): DifyGraph {
  const placed = file.nodes.filter((node) => isPlaced(node, file, report));
  const nodes = groupBy(placed, ({ parent }) => parent);
  const edges = groupBy(
    file.edges.filter((edge) => isEdge(edge, file, report)),
    ({ source }) => file.byId.get(source)?.parent,
  );
  const alive = findAlive(nodes, edges, file);
  const isAlive = (id: string): boolean => alive.has(id);
  return {
    nodesIn: (parent) => (nodes.get(parent) ?? []).filter(({ difyId }) => isAlive(difyId)),
    edgesIn: (parent) =>
      (edges.get(parent) ?? []).filter(({ source, target }) => isAlive(source) && isAlive(target)),
    dead: new Set(placed.filter(({ difyId }) => !isAlive(difyId))),
  };
}

/** Whether a node has an id of its own and stands inside of containers only, if inside of anything. */
function isPlaced(node: DifyNode, { byId }: DifyFile, { problem }: Report): boolean {
  if (node.difyId === '' || byId.get(node.difyId) !== node) {
    problem(node.difyId === '' ? 'it has no id' : 'another node has the same id', node.place, node);
    return false;
  }
  let { parent } = node;
  for (let depth = 0; parent !== undefined; depth++) {
    const container = byId.get(parent);
    if (depth === MAX_NESTING || !container || !isContainer(container)) {
      const isDeep = depth === MAX_NESTING;
      const message = isDeep
        ? `it is inside of more than ${MAX_NESTING} containers`
        : 'what it is inside of is no container';
      problem(message, node.place, node);
      return false;
    }
    parent = container.parent;
  }
  return true;
}

/** Whether an edge leads from one node to another of the same part. */
function isEdge({ source, target, place }: DifyEdge, { byId }: DifyFile, report: Report): boolean {
  const [from, to] = [byId.get(source), byId.get(target)];
  if (!from || !to) {
    report.note('an edge without a node at one of its ends is left out', place);
    return false;
  }
  if (from.parent === to.parent) return true;
  report.problem('an edge leads into or out of a container', place, from);
  return false;
}

/** The ids of the nodes that a path leads to. */
function findAlive(
  nodes: ReadonlyMap<string | undefined, readonly DifyNode[]>,
  edges: ReadonlyMap<string | undefined, readonly DifyEdge[]>,
  { byId }: DifyFile,
): ReadonlySet<string> {
  const targets = groupBy([...edges.values()].flat(), ({ source }) => source);
  const alive = new Set((nodes.get(undefined) ?? []).filter(isRoot).map(({ difyId }) => difyId));
  for (const id of alive) {
    for (const { target } of targets.get(id) ?? []) alive.add(target);
    const container = byId.get(id);
    if (!container || !isContainer(container)) continue;
    const inside = nodes.get(id) ?? [];
    for (const node of beginningsOf(container, inside, edges.get(id) ?? [])) alive.add(node.difyId);
  }
  return alive;
}

const isRoot = ({ type }: DifyNode): boolean =>
  type === 'start' || type.startsWith('trigger-') || type.startsWith('datasource');

/**
 * Where the nodes inside a container begin: at its start node, or in the oldest files at a node that says so.
 */
function beginningsOf(
  { data }: DifyNode,
  inside: readonly DifyNode[],
  edges: readonly DifyEdge[],
): readonly DifyNode[] {
  const named = textAt(data, 'start_node_id');
  const starts = inside.filter(
    (node) => isBeginning(node) || node.difyId === named || isTrueAt(node.data, 'isIterationStart'),
  );
  if (starts.length > 0) return starts;
  const targets = new Set(edges.map(({ target }) => target));
  return inside.filter(({ difyId }) => !targets.has(difyId));
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
