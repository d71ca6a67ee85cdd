import type { StartNode } from '../definition/types.ts';
import type { LeafType } from './node-type.ts';

export const start: LeafType<StartNode> = {
  kind: 'leaf',
  summary: 'Where a run begins',
  summaryZh: '流程起点：运行的输入',
  docs: "Where a run begins. Its outputs are the run's inputs.",
  example: { id: 'start', type: 'start' },
  schema: { properties: {} },
  fallible: false,
  interpolated: [],
  outputs(_node, { inputs }) {
    if (inputs?.properties === undefined) return inputs?.additionalProperties === false ? [] : undefined;
    return Object.keys(inputs.properties);
  },
  execute: (_node, { inputs }) => ({ outputs: inputs }),
};
