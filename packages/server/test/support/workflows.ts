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

/** Asks the model what the input `say` tells, then upper-cases its answer. */
export const twoSteps: WorkflowDefinition = {
  name: 'two steps',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'first', type: 'llm', messages: [{ role: 'user', content: '{{ start.say }}' }] },
    {
      id: 'second',
      type: 'template',
      template: '{{ text | upper }}',
      variables: { text: '{{ first.text }}' },
    },
    { id: 'end', type: 'end', outputs: { text: '{{ second.output }}' } },
  ],
  edges: [
    { from: 'start', to: 'first' },
    { from: 'first', to: 'second' },
    { from: 'second', to: 'end' },
  ],
};

const choices = [
  { id: 'research', label: 'Research' },
  { id: 'industry', label: 'Industry' },
];

/** Asks a person which post, with text of one's own, and at the same time for a place, as text only. */
export const twoQuestions: WorkflowDefinition = {
  name: 'two questions',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'post', type: 'question', question: 'Which post, {{ start.name }}?', choices },
    { id: 'place', type: 'question', question: 'Where?' },
    { id: 'end', type: 'end', outputs: { post: '{{ post.choice }}', place: '{{ place.answer }}' } },
  ],
  edges: [
    { from: 'start', to: 'post' },
    { from: 'start', to: 'place' },
    { from: 'post', to: 'end', on: 'research' },
    { from: 'post', to: 'end', on: 'industry' },
    { from: 'place', to: 'end' },
  ],
};
