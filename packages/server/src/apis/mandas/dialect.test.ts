import type { NodeFinished, RunEvent, StoredEvent, WorkflowDefinition } from '@flowwire/engine';
import { describe, expect, test } from 'vitest';
import { agentsOf, createSteps } from './agents.ts';
import { frameMaker } from './dialect.ts';

const definition: WorkflowDefinition = {
  name: 'test',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'a', type: 'agent', title: 'Ann', prompt: 'x' },
    { id: 'b', type: 'agent', title: 'Ben', prompt: 'x' },
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [],
};

function createMaker() {
  const agents = agentsOf(definition);
  return frameMaker({ run: { id: 'run_1', workflowId: 'wf_1' }, agents, steps: createSteps(agents) });
}

const stored = (event: RunEvent, seq = 1): StoredEvent => ({ runId: 'run_1', seq, at: 0, event });
const tell = (event: RunEvent) => createMaker()(stored(event))?.item;

const finished = (nodeId: string, status: NodeFinished['status']): NodeFinished => ({
  type: 'node_finished',
  nodeId,
  nodeType: 'agent',
  title: nodeId,
  index: 1,
  status,
  outputs: {},
  elapsedMs: 1,
  tokens: { prompt: 1, completion: 2 },
  attempts: 1,
});

describe('an event', () => {
  test('of an agent whose process died tells which text no longer counts', () => {
    const retry: RunEvent = {
      type: 'node_retry',
      nodeId: 'a',
      attempt: 2,
      reason: 'recovered',
      discardFromSeq: 7,
      delayMs: 0,
    };
    expect(tell(retry)).toEqual({
      type: 'agent.retrying',
      run_id: 'run_1',
      timestamp: '1970-01-01T00:00:00.000Z',
      agent_name: 'Ann',
      attempt: 2,
      reason: 'RECOVERED',
      discard_from_event_id: 7,
      delay_ms: 0,
    });
  });

  test.each([
    ['expired', 'EXPIRED'],
    ['skipped', 'ANSWERED'],
  ] as const)('of a question that was %s tells %s', (type, reason) => {
    const answered: RunEvent = { type: 'question_answered', questionId: 'q', nodeId: 'a', reply: { type } };
    expect(tell(answered)).toMatchObject({ type: 'run.resumed', reason, question_id: 'q' });
  });

  test.each([
    ['succeeded', 'agent.completed'],
    ['failed', 'agent.failed'],
    ['cancelled', 'agent.cancelled'],
  ] as const)('of an agent that has %s is %s', (status, type) => {
    expect(tell(finished('a', status))).toMatchObject({ type, step: 1, token_usage: { total: 3 } });
  });

  test.each([
    ['start or end', finished('end', 'succeeded')],
    ['a node inside of another one', { ...finished('a', 'succeeded'), scope: 'each[0]' }],
    ['a model that thinks', { type: 'reasoning_delta', nodeId: 'a', text: 'Hm.' }],
    ['a failure, which the end tells as well', { type: 'run_failed', error: { code: 'x', message: 'x' } }],
  ] satisfies [string, RunEvent][])('of %s is not told', (_name, event) => {
    expect(tell(event)).toBeUndefined();
  });
});

test('all readers of an event get the same frame, and their counts go on', () => {
  const events = [stored(finished('b', 'succeeded'), 4), stored(finished('a', 'succeeded'), 5)];
  const [first, second] = [createMaker(), createMaker()].map((maker) => events.map(maker));
  expect(first?.map((frame) => frame?.item)).toMatchObject([
    { agent_name: 'Ben', step: 1 },
    { agent_name: 'Ann', step: 2 },
  ]);
  for (const [index, frame] of (first ?? []).entries()) expect(second?.[index]).toBe(frame);
});
