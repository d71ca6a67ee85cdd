import type { FlowNode, FlowProtocol } from '@flowwire/contract/astron';

const START = 'node-start::1f6a';
const SIZE = 'question-answer::7c20';
const SMALL = { branch: 'option-one-of::small', node: 'text-joiner::a3e1' };
const LARGE = { branch: 'option-one-of::large', node: 'text-joiner::b8d4' };
const END = 'node-end::4e9b';

const textOf = (name: string, nodeId: string, output: string) => ({
  id: `in-${name}`,
  name,
  schema: { type: 'string' as const, value: { type: 'ref' as const, content: { nodeId, name: output } } },
});

const joiner = (id: string, aliasName: string, prompt: string): FlowNode => ({
  id,
  data: {
    nodeMeta: { nodeType: 'Tool', aliasName },
    inputs: [textOf('order', START, 'AGENT_USER_INPUT')],
    outputs: [{ id: `out-${id}`, name: 'output', schema: { type: 'string' } }],
    nodeParam: { mode: 0, prompt },
  },
});

/** Takes an order, asks how large it shall be, and says when it comes. It needs no model. */
export const FLOW: FlowProtocol = {
  name: 'Pizza counter',
  description: 'Takes an order and asks for its size.',
  version: 'v3.0.0',
  data: {
    nodes: [
      {
        id: START,
        data: {
          nodeMeta: { nodeType: 'Start', aliasName: 'The order' },
          inputs: [],
          outputs: [
            { id: 'out-order', name: 'AGENT_USER_INPUT', required: true, schema: { type: 'string' } },
          ],
          nodeParam: {},
        },
      },
      {
        id: SIZE,
        data: {
          nodeMeta: { nodeType: 'Dialogue', aliasName: 'Which size?' },
          inputs: [textOf('order', START, 'AGENT_USER_INPUT')],
          outputs: [
            { id: 'out-id', name: 'id', schema: { type: 'string' } },
            { id: 'out-content', name: 'content', schema: { type: 'string' } },
          ],
          nodeParam: {
            question: 'A {{order}}. Which size?',
            answerType: 'option',
            timeout: 5,
            needReply: true,
            directAnswer: { handleResponse: false, maxRetryCounts: 1 },
            optionAnswer: [
              { id: SMALL.branch, name: 'A', type: 2, content_type: 'string', content: 'Small' },
              { id: LARGE.branch, name: 'B', type: 2, content_type: 'string', content: 'Large' },
            ],
          },
        },
      },
      joiner(SMALL.node, 'A small one', 'Your small {{order}} is ready in ten minutes.'),
      joiner(LARGE.node, 'A large one', 'Your large {{order}} is ready in a quarter of an hour.'),
      {
        id: END,
        data: {
          nodeMeta: { nodeType: 'End', aliasName: 'The answer' },
          inputs: [textOf('small', SMALL.node, 'output'), textOf('large', LARGE.node, 'output')],
          outputs: [],
          nodeParam: { outputMode: 1, template: '{{small}}{{large}}', streamOutput: true },
        },
      },
    ],
    edges: [
      { sourceNodeId: START, targetNodeId: SIZE },
      { sourceNodeId: SIZE, targetNodeId: SMALL.node, sourceHandle: SMALL.branch },
      { sourceNodeId: SIZE, targetNodeId: LARGE.node, sourceHandle: LARGE.branch },
      { sourceNodeId: SMALL.node, targetNodeId: END },
      { sourceNodeId: LARGE.node, targetNodeId: END },
    ],
  },
};
