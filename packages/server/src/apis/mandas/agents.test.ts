import type { NodeFinished, StoredEvent, WorkflowDefinition } from '@flowwire/engine';
import { expect, test } from 'vitest';
import { agentsOf, createSteps, outputOf } from './agents.ts';

const definition: WorkflowDefinition = {
  name: 'test',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'a', type: 'agent', title: 'Ann', role: 'research', prompt: 'x' },
    { id: 'b', type: 'agent', title: 'Twin', prompt: 'x' },
    { id: 'c', type: 'template', title: 'Twin', template: 'x' },
    { id: 'd', type: 'template', template: 'x' },
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [],
};

const finished = (nodeId: string, more: Partial<NodeFinished> = {}): NodeFinished => ({
  type: 'node_finished',
  nodeId,
  nodeType: 'agent',
  title: nodeId,
  index: 1,
  status: 'succeeded',
  outputs: {},
  elapsedMs: 1,
  tokens: { prompt: 0, completion: 0 },
  attempts: 1,
  ...more,
});

test('agents are the nodes other than start and end', () => {
  const agents = agentsOf(definition);
  expect(agents.count).toBe(4);
  expect(['start', 'a', 'd', 'end', 'x'].map((nodeId) => agents.has({ nodeId }))).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
  expect(agents.has({ nodeId: 'a', scope: 'each[0]' })).toBe(false);
});

test('agents have names that no other one has', () => {
  const agents = agentsOf(definition);
  expect(['a', 'b', 'c', 'd', 'unknown'].map((nodeId) => agents.nameOf({ nodeId }))).toEqual([
    'Ann',
    'Twin (b)',
    'Twin (c)',
    'd',
    'unknown',
  ]);
  expect(agents.nameOf({ nodeId: 'a', scope: 'each[3]' })).toBe('each[3]/a');
});

test('the type of an agent is its role, else the type of its node', () => {
  const agents = agentsOf(definition);
  expect(agents.typeOf(finished('a'))).toBe('research');
  expect(agents.typeOf(finished('b'))).toBe('agent');
  expect(agents.typeOf(finished('c', { nodeType: 'template' }))).toBe('template');
});

test.each([
  ['its text', finished('a', { outputs: { text: 'hi', rounds: 1, usage: {} } }), { text: 'hi' }],
  ['its fields', finished('a', { outputs: { text: '{"x":1}', json: { x: 1 } } }), { x: 1 }],
  ['all of another node', finished('c', { nodeType: 'template', outputs: { output: 'X' } }), { output: 'X' }],
])('what comes of an agent is %s', (_name, event, output) => {
  expect(outputOf(event)).toEqual(output);
});

test('agents are numbered as they begin, also those that are only told to have ended', () => {
  const steps = createSteps(agentsOf(definition));
  const note = (event: StoredEvent['event']) => steps.note({ runId: 'r', seq: 1, at: 1, event });
  note(finished('start', { nodeType: 'start' }));
  note(finished('c', { reused: true }));
  note({ type: 'node_started', nodeId: 'a', nodeType: 'agent', title: 'a', index: 3, attempt: 1 });
  note(finished('b', { scope: 'each[0]' }));
  note(finished('a'));
  expect([steps.of('c'), steps.of('a'), steps.of('b')]).toEqual([1, 2, 3]);
});
