import { type Foreign, isObject, listIn, member, type Report, textIn } from '../foreign.ts';
import { type ParsedText, parseText } from '../text.ts';

export interface AstronInput {
  readonly id: string;
  readonly name: string;
  /** `string`, `integer`, `array-object` and so on; empty when it is not told. */
  readonly type: string;
  readonly value: AstronValue;
}

/** Where an input comes from. A name may be dotted; both parts are empty where nothing was chosen. */
export type AstronValue =
  | { readonly kind: 'reference'; readonly nodeId: string; readonly name: string }
  | { readonly kind: 'literal'; readonly content: unknown };

export interface AstronOutput {
  readonly name: string;
  readonly required: boolean;
  readonly isFile: boolean;
  readonly schema: unknown;
}

export interface AstronNode {
  readonly id: string;
  /** What stands before `::` in the id. */
  readonly type: string;
  readonly title: string;
  /** What kind of node the console calls it. */
  readonly category: string;
  readonly line: number;
  readonly inputs: readonly AstronInput[];
  readonly outputs: readonly AstronOutput[];
  readonly param: Foreign;
  readonly retry: unknown;
}

export interface AstronEdge {
  readonly from: string;
  readonly to: string;
  /** The outcome that it leaves by; empty for plain success. */
  readonly handle: string;
  readonly line: number;
}

export interface AstronFlow {
  readonly name: string;
  readonly description: string;
  readonly nodes: readonly AstronNode[];
  readonly edges: readonly AstronEdge[];
}

const NODE_ID = /^([a-z][a-z-]{0,63})::[0-9a-zA-Z-]{1,128}$/;
const MAX_NODES = 500;
const MAX_EDGES = 2_000;
const MAX_WRAPPERS = 4;

/** Where the lists of nodes and edges are, and what the flow is called. */
interface Found {
  readonly graph: unknown;
  readonly name: string;
  readonly description: string;
  lineOf(...path: readonly (string | number)[]): number;
}

/**
 * Reads a stored flow, a bare `{nodes, edges}` or the console's export (`flowMeta` and `flowData`). Undefined,
 * and a problem told, where the text is none of them. Throws UnreadableTextError where `data` is a text that
 * is no JSON.
 */
export function readFlow(parsed: ParsedText, report: Report): AstronFlow | undefined {
  const found = findGraph(parsed);
  if (!Array.isArray(member(found.graph, 'nodes'))) {
    report.problem('this is no astron-agent flow: it has no list `nodes`', 1);
    return undefined;
  }
  const { name, description } = found;
  return { name, description, nodes: readNodes(found, report), edges: readEdges(found, report) };
}

/** Looks into `data` and `flowData`, which hold the graph as an object or as JSON text. */
function findGraph({ value, lineOf }: ParsedText): Found {
  let graph: unknown = value;
  let line = (path: readonly (string | number)[]): number => lineOf(path);
  let [name, description] = ['', ''];
  const prefix: string[] = [];
  for (let wrapper = 0; wrapper < MAX_WRAPPERS && !Array.isArray(member(graph, 'nodes')); wrapper++) {
    const label = member(graph, 'flowMeta') ?? graph;
    name = textIn(label, 'name') || name;
    description = textIn(label, 'description') || description;
    const key = member(graph, 'flowData') === undefined ? 'data' : 'flowData';
    prefix.push(key);
    graph = member(graph, key);
    if (typeof graph !== 'string') continue;
    const at = line(prefix);
    graph = parseText(graph).value;
    // Within JSON text every place stands on the line of the text.
    line = () => at;
  }
  name = textIn(graph, 'name') || name;
  return { graph, name, description, lineOf: (...path) => line([...prefix, ...path]) };
}

function readNodes({ graph, lineOf }: Found, report: Report): AstronNode[] {
  const nodes = listIn(graph, 'nodes');
  if (nodes.length > MAX_NODES) {
    report.problem(`there are ${nodes.length} nodes; at most ${MAX_NODES} can be`, lineOf('nodes'));
  }
  return nodes.slice(0, MAX_NODES).map((node, index) => readNode(node, index, lineOf('nodes', index)));
}

function readNode(node: unknown, index: number, line: number): AstronNode {
  const id = textIn(node, 'id');
  const data = member(node, 'data');
  const param = member(data, 'nodeParam');
  return {
    id: id === '' ? `nodes[${index}]` : id,
    type: NODE_ID.exec(id)?.[1] ?? '',
    title: textIn(data, 'label') || textIn(member(data, 'nodeMeta'), 'aliasName'),
    category: textIn(member(data, 'nodeMeta'), 'nodeType'),
    line,
    inputs: listIn(data, 'inputs').filter(isObject).map(readInput),
    outputs: listIn(data, 'outputs').filter(isObject).map(readOutput),
    param: isObject(param) ? param : {},
    retry: member(data, 'retryConfig'),
  };
}

function readInput(input: Foreign): AstronInput {
  const schema = member(input, 'schema');
  return {
    id: textIn(input, 'id'),
    name: textIn(input, 'name'),
    type: textIn(schema, 'type'),
    value: readValue(member(schema, 'value')),
  };
}

/** A value as inputs and variables have it: `{type, content}`. */
export function readValue(value: unknown): AstronValue {
  const content = member(value, 'content');
  if (textIn(value, 'type') !== 'ref') return { kind: 'literal', content };
  return { kind: 'reference', nodeId: textIn(content, 'nodeId'), name: textIn(content, 'name') };
}

const readOutput = (output: Foreign): AstronOutput => ({
  name: textIn(output, 'name'),
  required: member(output, 'required') === true,
  isFile: textIn(output, 'fileType') === 'file' || listIn(output, 'allowedFileType').length > 0,
  schema: member(output, 'schema'),
});

function readEdges({ graph, lineOf }: Found, report: Report): AstronEdge[] {
  const edges = listIn(graph, 'edges');
  if (edges.length > MAX_EDGES) {
    report.problem(`there are ${edges.length} edges; at most ${MAX_EDGES} can be`, lineOf('edges'));
  }
  return edges.slice(0, MAX_EDGES).map((edge, index) => ({
    from: textIn(edge, 'sourceNodeId') || textIn(edge, 'source'),
    to: textIn(edge, 'targetNodeId') || textIn(edge, 'target'),
    // Classifiers of older flows have `intent_chain|` before the id of the class.
    handle: textIn(edge, 'sourceHandle').replace(/^intent_chain\|/, ''),
    line: lineOf('edges', index),
  }));
}
