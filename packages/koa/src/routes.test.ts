import type { Operation } from '@flowwire/contract';
import { expect, test } from 'vitest';
import { bySpecificity, commonPrefix, isBelow, toRouterPath } from './routes.ts';

const operation = (path: string, method: Operation['method'] = 'GET'): Operation => ({
  operationId: `${method} ${path}`,
  method,
  path,
  parameters: [],
  replies: {},
  security: [],
  resumable: false,
  idempotencyKey: false,
});

test.each([
  ['/workflow/{workflow-id}', '/workflow/:"workflow-id"'],
  ['/files/{name}.json', '/files/:"name".json'],
  ['/runs/{id}:cancel', '/runs/:"id"\\:cancel'],
  ['/a(b)/{c}', '/a\\(b\\)/:"c"'],
])('spells %s for the router', (path, want) => {
  expect(toRouterPath(path)).toBe(want);
});

test('puts fixed words before parts of words before parameters, segment by segment', () => {
  const sorted = ['/w/{id}/x', '/w/{id}', '/w/executions/{eid}', '/w/{id}.json', '/w/executions', '/w'];
  expect(
    sorted
      .map((path) => operation(path))
      .sort(bySpecificity)
      .map(({ path }) => path),
  ).toEqual(['/w', '/w/executions', '/w/executions/{eid}', '/w/{id}.json', '/w/{id}', '/w/{id}/x']);
});

test('puts a HEAD of its own before the GET that would answer it', () => {
  const sorted = [operation('/a'), operation('/a', 'HEAD')].sort(bySpecificity);
  expect(sorted.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
});

test.each([
  [['/api/workflow', '/api/workflow/{id}', '/api/workflow/executions'], '/api/workflow'],
  [['/v1/session', '/v1/workflow'], '/v1'],
  [['/v1/run', '/v1/runs'], '/v1'],
  [['/{tenant}/a', '/{tenant}/b'], ''],
  [['/a', '/b'], ''],
  [['/only/one'], '/only/one'],
])('finds what %j have in common', (paths, want) => {
  expect(commonPrefix(paths)).toBe(want);
});

test.each([
  ['/v1', '/v1', true],
  ['/v1', '/v1/a', true],
  ['/v1', '/v10', false],
  ['/v1', '/', false],
  ['', '/anything', true],
])('below %j lies %j: %s', (prefix, path, want) => {
  expect(isBelow(prefix, path)).toBe(want);
});
