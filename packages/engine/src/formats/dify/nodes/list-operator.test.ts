import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../events.ts';
import { nodeOf } from '../fixtures/load.ts';
import { importDify } from '../import.ts';

/** The inputs of the code that a list operator becomes, run over `list`. */
function run(list: readonly unknown[], operator: object): unknown {
  const data = { type: 'list-operator', variable: ['s', 'list'], ...operator };
  const nodes = [
    { id: 's', data: { type: 'start', variables: [{ variable: 'list', type: 'json_object' }] } },
    { id: 'x', data },
    { id: 'e', data: { type: 'end', outputs: [{ variable: 'o', value_selector: ['x', 'result'] }] } },
  ];
  const edges = [
    { source: 's', target: 'x' },
    { source: 'x', target: 'e' },
  ];
  const file = { app: { mode: 'workflow' }, workflow: { graph: { nodes, edges } } };
  const imported = importDify(JSON.stringify(file), { secrets: 'move' });
  const node = imported.ok ? nodeOf(imported.definition, 'x') : undefined;
  if (node?.type !== 'code') throw new Error(JSON.stringify(imported));
  const inputs: JsonObject = JSON.parse(JSON.stringify({ ...node.inputs, list }));
  return JSON.parse(runInNewContext(`${node.source}; JSON.stringify(main(${JSON.stringify(inputs)}))`));
}

const filter = (comparison_operator: string, value: unknown) => ({
  filter_by: { enabled: true, conditions: [{ key: '', comparison_operator, value }] },
});

test.each([
  [['b', 'ab', 'c'], filter('contains', 'b'), ['b', 'ab']],
  [['b', 'ab', 'c'], filter('not contains', 'b'), ['c']],
  [['b', 'ab'], filter('start with', 'a'), ['ab']],
  [['b', 'ab'], filter('end with', 'b'), ['b', 'ab']],
  [['b', 'ab'], filter('is', 'b'), ['b']],
  [[true, false], filter('is not', true), [false]],
  [['a', 'b', 'c'], filter('in', ['a', 'c']), ['a', 'c']],
  [['a', 'b', 'c'], filter('not in', ['a', 'c']), ['b']],
  [['a', ''], filter('empty', ''), ['']],
  [['a', ''], filter('not empty', ''), ['a']],
  [[1, 2, 3], filter('=', '2'), [2]],
  [[1, 2, 3], filter('≠', '2'), [1, 3]],
  [[1, 2, 3], filter('≥', '2'), [2, 3]],
  [[1, 2, 3], filter('<', '2'), [1]],
  [[3, 10, 2], { order_by: { enabled: true, value: 'asc' } }, [2, 3, 10]],
  [['b', 'a', 'c'], { order_by: { enabled: true, value: 'desc' } }, ['c', 'b', 'a']],
  [[3, 1, 2], { limit: { enabled: true, size: 2 } }, [3, 1]],
  [[3, 1, 2], { extract_by: { enabled: true, serial: '2' } }, [1]],
])('%j with %j is %j', (list, operator, result) => {
  expect(run(list, operator)).toEqual({
    result,
    first_record: result[0],
    last_record: result.at(-1),
  });
});

test('an empty list has no records, and no item to pick', () => {
  expect(run([], {})).toEqual({ result: [], first_record: null, last_record: null });
  expect(() => run([], { extract_by: { enabled: true, serial: '1' } })).toThrow('there is no item 1');
});

test('files cannot be filtered', () => {
  expect(() => run([], { ...filter('is', 'a'), var_type: 'array[file]' })).toThrow(
    'files have no properties here',
  );
});
