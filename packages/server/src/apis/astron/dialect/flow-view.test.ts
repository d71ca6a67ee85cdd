import type { StoredWorkflow, WorkflowDefinition } from '@flowwire/engine';
import { expect, test } from 'vitest';
import { createFlowViews } from './flow-view.ts';

/** Views of workflows whose definitions have so many characters, and how often each version was read. */
function setUp(chars: number) {
  const read: number[] = [];
  const viewOf = createFlowViews({
    workflows: {
      async get(tenantId, id, version = 1): Promise<StoredWorkflow> {
        read.push(version);
        const definition: WorkflowDefinition = { name: 'x'.repeat(chars), nodes: [], edges: [] };
        return { id, tenantId, version, definition, createdAt: 0, updatedAt: 0, latestVersion: version };
      },
      source: async () => undefined,
    },
    runs: { plan: async () => undefined },
  });
  return { read, view: (version: number, tenantId = 't') => viewOf({ tenantId, workflowId: 'wf', version }) };
}

test('a version is read once, and again for another tenant', async () => {
  const { read, view } = setUp(10);
  expect(await view(1)).toBe(await view(1));
  await view(2);
  expect(await view(1, 'other')).not.toBe(await view(1));
  expect(read).toEqual([1, 2, 1]);
});

test('views of more text than may be kept make way, the oldest first', async () => {
  const { read, view } = setUp(3 * 1024 * 1024);
  for (const version of [1, 2, 3]) await view(version);
  read.length = 0;
  for (const version of [3, 2, 1]) await view(version);
  expect(read).toEqual([1]);
});

test('one that is larger than all that may be kept is viewed all the same', async () => {
  const { view } = setUp(9 * 1024 * 1024);
  expect((await view(1)).name).toHaveLength(9 * 1024 * 1024);
  expect(await view(1)).toBe(await view(1));
});
