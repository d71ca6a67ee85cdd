import { compileGraph, type Graph, type GraphNode } from '../definition/graph.ts';
import type { RunFacts } from '../definition/references.ts';
import type { WorkflowBody } from '../definition/types.ts';
import { NodeError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../events.ts';
import type { ChildGraph, ContainerContext, GraphResult } from '../nodes/node-type.ts';
import { type NodePlace, nodeContext } from './attempts.ts';
import type { ChangingFacts, RunContext } from './context.ts';
import { createFrame } from './frame.ts';
import { createGraphRun, type GraphRun } from './graph-run.ts';
import type { RunningNode } from './node-events.ts';
import { childScope } from './scope.ts';

// A body belongs to one definition, so its graph lives as long as that does.
const compiled = new WeakMap<WorkflowBody, Graph>();

function graphOf(body: WorkflowBody): Graph {
  const graph = compiled.get(body) ?? compileGraph(body);
  compiled.set(body, graph);
  return graph;
}

/** A container under way, as the graph around it sees it. */
export interface RunningContainer {
  /** Its graphs, while they run. */
  readonly children: Set<GraphRun>;
  /** Nothing more may begin in it: it has failed, or the run ends. */
  isOver(): boolean;
  tellShare(share: number): void;
}

/** What a container node may do. */
export function createContainerContext(
  context: RunContext,
  place: NodePlace,
  around: GraphRun,
  container: GraphNode,
  begun: RunningNode,
  running: RunningContainer,
): ContainerContext {
  const { node } = container;
  return {
    ...nodeContext(context, place, node, begun, place.stop),
    tellShare: running.tellShare,
    runGraph: (child) => runGraph(context, around, node.id, child, running),
    subflow(workflow, version) {
      if (around.frame.depth >= MAX_SUBFLOWS) {
        const message = `subflows are nested more than ${MAX_SUBFLOWS} levels deep`;
        throw new NodeError(message, { code: 'subflow_depth' });
      }
      return context.subflow(workflow, version);
    },
  };
}

export const MAX_SUBFLOWS = 8;

function runGraph(
  context: RunContext,
  around: GraphRun,
  containerId: string,
  child: ChildGraph,
  { children, isOver }: RunningContainer,
): Promise<GraphResult> {
  // Another item may have failed while this one was on its way.
  if (isOver()) return new Promise(() => undefined);
  const scope = childScope(containerId, child.index, around.scope);
  const frame = child.isolated ? createFrame(context, child.isolated, scope, around.frame) : around.frame;
  const bindings = createBindings(context, around, containerId, scope, child);
  return new Promise((resolve, reject) => {
    const graphRun = createGraphRun(context, {
      graph: graphOf(child.graph),
      scope,
      frame,
      outer: child.isolated ? frame.roots : bindings.facts,
      parent: around,
      setBinding: bindings.set,
      onEnd() {
        children.delete(graphRun);
        graphRun.answers.close();
        try {
          resolve(conclude(graphRun, child, bindings.values()));
        } catch (error) {
          reject(error);
        }
        // Whatever comes next may have waited for the text of this graph.
        graphRun.answers.write();
      },
      onFailure({ code, message, nodeId }) {
        graphRun.cancel();
        children.delete(graphRun);
        graphRun.answers.close();
        reject(new NodeError(message, { code, ...(nodeId !== undefined && { nodeId }) }));
      },
    });
    children.add(graphRun);
    around.answers.attach(containerId, child.index, graphRun.answers);
    const failure = graphRun.restore();
    if (!failure) return graphRun.begin();
    // It had failed already when the process died before its container could take note.
    children.delete(graphRun);
    graphRun.answers.close();
    const { code, message, nodeId } = failure;
    reject(new NodeError(message, { code, ...(nodeId !== undefined && { nodeId }) }));
  });
}

/** The values that the container lends to its graph, as what the log says has changed them. */
function createBindings(
  { replay }: RunContext,
  around: GraphRun,
  containerId: string,
  scope: string,
  child: ChildGraph,
) {
  const changes = replay.changes.get(scope) ?? [];
  const valuesAt = (ended: number): JsonObject => {
    const earlier = changes.filter((change) => change.ended <= ended).map(({ name, value }) => [name, value]);
    return { ...child.bindings, ...Object.fromEntries(earlier) };
  };
  let values = valuesAt(Number.POSITIVE_INFINITY);
  const set = (owner: string, name: string, value: JsonValue): void => {
    if (owner === containerId) values = { ...values, [name]: value };
    else around.setBinding(owner, name, value);
  };
  const factsOf = (own: () => JsonObject, outside: RunFacts): RunFacts => ({
    valuesOf: (name) => (name === containerId ? own() : outside.valuesOf(name)),
  });
  const facts: ChangingFacts = {
    ...factsOf(() => values, around.facts),
    at(ended) {
      const earlier = valuesAt(ended);
      return factsOf(() => earlier, around.facts.at(ended));
    },
  };
  return { facts, set, values: () => values };
}

function conclude(
  { graph, outputsOf, evaluate, answers }: GraphRun,
  child: ChildGraph,
  bindings: JsonObject,
): GraphResult {
  const ran = graph.nodes.flatMap(({ node }) => {
    const outputs = outputsOf(node.id);
    return outputs ? [{ node, outputs }] : [];
  });
  const ends = ran.filter(({ node }) => node.type === 'end').map(({ outputs }) => outputs);
  const told = answers.turns.map((nodeId) => String(outputsOf(nodeId)?.answer ?? ''));
  return {
    outputs: Object.assign({}, ...ends),
    ...(told.length > 0 && { answer: told.join('') }),
    output: child.output === undefined ? null : evaluate(child.output, 'output'),
    isBroken: ran.some(({ node }) => node.type === 'break'),
    bindings,
  };
}
