import { expect, test } from 'vitest';
import type { QuestionNode } from '../definition/types.ts';
import { NodeError } from '../errors.ts';
import type { QuestionReply } from '../events.ts';
import type { Asked } from './node-type.ts';
import { question } from './question.ts';

const choices = [
  { id: 'a', label: 'The first' },
  { id: 'b', label: 'The second' },
];

/** What comes of a reply: the answer and the edge, or the code of the failure. */
function conclude(fields: Partial<QuestionNode>, reply: QuestionReply) {
  const node: QuestionNode = { id: 'ask', type: 'question', question: 'Which?', ...fields };
  const asked: Asked = {
    question: 'Which?',
    ...(node.choices && { choices }),
    allowText: node.allow_text ?? !node.choices,
  };
  try {
    const { outputs, handle } = question.conclude(node, asked, reply);
    return { ...outputs, handle };
  } catch (error) {
    if (error instanceof NodeError) return error.code;
    throw error;
  }
}

const faultsOf = (fields: Partial<QuestionNode>) =>
  Array.from(
    question.check?.({ id: 'ask', type: 'question', question: 'Which?', ...fields }, '/nodes/1', {
      name: 'asking',
      nodes: [],
      edges: [],
    }) ?? [],
    ({ pointer, message }) => `${pointer} ${message}`,
  );

const first = { answer: 'The first', choice: 'a', handle: 'a' };

test.each<[string, Partial<QuestionNode>, QuestionReply, unknown]>([
  ['a default', { optional: true, choices, default: 'a' }, { type: 'skipped' }, first],
  [
    'a default that is text',
    { optional: true, default: 'none' },
    { type: 'skipped' },
    { answer: 'none', choice: null, handle: undefined },
  ],
  ['no default', { optional: true }, { type: 'skipped' }, { answer: '', choice: null, handle: undefined }],
  [
    'choices or text',
    { optional: true, choices, allow_text: true },
    { type: 'skipped' },
    { answer: '', choice: null, handle: 'text' },
  ],
  [
    'no answer in time',
    { optional: true },
    { type: 'expired' },
    { answer: '', choice: null, handle: undefined },
  ],
])('an optional question with %s may go without an answer', (_, fields, reply, result) => {
  expect(conclude(fields, reply)).toEqual(result);
});

test('a question that must be answered fails without an answer', () => {
  expect(conclude({}, { type: 'expired' })).toBe('question_expired');
  expect(conclude({ choices }, { type: 'expired' })).toBe('question_expired');
});

test('a question that is given up fails, whatever its default', () => {
  expect(conclude({ optional: true, default: 'none' }, { type: 'given_up' })).toBe('question_given_up');
});

test('an answer that is none of the choices takes the fallback', () => {
  const fields = { choices, fallback: 'a' };
  expect(conclude(fields, { type: 'choice', choice: 'c' })).toEqual(first);
  expect(conclude(fields, { type: 'text', text: 'neither' })).toEqual(first);
  expect(conclude(fields, { type: 'choice', choice: 'b' })).toMatchObject({ choice: 'b' });
});

test('text that is an answer by itself does not take the fallback', () => {
  const fields = { choices, fallback: 'a', allow_text: true };
  expect(conclude(fields, { type: 'text', text: 'both' })).toEqual({
    answer: 'both',
    choice: null,
    handle: 'text',
  });
});

test('a question without text needs a default to be passed over', () => {
  const fault = '/nodes/1/optional a question that may be passed over needs a default, unless it takes text';
  expect(faultsOf({ optional: true, choices })).toEqual([fault]);
  expect(faultsOf({ optional: true, choices, default: 'a' })).toEqual([]);
  expect(faultsOf({ optional: true })).toEqual([]);
});

test('defaults and fallbacks are choices', () => {
  expect(faultsOf({ choices, default: 'c', fallback: 'd' })).toEqual([
    '/nodes/1/default the default c is none of the choices',
    '/nodes/1/fallback the fallback d is none of the choices',
  ]);
  expect(faultsOf({ choices, allow_text: true, default: 'anything', fallback: 'b' })).toEqual([]);
  expect(faultsOf({ fallback: 'a' })).toEqual(['/nodes/1/fallback the fallback a is none of the choices']);
});
