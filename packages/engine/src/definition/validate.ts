import { isDeeperThan } from '../json.ts';
import { parseTemplate } from '../nodes/jinja.ts';
import { checkReferences } from './check-references.ts';
import { branchesOnError } from './graph.ts';
import { createSubject, type Finding, reach, type Subject, shorten } from './subject.ts';
import type { WorkflowDefinition, WorkflowNode } from './types.ts';

/** Levels of nesting in a schema or a node. Everything that walks them recurses. */
const MAX_LEVELS = 100;
const MAX_FINDINGS = 100;
// Ids, keys and names come from the definition and can be long; together they stop the list early.
const MAX_FINDINGS_TEXT = 256 * 1024;
const MAX_MESSAGE = 1_000;
const MAX_CYCLE = 20;

/**
 * Answers what is wrong with a definition, beyond its JSON Schema, at once; an empty array means that it
 * can run. It stops after 100 findings, or 256 Ki characters of them. Of a definition whose schemas or nodes
 * nest deeper than 100 levels it answers only that. The definition must already be valid against its JSON Schema.
 *
 * A condition node needs at least one outgoing edge; a case or `else` without an edge is a choice to
 * do nothing there and is allowed. A node with `on_error: branch` needs an `error` edge, as its failure
 * would otherwise vanish.
 */
export function validateDefinition(definition: WorkflowDefinition): Finding[] {
  const deep = firstFindings(checkDepth(definition));
  return deep.length > 0 ? deep : firstFindings(checkAll(createSubject(definition)));
}

/** Stops asking for more as soon as the list is full. */
function firstFindings(all: Iterable<Finding>): Finding[] {
  const findings: Finding[] = [];
  let text = 0;
  for (const finding of all) {
    const message = shorten(finding.message, MAX_MESSAGE);
    findings.push({ ...finding, message });
    text += message.length + finding.pointer.length;
    if (findings.length >= MAX_FINDINGS || text > MAX_FINDINGS_TEXT) break;
  }
  return findings;
}

function* checkAll(subject: Subject): Generator<Finding> {
  yield* checkSchemas(subject);
  yield* checkIds(subject);
  yield* checkEnds(subject);
  yield* checkEdges(subject);
  yield* checkCycles(subject);
  yield* checkReachable(subject);
  yield* checkNodes(subject);
  yield* checkReferences(subject);
}

function* checkDepth(definition: WorkflowDefinition): Generator<Finding> {
  for (const name of ['inputs', 'outputs'] as const) {
    if (!isDeeperThan(definition[name], MAX_LEVELS)) continue;
    const message = `the schema of ${name} nests deeper than ${MAX_LEVELS} levels`;
    yield { code: 'too_deep', message, pointer: `/${name}` };
  }
  for (const [index, node] of definition.nodes.entries()) {
    if (!isDeeperThan(node, MAX_LEVELS)) continue;
    const message = `${node.id} nests deeper than ${MAX_LEVELS} levels`;
    yield { code: 'too_deep', message, pointer: `/nodes/${index}`, nodeId: node.id };
  }
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
      const pointer = `/edges/${definition.edges.indexOf(edge)}`;
      yield { code: 'cycle', message, pointer, nodeId: edge.to };
    }
    onPath.delete(id);
    done.add(id);
  }
  for (const { id } of definition.nodes) yield* visit(id);
}

function describeCycle(ids: readonly string[]): string {
  if (ids.length <= MAX_CYCLE) return ids.join(' -> ');
  const half = MAX_CYCLE / 2;
  return [...ids.slice(0, half), '...', ...ids.slice(-half)].join(' -> ');
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
