import type { WorkflowBody, WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
import { bodyOf, walkNodes } from '../definition/walk.ts';
import { typeOf } from '../nodes/index.ts';

/** Mermaid ids by node ids. */
type Ids = ReadonlyMap<string, string>;

/**
 * A definition as a Mermaid flowchart, for READMEs and chats. Nodes with nodes inside are subgraphs, nodes that
 * decide are diamonds, edges are labelled with their outcomes. The definition must have no findings.
 */
export function toMermaid(definition: WorkflowDefinition): string {
  const nodes = Array.from(walkNodes(definition), ({ node }) => node);
  // Mermaid knows words such as `end`, and takes hyphens for edges: the number keeps ids apart.
  const ids = new Map(nodes.map(({ id }, index) => [id, `n${index}_${id.replace(/\W/g, '_')}`]));
  return `${['flowchart TD', ...graphLines(definition, ids)].join('\n')}\n`;
}

function* graphLines({ nodes, edges }: WorkflowBody, ids: Ids): Generator<string> {
  for (const node of nodes) yield* nodeLines(node, ids);
  for (const { from, to, on } of edges) {
    const arrow = on === undefined ? '-->' : `-->|${quote(on)}|`;
    yield `  ${ids.get(from)} ${arrow} ${ids.get(to)}`;
  }
}

function* nodeLines(node: WorkflowNode, ids: Ids): Generator<string> {
  const [id, label] = [ids.get(node.id), quote(node.title || node.id)];
  const body = bodyOf(node);
  if (!body) {
    const [open, close] = bracketsOf(node);
    yield `  ${id}${open}${label}${close}`;
    return;
  }
  yield `  subgraph ${id}[${label}]`;
  for (const line of graphLines(body, ids)) yield `  ${line}`;
  yield '  end';
}

/** Mermaid tells shapes by brackets. */
function bracketsOf(node: WorkflowNode): readonly [string, string] {
  if (node.type === 'start' || node.type === 'end') return ['([', '])'];
  const type = typeOf(node);
  if (type.kind === 'container') return ['[[', ']]'];
  return type.handles ? ['{', '}'] : ['[', ']'];
}

// Mermaid reads labels as Markdown, and draws an error in place of a list.
const LIST_MARKER = /^( *\d*)([.)-])(?= |$)/;

/**
 * A label in quotes. Letters, digits and a few signs stay; what could mean something to Mermaid or HTML becomes
 * a numeric entity, as Mermaid writes it, and control characters become spaces.
 */
function quote(text: string): string {
  const label = text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[^\p{L}\p{N}\p{M} _.,()/?!-]/gu, entity)
    .replace(LIST_MARKER, (_marker, before: string, sign: string) => `${before}${entity(sign)}`);
  return `"${label}"`;
}

const entity = (sign: string): string => `#${sign.codePointAt(0)};`;
