import { describe, expect, test } from 'vitest';
import type { WorkflowDefinition, WorkflowNode } from '../../definition/types.ts';
import { validateDefinition } from '../../definition/validate.ts';
import type { RunEvent } from '../../events.ts';
import { ModelError, type ModelProvider } from '../../ports.ts';
import { createRun } from '../../testing/index.ts';
import { faultsOf, textOf } from './invariants.ts';
import { crashAtModel, line, ofType, row, say, speak, takeUp } from './take-up.ts';

const count: WorkflowNode = {
  id: 'count',
  type: 'assign',
  items: [{ target: 'vars.total', operation: 'add', value: 1 }],
};

const answersBesides: WorkflowDefinition = {
  name: 'answers inside wait for one outside',
  nodes: [
    { id: 'start', type: 'start' },
    say('slow'),
    { id: 'first', type: 'answer', template: '{{ slow.text }}!' },
    { id: 'step', type: 'aggregator', values: [1] },
    { id: 'further', type: 'aggregator', values: [1] },
    {
      id: 'each',
      type: 'iteration',
      items: [1, 2],
      body: row({ id: 'inner', type: 'answer', template: '({{ each.item }})' }),
      output: null,
    },
  ],
  edges: [
    { from: 'start', to: 'slow' },
    { from: 'slow', to: 'first' },
    { from: 'start', to: 'step' },
    { from: 'step', to: 'further' },
    { from: 'further', to: 'each' },
  ],
};

const decidedInside = line(
  {},
  {
    id: 'each',
    type: 'iteration',
    items: [1],
    body: {
      nodes: [
        {
          id: 'if',
          type: 'condition',
          cases: [{ id: 'yes', conditions: [{ left: 1, operator: '=', right: 1 }] }],
        },
        { id: 'late', type: 'answer', template: 'late' },
        say('slow'),
        { id: 'early', type: 'answer', template: 'early {{ slow.text }}' },
      ],
      edges: [
        { from: 'if', to: 'late', on: 'yes' },
        { from: 'slow', to: 'early' },
      ],
    },
    output: null,
  },
);

const variablesFromOutside = line(
  { first: '{{ loop.first }}', total: '{{ vars.total }}' },
  {
    id: 'loop',
    type: 'loop',
    variables: { first: '{{ vars.total }}' },
    max_rounds: 2,
    body: row(count, say('think')),
  },
);

const doneByVariable = line(
  { rounds: '{{ loop.rounds }}', said: '{{ loop.said }}' },
  {
    id: 'loop',
    type: 'loop',
    variables: { said: '' },
    max_rounds: 5,
    until: { conditions: [{ left: '{{ vars.total }}', operator: '≥', right: 3 }] },
    body: row(count, say('think'), {
      id: 'keep',
      type: 'assign',
      items: [{ target: 'loop.said', operation: 'append', value: '{{ think.text }}' }],
    }),
  },
);

const growingList = line(
  { all: '{{ each.output }}', list: '{{ vars.list }}' },
  {
    id: 'each',
    type: 'iteration',
    items: '{{ vars.list }}',
    body: row(
      { id: 'grow', type: 'assign', items: [{ target: 'vars.list', operation: 'append', value: 'c' }] },
      say('think'),
    ),
    output: '{{ each.item }}',
  },
);

const outerLoop = line(
  { rounds: '{{ outer.queue }}' },
  {
    id: 'outer',
    type: 'loop',
    variables: { queue: ['x', 'y'] },
    max_rounds: 1,
    body: row({
      id: 'each',
      type: 'iteration',
      items: '{{ outer.queue }}',
      body: row(say('think'), {
        id: 'take',
        type: 'assign',
        items: [{ target: 'outer.queue', operation: 'remove_first' }],
      }),
      output: null,
    }),
  },
);

describe('a run that dies at any point of its log comes to the same', () => {
  test.each([
    ['answers inside that wait for an answer outside', answersBesides],
    ['answers inside, one of which is certain later', decidedInside],
    ['a loop whose variables begin with what its body changes', variablesFromOutside],
    ['a loop that ends by a variable of the run', doneByVariable],
    ['an iteration over a list that its body changes', growingList],
    ['an iteration over a variable of the loop around', outerLoop],
  ])('with %s', async (_name, definition) => {
    expect(validateDefinition(definition)).toEqual([]);
    const run = createRun(definition);
    const whole = await takeUp(run, []);
    expect(whole.ending).toBe('succeeded');
    for (let cut = 1; cut < whole.events.length; cut++) {
      const { events, record } = await takeUp(run, whole.events.slice(0, cut));
      expect(record?.outputs).toEqual(whole.record?.outputs);
      if (record?.outputs?.answer !== undefined) expect(textOf(events)).toBe(record.outputs.answer);
      expect(faultsOf(events, { definition, subflows: new Map() })).toEqual([]);
    }
  });
});

test('more nodes are taken up than may work at once, and one of them fails: the others do not begin after their end', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
  const definition: WorkflowDefinition = {
    ...line(
      { code: '{{ each.error_code }}' },
      {
        id: 'each',
        type: 'iteration',
        on_error: 'branch',
        items: [1],
        body: { nodes: names.map((id) => say(id)), edges: [] },
        output: null,
      },
      say('after'),
    ),
    edges: [
      { from: 'start', to: 'each' },
      { from: 'each', to: 'after', on: 'error' },
      { from: 'after', to: 'end' },
    ],
  };
  const models: ModelProvider = {
    async *stream(request, signal) {
      if (request.messages[0]?.content === 'n0') throw new ModelError('no', { code: 'no', retryable: false });
      yield* speak.stream(request, signal);
    },
  };
  const run = createRun(definition);
  // As if the limit had been higher before.
  const started = (nodeId: string, index: number): RunEvent => ({
    type: 'node_started',
    nodeId,
    scope: 'each[0]',
    nodeType: 'llm',
    title: nodeId,
    index: index + 3,
    attempt: 1,
  });
  const first = await crashAtModel(run, []);
  const known = new Set(ofType(first.events, 'node_started').map(({ nodeId }) => nodeId));
  const more = names
    .filter((name) => !known.has(name))
    .map((name, index) => started(name, known.size + index));
  const events = [...first.events.map(({ event }) => event), ...more].map((event, index) => ({
    runId: run.id,
    at: 0,
    seq: index + 1,
    event,
  }));
  const last = await takeUp(run, events, { models });
  expect(last.record).toMatchObject({ state: 'succeeded', outputs: { code: 'no' } });
  expect(faultsOf(last.events, { definition, subflows: new Map() })).toEqual([]);
});
