import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPriorityQueue } from './priority-queue.ts';

test('an empty queue has nothing to give', () => {
  const queue = createPriorityQueue<string>();
  expect(queue.pop()).toBeUndefined();
  expect(queue.size()).toBe(0);
});

test('pushes, pops and removals in any order agree with a sorted list', () => {
  const command = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -3, max: 3 }) },
    { weight: 1, arbitrary: fc.constant('pop' as const) },
    { weight: 2, arbitrary: fc.record({ remove: fc.nat(200) }) },
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const queue = createPriorityQueue<number>();
      const model: { value: number; priority: number }[] = [];
      commands.forEach((each, value) => {
        if (each === 'pop') {
          expect(queue.pop()).toBe(model.shift()?.value);
        } else if (typeof each === 'object') {
          const place = model.findIndex((entry) => entry.value === each.remove);
          if (place >= 0) model.splice(place, 1);
          expect(queue.remove(each.remove)).toBe(place >= 0);
        } else {
          queue.push(value, each);
          const behind = model.findIndex(({ priority }) => priority < each);
          model.splice(behind === -1 ? model.length : behind, 0, { value, priority: each });
        }
        expect(queue.size()).toBe(model.length);
      });
      for (const { value } of model) expect(queue.pop()).toBe(value);
    }),
  );
});
