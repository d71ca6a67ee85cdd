import { expect, test } from 'vitest';
import type { Severity } from './change.ts';
import { checkVersion } from './version.ts';

test.each<[before: string, after: string, step: Severity | undefined, fits: boolean]>([
  ['1.2.3', '1.2.3', undefined, true],
  ['1.2.3', '1.2.3', 'patch', false],
  ['1.2.3', '1.2.4', 'patch', true],
  ['1.2.3', '1.2.4', 'minor', false],
  ['1.2.3', '1.3.0', 'minor', true],
  ['1.2.3', '1.9.0', 'major', false],
  ['1.2.3', '2.0.0', 'major', true],
  ['1.9.9', '10.0.0', 'major', true],
  ['0.2.3', '0.3.0', 'major', true],
  ['0.2.3', '0.2.4', 'major', false],
  ['1.2.3', '2.0.0-rc.1', 'major', true],
  ['1.2.3', '1.2.2', 'patch', false],
])('from %s to %s for a %s change: %s', (before, after, step, fits) => {
  expect(checkVersion(before, after, step) === undefined).toBe(fits);
});

test('what the version should be is told, or that it cannot be checked', () => {
  expect(checkVersion('1.2.3', '1.2.4', 'minor')).toContain('1.3.0 or later');
  expect(checkVersion('2024-01-01', '2024-01-02', 'minor')).toContain('no semantic version');
  expect(checkVersion(undefined, '1.0.0', 'minor')).toContain('no semantic version');
});
