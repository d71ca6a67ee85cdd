import { branchesOnError, type Graph, type GraphNode } from '../definition/graph.ts';
import { parseReferences, type Reference, stringsIn } from '../definition/references.ts';
import type { WorkflowNode } from '../definition/types.ts';

/** A node that says something to the person who waits, piece by piece. */
export interface Responder {
  readonly target: GraphNode;
  readonly segments: readonly AnswerSegment[];
}

type AnswerSegment =
  | { readonly text: string }
  | { readonly reference: Reference }
  | { readonly container: string; readonly isWhole: boolean };

export type ContainerSegment = Extract<AnswerSegment, { readonly container: string }>;
export type TextSegment = Exclude<AnswerSegment, ContainerSegment>;

/**
 * End nodes respond only at the top, and where no answer node does: what an answer says is not said again as an
 * output.
 */
export function respondersOf(
  graph: Graph,
  hasAnswers: (container: WorkflowNode) => boolean,
  isTop: boolean,
): Responder[] {
  const answers = graph.nodes.flatMap((target): Responder[] => {
    if (target.node.type === 'answer') return [toAnswerResponder(target, target.node.template)];
    if (!hasAnswers(target.node)) return [];
    return [{ target, segments: [{ container: target.node.id, isWhole: outlivesFailures(target.node) }] }];
  });
  if (answers.length > 0 || !isTop) return answers;
  return graph.nodes.flatMap((node) => toEndResponder(node, graph));
}

/** Whether a node may succeed, or branch, although something inside it has failed. */
const outlivesFailures = (node: WorkflowNode): boolean =>
  branchesOnError(node) || (node.type === 'iteration' && (node.on_item_error ?? 'fail') !== 'fail');

function toAnswerResponder(target: GraphNode, template: string): Responder {
  const segments = parseReferences(template).map((part) =>
    part.type === 'literal' ? { text: part.text } : { reference: part.reference },
  );
  return { target, segments };
}

function toEndResponder(target: GraphNode, graph: Graph): Responder[] {
  const { node } = target;
  if (node.type !== 'end') return [];
  const references = new Map<string, Reference>();
  for (const { text } of stringsIn(node.outputs, '')) {
    for (const part of parseReferences(text)) {
      if (part.type !== 'reference') continue;
      const { nodeId, path } = part.reference;
      const isText = path.length === 1 && path[0] === 'text';
      const type = graph.get(nodeId)?.node.type;
      if (isText && (type === 'llm' || type === 'agent')) references.set(nodeId, part.reference);
    }
  }
  return [{ target, segments: Array.from(references.values(), (reference) => ({ reference })) }];
}
