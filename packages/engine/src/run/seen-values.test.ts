import { expect, test } from 'vitest';
import type { WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
import type { JsonObject, NodeFinished } from '../events.ts';
import { createSeenValues } from './seen-values.ts';

const text = (id: string): WorkflowNode => ({ id, type: 'template', template: 'x' });

const each = (
  id: string,
  items: string,
  nodes: readonly WorkflowNode[],
  parallel?: number,
): WorkflowNode => ({
  id,
  type: 'iteration',
  items,
  body: { nodes: [...nodes], edges: [] },
  output: '',
  ...(parallel !== undefined && { parallel }),
});

function see(...nodes: readonly WorkflowNode[]) {
  const definition: WorkflowDefinition = { name: 'w', nodes: [...nodes], edges: [] };
  const seen = createSeenValues(definition);
  const finish = (nodeId: string, scope: string | undefined, outputs: JsonObject): void => {
    const event: NodeFinished = {
      type: 'node_finished',
      nodeId,
      nodeType: 'x',
      title: nodeId,
      index: 1,
      status: 'succeeded',
      outputs,
      elapsedMs: 1,
      tokens: { prompt: 0, completion: 0 },
      attempts: 1,
      ...(scope !== undefined && { scope }),
    };
    seen.take(event);
  };
  return { finish, value: (name: string, scope?: string) => seen.at(scope).valuesOf(name) };
}

test('a node inside of iterations sees the items, its own round and what is around', () => {
  const inner = each('inner', '{{ outer.item.list }}', [text('say')]);
  const { finish, value } = see(text('top'), each('outer', '{{ top.lists }}', [text('before'), inner]));
  finish('top', undefined, { lists: [{ list: ['a', 'b'] }, { list: ['c'] }] });
  finish('before', 'outer[0]', { n: 1 });
  finish('say', 'outer[0].inner[0]', { text: 'A' });
  finish('say', 'outer[0].inner[1]', { text: 'B' });
  expect(value('inner', 'outer[0].inner[1]')).toEqual({ item: 'b', index: 1 });
  expect(value('say', 'outer[0].inner[1]')).toEqual({ text: 'B' });
  expect(value('before', 'outer[0].inner[1]')).toEqual({ n: 1 });
  expect(value('outer', 'outer[0].inner[1]')).toMatchObject({ index: 0 });
  finish('inner', 'outer[0]', { output: ['A', 'B'] });
  finish('say', 'outer[1].inner[0]', { text: 'C' });
  expect(value('inner', 'outer[1].inner[0]')).toEqual({ item: 'c', index: 0 });
  expect(value('before', 'outer[1].inner[0]')).toBeUndefined();
});

test('values of rounds that are over are let go', () => {
  const { finish, value } = see(text('top'), each('list', '{{ top.items }}', [text('say')]));
  finish('top', undefined, { items: ['a', 'b', 'c'] });
  finish('say', 'list[0]', { text: 'A' });
  finish('say', 'list[1]', { text: 'B' });
  expect([value('say', 'list[0]'), value('say', 'list[1]')]).toEqual([undefined, { text: 'B' }]);
  // The end of a node of an earlier round may be told late, when that has failed.
  finish('say', 'list[0]', { text: 'late' });
  expect(value('say', 'list[1]')).toEqual({ text: 'B' });
  finish('list', undefined, { output: [] });
  expect(value('say', 'list[1]')).toBeUndefined();
  expect(value('top')).toEqual({ items: ['a', 'b', 'c'] });
});

test('values of rounds at the same time are kept until all are over', () => {
  const { finish, value } = see(text('top'), each('list', '{{ top.items }}', [text('say')], 2));
  finish('top', undefined, { items: ['a', 'b'] });
  finish('say', 'list[1]', { text: 'B' });
  finish('say', 'list[0]', { text: 'A' });
  expect([value('say', 'list[0]'), value('say', 'list[1]')]).toEqual([{ text: 'A' }, { text: 'B' }]);
});
