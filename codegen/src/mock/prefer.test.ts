import { expect, it } from 'vitest';
import { PreferenceError, readPreference } from './prefer.ts';

it.each([
  ['code=404', { code: 404, dynamic: false }],
  ['code=404, example=gone', { code: 404, example: 'gone', dynamic: false }],
  ['example="with, comma"', { example: 'with, comma', dynamic: false }],
  [' Code = 200 ;dynamic=true', { code: 200, dynamic: true }],
  ['example=a=b', { example: 'a=b', dynamic: false }],
  ['respond-async, wait=10', { dynamic: false }],
  [['code=201', 'example=x'], { code: 201, example: 'x', dynamic: false }],
  [undefined, { dynamic: false }],
])('%j reads as %j', (header, preference) => {
  expect(readPreference(header)).toEqual(preference);
});

it.each(['code=99', 'code=600', 'code=', 'code=4xx'])('%s is no status', (header) => {
  expect(() => readPreference(header)).toThrow(PreferenceError);
});
