import { expect, test } from 'vitest';
import { createIds } from './ids.ts';

test('an id is kept where it can be one', () => {
  const ids = createIds();
  expect(ids.take('1732007415808')).toBe('1732007415808');
  expect(ids.take('0b6c8f2a-77aa-4a39-9f0e-e5d2f8b1c111')).toBe('0b6c8f2a-77aa-4a39-9f0e-e5d2f8b1c111');
});

test('every other id is made unique and valid', () => {
  const ids = createIds();
  const wanted = [
    'a',
    'a',
    'a',
    'sys',
    'secret',
    '',
    '-',
    'ä b',
    'constructor',
    '__proto__',
    'x'.repeat(100),
    'x'.repeat(100),
  ];
  const taken = wanted.map((id) => ids.take(id));
  expect(taken.slice(0, 5)).toEqual(['a', 'a_2', 'a_3', 'sys_2', 'secret_2']);
  expect(new Set(taken).size).toBe(taken.length);
  for (const id of taken) {
    expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/);
    expect(id in {}).toBe(false);
  }
});
