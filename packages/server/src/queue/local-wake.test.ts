import { expect, test } from 'vitest';
import { createLocalWake } from './local-wake.ts';

const setUp = () => {
  const errors: unknown[] = [];
  return { errors, wake: createLocalWake((error) => errors.push(error)) };
};

test('listeners hear of their own run until they are removed', () => {
  const { wake } = setUp();
  const heard: string[] = [];
  const remove = wake.onAppended('a', (seq) => heard.push(`a ${seq}`));
  wake.onAppended('b', (seq) => heard.push(`b ${seq}`));
  wake.onCommanded('a', () => heard.push('command a'));
  wake.appended('a', 1);
  wake.appended('b', 2);
  wake.commanded('a');
  wake.commanded('b');
  remove();
  remove();
  wake.appended('a', 3);
  expect(heard).toEqual(['a 1', 'b 2', 'command a']);
});

test('the same function may listen twice and be removed once', () => {
  const { wake } = setUp();
  let calls = 0;
  const listener = () => {
    calls += 1;
  };
  const remove = wake.onAppended('a', listener);
  wake.onAppended('a', listener);
  wake.appended('a', 1);
  remove();
  wake.appended('a', 2);
  expect(calls).toBe(3);
});

test('a removal that comes late leaves the listeners of a later time alone', () => {
  const { wake } = setUp();
  const heard: number[] = [];
  const remove = wake.onAppended('a', () => {});
  remove();
  wake.onAppended('a', (seq) => heard.push(seq));
  remove();
  wake.appended('a', 1);
  expect(heard).toEqual([1]);
});

test('a listener that throws is reported and stops no other', () => {
  const { wake, errors } = setUp();
  const error = new Error('boom');
  const heard: number[] = [];
  wake.onAppended('a', () => {
    throw error;
  });
  wake.onAppended('a', (seq) => heard.push(seq));
  wake.appended('a', 1);
  expect(heard).toEqual([1]);
  expect(errors).toEqual([error]);
});

test('a listener may remove itself while it is called', () => {
  const { wake } = setUp();
  const heard: string[] = [];
  const remove = wake.onAppended('a', () => {
    heard.push('first');
    remove();
  });
  wake.onAppended('a', () => heard.push('second'));
  wake.appended('a', 1);
  wake.appended('a', 2);
  expect(heard).toEqual(['first', 'second', 'second']);
});
