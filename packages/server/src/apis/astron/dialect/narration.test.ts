import type { RunEvent, WorkflowDefinition } from '@flowwire/engine';
import { describe, expect, test } from 'vitest';
import { createFlowView } from './flow-view.ts';
import { createNarration } from './narration.ts';

const definition: WorkflowDefinition = {
  name: 'flow',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'write', type: 'llm', messages: [{ role: 'user', content: 'x' }] },
    { id: 'hidden', type: 'llm', messages: [{ role: 'user', content: 'x' }] },
    { id: 'first', type: 'answer', template: 'Hello. ' },
    { id: 'last', type: 'answer', template: 'Dear {{ write.text }}' },
  ],
  edges: [],
};

function narrate() {
  const narration = createNarration(createFlowView({ definition }));
  let seq = 0;
  const take = (event: RunEvent) => narration.take({ runId: 'run', seq: ++seq, at: 0, event }).content;
  return {
    narration,
    take,
    start: (nodeId: string) =>
      take({ type: 'node_started', nodeId, nodeType: 'answer', title: nodeId, index: 1, attempt: 1 }),
    finish: (nodeId: string) =>
      take({
        type: 'node_finished',
        nodeId,
        nodeType: 'x',
        title: nodeId,
        index: 1,
        status: 'succeeded',
        outputs: {},
        elapsedMs: 1,
        tokens: { prompt: 0, completion: 0 },
        attempts: 1,
      }),
    tell: (responderId: string, text: string, nodeId = responderId) =>
      take({ type: 'text_delta', nodeId, field: 'text', text, responderId, segment: 0 }),
  };
}

describe('text', () => {
  test('waits until its node begins', () => {
    const { tell, start } = narrate();
    expect(tell('first', 'Hello. ')).toBe('');
    expect(tell('last', 'Dear ')).toBe('');
    expect(start('first')).toBe('Hello. ');
    expect(start('last')).toBe('Dear ');
    expect(tell('last', 'Ada')).toBe('Ada');
  });

  test('does not wait while another node writes it', () => {
    const { tell, start } = narrate();
    expect(tell('last', 'Dear ')).toBe('');
    start('write');
    expect(tell('last', 'Ada', 'write')).toBe('Dear Ada');
    expect(start('last')).toBe('');
  });

  test('waits for what comes before it, whatever is written', () => {
    const { tell, start } = narrate();
    tell('first', 'Hello. ');
    start('write');
    expect(tell('last', 'Ada', 'write')).toBe('');
    expect(start('first')).toBe('Hello. Ada');
  });

  test('that nobody has said yet is no part of what was said, and of the next answer it is', () => {
    const { narration, tell, start } = narrate();
    tell('first', 'Hello. ');
    start('first');
    tell('last', 'Dear ');
    expect(narration.said().content).toBe('Hello. ');
    narration.begin();
    expect(narration.said().content).toBe('');
    expect(start('last')).toBe('Dear ');
    expect(narration.said().content).toBe('Dear ');
  });
});

test('only reasoning behind text for people is told', () => {
  const { narration } = narrate();
  const think = (nodeId: string) =>
    narration.take({ runId: 'run', seq: 1, at: 0, event: { type: 'reasoning_delta', nodeId, text: 'Hm.' } })
      .reasoning;
  expect([think('write'), think('hidden')]).toEqual(['Hm.', '']);
});

test('progress never falls', () => {
  const { narration, take } = narrate();
  for (const percent of [10, 40, 30]) take({ type: 'progress', percent, finishedNodes: 1, totalNodes: 2 });
  expect(narration.progress).toBe(0.4);
});
