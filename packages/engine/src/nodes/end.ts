import { interpolateMap } from '../definition/references.ts';
import type { EndNode } from '../definition/types.ts';
import type { NodeExecutor } from './executor.ts';

export const end: NodeExecutor<EndNode> = {
  execute: (node, { scope }) => ({ outputs: interpolateMap(node.outputs, scope) }),
};
