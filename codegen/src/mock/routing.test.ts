import { expect, it } from 'vitest';
import { createRouting, type MountedApi } from './routing.ts';

const api = (paths: readonly string[], basePaths: readonly string[] = []): MountedApi => ({
  paths,
  basePaths,
  middleware: async () => undefined,
});

const a = api(['/things', '/things/{id}:stop', '/old/things'], ['/v1']);
const b = api(['/things/{id}', '/v1/other', '/a.b'], ['', '/b']);
const route = createRouting([a, b]);

it.each([
  ['/things', a, '/things'],
  ['/v1/things', a, '/things'],
  ['/old/things', a, '/old/things'],
  ['/things/x:stop', a, '/things/x:stop'],
  ['/things/x', b, '/things/x'],
  ['/b/things/x', b, '/things/x'],
  ['/v1/other', b, '/v1/other'],
  ['/a.b', b, '/a.b'],
  ['/axb', a, '/axb'],
  ['/things/x/y', a, '/things/x/y'],
  ['/v1', a, '/v1'],
])('%s belongs to the API that has it, or to the first', (path, owner, own) => {
  expect(route(path)).toEqual({ api: owner, path: own });
});

it('leads nowhere without an API', () => {
  expect(createRouting([])('/')).toBeUndefined();
});
