import { parseTemplate } from '../nodes/jinja.ts';
import { branchesOnError } from './graph.ts';
import { outputFields, SYS_FIELDS } from './outputs.ts';
import { parseReferences, type Reference, stringsIn } from './references.ts';
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from './types.ts';

export type FindingCode =
  | 'duplicate_node_id'
  | 'reserved_id'
  | 'missing_start'
  | 'multiple_starts'
  | 'missing_end'
  | 'unknown_node'
  | 'unknown_handle'
  | 'duplicate_edge'
  | 'edge_into_start'
  | 'edge_out_of_end'
  | 'missing_branch_edge'
  | 'cycle'
  | 'unreachable_node'
  | 'duplicate_case_id'
  | 'invalid_template'
  | 'invalid_reference'
  | 'unresolved_reference'
  | 'invalid_schema';

/** One thing that is wrong with a definition. */
export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
  /** JSON pointer (RFC 6901) into the definition. */
  readonly pointer: string;
  readonly nodeId?: string;
}

/** A definition with look-ups; of nodes that share an id, the first. */
interface Subject {
  readonly definition: WorkflowDefinition;
  readonly nodes: ReadonlyMap<string, WorkflowNode>;
  readonly outgoing: ReadonlyMap<string, readonly WorkflowEdge[]>;
  readonly incoming: ReadonlyMap<string, readonly WorkflowEdge[]>;
}

/**
 * Answers everything that is wrong with a definition, beyond its JSON Schema, at once; an empty array
 * means that it can run. The definition must already be valid against its JSON Schema.
 *
 * A condition node needs at least one outgoing edge; a case or `else` without an edge is a choice to
 * do nothing there and is allowed. A node with `on_error: branch` needs an `error` edge, as its failure
 * would otherwise vanish.
 */
export function validateDefinition(definition: WorkflowDefinition): Finding[] {
  const subject: Subject = {
    definition,
    nodes: new Map([...definition.nodes].reverse().map((node) => [node.id, node])),
    outgoing: groupEdges(definition, 'from'),
    incoming: groupEdges(definition, 'to'),
  };
  return [
    ...checkSchemas(subject),
    ...checkIds(subject),
    ...checkEnds(subject),
    ...checkEdges(subject),
    ...checkCycles(subject),
    ...checkReachable(subject),
    ...checkNodes(subject),
    ...checkReferences(subject),
  ];
}

function groupEdges({ edges }: WorkflowDefinition, end: 'from' | 'to'): Map<string, WorkflowEdge[]> {
  const groups = new Map<string, WorkflowEdge[]>();
  for (const edge of edges) {
    const group = groups.get(edge[end]);
    if (group) group.push(edge);
    else groups.set(edge[end], [edge]);
  }
  return groups;
}

function* checkSchemas({ definition }: Subject): Generator<Finding> {
  for (const name of ['inputs', 'outputs'] as const) {
    const type: unknown = definition[name]?.type;
    if (definition[name] === undefined || type === 'object') continue;
    yield {
      code: 'invalid_schema',
      message: `the schema of ${name} must have type object`,
      pointer: `/${name}/type`,
    };
  }
}

function* checkIds({ definition }: Subject): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, { id }] of definition.nodes.entries()) {
    const pointer = `/nodes/${index}/id`;
    if (seen.has(id))
      yield { code: 'duplicate_node_id', message: `two nodes are called ${id}`, pointer, nodeId: id };
    if (id === 'sys') yield { code: 'reserved_id', message: 'the id sys is reserved', pointer, nodeId: id };
    seen.add(id);
  }
}

function* checkEnds({ definition }: Subject): Generator<Finding> {
  const starts = [...definition.nodes.entries()].filter(([, node]) => node.type === 'start');
  if (starts.length === 0)
    yield { code: 'missing_start', message: 'there is no start node', pointer: '/nodes' };
  for (const [index, { id }] of starts.slice(1)) {
    const message = `${id} is a further start node; there must be one`;
    yield { code: 'multiple_starts', message, pointer: `/nodes/${index}`, nodeId: id };
  }
  if (!definition.nodes.some(({ type }) => type === 'end' || type === 'answer')) {
    yield { code: 'missing_end', message: 'there is neither an end nor an answer node', pointer: '/nodes' };
  }
}

function* checkEdges({ definition, nodes }: Subject): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, edge] of definition.edges.entries()) {
    const pointer = `/edges/${index}`;
    const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
    for (const end of ['from', 'to'] as const) {
      if (nodes.has(edge[end])) continue;
      yield { code: 'unknown_node', message: `there is no node ${edge[end]}`, pointer: `${pointer}/${end}` };
    }
    if (to?.type === 'start') {
      const message = 'no edge may lead into the start node';
      yield { code: 'edge_into_start', message, pointer: `${pointer}/to`, nodeId: to.id };
    }
    if (from?.type === 'end') {
      const message = `no edge may lead out of the end node ${from.id}`;
      yield { code: 'edge_out_of_end', message, pointer: `${pointer}/from`, nodeId: from.id };
    }
    if (from && edge.on !== undefined && !handlesOf(from).includes(edge.on)) {
      const message = `${from.id} has no outcome ${edge.on}`;
      yield { code: 'unknown_handle', message, pointer: `${pointer}/on`, nodeId: from.id };
    }
    const key = JSON.stringify([edge.from, edge.to, edge.on]);
    if (seen.has(key)) {
      yield {
        code: 'duplicate_edge',
        message: `a second edge leads from ${edge.from} to ${edge.to}`,
        pointer,
      };
    }
    seen.add(key);
  }
}

function handlesOf(node: WorkflowNode): readonly string[] {
  if (node.type === 'condition') return [...node.cases.map(({ id }) => id), 'else'];
  return branchesOnError(node) ? ['error'] : [];
}

/** Walks depth first; the path on the stack names each cycle's nodes. */
function* checkCycles({ definition, nodes, outgoing }: Subject): Generator<Finding> {
  const done = new Set<string>();
  const onPath = new Set<string>();
  const findings: Finding[] = [];
  const visit = (id: string): void => {
    if (done.has(id) || !nodes.has(id)) return;
    onPath.add(id);
    for (const edge of outgoing.get(id) ?? []) {
      if (!onPath.has(edge.to)) {
        visit(edge.to);
        continue;
      }
      const path = [...onPath];
      const cycle = [...path.slice(path.indexOf(edge.to)), edge.to];
      const pointer = `/edges/${definition.edges.indexOf(edge)}`;
      findings.push({ code: 'cycle', message: `a cycle: ${cycle.join(' -> ')}`, pointer, nodeId: edge.to });
    }
    onPath.delete(id);
    done.add(id);
  };
  for (const { id } of definition.nodes) visit(id);
  yield* findings;
}

function* checkReachable({ definition, outgoing }: Subject): Generator<Finding> {
  const starts = definition.nodes.filter(({ type }) => type === 'start').map(({ id }) => id);
  // Without a start everything would be unreachable; `missing_start` says it once.
  if (starts.length === 0) return;
  const reached = reach(starts, (id) => (outgoing.get(id) ?? []).map(({ to }) => to));
  for (const [index, { id }] of definition.nodes.entries()) {
    if (reached.has(id)) continue;
    const message = `no path leads from the start to ${id}`;
    yield { code: 'unreachable_node', message, pointer: `/nodes/${index}`, nodeId: id };
  }
}

function reach(from: readonly string[], next: (id: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set(from);
  for (const id of reached) for (const neighbour of next(id)) reached.add(neighbour);
  return reached;
}

function* checkNodes({ definition, outgoing }: Subject): Generator<Finding> {
  for (const [index, node] of definition.nodes.entries()) {
    const pointer = `/nodes/${index}`;
    const edges = outgoing.get(node.id) ?? [];
    if (branchesOnError(node) && !edges.some(({ on }) => on === 'error')) {
      const message = `${node.id} branches on errors, but no edge has on: error`;
      yield { code: 'missing_branch_edge', message, pointer: `${pointer}/on_error`, nodeId: node.id };
    }
    if (node.type === 'condition') {
      if (edges.length === 0) {
        const message = `no edge leads out of the condition ${node.id}`;
        yield { code: 'missing_branch_edge', message, pointer, nodeId: node.id };
      }
      yield* checkCases(node, pointer);
    }
    if (node.type === 'template') yield* checkTemplate(node, pointer);
  }
}

function* checkCases(node: Extract<WorkflowNode, { type: 'condition' }>, at: string): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, { id }] of node.cases.entries()) {
    const pointer = `${at}/cases/${index}/id`;
    if (id === 'else')
      yield { code: 'reserved_id', message: 'the case else is reserved', pointer, nodeId: node.id };
    if (seen.has(id)) {
      yield { code: 'duplicate_case_id', message: `two cases are called ${id}`, pointer, nodeId: node.id };
    }
    seen.add(id);
  }
}

function* checkTemplate(node: Extract<WorkflowNode, { type: 'template' }>, at: string): Generator<Finding> {
  try {
    parseTemplate(node.template);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    yield { code: 'invalid_template', message, pointer: `${at}/template`, nodeId: node.id };
  }
}

function* checkReferences(subject: Subject): Generator<Finding> {
  for (const [index, node] of subject.definition.nodes.entries()) {
    const before = reach([node.id], (id) => (subject.incoming.get(id) ?? []).map(({ from }) => from));
    for (const { text, pointer } of interpolatedStrings(node, `/nodes/${index}`)) {
      for (const segment of parseReferences(text)) {
        if (segment.type === 'literal') {
          if (!segment.text.includes('{{')) continue;
          const message = 'a reference is written {{ node.field }}';
          yield { code: 'invalid_reference', message, pointer, nodeId: node.id };
          continue;
        }
        const problem = referenceProblem(segment.reference, node, before, subject);
        if (!problem) continue;
        const message = `${segment.source}: ${problem}`;
        yield { code: 'unresolved_reference', message, pointer, nodeId: node.id };
      }
    }
  }
}

/** The strings of a node in which references are replaced. */
function* interpolatedStrings(node: WorkflowNode, at: string): Generator<{ text: string; pointer: string }> {
  switch (node.type) {
    case 'start':
      return;
    case 'end':
      return yield* stringsIn(node.outputs, `${at}/outputs`);
    case 'answer':
      return yield* stringsIn(node.template, `${at}/template`);
    case 'llm':
      for (const [index, { content }] of node.messages.entries()) {
        yield { text: content, pointer: `${at}/messages/${index}/content` };
      }
      return;
    case 'template':
      return yield* stringsIn(node.variables, `${at}/variables`);
    case 'condition':
      for (const [index, { conditions }] of node.cases.entries()) {
        for (const [place, { left, right }] of conditions.entries()) {
          const pointer = `${at}/cases/${index}/conditions/${place}`;
          yield* stringsIn(left, `${pointer}/left`);
          yield* stringsIn(right, `${pointer}/right`);
        }
      }
      return;
    case 'http':
      yield { text: node.url, pointer: `${at}/url` };
      yield* stringsIn(node.headers, `${at}/headers`);
      yield* stringsIn(node.query, `${at}/query`);
      yield* stringsIn(node.body?.content, `${at}/body/content`);
      return;
    case 'code':
      return yield* stringsIn(node.inputs, `${at}/inputs`);
  }
}

function referenceProblem(
  { nodeId, path }: Reference,
  user: WorkflowNode,
  before: ReadonlySet<string>,
  { nodes, definition }: Subject,
): string | undefined {
  const field = String(path[0]);
  if (nodeId === 'sys')
    return SYS_FIELDS.includes(field) ? undefined : `sys has ${SYS_FIELDS.join(', ')} only`;
  const source = nodes.get(nodeId);
  if (!source) return `there is no node ${nodeId}`;
  if (nodeId === user.id || !before.has(nodeId)) return `${nodeId} does not run before ${user.id}`;
  const fields = outputFields(source, definition);
  if (!fields || fields.includes(field)) return undefined;
  return `${nodeId} has no output ${field}${fields.length > 0 ? `, only ${fields.join(', ')}` : ''}`;
}
