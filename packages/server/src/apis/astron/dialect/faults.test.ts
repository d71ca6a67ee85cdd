import type { NodeFinished, RunError, WorkflowDefinition } from '@flowwire/engine';
import { expect, test } from 'vitest';
import { createFaults } from './faults.ts';
import { createFlowView } from './flow-view.ts';

const say = { id: 'say', type: 'answer', template: 'x' } as const;

const definition: WorkflowDefinition = {
  name: 'flow',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'code', type: 'code', language: 'python', source: 'def main(): return {}' },
    { id: 'other', type: 'subflow', workflow: 'wf_other' },
    {
      id: 'each',
      type: 'iteration',
      items: '{{ start.items }}',
      output: '',
      body: { nodes: [{ id: 'inner', type: 'subflow', workflow: 'wf_other' }, say], edges: [] },
    },
  ],
  edges: [],
};

const ERROR: RunError = { code: 'code_failed', message: 'no', nodeId: 'code' };

/** What failed, as `place`, with what type: `scope.nodeId`. Answers what is said of a run that ends with the error. */
function explain(
  failures: readonly (readonly [place: string, nodeType: string, more?: Partial<NodeFinished>])[],
  error = ERROR,
) {
  const faults = createFaults(createFlowView({ definition }));
  for (const [place, nodeType, more] of failures) {
    const dot = place.lastIndexOf('.');
    faults.take({
      type: 'node_finished',
      nodeId: place.slice(dot + 1),
      ...(dot >= 0 && { scope: place.slice(0, dot) }),
      nodeType,
      title: place,
      index: 1,
      status: 'failed',
      outputs: {},
      error,
      elapsedMs: 1,
      tokens: { prompt: 0, completion: 0 },
      attempts: 1,
      ...more,
    });
  }
  return faults.explain(error);
}

test("a node of the flow's own is at fault itself", () => {
  expect(explain([['code', 'code']])).toEqual({ name: 'CODE_EXECUTION_ERROR', nodeId: 'code' });
});

test('for a node of another flow stands the one that runs that flow, at any depth', () => {
  const other = { name: 'WORKFLOW_EXECUTION_ERROR', nodeId: 'other' };
  expect(
    explain([
      ['other[0].code', 'code'],
      ['other', 'subflow'],
    ]),
  ).toEqual(other);
  expect(
    explain([
      ['other[0].each[2].code', 'code'],
      ['other[0].each', 'iteration'],
      ['other', 'subflow'],
    ]),
  ).toEqual(other);
});

test('an iteration is not at fault for what is in it', () => {
  expect(
    explain([
      ['each[1].inner[0].code', 'code'],
      ['each[1].inner', 'subflow'],
      ['each', 'iteration'],
    ]),
  ).toEqual({ name: 'WORKFLOW_EXECUTION_ERROR', nodeId: 'inner' });
  const error = { ...ERROR, nodeId: 'say' };
  expect(
    explain(
      [
        ['each[1].say', 'answer'],
        ['each', 'iteration'],
      ],
      error,
    ),
  ).toEqual({ name: 'MESSAGE_NODE_EXECUTION_ERROR', nodeId: 'say' });
});

test('a failure that an edge led on from is not why the run failed', () => {
  expect(
    explain([
      ['code', 'code', { handle: 'error' }],
      ['other[0].code', 'code'],
      ['other', 'subflow'],
    ]),
  ).toMatchObject({ nodeId: 'other' });
});

test('what a container went on after is not why it failed', () => {
  const earlier = { error: { ...ERROR, message: 'earlier' } };
  expect(
    explain(
      [
        ['each[0].say', 'answer', earlier],
        ['each', 'iteration', { error: { code: 'too_large', message: 'big', nodeId: 'each' } }],
      ],
      { code: 'too_large', message: 'big', nodeId: 'each' },
    ),
  ).toEqual({ name: 'ITERATION_EXECUTION_ERROR', nodeId: 'each' });
});

test('an error of the run itself names the node that it tells, or none', () => {
  const tooLarge = { code: 'outputs_too_large', message: 'big', nodeId: 'say' };
  expect(explain([], tooLarge)).toEqual({ name: 'END_NODE_EXECUTION_ERROR', nodeId: 'say' });
  expect(explain([], { code: 'run_timed_out', message: 'late' })).toEqual({
    name: 'OPEN_API_STREAM_QUEUE_TIMEOUT_ERROR',
  });
});
