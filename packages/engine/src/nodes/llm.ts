import { interpolate, renderText } from '../definition/references.ts';
import type { Finding } from '../definition/subject.ts';
import type { LlmNode, ObjectSchema } from '../definition/types.ts';
import type { JsonObject } from '../events.ts';
import type { ModelMessage, ModelRequest } from '../ports.ts';
import { askModel, type ModelAnswer, requestOf, usageOf } from './model/ask.ts';
import { createImageReader } from './model/images.ts';
import { askForObject, type ObjectAnswer } from './model/structured.ts';
import {
  closed,
  DEFAULT_TIMEOUT_MS,
  described,
  type LeafType,
  MODEL_MEMBERS,
  type NodeContext,
  OBJECT_SCHEMA,
  TEXT,
  VALUE,
} from './node-type.ts';

const DEFAULT_TURNS = 10;

export const llm: LeafType<LlmNode> = {
  kind: 'leaf',
  summary: 'Asks a language model',
  summaryZh: '调用大语言模型（流式）',
  docs:
    'Asks a language model. Outputs `text`, `reasoning` (empty where the model tells none), `model`, ' +
    '`finish_reason`, `usage` and, with `output_schema`, `json`: the answer as an object that the schema ' +
    'accepts; `text` is then its JSON, told at once. With `memory` the last turns of the conversation stand between the system messages and the rest.',
  example: {
    id: 'write',
    type: 'llm',
    messages: [
      { role: 'system', content: 'You write short reviews.' },
      { role: 'user', content: 'Review this: {{ start.text }}' },
    ],
    temperature: 0.2,
  },
  schema: {
    required: ['messages'],
    properties: {
      ...MODEL_MEMBERS,
      messages: { type: 'array', minItems: 1, maxItems: 100, items: { $ref: '#/$defs/ChatMessage' } },
      stop: { type: 'array', maxItems: 8, items: { type: 'string', minLength: 1, maxLength: 100 } },
      output_schema: described(OBJECT_SCHEMA, 'What the answer must be, as JSON; output `json`.'),
      memory: closed(
        {
          turns: {
            type: 'integer',
            minimum: 1,
            maximum: 100,
            default: 10,
            description: 'How many of the last questions and answers the model is shown.',
          },
        },
        [],
        'What was said before in the same conversation.',
      ),
    },
  },
  defs: {
    ChatMessage: closed(
      {
        role: { enum: ['system', 'user', 'assistant'] },
        content: described(TEXT, 'Text with references such as `{{ start.query }}`.'),
        images: described(
          VALUE,
          'Pictures for a model that sees: a URL, a data URL, or a list of them. Null and empty texts count for nothing.',
        ),
      },
      ['role', 'content'],
    ),
  },
  fallible: 'retry',
  interpolated: ['messages'],
  outputs: ({ output_schema: schema }) => [
    'text',
    'reasoning',
    'model',
    'finish_reason',
    'usage',
    ...(schema ? ['json'] : []),
  ],
  timeoutMs: (node) => node.timeout_ms ?? DEFAULT_TIMEOUT_MS,

  check: checkImages,

  async execute(node, context) {
    const request: ModelRequest = {
      ...requestOf(node),
      ...(node.stop !== undefined && { stop: node.stop }),
      messages: messagesOf(node, context),
    };
    const answer: ModelAnswer & { readonly json?: JsonObject } = await (node.output_schema
      ? tellObject(node.output_schema, request, context)
      : tell(request, context));
    const { text, reasoning, model, finishReason, tokens } = answer;
    const outputs = { text, reasoning, model, finish_reason: finishReason, usage: usageOf(tokens) };
    return { outputs: { ...outputs, ...(answer.json && { json: answer.json }) }, tokens };
  },
};

const tell = (request: ModelRequest, context: NodeContext): Promise<ModelAnswer> =>
  askModel(request, context, { onText: context.writeText, onReasoning: context.writeReasoning });

async function tellObject(
  schema: ObjectSchema,
  request: ModelRequest,
  context: NodeContext,
): Promise<ObjectAnswer> {
  // Sound: a definition is JSON.
  const wanted = schema as JsonObject;
  const answer = await askForObject(request, wanted, context, { onReasoning: context.writeReasoning });
  await context.writeText(answer.text);
  return answer;
}

/** The node's messages; what was said before in the conversation stands after those of the system. */
function messagesOf({ messages, memory }: LlmNode, { scope, history }: NodeContext): ModelMessage[] {
  const images = createImageReader();
  const own = messages.map((message, index): ModelMessage => {
    const content = renderText(message.content, scope);
    if (message.role !== 'user' || message.images === undefined) return { role: message.role, content };
    const shown = images.read(interpolate(message.images, scope), index);
    return { role: 'user', content, ...(shown.length > 0 && { images: shown }) };
  });
  if (!memory) return own;
  const first = own.findIndex(({ role }) => role !== 'system');
  return own.toSpliced(
    first < 0 ? own.length : first,
    0,
    ...history.slice(-2 * (memory.turns ?? DEFAULT_TURNS)),
  );
}

function* checkImages(node: LlmNode, at: string): Generator<Finding> {
  for (const [index, { role, images }] of node.messages.entries()) {
    if (role === 'user' || images === undefined) continue;
    yield {
      code: 'invalid_node',
      message: `only messages of the user have images, and this one is of the ${role}`,
      pointer: `${at}/messages/${index}/images`,
      nodeId: node.id,
    };
  }
}
