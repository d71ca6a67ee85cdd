import {
  type AstronNodeDescription,
  astronValuesOf,
  describeAstronFlow,
  type JsonObject,
  type RunFacts,
  type RunSummary,
  type StoredWorkflow,
  type WorkflowDefinition,
  type WorkflowNode,
  type WorkflowStore,
  walkNodes,
} from '@flowwire/engine';
import { type FileInput, fileInputsOf } from './file-inputs.ts';

/** What must be known of a flow's version to tell what its runs do. */
export interface FlowView {
  readonly name: string;
  /** Whether this end node tells its outputs as JSON, and no text. */
  answersAsJson(nodeId: string): boolean;
  /** Whether text of this node is told to a person. */
  isTold(nodeId: string): boolean;
  /** What a flow that has told nothing answers. */
  unspokenText(outputs: JsonObject): string;
  /** A node's id in the flow. */
  nameOf(nodeId: string): string;
  /** What a node stands for; undefined for what is no node of the flow itself. */
  nodeOf(nodeId: string, scope: string | undefined): ViewedNode | undefined;
  /** Whether a run may wait for a person. */
  readonly mayWait: boolean;
  readonly fileInputs: readonly FileInput[];
}

/** A node of a flow; in a run one or several nodes stand for it. */
export interface ViewedNode {
  readonly id: string;
  readonly aliasName: string;
  /** What stands before `::` in its id; empty for nodes of other APIs. */
  readonly type: string;
  /** In the order in which they run. */
  readonly nodeIds: readonly string[];
  inputs(facts: RunFacts): JsonObject;
  outputs(facts: RunFacts): JsonObject;
}

/** The view of a version; an empty one where the flow is gone. */
export type FlowViews = (
  workflow: Pick<RunSummary, 'tenantId' | 'workflowId' | 'version'>,
) => Promise<FlowView>;

// Versions never change.
const MAX_VIEWS = 500;

/** Views of flows, by the version that a run has. The newest 500 are kept. */
export function createFlowViews(workflows: Pick<WorkflowStore, 'get'>): FlowViews {
  const views = new Map<string, FlowView>();
  return async ({ tenantId, workflowId, version }) => {
    const key = JSON.stringify([tenantId, workflowId, version]);
    const known = views.get(key);
    if (known) return known;
    const workflow = await workflows.get(tenantId, workflowId, version);
    // A deleted flow's runs go on to their end.
    if (!workflow) return createFlowView({ definition: { name: '', nodes: [], edges: [] } });
    const view = createFlowView(workflow);
    views.set(key, view);
    const [oldest] = views.keys();
    if (views.size > MAX_VIEWS && oldest !== undefined) views.delete(oldest);
    return view;
  };
}

export function createFlowView({
  definition,
  source,
}: Pick<StoredWorkflow, 'definition' | 'source'>): FlowView {
  const description = source?.format === 'astron' ? describeAstronFlow(source.text) : undefined;
  const nodes = Array.from(walkNodes(definition), ({ node }) => node);
  const jsonEnds = new Set(description ? jsonEndsOf(definition) : []);
  const told = new Set(nodes.flatMap(sourcesOf));
  const names = new Map(
    description?.nodes.flatMap(({ id, nodeIds }) => nodeIds.map((nodeId) => [nodeId, id] as const)),
  );
  const native = new Map(nodes.map((node) => [node.id, node]));
  return {
    name: definition.name,
    answersAsJson: (nodeId) => jsonEnds.has(nodeId),
    isTold: (nodeId) => told.has(nodeId),
    unspokenText: (outputs) => (description ? '' : dataOf(outputs)),
    nameOf: (nodeId) => names.get(nodeId) ?? nodeId,
    nodeOf(nodeId, scope) {
      if (!description) return nativeNode(native.get(nodeId));
      const found = description.nodeOf(nodeId, scope);
      return found && viewedNode(found);
    },
    fileInputs: fileInputsOf(source),
    mayWait: nodes.some(({ type }) => type === 'question' || type === 'subflow'),
  };
}

const viewedNode = ({ id, title, type, nodeIds, inputs, outputs }: AstronNodeDescription): ViewedNode => ({
  id,
  aliasName: title,
  type,
  nodeIds,
  inputs: (facts) => astronValuesOf(inputs, facts),
  outputs: (facts) => astronValuesOf(outputs, facts),
});

const nativeNode = (node: WorkflowNode | undefined): ViewedNode | undefined =>
  node && {
    id: node.id,
    aliasName: node.title ?? node.id,
    type: '',
    nodeIds: [node.id],
    inputs: () => ({}),
    outputs: (facts) => facts.valuesOf(node.id) ?? {},
  };

/** The outputs of a run that has said nothing. What it has said is the output `answer`. */
const dataOf = (outputs: JsonObject): string =>
  outputs.answer !== undefined || Object.keys(outputs).length === 0 ? '' : JSON.stringify(outputs);

/** An end node with a template is imported with an answer node before it; one without answers JSON. */
const jsonEndsOf = ({ nodes }: WorkflowDefinition): string[] =>
  nodes.flatMap(({ id, type }) =>
    type === 'end' && !nodes.some((node) => node.type === 'answer' && node.id === `${id}_answer`) ? [id] : [],
  );

const REFERENCES = /\{\{\s*([A-Za-z_]\w*)\s*\./g;

/** The nodes whose outputs an answer or end node tells. */
function sourcesOf(node: WorkflowNode): string[] {
  const text =
    node.type === 'answer' ? node.template : node.type === 'end' ? JSON.stringify(node.outputs) : '';
  return Array.from(text.matchAll(REFERENCES), ([, nodeId = '']) => nodeId);
}
