import type { NodeFinished, StoredEvent, TextDelta } from '@flowwire/engine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createToldText } from './told-text.ts';

const ended: NodeFinished = {
  type: 'node_finished',
  nodeId: 'llm',
  nodeType: 'llm',
  title: 'llm',
  index: 1,
  status: 'succeeded',
  outputs: {},
  elapsedMs: 1,
  tokens: { prompt: 0, completion: 0 },
  attempts: 1,
};

/** Writes pieces as one node does, attempt after attempt, and answers what is sent and what counts. */
function tell(attempts: readonly (readonly string[])[]) {
  const told = createToldText();
  let seq = 0;
  let sent = '';
  const add = (nodeId: string, segment: number, text: string) => {
    const event: TextDelta = { type: 'text_delta', nodeId, field: 'text', text, responderId: 'say', segment };
    const stored: StoredEvent = { runId: 'run', seq: ++seq, at: 0, event };
    sent += told.add(stored, event, 'say');
  };
  add('say', 0, 'Dear, ');
  for (const [index, pieces] of attempts.entries()) {
    const first = seq + 1;
    for (const piece of pieces) add('llm', 1, piece);
    if (index + 1 < attempts.length)
      told.retry({
        type: 'node_retry',
        nodeId: 'llm',
        attempt: index + 2,
        reason: 'error',
        discardFromSeq: first,
        delayMs: 0,
      });
  }
  sent += told.finish(ended)?.content ?? '';
  add('say', 2, '.');
  return { sent, whole: told.whole(() => true) };
}

test('text that a second attempt writes again is not sent again', () => {
  expect(
    tell([
      ['Hel', 'lo '],
      ['Hello', ' Ada'],
    ]),
  ).toEqual({
    sent: 'Dear, Hello Ada.',
    whole: 'Dear, Hello Ada.',
  });
});

test('a second attempt that writes something else is sent whole after an empty line', () => {
  expect(tell([['Hello '], ['He', 'y Ada']])).toEqual({
    sent: 'Dear, Hello \n\nHey Ada.',
    whole: 'Dear, Hey Ada.',
  });
});

test('a second attempt that ends with less than was sent is sent whole after an empty line', () => {
  expect(tell([['Hello Ada'], ['Hel', 'lo']])).toEqual({
    sent: 'Dear, Hello Ada\n\nHello.',
    whole: 'Dear, Hello.',
  });
});

test('what is held back for its turn is not among what was said', () => {
  const told = createToldText();
  told.addFinal('Said. ', 'one');
  told.addFinal('Held.', 'two');
  expect(told.whole((by) => by !== 'two')).toBe('Said. ');
});

test('text of the same node elsewhere in the answer is no repetition', () => {
  const told = createToldText();
  const add = (seq: number, segment: number, text: string) => {
    const event: TextDelta = {
      type: 'text_delta',
      nodeId: 'llm',
      field: 'text',
      text,
      responderId: 'say',
      segment,
    };
    return told.add({ runId: 'run', seq, at: 0, event }, event, 'say');
  };
  add(1, 0, 'Hello');
  told.retry({
    type: 'node_retry',
    nodeId: 'llm',
    attempt: 2,
    reason: 'recovered',
    discardFromSeq: 1,
    delayMs: 0,
  });
  expect([add(3, 0, 'He'), add(4, 1, 'He')]).toEqual(['', 'He']);
});

test('whatever attempts write, what counts is the last one, and what is sent ends with it', () => {
  const attempt = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(fc.array(attempt, { minLength: 1, maxLength: 4 }), (attempts) => {
      const last = (attempts.at(-1) ?? []).join('');
      const { sent, whole } = tell(attempts);
      expect(whole).toBe(`Dear, ${last}.`);
      expect(sent.endsWith(`${last}.`)).toBe(true);
    }),
  );
});
