import type { Parameter } from '@flowwire/contract';
import { expect, test } from 'vitest';
import { readParameter } from './parameters.ts';

const parameter = (more: Partial<Parameter>): Parameter => ({
  name: 'p',
  in: 'query',
  required: false,
  style: 'form',
  explode: true,
  type: 'string',
  ...more,
});

test.each<[string, Partial<Parameter>, string | string[], unknown]>([
  ['an integer', { type: 'integer' }, '-7', -7],
  ['an integer that is none', { type: 'integer' }, '7.5', '7.5'],
  ['an integer with a space', { type: 'integer' }, ' 7', ' 7'],
  ['an integer without digits', { type: 'integer' }, '', ''],
  ['a hexadecimal integer', { type: 'integer' }, '0x10', '0x10'],
  ['a number', { type: 'number' }, '1.5e3', 1500],
  ['a number that is none', { type: 'number' }, 'NaN', 'NaN'],
  ['a boolean', { type: 'boolean' }, 'false', false],
  ['a boolean that is none', { type: 'boolean' }, '1', '1'],
  ['a text that looks like a number', {}, '007', '007'],
  ['a scalar that was repeated', { type: 'integer' }, ['1', '2'], ['1', '2']],
  ['a list of one', { type: 'array' }, 'a,b', ['a,b']],
  ['a repeated list', { type: 'array', items: 'integer' }, ['1', 'x'], [1, 'x']],
  ['a list with commas', { type: 'array', explode: false, items: 'integer' }, '1,2', [1, 2]],
  ['an empty list', { type: 'array', explode: false }, '', []],
  ['a list with bars', { type: 'array', explode: false, style: 'pipeDelimited' }, 'a|b', ['a', 'b']],
  ['a list with spaces', { type: 'array', explode: false, style: 'spaceDelimited' }, 'a b', ['a', 'b']],
  [
    'a list in a header',
    { in: 'header', style: 'simple', type: 'array', explode: false },
    'a, b',
    ['a', 'b'],
  ],
  [
    'a list in a path',
    { in: 'path', style: 'simple', type: 'array', items: 'boolean' },
    'true,x',
    [true, 'x'],
  ],
])('reads %s', (_name, given, text, want) => {
  expect(readParameter(parameter(given), text)).toEqual(want);
});
