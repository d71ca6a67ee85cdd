import type { WorkflowNode } from '../definition/types.ts';
import { agent } from './agent/agent.ts';
import { aggregator } from './aggregator.ts';
import { answer } from './answer.ts';
import { assign } from './assign.ts';
import { breakNode } from './break.ts';
import { classifier } from './classifier.ts';
import { code } from './code/code.ts';
import { condition } from './condition.ts';
import { end } from './end.ts';
import { extractor } from './extractor.ts';
import { http } from './http/http.ts';
import { iteration } from './iteration.ts';
import { llm } from './llm.ts';
import { loop } from './loop.ts';
import type { NodeType } from './node-type.ts';
import { notify } from './notify/notify.ts';
import { question } from './question.ts';
import { start } from './start.ts';
import { subflow } from './subflow.ts';
import { template } from './template.ts';
import { tool } from './tool/tool.ts';

/** Every node type there is. One without its entry does not compile. */
export const NODE_TYPES: { readonly [N in WorkflowNode as N['type']]: NodeType<N> } = {
  start,
  end,
  answer,
  llm,
  classifier,
  extractor,
  agent,
  http,
  tool,
  code,
  template,
  condition,
  aggregator,
  assign,
  iteration,
  loop,
  break: breakNode,
  subflow,
  question,
  notify,
};

/** The type of a node. */
export function typeOf(node: WorkflowNode): NodeType<WorkflowNode> {
  // Sound for this node: the table gives exactly its type.
  return NODE_TYPES[node.type] as NodeType<WorkflowNode>;
}
