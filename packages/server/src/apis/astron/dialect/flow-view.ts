import {
  type AstronNodeDescription,
  astronValuesOf,
  createSeenValues,
  describeAstronFlow,
  type JsonObject,
  type NodeFinished,
  type RunFacts,
  type RunStore,
  type RunSummary,
  type SeenValues,
  type StoredWorkflow,
  type WorkflowDefinition,
  type WorkflowNode,
  type WorkflowStore,
  walkNodes,
} from '@flowwire/engine';
import { type FileInput, fileInputsOf } from '../flows/file-inputs.ts';

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
  /** What nodes refer to, for one reading of a run's log. */
  seeValues(): SeenValues;
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
  /** What the options of a question are, such as `text` or `image`, by their ids; those that the flow does not tell are none. */
  readonly contentTypes: ReadonlyMap<string, string>;
}

/** The view of a version that is there, or of the one that a run has, wherever its flow has gone. */
export type FlowViews = (version: FlowVersion) => Promise<FlowView>;

interface FlowVersion extends Pick<RunSummary, 'tenantId' | 'workflowId' | 'version'> {
  /** The run's, where there is one. */
  readonly id?: string;
}

interface FlowViewDeps {
  readonly workflows: Pick<WorkflowStore, 'get' | 'source'>;
  readonly runs: Pick<RunStore, 'plan'>;
}

/** Of the texts that they are made of. */
const MAX_CHARS = 8 * 1024 * 1024;

/** Views of flows, by version, as versions never change. The newest ones are kept, of 8 Mi characters together. */
export function createFlowViews(deps: FlowViewDeps): FlowViews {
  const views = new Map<string, { readonly view: FlowView; readonly chars: number }>();
  let kept = 0;
  return async (version) => {
    const key = JSON.stringify([version.tenantId, version.workflowId, version.version]);
    const known = views.get(key);
    if (known) return known.view;
    const found = await findVersion(deps, version);
    if (!found) return createFlowView({ definition: { name: '', nodes: [], edges: [] } });
    const view = createFlowView(found);
    const chars = JSON.stringify(found).length;
    // Another request may have been faster.
    kept += chars - (views.get(key)?.chars ?? 0);
    views.set(key, { view, chars });
    for (const [oldest, { chars: freed }] of views) {
      if (kept <= MAX_CHARS || oldest === key) break;
      views.delete(oldest);
      kept -= freed;
    }
    return view;
  };
}

/** A deleted flow's runs go on to their end, and can be read after it. */
async function findVersion(
  { workflows, runs }: FlowViewDeps,
  { tenantId, workflowId, version, id }: FlowVersion,
): Promise<Pick<StoredWorkflow, 'definition' | 'source'> | undefined> {
  const workflow = await workflows.get(tenantId, workflowId, version);
  if (workflow || id === undefined) return workflow;
  const plan = await runs.plan(id);
  const source = await workflows.source(tenantId, workflowId, version);
  return plan && { definition: plan.definition, ...(source && { source }) };
}

export function createFlowView({
  definition,
  source,
}: Pick<StoredWorkflow, 'definition' | 'source'>): FlowView {
  const description = source?.format === 'astron' ? describeAstronFlow(source.text) : undefined;
  const placed = [...walkNodes(definition)];
  const nodes = placed.map(({ node }) => node);
  const jsonEnds = new Set(description ? jsonEndsOf(definition) : []);
  const told = new Set(nodes.flatMap(sourcesOf));
  const names = new Map(
    description?.nodes.flatMap(({ id, nodeIds }) => nodeIds.map((nodeId) => [nodeId, id] as const)),
  );
  const native = new Map(
    placed.map(({ node, containers }) => [[...containers, node].map(({ id }) => id).join('.'), node]),
  );
  const nodeOf: FlowView['nodeOf'] = (nodeId, scope) => {
    if (!description) return nativeNode(native.get(placeOf(nodeId, scope)));
    const found = description.nodeOf(nodeId, scope);
    return found && viewedNode(found);
  };
  return {
    name: definition.name,
    answersAsJson: (nodeId) => jsonEnds.has(nodeId),
    isTold: (nodeId) => told.has(nodeId),
    unspokenText: (outputs) => (description ? '' : dataOf(outputs)),
    nameOf: (nodeId) => names.get(nodeId) ?? nodeId,
    nodeOf,
    seeValues: () => (description ? createSeenValues(definition) : createLastOutputs()),
    fileInputs: fileInputsOf(source),
    mayWait: nodes.some(({ type }) => type === 'question' || type === 'subflow'),
  };
}

/** Where a node stands in its definition: `outer.inner.node` for the scope `outer[0].inner[2]`. */
const placeOf = (nodeId: string, scope: string | undefined): string =>
  scope === undefined ? nodeId : `${scope.replaceAll(/\[\d+\]/g, '')}.${nodeId}`;

const viewedNode = ({ title, inputs, outputs, ...node }: AstronNodeDescription): ViewedNode => ({
  ...node,
  aliasName: title,
  inputs: (facts) => astronValuesOf(inputs, facts),
  outputs: (facts) => astronValuesOf(outputs, facts),
});

/** Of a workflow of another API only outputs are told, and only those of the node that has just ended. */
function createLastOutputs(): SeenValues {
  let last: NodeFinished | undefined;
  return {
    take(event) {
      if (event.type === 'node_finished') last = event;
    },
    at: () => ({ valuesOf: (name) => (last?.nodeId === name ? last.outputs : undefined) }),
  };
}

const NO_TYPES: ReadonlyMap<string, string> = new Map();

const nativeNode = (node: WorkflowNode | undefined): ViewedNode | undefined =>
  node && {
    id: node.id,
    aliasName: node.title ?? node.id,
    type: '',
    nodeIds: [node.id],
    inputs: () => ({}),
    outputs: (facts) => facts.valuesOf(node.id) ?? {},
    contentTypes: NO_TYPES,
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
