import { describe, expect, test } from 'vitest';
import { createStatusTypes } from './statuses.ts';

const NONE: ReadonlySet<string> = new Set();

describe('the type of a status', () => {
  test.each<[status: string, all: string[], type: string]>([
    ['404', ['200', '404', '4XX'], '404'],
    ['4XX', ['200', '4XX'], 'Status4XX'],
    ['4XX', ['200', '400', '404', '4XX', '503'], 'Exclude<Status4XX, 400 | 404>'],
    ['default', ['default'], 'number'],
    ['default', ['200', '4XX', '503', 'default'], 'Exclude<Status2XX | Status3XX | Status5XX, 200 | 503>'],
    ['default', ['2XX', '4XX', 'default'], 'Status3XX | Status5XX'],
    ['default', ['2XX', '3XX', '4XX', '5XX', 'default'], 'never'],
  ])('%s among %j is %s', (status, all, type) => {
    expect(createStatusTypes(NONE).typeOf(status, all)).toBe(type);
  });
});

test('only classes that are used are declared, each once, with their hundred statuses', () => {
  const types = createStatusTypes(NONE);
  types.typeOf('5XX', ['5XX']);
  types.typeOf('5XX', ['500', '5XX']);
  const declared = types.declarations();
  expect(declared.match(/type \w+/g)).toEqual(['type Status5XX']);
  const statuses = (declared.match(/\b\d{3}\b/g) ?? []).map(Number);
  expect(statuses).toEqual(Array.from({ length: 100 }, (_, index) => 500 + index));
});

test('a schema keeps its name', () => {
  const types = createStatusTypes(new Set(['Status4XX', 'Status4XX_']));
  expect(types.typeOf('4XX', ['4XX'])).toBe('Status4XX__');
  expect(types.declarations()).toContain('type Status4XX__ =');
});
