import { isDeeperThan } from '../json.ts';
import { typeOf } from '../nodes/index.ts';
import { checkToolDescription } from '../nodes/tool/check.ts';
import { checkGraph } from './check-graph.ts';
import { checkPlacement } from './check-placement.ts';
import { checkReferences } from './check-references.ts';
import { createSubject } from './create-subject.ts';
import { escapePointer, ROOTS } from './references.ts';
import { type Finding, type Subject, shorten } from './subject.ts';
import type { WorkflowDefinition } from './types.ts';
import { nodesOf, walkGraphs } from './walk.ts';

/** Levels of nesting in a schema or a node. Everything that walks them recurses. */
const MAX_LEVELS = 100;
/** Bodies within each other. */
const MAX_BODIES = 4;
/** Those of all bodies included. */
const MAX_NODES = 500;
const MAX_FINDINGS = 100;
// Ids, keys and names come from the definition and can be long; together they stop the list early.
const MAX_FINDINGS_TEXT = 256 * 1024;
const MAX_MESSAGE = 1_000;

/**
 * Answers what is wrong with a definition, beyond its JSON Schema, at once; an empty array means that it
 * can run. It stops after 100 findings, or 256 Ki characters of them. Of a definition that is beyond a limit
 * it answers only that: 100 levels of nesting in its schemas, values and nodes, 4 bodies within each other, 500
 * nodes with those of all bodies. The definition must already be valid against its JSON Schema.
 *
 * A node with outcomes, such as a condition, needs at least one outgoing edge, unless it is inside of another
 * node; an outcome without an edge is a choice to do nothing there and is allowed. A node with
 * `on_error: branch` needs an `error` edge, as its failure would otherwise vanish.
 */
export function validateDefinition(definition: WorkflowDefinition): Finding[] {
  for (const checkLimit of [checkDepth, checkSize]) {
    const findings = firstFindings(checkLimit(definition));
    if (findings.length > 0) return findings;
  }
  return firstFindings(checkAll(createSubject(definition)));
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
  yield* checkPlacement(subject);
  for (const graph of subject.graphs) yield* checkGraph(graph, subject);
  yield* checkTypes(subject);
  yield* checkReferences(subject);
}

function* checkDepth(definition: WorkflowDefinition): Generator<Finding> {
  for (const name of ['inputs', 'outputs', 'environment', 'variables', 'tools'] as const) {
    if (!isDeeperThan(definition[name], MAX_LEVELS)) continue;
    const message = `${name} nests deeper than ${MAX_LEVELS} levels`;
    yield { code: 'too_deep', message, pointer: `/${name}` };
  }
  for (const [index, node] of definition.nodes.entries()) {
    if (!isDeeperThan(node, MAX_LEVELS)) continue;
    const message = `${node.id} nests deeper than ${MAX_LEVELS} levels`;
    yield { code: 'too_deep', message, pointer: `/nodes/${index}`, nodeId: node.id };
  }
}

function* checkSize(definition: WorkflowDefinition): Generator<Finding> {
  let nodes = 0;
  for (const { graph, pointer, containers } of walkGraphs(definition)) {
    nodes += graph.nodes.length;
    const around = containers.at(-1);
    if (!around || containers.length !== MAX_BODIES + 1) continue;
    const message = `${around.id} is inside of ${MAX_BODIES} other nodes already and can hold no more`;
    yield { code: 'too_deep', message, pointer, nodeId: around.id };
  }
  if (nodes <= MAX_NODES) return;
  const message = `there are ${nodes} nodes, with those inside of others; at most ${MAX_NODES} can be`;
  yield { code: 'invalid_node', message, pointer: '/nodes' };
}

function* checkSchemas({ definition }: Subject): Generator<Finding> {
  for (const name of ['inputs', 'outputs'] as const) {
    const type: unknown = definition[name]?.type;
    if (definition[name] === undefined || type === 'object') continue;
    const message = `the schema of ${name} must have type object`;
    yield { code: 'invalid_schema', message, pointer: `/${name}/type` };
  }
}

/** An id means one node wherever it is named, so ids are unique over all graphs. */
function* checkIds({ graphs }: Subject): Generator<Finding> {
  const reserved: ReadonlySet<string> = new Set(ROOTS);
  const seen = new Set<string>();
  for (const { node, pointer } of graphs.flatMap((graph) => [...nodesOf(graph)])) {
    const at = { pointer: `${pointer}/id`, nodeId: node.id };
    if (seen.has(node.id)) {
      yield { code: 'duplicate_node_id', message: `two nodes are called ${node.id}`, ...at };
    }
    if (reserved.has(node.id)) {
      yield { code: 'reserved_id', message: `the id ${node.id} is reserved`, ...at };
    }
    seen.add(node.id);
  }
}

function* checkEnds({ definition, nodes }: Subject): Generator<Finding> {
  const starts = [...definition.nodes.entries()].filter(([, node]) => node.type === 'start');
  if (starts.length === 0)
    yield { code: 'missing_start', message: 'there is no start node', pointer: '/nodes' };
  for (const [index, { id }] of starts.slice(1)) {
    const message = `${id} is a further start node; there must be one`;
    yield { code: 'multiple_starts', message, pointer: `/nodes/${index}`, nodeId: id };
  }
  // An answer node tells its text wherever it is.
  if (![...nodes.values()].some(({ node: { type } }) => type === 'end' || type === 'answer')) {
    yield { code: 'missing_end', message: 'there is neither an end nor an answer node', pointer: '/nodes' };
  }
}

/** What tools and the types of the nodes have to say. */
function* checkTypes({ definition, graphs }: Subject): Generator<Finding> {
  for (const [name, description] of Object.entries(definition.tools ?? {})) {
    yield* checkToolDescription(description, `/tools/${escapePointer(name)}`);
  }
  for (const graph of graphs) {
    for (const { node, pointer } of nodesOf(graph)) {
      yield* typeOf(node).check?.(node, pointer, definition) ?? [];
    }
  }
}
