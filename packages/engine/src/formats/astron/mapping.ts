import { shorten } from '../../definition/subject.ts';
import type { WorkflowBody, WorkflowEdge, WorkflowNode } from '../../definition/types.ts';
import type { Report } from '../foreign.ts';
import type { ImportRow } from '../import.ts';
import { type Containment, findContainment } from './containment.ts';
import { createDesk, type Mapping } from './desk.ts';
import { checkEdges, type Mapped, mapEdge } from './edges.ts';
import { createEntries, type Entries, type Entry } from './entries.ts';
import { resultId, withDefaults } from './failure.ts';
import type { AstronEdge, AstronFlow, AstronNode } from './flow.ts';
import type { Piece } from './handler.ts';

/** What a flow becomes. */
export interface MappedFlow {
  readonly body: WorkflowBody;
  readonly rows: readonly ImportRow[];
  /** The variables of the conversation. */
  readonly variables: ReadonlySet<string>;
  /** What stands for an output here, without braces: `llm_1.text`. Undefined where there is none. */
  outputOf(nodeId: string, output: string): string | undefined;
  /** The ids here of the containers around a node, the outermost first. */
  containersOf(nodeId: string): readonly string[];
}

/** What is known of the flow while it is mapped. */
interface State {
  readonly nodes: ReadonlyMap<string, AstronNode>;
  readonly edgesFrom: ReadonlyMap<string, readonly AstronEdge[]>;
  readonly containment: Containment;
  readonly entries: Entries;
  /** The outputs that some input refers to. */
  readonly reads: ReadonlySet<string>;
  readonly report: Report;
  readonly variables: Set<string>;
  /** What nodes became so far, by their ids there. */
  readonly done: Map<string, Done>;
}

interface Done extends Mapped {
  readonly notes: ReadonlySet<string>;
}

const MAX_NOTE = 1_000;

const ERROR_OUTPUTS: ReadonlyMap<string, string> = new Map([
  ['errorCode', 'error_code'],
  ['errorMessage', 'error_message'],
]);

/** Maps every node and edge. What cannot be mapped is told as a problem, or by the node's row. */
export function mapFlow(flow: AstronFlow, report: Report): MappedFlow {
  const containment = findContainment(flow, report);
  const state: State = {
    nodes: new Map(flow.nodes.map((node) => [node.id, node])),
    edgesFrom: groupEdges(flow.edges),
    containment,
    entries: createEntries(flow, containment),
    reads: readsOf(flow),
    report,
    variables: new Set(),
    done: new Map(),
  };
  checkEdges(flow, containment, report);
  const body = mapGraph(undefined, state);
  return {
    body,
    rows: flow.nodes.map((node) => rowOf(node, state)),
    variables: state.variables,
    outputOf(nodeId, output) {
      const node = state.nodes.get(nodeId);
      return node && outputOf(node, output, state);
    },
    containersOf: (nodeId) => containersOf(nodeId, state),
  };
}

function groupEdges(edges: readonly AstronEdge[]): Map<string, AstronEdge[]> {
  const groups = new Map<string, AstronEdge[]>();
  for (const edge of edges) {
    const group = groups.get(edge.from);
    if (group) group.push(edge);
    else groups.set(edge.from, [edge]);
  }
  return groups;
}

const readKey = (nodeId: string, output: string): string => JSON.stringify([nodeId, output]);

function readsOf({ nodes }: AstronFlow): Set<string> {
  const reads = new Set<string>();
  for (const { value } of nodes.flatMap(({ inputs }) => inputs)) {
    if (value.kind === 'reference') reads.add(readKey(value.nodeId, value.name.split('.', 1)[0] ?? ''));
  }
  return reads;
}

/** The graph inside a node, or that at the top. */
function mapGraph(container: AstronNode | undefined, state: State): WorkflowBody {
  const inside = state.containment.nodesIn(container);
  const nodes: WorkflowNode[] = [];
  const edges: WorkflowEdge[] = [];
  for (const { id } of inside) {
    const entry = state.entries.byId.get(id);
    if (!entry || state.done.has(id)) continue;
    const { piece } = mapNode(entry, state);
    nodes.push(...piece.nodes);
    edges.push(...edgesWithin(piece));
  }
  for (const edge of inside.flatMap(({ id }) => state.edgesFrom.get(id) ?? [])) {
    const mapped = mapEdge(edge, state.done.get(edge.from), state.done.get(edge.to), state.report);
    if (mapped) edges.push(mapped);
  }
  return { nodes, edges };
}

function edgesWithin({ nodes, edges = [] }: Piece): readonly WorkflowEdge[] {
  const chain = nodes.slice(1).map(({ id }, index) => ({ from: nodes[index]?.id ?? '', to: id }));
  return [...chain, ...edges];
}

function mapNode(entry: Entry, state: State): Done {
  const { node, handler, id, failure } = entry;
  const { desk, notes, before } = createDesk(node, id, mappingFor(node, state));
  const built = handler.build(node, desk);
  const nodes = built.nodes.map((one) => (one.id === id ? Object.assign({}, one, failure.members) : one));
  const whole: Piece = { ...built, nodes: [...before, ...nodes] };
  const reference = (output: string): string =>
    `{{ ${handler.output(node, id, output) ?? `${id}.${output}`} }}`;
  const piece = failure.defaults ? withDefaults(whole, id, failure.defaults, reference) : whole;
  const done = { entry, piece, notes };
  state.done.set(node.id, done);
  return done;
}

function mappingFor(node: AstronNode, state: State): Mapping {
  const { nodes, containment, entries, reads, report, variables } = state;
  const owner = containment.ownerOf.get(node.id);
  return {
    container: owner && entries.byId.get(owner.id),
    find: (id) => nodes.get(id),
    outputOf: (source, output) => outputOf(source, output, state),
    isRead: (output) => reads.has(readKey(node.id, output)),
    body: () => mapGraph(node, state),
    inner: () => containment.nodesIn(node),
    declare: (name) => void variables.add(name),
    problem: (message) => report.problem(message, node.line, node.id),
  };
}

function outputOf(node: AstronNode, output: string, { entries, containment }: State): string | undefined {
  const entry = entries.byId.get(node.id);
  // The row of a node that cannot be imported says so already.
  if (!entry) return 'unsupported.output';
  const { handler, failure } = entry;
  const error = ERROR_OUTPUTS.get(output);
  if (error !== undefined && handler.isFallible) return `${entry.id}.${error}`;
  if (failure.defaults?.has(output)) return `${resultId(entry.id)}.${output}`;
  const owner = containment.ownerOf.get(node.id);
  const container = owner && entries.byId.get(owner.id);
  // What a graph inside begins with has its values from the node around it.
  if (handler.inside === undefined || !container || !owner) return handler.output(node, entry.id, output);
  return handler.output(owner, container.id, output);
}

function containersOf(nodeId: string, { entries, containment }: State): readonly string[] {
  const ids: string[] = [];
  let owner = containment.ownerOf.get(nodeId);
  while (owner) {
    ids.unshift(entries.byId.get(owner.id)?.id ?? '');
    owner = containment.ownerOf.get(owner.id);
  }
  return ids;
}

function rowOf(node: AstronNode, state: State): ImportRow {
  const { entries, done } = state;
  const result = done.get(node.id);
  const isFirst = result?.entry.node === node;
  const row = {
    nodeId: node.id,
    nodeType: node.type === '' ? 'unknown' : node.type,
    ...(node.title !== '' && { title: node.title }),
    line: node.line,
  };
  if (!result || !isFirst) {
    const note = entries.refusals.get(node) ?? 'it stands in a node that cannot be imported';
    return { ...row, status: 'unsupported', importedAs: [], note };
  }
  const { nodes } = result.piece;
  const importedAs = nodes.length > 0 ? nodes.map(({ id, type }) => ({ id, type })) : around(node, state);
  if (result.notes.size === 0) return { ...row, status: 'imported', importedAs };
  const note = shorten([...result.notes].join('; '), MAX_NOTE);
  return { ...row, status: 'adapted', importedAs, note };
}

/** The container, which does itself what the first node of its graph does there. */
function around({ id }: AstronNode, { containment, entries }: State): ImportRow['importedAs'] {
  const owner = entries.byId.get(containment.ownerOf.get(id)?.id ?? '');
  return owner ? [{ id: owner.id, type: owner.handler.name }] : [];
}
