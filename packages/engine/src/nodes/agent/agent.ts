import type { AgentNode } from '../../definition/types.ts';
import {
  closed,
  DEFAULT_TIMEOUT_MS,
  described,
  type LeafType,
  MODEL_MEMBERS,
  OBJECT_SCHEMA,
  TEXT,
} from '../node-type.ts';
import { checkAgent } from './check.ts';
import { runAgent } from './rounds.ts';

export const agent: LeafType<AgentNode> = {
  kind: 'leaf',
  summary: 'Lets a model work with tools until it is done',
  summaryZh: '智能体：模型在有限轮次内调用工具完成任务',
  docs:
    'Lets a model call tools until it answers without calling one, at most `max_rounds` times. Outputs `text` (the ' +
    'last answer), `reasoning`, `model`, `rounds`, `usage` and `tool_calls`: a list of `{name, arguments, result}` or ' +
    '`{name, arguments, error}`. A tool that fails tells the model so; the node fails when the rounds are used up.',
  example: {
    id: 'analyst',
    type: 'agent',
    instruction: 'You analyse sales figures.',
    prompt: '{{ start.question }}',
    tools: [{ type: 'http', tool: 'sales' }],
  },
  schema: {
    required: ['prompt'],
    properties: {
      ...MODEL_MEMBERS,
      role: {
        type: 'string',
        minLength: 1,
        maxLength: 64,
        description: 'The kind of its work in a word, such as `data_analysis`. For people and programs.',
      },
      instruction: described(TEXT, 'Who the agent is and how it works.'),
      prompt: described(TEXT, 'Its task.'),
      tools: { type: 'array', maxItems: 20, items: { $ref: '#/$defs/AgentTool' } },
      max_rounds: {
        type: 'integer',
        minimum: 1,
        maximum: 50,
        default: 8,
        description: 'Calls of the model at most.',
      },
      output_schema: described(OBJECT_SCHEMA, 'What the last answer must be, as JSON; output `json`.'),
    },
  },
  defs: {
    AgentTool: {
      description: 'What an agent may call, told apart by `type`.',
      oneOf: [{ $ref: '#/$defs/HttpAgentTool' }, { $ref: '#/$defs/CodeAgentTool' }],
      discriminator: {
        propertyName: 'type',
        mapping: { http: '#/$defs/HttpAgentTool', code: '#/$defs/CodeAgentTool' },
      },
    },
    HttpAgentTool: closed(
      {
        type: { const: 'http' },
        tool: {
          type: 'string',
          minLength: 1,
          maxLength: 64,
          description: 'A name in the definition’s `tools`.',
        },
        operations: {
          type: 'array',
          minItems: 1,
          maxItems: 50,
          items: { type: 'string', minLength: 1, maxLength: 200 },
          description: 'The operationIds that it may call; all of them when absent.',
        },
      },
      ['type', 'tool'],
    ),
    CodeAgentTool: closed(
      {
        type: { const: 'code' },
        name: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$' },
        description: { type: 'string', minLength: 1, maxLength: 2_000 },
        parameters: OBJECT_SCHEMA,
        language: { enum: ['javascript', 'python'] },
        source: { type: 'string', minLength: 1, maxLength: 100_000 },
      },
      ['type', 'name', 'description', 'parameters', 'language', 'source'],
    ),
  },
  fallible: 'retry',
  interpolated: ['instruction', 'prompt'],
  // For its tools; its own texts take none, which `checkAgent` sees to.
  takesSecrets: true,
  outputs: ({ output_schema: schema }) => [
    'text',
    'reasoning',
    'model',
    'rounds',
    'usage',
    'tool_calls',
    ...(schema ? ['json'] : []),
  ],
  timeoutMs: (node) => node.timeout_ms ?? DEFAULT_TIMEOUT_MS,
  check: checkAgent,
  execute: runAgent,
};
