import type { StartNode } from '../definition/types.ts';
import type { NodeExecutor } from './executor.ts';

export const start: NodeExecutor<StartNode> = {
  execute: (_node, { inputs }) => ({ outputs: inputs }),
};
