import type { WorkflowDefinition } from '../definition/types.ts';
import { walkNodes } from '../definition/walk.ts';
import { OPERATORS } from '../nodes/condition.ts';
import { NODE_TYPES } from '../nodes/index.ts';

/** Values of members of which every one is to be used, beside the members themselves. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  operator: Object.keys(OPERATORS),
  operation: [
    ...['set', 'clear', 'append', 'extend', 'remove_first', 'remove_last'],
    ...['add', 'subtract', 'multiply', 'divide'],
  ],
  on_item_error: ['null', 'drop'],
  logic: ['and', 'or'],
  language: ['javascript', 'python'],
  role: ['system', 'user'],
};

/** Kinds of what stands inside of a node. */
const KINDS = ['json', 'text', 'form', 'basic', 'bearer', 'api_key', 'webhook', 'email', 'http', 'code'];

/** Everything that definitions can be made of, as `type.member` or `member: value`. */
export function* everything(): Generator<string> {
  for (const [name, type] of Object.entries(NODE_TYPES)) {
    for (const member of Object.keys(type.schema.properties)) yield `${name}.${member}`;
    if (type.fallible) yield `${name}.on_error`;
  }
  for (const [member, values] of Object.entries(CHOICES))
    for (const value of values) yield `${member}: ${value}`;
  for (const kind of KINDS) yield `type: ${kind}`;
}

/** What a definition is made of. */
export function* usesOf(definition: WorkflowDefinition): Generator<string> {
  for (const { node } of walkNodes(definition)) {
    for (const member of Object.keys(node)) yield `${node.type}.${member}`;
    yield* valuesIn(node);
  }
  yield* valuesIn(definition.tools);
}

function* valuesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === 'string') yield `${key}: ${item}`;
    else yield* valuesIn(item);
  }
}
