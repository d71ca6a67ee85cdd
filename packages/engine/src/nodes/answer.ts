import { renderText } from '../definition/references.ts';
import type { AnswerNode } from '../definition/types.ts';
import type { NodeExecutor } from './executor.ts';

/** The text itself reaches the waiting person through the answer stream, while earlier nodes still write. */
export const answer: NodeExecutor<AnswerNode> = {
  execute: (node, { scope }) => ({ outputs: { answer: renderText(node.template, scope) } }),
};
