import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { detectFormat, importDefinition } from './index.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('a format is told by the members at the top', () => {
  test.each([
    ['astron', read('./astron/fixtures/chat.json')],
    ['astron', read('./astron/fixtures/console.yaml')],
    ['astron', '{"nodes": [{"id": "node-start::1"}], "edges": []}'],
    ['astron', 'nodes:\n- id: node-start::1\nedges: []'],
    ['mandas', read('./mandas/fixtures/seed.yaml')],
    ['mandas', read('./mandas/fixtures/several.json')],
    ['dify', 'kind: app\nversion: 0.6.0\napp: {}\nworkflow: {}'],
    ['dify', '{"app": {}, "workflow": {}}'],
    ['native', 'format: flowwire/1\nname: x\nnodes: []'],
    ['native', '{"name": "x", "nodes": [{"id": "start", "type": "start"}], "edges": []}'],
    ['native', 'name: x\nnodes:\n- id: a\n  type: template\n  template: |\n    kind: app\n    agents: none'],
  ])('%s', (format, text) => {
    expect(detectFormat(text)).toBe(format);
  });

  test.each(['', 'just text', '[]', '{', '"x"', 'null', '{"__proto__": {"agents": 1}}'])(
    '%j is none',
    (text) => {
      expect(detectFormat(text)).toBeUndefined();
    },
  );
});

test('a text is imported as what it looks like, and the answer says as what', () => {
  const text = read('./mandas/fixtures/seed.yaml');
  expect(importDefinition(text, { secrets: 'move' })).toMatchObject({ ok: true, format: 'mandas' });
  const native = importDefinition(text, { secrets: 'move', format: 'native' });
  expect(native).toMatchObject({ ok: false, format: 'native' });
});

test('a text of no known format is refused with the formats that there are', () => {
  const result = importDefinition('hello: world', { secrets: 'move' });
  expect(result).toMatchObject({
    ok: false,
    problems: [{ line: 1, message: expect.stringContaining('mandas') }],
  });
});
