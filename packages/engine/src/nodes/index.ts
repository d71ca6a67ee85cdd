import type { WorkflowNode } from '../definition/types.ts';
import { answer } from './answer.ts';
import { code } from './code/code.ts';
import { condition } from './condition.ts';
import { end } from './end.ts';
import type { NodeExecutor } from './executor.ts';
import { http } from './http/http.ts';
import { llm } from './llm.ts';
import { start } from './start.ts';
import { template } from './template.ts';

/** One executor per node type. A type without one does not compile. */
const executors: { readonly [N in WorkflowNode as N['type']]: NodeExecutor<N> } = {
  start,
  end,
  answer,
  llm,
  template,
  condition,
  http,
  code,
};

/** The executor of a node's own type. */
export function executorOf(node: WorkflowNode): NodeExecutor<WorkflowNode> {
  // Sound for this node: the table gives the executor of exactly its type.
  return executors[node.type] as NodeExecutor<WorkflowNode>;
}
