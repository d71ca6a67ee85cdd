import type { WorkflowDefinition } from '@flowwire/contract/workflow-execution';

/** start -> template -> end: upper-cases the input `text`. */
export const shout: WorkflowDefinition = {
  name: 'shout',
  inputs: {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
    additionalProperties: false,
  },
  outputs: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  nodes: [
    { id: 'start', type: 'start' },
    {
      id: 'upper',
      type: 'template',
      template: '{{ text | upper }}',
      variables: { text: '{{ start.text }}' },
    },
    { id: 'end', type: 'end', outputs: { text: '{{ upper.output }}' } },
  ],
  edges: [
    { from: 'start', to: 'upper' },
    { from: 'upper', to: 'end' },
  ],
};

/** Takes any inputs, asks the model once and streams its answer. */
export const ask: WorkflowDefinition = {
  name: 'ask',
  nodes: [
    { id: 'start', type: 'start' },
    {
      id: 'write',
      type: 'llm',
      retry: { max_attempts: 3, backoff_ms: 1 },
      messages: [{ role: 'user', content: 'Answer.' }],
    },
    { id: 'answer', type: 'answer', template: '{{ write.text }}' },
  ],
  edges: [
    { from: 'start', to: 'write' },
    { from: 'write', to: 'answer' },
  ],
};

/** Asks the model twice at the same time, then once more, and streams all three answers in order. */
export const relay: WorkflowDefinition = {
  name: 'relay',
  nodes: [
    { id: 'start', type: 'start' },
    ...['left', 'right', 'last'].map((id) => ({
      id,
      type: 'llm' as const,
      retry: { max_attempts: 3, backoff_ms: 1 },
      messages: [{ role: 'user' as const, content: `Answer as ${id}.` }],
    })),
    { id: 'answer', type: 'answer', template: '{{ left.text }}|{{ right.text }}|{{ last.text }}' },
    { id: 'end', type: 'end', outputs: { last: '{{ last.text }}' } },
  ],
  edges: [
    { from: 'start', to: 'left' },
    { from: 'start', to: 'right' },
    { from: 'left', to: 'last' },
    { from: 'right', to: 'last' },
    { from: 'last', to: 'answer' },
    { from: 'answer', to: 'end' },
  ],
};
