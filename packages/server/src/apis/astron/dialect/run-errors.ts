import type { NodeFinished, RunError, WorkflowNode } from '@flowwire/engine';
import type { ErrorName } from '../errors.ts';

/** What a node's failure is called where its code says nothing more. */
const BY_NODE_TYPE: Readonly<Record<WorkflowNode['type'], ErrorName>> = {
  start: 'START_NODE_SCHEMA_ERROR',
  end: 'END_NODE_EXECUTION_ERROR',
  answer: 'MESSAGE_NODE_EXECUTION_ERROR',
  llm: 'LLM_NODE_EXECUTION_ERROR',
  classifier: 'LLM_NODE_EXECUTION_ERROR',
  extractor: 'LLM_NODE_EXECUTION_ERROR',
  agent: 'LLM_NODE_EXECUTION_ERROR',
  code: 'CODE_EXECUTION_ERROR',
  condition: 'IF_ELSE_NODE_EXECUTION_ERROR',
  iteration: 'ITERATION_EXECUTION_ERROR',
  loop: 'ITERATION_EXECUTION_ERROR',
  break: 'ITERATION_EXECUTION_ERROR',
  subflow: 'WORKFLOW_EXECUTION_ERROR',
  question: 'QUESTION_ANSWER_NODE_EXECUTION_ERROR',
  assign: 'VARIABLE_POOL_SET_PARAMETER_ERROR',
  aggregator: 'NODE_RUN_ERROR',
  template: 'NODE_RUN_ERROR',
  http: 'NODE_RUN_ERROR',
  tool: 'NODE_RUN_ERROR',
  notify: 'NODE_RUN_ERROR',
};

/** What failures of nodes of a flow are called, whatever type of ours was made of them. */
const BY_FLOW_TYPE: ReadonlyMap<string, ErrorName> = new Map([
  ['node-end', 'END_NODE_EXECUTION_ERROR'],
  ['text-joiner', 'NODE_RUN_ERROR'],
  ['iteration', 'ITERATION_EXECUTION_ERROR'],
]);

/** Codes that say more than the type of the node. */
const BY_CODE: ReadonlyMap<string, ErrorName> = new Map([
  ['run_timed_out', 'OPEN_API_STREAM_QUEUE_TIMEOUT_ERROR'],
  ['server_error', 'OPEN_API_ERROR'],
  ['cancelled', 'ENG_RUN_ERROR'],
  ['node_timed_out', 'NODE_RUN_TIMEOUT_ERROR'],
  ['question_given_up', 'QUESTION_ANSWER_RESUME_DATA_ERROR'],
  ['outputs_too_large', 'END_NODE_EXECUTION_ERROR'],
  ['unknown_workflow', 'WORKFLOW_EXECUTION_ERROR'],
  ['subflow_depth', 'WORKFLOW_EXECUTION_ERROR'],
]);

const OF_CODE_NODES: ReadonlyMap<string, ErrorName> = new Map([
  ['node_timed_out', 'CODE_EXECUTION_TIMEOUT_ERROR'],
  ['sandbox_busy', 'CODE_REQUEST_ERROR'],
  ['invalid_outputs', 'CODE_NODE_RESULT_TYPE_ERROR'],
  ['output_too_large', 'CODE_NODE_RESULT_TYPE_ERROR'],
  ['output_too_deep', 'CODE_NODE_RESULT_TYPE_ERROR'],
]);

/** What came of code that ran for itself. */
export const codeErrorName = (code: string): ErrorName => OF_CODE_NODES.get(code) ?? 'CODE_EXECUTION_ERROR';

const isNodeType = (type: string): type is WorkflowNode['type'] => Object.hasOwn(BY_NODE_TYPE, type);

/** The node that failed. */
export interface FailedNode extends Pick<NodeFinished, 'nodeId' | 'nodeType'> {
  /** The type of the node in the flow which it stands for; empty for nodes of other APIs. */
  readonly flowType: string;
}

/** What an engine's error is called here. `node` is the node at fault, where it was one node. */
export function errorNameOf(
  { code, nodeId }: Pick<RunError, 'code' | 'nodeId'>,
  node?: FailedNode,
): ErrorName {
  // Outputs that break the workflow's own schema are no node's fault.
  if (!node)
    return BY_CODE.get(code) ?? (code === 'invalid_outputs' ? 'END_NODE_EXECUTION_ERROR' : 'ENG_RUN_ERROR');
  const { nodeType, flowType } = node;
  const ofFlow = BY_FLOW_TYPE.get(flowType);
  // Code that the importer wrote is nothing that the flow's author knows of.
  if (nodeType === 'code' && !ofFlow) return codeErrorName(code);
  // A model reads the answers to a question.
  if (flowType === 'question-answer' && nodeType === 'extractor')
    return 'QUESTION_ANSWER_HANDLER_RESPONSE_ERROR';
  const isInside = nodeId !== undefined && nodeId !== node.nodeId;
  // Why a node of another flow failed is that flow's own affair, but that the caller gave its question up.
  if (nodeType === 'subflow' && isInside && code !== 'question_given_up') return 'WORKFLOW_EXECUTION_ERROR';
  return BY_CODE.get(code) ?? ofFlow ?? (isNodeType(nodeType) ? BY_NODE_TYPE[nodeType] : 'NODE_RUN_ERROR');
}
