import { type Finding, listNames, type Subject } from './subject.ts';
import type { AssignNode, LoopNode, WorkflowNode } from './types.ts';
import { nodesOf, type PlacedNode } from './walk.ts';

/** Nodes that stand where they have no meaning, and variables that an assign node cannot reach. */
export function* checkPlacement(subject: Subject): Generator<Finding> {
  for (const graph of subject.graphs) {
    for (const placed of nodesOf(graph)) {
      const { node, pointer, containers } = placed;
      const message = misplacement(node, containers.at(-1));
      if (message) yield { code: 'misplaced_node', message, pointer, nodeId: node.id };
      if (node.type === 'assign') yield* checkTargets(node, placed, subject);
    }
  }
}

function misplacement({ id, type }: WorkflowNode, around: WorkflowNode | undefined): string | undefined {
  if (type === 'break' && around?.type !== 'loop') return `${id} must be a node of the body of a loop`;
  if (around === undefined || (type !== 'start' && type !== 'end')) return undefined;
  return `the ${type} node ${id} is inside of ${around.id}; there are none inside of others`;
}

function* checkTargets(
  { id, items }: AssignNode,
  { pointer: at, containers }: PlacedNode,
  { definition }: Subject,
): Generator<Finding> {
  const loops = containers.filter((node): node is LoopNode => node.type === 'loop');
  for (const [index, { target }] of items.entries()) {
    const dot = target.indexOf('.');
    const [root, name] = [target.slice(0, dot), target.slice(dot + 1)];
    const owner = root === 'vars' ? definition : loops.find((loop) => loop.id === root);
    const variables = owner?.variables ?? {};
    if (owner && Object.hasOwn(variables, name)) continue;
    const message = owner
      ? `${target}: ${describeVariables(root, Object.keys(variables))}`
      : `${target}: ${root} is no loop around ${id}`;
    yield { code: 'unknown_variable', message, pointer: `${at}/items/${index}/target`, nodeId: id };
  }
}

const describeVariables = (root: string, names: readonly string[]): string =>
  names.length > 0 ? `${root} has the variables ${listNames(names)} only` : `${root} has no variables`;
