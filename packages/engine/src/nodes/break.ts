import type { BreakNode } from '../definition/types.ts';
import type { LeafType } from './node-type.ts';

export const breakNode: LeafType<BreakNode> = {
  kind: 'leaf',
  summary: 'Ends the loop around it',
  summaryZh: '跳出循环',
  docs: 'Ends the loop around it once the round is over. Only within the body of a loop.',
  example: { id: 'enough', type: 'break' },
  schema: { properties: {} },
  fallible: false,
  interpolated: [],
  outputs: () => [],
  execute: () => ({ outputs: {} }),
};
