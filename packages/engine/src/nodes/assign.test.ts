import { describe, expect, test } from 'vitest';
import type { AssignNode } from '../definition/types.ts';
import type { JsonObject, JsonValue } from '../events.ts';
import { createServices } from '../testing/index.ts';
import { assign } from './assign.ts';
import type { NodeContext } from './node-type.ts';

type Item = AssignNode['items'][number];

const node = (...items: Item[]): AssignNode => ({ id: 'set', type: 'assign', items });
const contextOf = (values: Record<string, JsonObject>): NodeContext => ({
  scope: {
    valuesOf: (name) => (Object.hasOwn(values, name) ? values[name] : undefined),
    spend: () => undefined,
  },
  inputs: {},
  definition: { name: 'test', nodes: [], edges: [] },
  signal: new AbortController().signal,
  services: createServices(),
  tenantId: 'tenant_1',
  idempotencyKey: 'key',
  history: [],
  writeText: () => undefined,
  writeReasoning: () => undefined,
});
const run = async (values: Record<string, JsonObject>, ...items: Item[]) =>
  assign.execute(node(...items), contextOf(values));
const runOne = async (operation: Item['operation'], current: JsonValue, value?: JsonValue) => {
  const item = { target: 'vars.v', operation, ...(value !== undefined && { value }) };
  return (await run({ vars: { v: current } }, item)).variables;
};

test.each<readonly [Item['operation'], JsonValue, JsonValue | undefined, JsonValue]>([
  ['set', 1, { any: ['thing'] }, { any: ['thing'] }],
  ['set', 'a', null, null],
  ['clear', 'text', undefined, ''],
  ['clear', 7, undefined, 0],
  ['clear', true, undefined, false],
  ['clear', [1], undefined, []],
  ['clear', { a: 1 }, undefined, {}],
  ['clear', null, undefined, null],
  ['append', [1], [2], [1, [2]]],
  ['append', 'a', 'b', 'ab'],
  ['extend', [1], [2, 3], [1, 2, 3]],
  ['remove_first', [1, 2, 3], undefined, [2, 3]],
  ['remove_last', [1, 2, 3], undefined, [1, 2]],
  ['remove_first', [], undefined, []],
  ['remove_last', [], undefined, []],
  ['add', 1, 2, 3],
  ['add', 1, '2', 3],
  ['subtract', 1, 2, -1],
  ['multiply', 3, 2, 6],
  ['divide', 3, 2, 1.5],
])('%s on %j with %j is %j', async (operation, current, value, want) => {
  expect(await runOne(operation, current, value)).toEqual({ 'vars.v': want });
});

test.each<readonly [Item['operation'], JsonValue, JsonValue | undefined, string]>([
  ['add', 'text', 1, 'add is not possible: vars.v is a text, and the value is the number 1'],
  ['add', null, 1, 'vars.v is null'],
  ['add', 1, 'many', 'the value is a text'],
  ['add', 1, true, 'the value is a boolean'],
  ['divide', 1, 0, 'vars.v is the number 1, and the value is the number 0'],
  ['multiply', 1e308, 10, 'multiply is not possible'],
  ['append', 5, 1, 'vars.v is the number 5'],
  ['append', 'a', 1, 'the value is the number 1'],
  ['append', { a: 1 }, 1, 'vars.v is an object'],
  ['extend', [1], 2, 'vars.v is a list'],
  ['extend', 'a', [2], 'the value is a list'],
  ['remove_first', 'abc', undefined, 'remove_first is not possible: vars.v is a text'],
  ['remove_last', null, undefined, 'vars.v is null'],
])('%s on %j with %j fails', async (operation, current, value, message) => {
  await expect(runOne(operation, current, value)).rejects.toMatchObject({
    code: 'invalid_operation',
    message: expect.stringContaining(message),
  });
});

describe('items one after the other', () => {
  test('a later one sees what an earlier one changed', async () => {
    const values = { vars: { count: 1, names: ['a'], other: 'kept' }, refine: { score: 5 } };
    const result = await run(
      values,
      { target: 'vars.count', operation: 'add', value: 1 },
      { target: 'vars.count', operation: 'multiply', value: '{{ refine.score }}' },
      { target: 'refine.score', operation: 'set', value: '{{ vars.count }}' },
      { target: 'vars.names', operation: 'append', value: '{{ vars.other }} {{ refine.score }}' },
    );
    expect(result).toEqual({
      outputs: { count: 10, score: 10, names: ['a', 'kept 10'] },
      variables: { 'vars.count': 10, 'refine.score': 10, 'vars.names': ['a', 'kept 10'] },
    });
    expect(values.vars.names).toEqual(['a']);
  });

  test('a variable without a value is null', async () => {
    expect(await run({}, { target: 'vars.v', operation: 'clear' })).toMatchObject({
      variables: { 'vars.v': null },
    });
  });

  test.each(['__proto__', 'constructor'])('a variable named %s is one like others', async (name) => {
    const target = `vars.${name}`;
    const set = await run(
      { vars: {} },
      { target, operation: 'set', value: 1 },
      { target, operation: 'add', value: 1 },
    );
    expect(Object.entries(set.outputs)).toEqual([[name, 2]]);
    await expect(run({ vars: {} }, { target, operation: 'add', value: 1 })).rejects.toThrow('is null');
  });
});

test('a value of more than 256 KiB is refused', async () => {
  const long = 'x'.repeat(200 * 1024);
  expect(await runOne('set', null, long)).toEqual({ 'vars.v': long });
  await expect(runOne('append', long, long)).rejects.toMatchObject({ code: 'output_too_large' });
  await expect(runOne('append', [long], long)).rejects.toMatchObject({ code: 'output_too_large' });
});

test('an operation that needs a value and has none is found', () => {
  const findings = assign.check?.(
    node({ target: 'vars.a', operation: 'clear' }, { target: 'vars.a', operation: 'add' }),
    '/nodes/3',
    contextOf({}).definition,
  );
  expect([...(findings ?? [])]).toEqual([
    {
      code: 'invalid_node',
      message: 'the operation add needs a value',
      pointer: '/nodes/3/items/1',
      nodeId: 'set',
    },
  ]);
});
