import { expect, test } from 'vitest';
import type { Condition } from '../definition/types.ts';
import type { JsonValue } from '../events.ts';
import { OPERATORS } from './condition.ts';

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
];

test.each(rows)('%j %s %j is %s', (left, operator, right, want) => {
  expect(OPERATORS[operator](left, right)).toBe(want);
});

test('every operator is in the table above', () => {
  expect(new Set(rows.map(([, operator]) => operator))).toEqual(new Set(Object.keys(OPERATORS)));
});

test('a long text is not read as a number once more for every item', () => {
  const list = Array.from({ length: 50_000 }, () => 'x');
  const begun = performance.now();
  expect(OPERATORS.contains(list, `${' '.repeat(1_000_000)}1`)).toBe(false);
  expect(performance.now() - begun).toBeLessThan(1_000);
});
