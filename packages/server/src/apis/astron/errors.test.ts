import { astron } from '@flowwire/contract/astron';
import { expect, test } from 'vitest';
import { createErrors, ERROR_NAMES } from './errors.ts';
import { newSid, sidOf } from './sid.ts';

const documented = createErrors('documented');
const upstream = createErrors('upstream');

const codesOf = (errors: typeof documented) => new Set(ERROR_NAMES.map(errors.code));
const inDocument = new Set(
  Object.values(astron.operations).flatMap(({ replies }) =>
    Object.values(replies).flatMap(
      ({ errorCodes = [] }: { readonly errorCodes?: readonly unknown[] }) => errorCodes,
    ),
  ),
);

test('the table has the numbers that the document has, and no others', () => {
  const known = [...codesOf(documented), ...codesOf(upstream)];
  expect([...inDocument].filter((code) => !known.some((one) => one === code))).toEqual([]);
  expect(known.filter((code) => !inDocument.has(code))).toEqual([]);
});

test('nine errors have another number at astron-agent', () => {
  const differing = ERROR_NAMES.filter((name) => documented.code(name) !== upstream.code(name));
  expect(differing.map(documented.code)).toEqual([1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009]);
  expect(differing.map(upstream.code)).toEqual([
    20204, 20805, 23900, 20206, 20002, 20201, 20007, 23601, 23604,
  ]);
});

test('every error has a number of its own', () => {
  for (const errors of [documented, upstream]) expect(codesOf(errors).size).toBe(ERROR_NAMES.length);
});

test('an error says what the request had to do with it in brackets', () => {
  expect(documented.refuse('FLOW_NOT_FOUND_ERROR', 'wf_1')).toEqual({
    code: 1006,
    message: 'There is no such flow (wf_1)',
    sid: expect.any(String),
  });
  expect(documented.errorFrame('FLOW_NOT_FOUND_ERROR', 'wf_1')).toMatchObject({
    code: 1006,
    message: 'There is no such flow (wf_1)',
    workflow_step: { seq: 0, progress: 1 },
    choices: [{ finish_reason: 'stop' }],
  });
});

test('a sid tells the time and is made anew, but for the same part of a run', () => {
  const now = 1_763_632_801_000;
  expect(newSid(now)).toMatch(/^spf[0-9a-f]{8}@hf19aa0b4e4e8[0-9a-f]{7}$/);
  expect(newSid(now)).not.toBe(newSid(now));
  expect(sidOf('run_1', now)).toBe(sidOf('run_1', now));
  expect(sidOf('run_1', now)).not.toBe(sidOf('run_2', now));
});
