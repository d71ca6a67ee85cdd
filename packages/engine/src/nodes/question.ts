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
    'within `expires_after_ms`, or when an `optional` question is passed over, the answer is `default`; without that ' +
    'it is empty text for an `optional` question that takes text, else the node fails as `question_expired`. A question ' +
    'that is given up fails as `question_given_up`. An answer that is none of the choices takes `fallback`, where ' +
    'there is one, and is refused otherwise.',
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
      optional: {
        type: 'boolean',
        description: 'Whether people may pass it over. It needs a `default`, unless text is an answer.',
      },
      fallback: {
        type: 'string',
        maxLength: 64,
        description: 'The id of the choice that stands for any answer that is no other one.',
      },
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
    if (node.optional && !isText && node.default === undefined) {
      const message = 'a question that may be passed over needs a default, unless it takes text';
      yield { code: 'invalid_node', message, pointer: `${at}/optional`, nodeId: node.id };
    }
    for (const name of isText ? (['fallback'] as const) : (['default', 'fallback'] as const)) {
      if (node[name] === undefined || choices.some(({ id }) => id === node[name])) continue;
      const message = `the ${name} ${node[name]} is none of the choices`;
      yield { code: 'invalid_node', message, pointer: `${at}/${name}`, nodeId: node.id };
    }
  },
  ask: (node, { scope }) => ({
    question: renderText(node.question, scope),
    ...(node.choices && {
      choices: node.choices.map(({ id, label }) => ({ id, label: renderText(label, scope) })),
    }),
    allowText: node.allow_text ?? !node.choices,
    ...(node.optional && { optional: true }),
    ...(node.fallback !== undefined && { fallback: node.fallback }),
    ...(node.expires_after_ms !== undefined && { expiresAfterMs: node.expires_after_ms }),
  }),
  conclude(node, asked, reply) {
    switch (reply.type) {
      case 'choice':
        return chosen(asked, hasChoice(asked, reply.choice) ? reply.choice : (node.fallback ?? reply.choice));
      case 'text':
        if (node.fallback !== undefined && !asked.allowText) return chosen(asked, node.fallback);
        return written(asked, reply.text);
      case 'given_up':
        throw new NodeError('the question was given up', { code: 'question_given_up' });
      default:
        return unanswered(node, asked);
    }
  },
};

function unanswered(node: QuestionNode, asked: Asked): NodeResult {
  const answer = node.default ?? (node.optional && asked.allowText ? '' : undefined);
  if (answer === undefined) {
    throw new NodeError('nobody answered the question in time', { code: 'question_expired' });
  }
  return hasChoice(asked, answer) ? chosen(asked, answer) : written(asked, answer);
}

const hasChoice = ({ choices = [] }: Asked, choice: string): boolean =>
  choices.some(({ id }) => id === choice);

const chosen = ({ choices = [] }: Asked, choice: string): NodeResult => ({
  outputs: { answer: choices.find(({ id }) => id === choice)?.label ?? choice, choice },
  handle: choice,
});

const written = ({ choices }: Asked, text: string): NodeResult => ({
  outputs: { answer: text, choice: null },
  ...(choices && { handle: 'text' }),
});
