import { checkOutcomeIds } from '../definition/outcomes.ts';
import { renderText } from '../definition/references.ts';
import type { QuestionNode } from '../definition/types.ts';
import { NodeError } from '../errors.ts';
import { type Asked, closed, described, type NodeResult, type QuestionType, TEXT } from './node-type.ts';

export const question: QuestionType<QuestionNode> = {
  kind: 'question',
  summary: 'Asks a person and waits',
  summaryZh: '向人提问并等待回答（选项或文本）',
  docs:
    'Asks a person and waits for the first answer, also over restarts. With `choices` it takes the edge of the ' +
    'chosen id, or the edge `text` for text of one’s own where `allow_text` is true; without `choices` the answer is ' +
    'text. Outputs `answer` (the text, or the label of the choice) and `choice` (its id, or null). Without an answer ' +
    'within `expires_after_ms` the answer is `default`, or the node fails as `question_expired`.',
  example: {
    id: 'ask',
    type: 'question',
    question: 'Which kind of post is it, {{ start.name }}?',
    choices: [
      { id: 'research', label: 'Research' },
      { id: 'industry', label: 'Industry' },
    ],
    expires_after_ms: 300_000,
    default: 'research',
  },
  schema: {
    required: ['question'],
    properties: {
      question: described(TEXT, 'For people.'),
      choices: {
        type: 'array',
        minItems: 1,
        maxItems: 50,
        items: closed(
          {
            id: {
              type: 'string',
              minLength: 1,
              maxLength: 64,
              description: 'Names the edge. `text` is reserved.',
            },
            label: described(TEXT, 'For people.'),
          },
          ['id', 'label'],
        ),
      },
      allow_text: {
        type: 'boolean',
        description: 'Whether text of one’s own is an answer. True by default without `choices`, else false.',
      },
      expires_after_ms: { type: 'integer', minimum: 1, maximum: 2_592_000_000 },
      default: { type: 'string', maxLength: 10_000, description: 'The id of a choice, or text.' },
    },
  },
  fallible: 'branch',
  interpolated: ['question', 'choices'],
  outputs: () => ['answer', 'choice'],
  handles: ({ choices, allow_text: allowText }) => [
    ...(choices ?? []).map(({ id }) => id),
    ...(choices && allowText ? ['text'] : []),
  ],
  *check(node, at) {
    const choices = node.choices ?? [];
    yield* checkOutcomeIds(choices, `${at}/choices`, node.id, ['text', 'error']);
    const isText = node.allow_text ?? !node.choices;
    if (!isText && !node.choices) {
      const message = 'a question without choices must allow text';
      yield { code: 'invalid_node', message, pointer: `${at}/allow_text`, nodeId: node.id };
    }
    if (node.default === undefined || isText || choices.some(({ id }) => id === node.default)) return;
    const message = `the default ${node.default} is none of the choices`;
    yield { code: 'invalid_node', message, pointer: `${at}/default`, nodeId: node.id };
  },
  ask: (node, { scope }) => ({
    question: renderText(node.question, scope),
    ...(node.choices && {
      choices: node.choices.map(({ id, label }) => ({ id, label: renderText(label, scope) })),
    }),
    allowText: node.allow_text ?? !node.choices,
    ...(node.expires_after_ms !== undefined && { expiresAfterMs: node.expires_after_ms }),
  }),
  conclude(node, asked, reply) {
    if (reply.type === 'choice') return chosen(asked, reply.choice);
    if (reply.type === 'text') return written(asked, reply.text);
    if (node.default === undefined) {
      throw new NodeError('nobody answered the question in time', { code: 'question_expired' });
    }
    const isChoice = asked.choices?.some(({ id }) => id === node.default) ?? false;
    return isChoice ? chosen(asked, node.default) : written(asked, node.default);
  },
};

const chosen = ({ choices = [] }: Asked, choice: string): NodeResult => ({
  outputs: { answer: choices.find(({ id }) => id === choice)?.label ?? choice, choice },
  handle: choice,
});

const written = ({ choices }: Asked, text: string): NodeResult => ({
  outputs: { answer: text, choice: null },
  ...(choices && { handle: 'text' }),
});
