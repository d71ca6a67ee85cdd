import { interpolate, type Scope } from '../definition/references.ts';
import type { AggregatorNode } from '../definition/types.ts';
import type { JsonValue } from '../events.ts';
import { described, type LeafType, VALUE } from './node-type.ts';

const VALUES = { type: 'array', minItems: 1, maxItems: 100, items: VALUE };

export const aggregator: LeafType<AggregatorNode> = {
  kind: 'leaf',
  summary: 'Takes the first value that there is',
  summaryZh: '变量聚合：取第一个存在的值',
  docs:
    'Joins branches: takes the first of several values that is there, which means that its node ran and the value ' +
    'is not null. Output `output`; with `groups` one output for each group. Null where there is none.',
  example: { id: 'text', type: 'aggregator', values: ['{{ short.text }}', '{{ long.text }}'] },
  schema: {
    properties: {
      values: described(VALUES, 'For the output `output`. Exactly one of `values` and `groups` is given.'),
      groups: {
        type: 'object',
        minProperties: 1,
        maxProperties: 50,
        additionalProperties: VALUES,
        description: 'Values for each output, by its name.',
      },
    },
  },
  fallible: false,
  interpolated: ['values', 'groups'],
  outputs: ({ groups }) => (groups ? Object.keys(groups) : ['output']),
  *check({ id, values, groups }, at) {
    if ((values === undefined) !== (groups === undefined)) return;
    const message = `${id} needs either \`values\` or \`groups\``;
    yield { code: 'invalid_node', message, pointer: at, nodeId: id };
  },
  execute({ values = [], groups = { output: values } }, { scope }) {
    const outputs = Object.entries(groups).map(([name, group]) => [name, firstOf(group, scope)] as const);
    return { outputs: Object.fromEntries(outputs) };
  },
};

/** What comes after the first value is not even read: it may be large. */
function firstOf(values: readonly unknown[], scope: Scope): JsonValue {
  for (const value of values) {
    const known = interpolate(value, scope);
    if (known !== null) return known;
  }
  return null;
}
