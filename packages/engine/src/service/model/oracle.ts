import { branchesOnError, compileGraph } from '../../definition/graph.ts';
import { createScope, interpolate, type RunFacts } from '../../definition/references.ts';
import type { WorkflowBody, WorkflowDefinition, WorkflowNode } from '../../definition/types.ts';
import { toNodeError } from '../../errors.ts';
import type { JsonObject, JsonValue, QuestionReply } from '../../events.ts';
import { typeOf } from '../../nodes/index.ts';
import type { ChildGraph, ContainerContext, GraphResult, NodeResult } from '../../nodes/node-type.ts';
import { childScope, keyOf, type ScopePath } from '../../run/scope.ts';
import { createServices } from '../../testing/index.ts';
import { answerTo, isRefused } from './gate.ts';
import type { Scenario } from './workflows.ts';
import { TENANT } from './world.ts';

/** What a workflow comes to. */
export interface Verdict {
  /** Absent when the run fails. */
  readonly outputs?: JsonObject;
  /** The outputs of the nodes that succeeded, by their place in the run. */
  readonly results: ReadonlyMap<string, JsonObject>;
}

interface Frame {
  readonly definition: WorkflowDefinition;
  readonly inputs: JsonObject;
  readonly variables: Record<string, JsonValue>;
}

/** Interprets a workflow node by node, with no log, no concurrency and no faults: what each run of it must come to. */
export async function interpret(
  { definition, subflows }: Scenario,
  inputs: JsonObject,
  replies: ReadonlyMap<string, QuestionReply>,
  isHealed: boolean,
): Promise<Verdict> {
  const results = new Map<string, JsonObject>();

  async function runGraph(body: WorkflowBody, scope: ScopePath, frame: Frame, outside: RunFacts) {
    const graph = compileGraph(body);
    const outputs = new Map<string, JsonObject>();
    const taken = new Set<number>();
    const facts: RunFacts = { valuesOf: (name) => outputs.get(name) ?? outside.valuesOf(name) };
    for (const { node, incoming, outgoing } of graph.nodes) {
      if (incoming.length > 0 && !incoming.some(({ index }) => taken.has(index))) continue;
      const { outputs: made, handle, succeeded } = await runNode(node, scope, frame, facts);
      outputs.set(node.id, made);
      for (const { index, on } of outgoing)
        if (on === undefined ? succeeded : on === handle) taken.add(index);
    }
    const ends = graph.nodes.flatMap(({ node }) => (node.type === 'end' ? [outputs.get(node.id) ?? {}] : []));
    const end: JsonObject = Object.assign({}, ...ends);
    return { end, facts };
  }

  async function runNode(node: WorkflowNode, scope: ScopePath, frame: Frame, facts: RunFacts) {
    try {
      const made = execute(node, scope, frame, facts);
      const result = made instanceof Promise ? await made : made;
      // Nothing comes in between where the node itself waits for nothing.
      for (const [target, value] of Object.entries(result.variables ?? {})) {
        const [owner = '', name = ''] = target.split('.');
        const values = owner === 'vars' ? frame.variables : facts.valuesOf(owner);
        if (values) Object.assign(values, { [name]: value });
      }
      results.set(keyOf(node.id, scope), result.outputs);
      return { ...result, succeeded: true };
    } catch (error) {
      if (!branchesOnError(node)) throw toNodeError(error);
      const { code, message } = toNodeError(error);
      return { outputs: { error_code: code, error_message: message }, handle: 'error', succeeded: false };
    }
  }

  function execute(
    node: WorkflowNode,
    scope: ScopePath,
    frame: Frame,
    facts: RunFacts,
  ): NodeResult | Promise<NodeResult> {
    const type = typeOf(node);
    const context = contextOf(node, scope, frame, facts);
    if (type.kind === 'container') return type.execute(node, context);
    if (type.kind === 'leaf') return type.execute(node, context);
    const reply = replies.get(keyOf(node.id, scope)) ?? { type: 'expired' };
    return type.conclude(node, type.ask(node, context), reply);
  }

  function contextOf(node: WorkflowNode, scope: ScopePath, frame: Frame, facts: RunFacts): ContainerContext {
    return {
      scope: createScope(facts, node.id),
      tenantId: TENANT,
      inputs: frame.inputs,
      definition: frame.definition,
      signal: new AbortController().signal,
      services: createServices({ models: { stream: (request) => answerTo(request, isHealed) } }),
      idempotencyKey: '',
      history: [],
      writeText: () => undefined,
      writeReasoning: () => undefined,
      tellShare: () => undefined,
      runGraph: (child) => runChild(child, childScope(node.id, child.index, scope), node.id, frame, facts),
      subflow: (workflow) => subflows.get(workflow) ?? { name: '', nodes: [], edges: [] },
    };
  }

  async function runChild(
    { graph, bindings, isolated, output }: ChildGraph,
    scope: string,
    containerId: string,
    around: Frame,
    facts: RunFacts,
  ): Promise<GraphResult> {
    const values = { ...bindings };
    const frame = isolated ? createFrame(isolated.definition, isolated.inputs) : around;
    const inside: RunFacts = { valuesOf: (name) => (name === containerId ? values : facts.valuesOf(name)) };
    const ran = await runGraph(graph, scope, frame, isolated ? rootsOf(frame) : inside);
    return {
      outputs: ran.end,
      output: output === undefined ? null : interpolate(output, createScope(ran.facts, 'output')),
      isBroken: false,
      bindings: values,
    };
  }

  const frame = createFrame(definition, inputs);
  try {
    const { end } = await runGraph(definition, undefined, frame, rootsOf(frame));
    return { outputs: end, results };
  } catch (error) {
    if (!isRefused(error)) throw error;
    return { results };
  }
}

const createFrame = (definition: WorkflowDefinition, inputs: JsonObject): Frame => ({
  definition,
  inputs,
  // Sound: a definition is JSON.
  variables: Object.fromEntries(
    Object.entries(definition.variables ?? {}).map(([name, { default: value }]) => [
      name,
      value as JsonValue,
    ]),
  ),
});

const rootsOf = ({ variables }: Frame): RunFacts => ({
  valuesOf: (name) => (name === 'vars' ? variables : undefined),
});
