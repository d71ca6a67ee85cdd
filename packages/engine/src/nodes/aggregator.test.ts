import { expect, test } from 'vitest';
import { createScope } from '../definition/references.ts';
import type { AggregatorNode } from '../definition/types.ts';
import type { JsonObject } from '../events.ts';
import { createServices } from '../testing/index.ts';
import { aggregator } from './aggregator.ts';
import type { NodeContext } from './node-type.ts';

const VALUES: ReadonlyMap<string, JsonObject> = new Map([
  ['short', { text: 'hi', nothing: null }],
  ['large', { text: 'x'.repeat(3 * 1024 * 1024) }],
]);
const context: NodeContext = {
  scope: createScope({ valuesOf: (name) => VALUES.get(name) }, 'join'),
  inputs: {},
  definition: { name: 'test', nodes: [], edges: [] },
  signal: new AbortController().signal,
  services: createServices(),
  tenantId: 'tenant_1',
  idempotencyKey: 'key',
  history: [],
  writeText: () => undefined,
  writeReasoning: () => undefined,
};
const join = (fields: Partial<AggregatorNode>): AggregatorNode => ({
  id: 'join',
  type: 'aggregator',
  ...fields,
});

test.each<readonly [string, Partial<AggregatorNode>, JsonObject]>([
  [
    'the first value that is there',
    { values: ['{{ gone.text }}', '{{ short.text }}', 'last'] },
    { output: 'hi' },
  ],
  [
    'not null, but every other value',
    { values: ['{{ short.nothing }}', null, false, 'last'] },
    { output: false },
  ],
  ['null where there is none', { values: ['{{ gone.text }}'] }, { output: null }],
  [
    'one value for each group',
    { groups: { a: ['{{ gone.a }}', 1], b: ['{{ short.text }}'], ['__proto__']: [2] } },
    { a: 1, b: 'hi', ['__proto__']: 2 },
  ],
])('it takes %s', async (_name, fields, want) => {
  expect((await aggregator.execute(join(fields), context)).outputs).toEqual(want);
});

test('values after the first that is there cost nothing', async () => {
  const fields = { values: ['{{ short.text }}', '{{ large.text }}', '{{ large.text }}'] };
  expect((await aggregator.execute(join(fields), context)).outputs).toEqual({ output: 'hi' });
});

test.each<readonly [string, Partial<AggregatorNode>, number]>([
  ['values', { values: [1] }, 0],
  ['groups', { groups: { a: [1] } }, 0],
  ['neither', {}, 1],
  ['both', { values: [1], groups: { a: [1] } }, 1],
])('with %s there are %d findings', (_name, fields, count) => {
  const findings = [...(aggregator.check?.(join(fields), '/nodes/1', context.definition) ?? [])];
  expect(findings).toHaveLength(count);
  for (const finding of findings)
    expect(finding).toMatchObject({ code: 'invalid_node', pointer: '/nodes/1' });
});
