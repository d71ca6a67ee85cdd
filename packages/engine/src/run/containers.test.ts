import { describe, expect, test } from 'vitest';
import type { WorkflowDefinition, WorkflowNode } from '../definition/types.ts';
import type { JsonObject, RunEvent } from '../events.ts';
import type { ModelProvider, Run } from '../ports.ts';
import {
  createManualClock,
  createMemoryStore,
  createRun,
  createScriptedModel,
  createServices,
  visibleText,
} from '../testing/index.ts';
import { executeRun } from './execute.ts';

type Body = Extract<WorkflowNode, { type: 'loop' }>['body'];

const body = (...nodes: WorkflowNode[]): Body => ({
  nodes,
  edges: nodes.slice(1).map((node, index) => ({ from: nodes[index]?.id ?? '', to: node.id })),
});

/** start -> the nodes in a row -> end. */
function line(
  outputs: JsonObject,
  nodes: WorkflowNode[],
  more: Partial<WorkflowDefinition> = {},
): WorkflowDefinition {
  const all: WorkflowNode[] = [{ id: 'start', type: 'start' }, ...nodes, { id: 'end', type: 'end', outputs }];
  return { name: 'line', ...body(...all), ...more };
}

interface Options {
  readonly inputs?: JsonObject;
  readonly run?: Partial<Run>;
  readonly models?: ModelProvider;
}

async function execute(definition: WorkflowDefinition, { inputs, run: fields, models }: Options = {}) {
  const clock = createManualClock();
  const run = createRun(definition, inputs, fields);
  const store = createMemoryStore({ clock });
  store.seed(run, []);
  const services = createServices({ clock, ...(models && { models }), validateSchema: () => [] });
  const state = await executeRun(
    run,
    { log: store.log, services, random: () => 0 },
    new AbortController().signal,
  );
  const events: readonly RunEvent[] = store.events(run.id).map(({ event }) => event);
  return { state, events, stored: store.events(run.id), record: store.run(run.id) };
}

const upper = (id: string, text: string): WorkflowNode => ({
  id,
  type: 'template',
  template: '{{ text | upper }}',
  variables: { text },
});

/** Fails for the item `bad`. */
const picky: WorkflowNode = {
  id: 'pick',
  type: 'subflow',
  workflow: 'wf_missing',
};

describe('an iteration', () => {
  const each = (fields: Partial<Extract<WorkflowNode, { type: 'iteration' }>> = {}): WorkflowNode => ({
    id: 'each',
    type: 'iteration',
    items: '{{ start.items }}',
    body: body(upper('up', '{{ each.item }}{{ each.index }}{{ start.mark }}')),
    output: '{{ up.output }}',
    ...fields,
  });

  test.each([1, 2, 16])('answers the outputs in the order of the items, %i at once', async (parallel) => {
    const definition = line({ all: '{{ each.output }}' }, [each({ parallel })]);
    const { state, record } = await execute(definition, { inputs: { items: ['a', 'b', 'c'], mark: '!' } });
    expect(state).toBe('succeeded');
    expect(record?.outputs).toEqual({ all: ['A0!', 'B1!', 'C2!'] });
  });

  test('tells its nodes with the place that they have in the run', async () => {
    const { events } = await execute(line({ all: '{{ each.output }}' }, [each()]), {
      inputs: { items: ['a', 'b'] },
    });
    const told = events.flatMap((event) =>
      event.type === 'node_finished' ? [`${event.scope ?? ''} ${event.nodeId}`] : [],
    );
    expect(told).toEqual([' start', 'each[0] up', 'each[1] up', ' each', ' end']);
  });

  test('of nothing answers an empty list', async () => {
    const { record } = await execute(line({ all: '{{ each.output }}' }, [each()]), { inputs: { items: [] } });
    expect(record?.outputs).toEqual({ all: [] });
  });

  test('over what is no list fails, and says so', async () => {
    const { state, record } = await execute(line({ all: '{{ each.output }}' }, [each()]), {
      inputs: { items: 'x' },
    });
    expect(state).toBe('failed');
    expect(record?.error).toMatchObject({ code: 'invalid_items', nodeId: 'each' });
  });

  describe('whose item fails', () => {
    const failing = (fields: object) => {
      const condition: WorkflowNode = {
        id: 'if',
        type: 'condition',
        cases: [{ id: 'bad', conditions: [{ left: '{{ each.item }}', operator: 'is', right: 'bad' }] }],
      };
      const inner: Body = {
        nodes: [condition, picky, upper('up', '{{ each.item }}')],
        edges: [
          { from: 'if', to: 'pick', on: 'bad' },
          { from: 'if', to: 'up', on: 'else' },
        ],
      };
      return line({ all: '{{ each.output }}' }, [each({ body: inner, ...fields })]);
    };
    const inputs = { items: ['a', 'bad', 'c'] };

    test('fails with the error of the node inside', async () => {
      const { state, record, events } = await execute(failing({}), { inputs });
      expect(state).toBe('failed');
      expect(record?.error).toMatchObject({ code: 'unknown_workflow', nodeId: 'pick' });
      expect(events.at(-1)?.type).toBe('run_finished');
    });

    test.each([
      ['null', ['A', null, 'C']],
      ['drop', ['A', 'C']],
    ])('goes on with on_item_error %s', async (mode, want) => {
      for (const parallel of [1, 3]) {
        const { record } = await execute(failing({ on_item_error: mode, parallel }), { inputs });
        expect(record?.outputs).toEqual({ all: want });
      }
    });
  });

  test('joins lists with flatten', async () => {
    const output = ['{{ up.output }}', '{{ each.index }}'];
    const definition = line({ all: '{{ each.output }}' }, [each({ output, flatten: true })]);
    const { record } = await execute(definition, { inputs: { items: ['a', 'b'], mark: '' } });
    expect(record?.outputs).toEqual({ all: ['A0', 0, 'B1', 1] });
  });

  test('streams what answer nodes inside say, item after item', async () => {
    const inner = body(
      { id: 'say', type: 'llm', messages: [{ role: 'user', content: '{{ each.item }}' }] },
      { id: 'reply', type: 'answer', template: '[{{ each.item }}: {{ say.text }}]' },
    );
    const nodes: WorkflowNode[] = [
      { id: 'start', type: 'start' },
      { id: 'before', type: 'answer', template: 'Hello. ' },
      each({ body: inner, parallel: 3, output: null }),
      { id: 'after', type: 'answer', template: ' Bye: {{ each.answer }}' },
    ];
    const models = createScriptedModel(({ messages }) => `about ${messages[0]?.content}`);
    const { stored, record } = await execute(
      { name: 'say', ...body(...nodes) },
      { inputs: { items: ['x', 'y'] }, models },
    );
    const told = '[x: about x][y: about y]';
    expect(record?.outputs).toEqual({ answer: `Hello. ${told} Bye: ${told}` });
    expect([...visibleText(stored).values()].join('')).toBe(`Hello. ${told} Bye: ${told}`);
    expect(stored.filter(({ event }) => event.type === 'text_delta').length).toBeGreaterThan(6);
  });
});

describe('a loop', () => {
  const count = (fields: Partial<Extract<WorkflowNode, { type: 'loop' }>> = {}): WorkflowNode => ({
    id: 'count',
    type: 'loop',
    variables: { n: '{{ start.from }}', seen: [] },
    max_rounds: 10,
    body: body({
      id: 'add',
      type: 'assign',
      items: [
        { target: 'count.n', operation: 'add', value: 2 },
        { target: 'count.seen', operation: 'append', value: '{{ count.round }}' },
      ],
    }),
    ...fields,
  });
  const outputs = { n: '{{ count.n }}', seen: '{{ count.seen }}', rounds: '{{ count.rounds }}' };

  test('goes on until its condition holds, and keeps its variables', async () => {
    const until = { conditions: [{ left: '{{ count.n }}', operator: '≥' as const, right: 5 }] };
    const { record } = await execute(line(outputs, [count({ until })]), { inputs: { from: 0 } });
    expect(record?.outputs).toEqual({ n: 6, seen: [1, 2, 3], rounds: 3 });
  });

  test('ends after its last round', async () => {
    const { record } = await execute(line(outputs, [count({ max_rounds: 2 })]), { inputs: { from: 0 } });
    expect(record?.outputs).toEqual({ n: 4, seen: [1, 2], rounds: 2 });
  });

  test('is left by a break node once the round is over', async () => {
    const inner: Body = {
      nodes: [
        {
          id: 'if',
          type: 'condition',
          cases: [{ id: 'out', conditions: [{ left: '{{ count.round }}', operator: '=', right: 4 }] }],
        },
        { id: 'stop', type: 'break' },
      ],
      edges: [{ from: 'if', to: 'stop', on: 'out' }],
    };
    const { record } = await execute(line({ rounds: '{{ count.rounds }}' }, [count({ body: inner })]), {
      inputs: { from: 0 },
    });
    expect(record?.outputs).toEqual({ rounds: 4 });
  });

  test('inside an iteration has variables of its own for each item', async () => {
    const each: WorkflowNode = {
      id: 'each',
      type: 'iteration',
      items: [10, 20],
      parallel: 2,
      body: body(count({ variables: { n: '{{ each.item }}', seen: [] }, max_rounds: 3 })),
      output: '{{ count.n }}',
    };
    const { record } = await execute(line({ all: '{{ each.output }}' }, [each]));
    expect(record?.outputs).toEqual({ all: [16, 26] });
  });
});

describe('a subflow', () => {
  const shout = line({ text: '{{ up.output }}' }, [upper('up', '{{ start.text }}')]);
  const call = (fields: object = {}): WorkflowNode => ({
    id: 'sub',
    type: 'subflow',
    workflow: 'wf_shout',
    inputs: { text: '{{ start.text }}?' },
    ...fields,
  });

  test('runs with its own inputs, and answers its own outputs', async () => {
    const run = { subflows: { wf_shout: shout } };
    const { record } = await execute(line({ text: '{{ sub.text }}' }, [call()]), {
      inputs: { text: 'hi' },
      run,
    });
    expect(record?.outputs).toEqual({ text: 'HI?' });
  });

  test('that calls itself ends at the nesting limit', async () => {
    const again = line({ text: '{{ sub.text }}' }, [call({ workflow: 'wf_again' })]);
    const { state, record } = await execute(again, {
      inputs: { text: '' },
      run: { subflows: { wf_again: again } },
    });
    expect(state).toBe('failed');
    expect(record?.error?.code).toBe('subflow_depth');
  });

  test('has variables of its own', async () => {
    const set = (value: string): WorkflowNode => ({
      id: 'set',
      type: 'assign',
      items: [{ target: 'vars.v', operation: 'set', value }],
    });
    const variables = { v: { default: 'none' } };
    const inner = line({ v: '{{ vars.v }}' }, [set('inner')], { variables });
    const outer = line({ v: '{{ vars.v }}', inner: '{{ sub.v }}' }, [set('outer'), call()], { variables });
    const { record } = await execute(outer, { run: { subflows: { wf_shout: inner } }, inputs: { text: '' } });
    expect(record?.outputs).toEqual({ v: 'outer', inner: 'inner' });
  });
});
