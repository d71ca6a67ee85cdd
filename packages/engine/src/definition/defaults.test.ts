import { expect, test } from 'vitest';
import { withDefaults } from './defaults.ts';

const schema = {
  type: 'object' as const,
  properties: { a: { default: 1 }, b: { default: null }, c: {}, d: true },
};

test('absent inputs get the defaults that there are, and given ones stay', () => {
  expect(withDefaults(schema, { b: 2, x: 3 })).toEqual({ a: 1, b: 2, x: 3 });
  expect(withDefaults(schema, { a: null })).toEqual({ a: null, b: null });
});

test('without a default nothing is copied', () => {
  const inputs = { a: 1, b: 1 };
  expect(withDefaults(schema, inputs)).toBe(inputs);
  expect(withDefaults(undefined, inputs)).toBe(inputs);
});
