import { describe, expect, test } from 'vitest';
import { createPatternMatcher } from './pattern.ts';

const matches = (text: string, pattern: string) => createPatternMatcher().matches(text, pattern);

test.each([
  ['order 4711', '\\d+', true],
  ['order', '\\d+', false],
  ['order', '^ord', true],
  ['re-order', '^ord', false],
  ['订单 4711', '^\\p{Han}+ \\d{4}$', true],
  ['ORDER', '(?i)order', true],
  ['', '', true],
])('%j matches %s: %s', (text, pattern, want) => expect(matches(text, pattern)).toBe(want));

test.each([
  ['unclosed', '('],
  ['a back-reference', '(a)\\1'],
  ['look-around', '(?=a)'],
  ['a long one', 'a'.repeat(1_001)],
  ['a long one that repeats', `${'a'.repeat(200)}{2}`],
  ['one that repeats a million times', '((a{1000}){1000})'],
])('%s is refused', (_name, pattern) => {
  expect(() => matches('a', pattern)).toThrow(expect.objectContaining({ code: 'invalid_pattern' }));
});

describe('what would hold up the process is refused in little time', () => {
  const tooMuch = expect.objectContaining({ code: 'pattern_limit' });

  test.each([
    ['a text of more than a megabyte', 'a'.repeat(1024 * 1024 + 1), 'b'],
    ['a large pattern with a large text', '字'.repeat(1024 * 1024), '[\\p{L}]{500}[^\\p{L}]'],
  ])('%s', (_name, text, pattern) => {
    const begun = process.cpuUsage();
    expect(() => matches(text, pattern)).toThrow(tooMuch);
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(500);
  });

  test('many patterns together', () => {
    const { matches: find } = createPatternMatcher();
    const text = '字'.repeat(60_000);
    const begun = process.cpuUsage();
    expect(() => {
      for (let index = 0; index < 1_000; index++) find(text, `[\\p{L}]{500}[^\\p{L}]|${index}`);
    }).toThrow(tooMuch);
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(5_000);
  });

  test('a backtracking trap', () => {
    const begun = process.cpuUsage();
    expect(matches('a'.repeat(100_000), '^(a+)+$')).toBe(true);
    expect(matches(`${'a'.repeat(100_000)}b`, '^(a+)+$')).toBe(false);
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(2_000);
  });
});
