import { expect, test } from 'vitest';
import type { Condition, ConditionNode } from '../definition/types.ts';
import type { JsonValue } from '../events.ts';
import { condition, holds, OPERATORS } from './condition.ts';
import { createPatternMatcher } from './pattern.ts';

type Row = readonly [JsonValue, Condition['operator'], JsonValue, boolean];

const rows: Row[] = [
  ['hello', 'contains', 'ell', true],
  [['a', 1], 'contains', '1', true],
  [{ a: 1 }, 'contains', 'a', true],
  [{ a: 1 }, 'contains', 'constructor', false],
  [null, 'contains', '', false],
  ['hello', 'not contains', 'x', true],
  ['hello', 'starts with', 'he', true],
  ['hello', 'ends with', 'lo', true],
  ['10', 'is', '10.0', false],
  [10, 'is', '10', true],
  ['a', 'is not', 'b', true],
  ['', 'empty', null, true],
  [[], 'empty', null, true],
  [{}, 'empty', null, true],
  [0, 'empty', null, false],
  [' ', 'not empty', null, true],
  ['a', 'in', ['a', 'b'], true],
  ['a', 'in', 'abc', true],
  ['z', 'not in', ['a'], true],
  ['10', '=', 10.0, true],
  ['1e1', '=', 10, true],
  ['', '=', 0, false],
  ['abc', '=', 'abc', true],
  [{ a: [1] }, '=', { a: [1] }, true],
  ['10', '≠', '9', true],
  ['10', '>', '9', true],
  ['b', '>', 'a', true],
  ['2024-02-01', '<', '2024-11-01', true],
  [null, '<', 1, false],
  [null, '≥', 1, false],
  [3, '≥', 3, true],
  [3, '≤', '2', false],
  [null, 'null', null, true],
  ['', 'null', null, false],
  ['', 'not null', null, true],
  [true, 'is', 'true', true],
  [true, 'is', 'True', true],
  ['FALSE', '=', false, true],
  [true, '=', 'yes', false],
  ['True', 'is', 'true', false],
  [false, 'is not', 'true', true],
  ['2', 'in', [1, 2], true],
  [null, 'in', [null], true],
  ['a', 'not in', null, true],
  [['a', 'b', 'c'], 'all of', ['c', 'a'], true],
  [['a', 'b'], 'all of', ['a', 'd'], false],
  ['abc', 'all of', ['a', 'bc'], true],
  [['a'], 'all of', 'a', true],
  [['a'], 'all of', [], true],
  [null, 'all of', ['a'], false],
  [0, 'exists', null, true],
  ['', 'exists', null, true],
  [null, 'exists', null, false],
  [null, 'not exists', null, true],
  [false, 'not exists', null, false],
  ['order 4711', 'matches', '\\d{4}', true],
  [4711, 'matches', '^\\d+$', true],
  [null, 'matches', '.', false],
  [null, 'not matches', '.', true],
  [null, 'starts with', 'n', false],
  [null, 'ends with', 'l', false],
  [null, 'is', 'null', false],
  [null, 'is', null, true],
  ['order', 'not matches', '\\d', true],
  ['order', 'not matches', 'd', false],
  ['字😀', 'length =', 2, true],
  ['字😀', 'length =', '2', true],
  [null, 'length =', 0, true],
  [[1, 2, 3], 'length >', 2, true],
  [[1, 2, 3], 'length >', null, false],
  [{ a: 1 }, 'length ≠', 1, false],
  ['abc', 'length <', 3, false],
  ['abc', 'length ≥', 3, true],
  ['abc', 'length ≤', '2', false],
];

test.each(rows)('%j %s %j is %s', (left, operator, right, want) => {
  expect(OPERATORS[operator](left, right, createPatternMatcher())).toBe(want);
});

test('every operator is in the table above', () => {
  expect(new Set(rows.map(([, operator]) => operator))).toEqual(new Set(Object.keys(OPERATORS)));
});

test('a long text is not read as a number once more for every item', () => {
  const list = Array.from({ length: 50_000 }, () => 'x');
  const begun = process.cpuUsage();
  expect(OPERATORS.contains(list, `${' '.repeat(1_000_000)}1`, createPatternMatcher())).toBe(false);
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(1_000);
});

test.each<readonly [ConditionNode['cases'][number]['logic'], boolean]>([
  [undefined, false],
  ['and', false],
  ['or', true],
])('with the logic %s a true and a false condition are %s', (logic, want) => {
  const conditions: Condition[] = [
    { left: '{{ a.text }}', operator: 'is', right: 'hi' },
    { left: '{{ a.text }}', operator: 'is', right: '{{ a.gone }}' },
  ];
  const scope = { valuesOf: () => ({ text: 'hi' }), spend: () => undefined };
  expect(holds({ conditions, ...(logic && { logic }) }, scope)).toBe(want);
});

test.each<readonly [string, Condition, string | undefined]>([
  ['without a right side', { left: 1, operator: '=' }, '/nodes/1/cases/0/conditions/0'],
  ['with null as the right side', { left: 1, operator: '=', right: null }, undefined],
  ['of an operator that looks at the left side only', { left: 1, operator: 'not exists' }, undefined],
  ['with a pattern', { left: 'a', operator: 'matches', right: '^a' }, undefined],
  [
    'with a broken pattern',
    { left: 'a', operator: 'not matches', right: '(' },
    '/nodes/1/cases/0/conditions/0/right',
  ],
  ['with a pattern that a node gives', { left: 'a', operator: 'matches', right: '({{ a.text }}' }, undefined],
])('a condition %s', (_name, one, pointer) => {
  const node: ConditionNode = { id: 'if', type: 'condition', cases: [{ id: 'yes', conditions: [one] }] };
  const findings = [...(condition.check?.(node, '/nodes/1', { name: 'x', nodes: [], edges: [] }) ?? [])];
  const want = expect.objectContaining({ code: 'invalid_node', pointer, nodeId: 'if' });
  expect(findings).toEqual(pointer === undefined ? [] : [want]);
});
