/** Definitions that need no model and no network. */

/** Gives back its input. */
export const ECHO = {
  name: 'echo',
  inputs: {
    type: 'object',
    properties: { text: { type: 'string', maxLength: 1000 } },
    required: ['text'],
    additionalProperties: false,
  },
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'end', type: 'end', outputs: { text: '{{ start.text }}' } },
  ],
  edges: [{ from: 'start', to: 'end' }],
};

/** Asks a person: one question with choices. */
export const ASKS = {
  name: 'asks',
  nodes: [
    { id: 'start', type: 'start' },
    {
      id: 'ask',
      type: 'question',
      question: 'Which one?',
      choices: [
        { id: 'a', label: 'The first' },
        { id: 'b', label: 'The second' },
      ],
      optional: true,
      default: 'a',
    },
    { id: 'end', type: 'end', outputs: { choice: '{{ ask.choice }}' } },
  ],
  edges: [
    { from: 'start', to: 'ask' },
    { from: 'ask', to: 'end', on: 'a' },
    { from: 'ask', to: 'end', on: 'b' },
  ],
};

/** Asks two questions, one after the other. */
export const ASKS_TWICE = {
  ...ASKS,
  name: 'asks twice',
  nodes: [
    ...ASKS.nodes.slice(0, 2),
    { id: 'more', type: 'question', question: 'And why?' },
    ...ASKS.nodes.slice(2),
  ],
  edges: [
    { from: 'start', to: 'ask' },
    { from: 'ask', to: 'more', on: 'a' },
    { from: 'ask', to: 'more', on: 'b' },
    { from: 'more', to: 'end' },
  ],
};

/** Calls a workflow that is not there. */
export const CALLS_NOTHING = {
  name: 'calls nothing',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'call', type: 'subflow', workflow: 'nobody-has-this-id', inputs: {} },
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [
    { from: 'start', to: 'call' },
    { from: 'call', to: 'end' },
  ],
};

/** Fails: its code throws. */
export const FAILS = {
  name: 'fails',
  nodes: [
    { id: 'start', type: 'start' },
    {
      id: 'break',
      type: 'code',
      language: 'javascript',
      source: 'function main() { throw new Error("as it should"); }',
    },
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [
    { from: 'start', to: 'break' },
    { from: 'break', to: 'end' },
  ],
};
