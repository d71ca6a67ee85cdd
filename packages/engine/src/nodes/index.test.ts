import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { isWorkflowDefinition } from '../definition/schema.ts';
import { importDefinition } from '../formats/index.ts';
import { NODE_TYPES } from './index.ts';

const types = Object.entries(NODE_TYPES);

describe.each(types)(
  'the node type %s',
  (name, { docs, example, summary, summaryZh, schema, interpolated }) => {
    test('has an example that its schema accepts', () => {
      expect(example.type).toBe(name);
      expect(isWorkflowDefinition({ name: 'one node', nodes: [example], edges: [] })).toBe(true);
      const more = { ...example, not_a_member: 1 };
      expect(isWorkflowDefinition({ name: 'one node', nodes: [more], edges: [] })).toBe(false);
    });

    test('is described in both languages', () => {
      expect(docs.length).toBeGreaterThan(10);
      expect(summary).toMatch(/^[A-Z][^.]+$/);
      expect(summaryZh).toMatch(/\p{Script=Han}/u);
    });

    test('replaces references in members that it has', () => {
      for (const member of interpolated) expect(Object.keys(schema.properties)).toContain(member);
    });
  },
);

test.each(['README.md'])('the workflow that %s shows is sound', async (file) => {
  const text = await readFile(new URL(`../../../../${file}`, import.meta.url), 'utf8');
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(text) ?? [];
  expect(importDefinition(yaml, { secrets: 'refuse', format: 'native' })).toMatchObject({ ok: true });
});
