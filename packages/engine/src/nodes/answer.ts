import { renderText } from '../definition/references.ts';
import type { AnswerNode } from '../definition/types.ts';
import { described, type LeafType, TEXT } from './node-type.ts';

export const answer: LeafType<AnswerNode> = {
  kind: 'leaf',
  summary: 'Writes text to the person who waits',
  summaryZh: '按模板向用户流式输出文本',
  docs:
    'Writes text to the person who waits, in the order of its template, while the nodes that it refers to ' +
    'still write. Its output `answer` is also an output of the run.',
  example: { id: 'reply', type: 'answer', template: 'Dear {{ start.name }}, {{ write.text }}' },
  schema: {
    required: ['template'],
    properties: { template: described(TEXT, 'Text with references such as `{{ write.text }}`.') },
  },
  fallible: false,
  interpolated: ['template'],
  outputs: () => ['answer'],
  // The text itself reaches the person through the answer stream, while earlier nodes still write.
  execute: (node, { scope }) => ({ outputs: { answer: renderText(node.template, scope) } }),
};
