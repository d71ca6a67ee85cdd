import { interpolateMap } from '../definition/references.ts';
import type { EndNode } from '../definition/types.ts';
import { type LeafType, VALUE_MAP } from './node-type.ts';

export const end: LeafType<EndNode> = {
  kind: 'leaf',
  summary: 'Sets outputs of the run',
  summaryZh: '设置运行的输出',
  docs: 'Sets outputs of the run. Text of llm nodes that it refers to streams while it is written.',
  example: { id: 'end', type: 'end', outputs: { review: '{{ write.text }}' } },
  schema: { required: ['outputs'], properties: { outputs: VALUE_MAP } },
  fallible: false,
  interpolated: ['outputs'],
  outputs: (node) => Object.keys(node.outputs),
  execute: (node, { scope }) => ({ outputs: interpolateMap(node.outputs, scope) }),
};
