import { describe, expect, test } from 'vitest';
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from './types.ts';
import { validateDefinition } from './validate.ts';

const base: WorkflowDefinition = {
  name: 'base',
  inputs: { type: 'object', properties: { text: { type: 'string' } } },
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'ask', type: 'llm', messages: [{ role: 'user', content: '{{ start.text }}' }] },
    { id: 'end', type: 'end', outputs: { text: '{{ ask.text }}' } },
  ],
  edges: [
    { from: 'start', to: 'ask' },
    { from: 'ask', to: 'end' },
  ],
};

const withNode = (node: WorkflowNode, ...edges: WorkflowEdge[]): WorkflowDefinition => ({
  ...base,
  nodes: [...base.nodes, node],
  edges: [...base.edges, ...edges],
});
const replace = (id: string, fields: object): WorkflowDefinition => ({
  ...base,
  nodes: base.nodes.map((node) => (node.id === id ? { ...node, ...fields } : node)),
});
const template = (id: string): WorkflowNode => ({ id, type: 'template', template: 'x' });
const condition = (...ids: string[]): WorkflowNode => ({
  id: 'if',
  type: 'condition',
  cases: ids.map((id) => ({
    id,
    conditions: [{ left: '{{ start.text }}', operator: 'not empty' as const }],
  })),
});

test('a sound definition has no findings', () => {
  expect(validateDefinition(base)).toEqual([]);
});

describe('each mistake is found where it is', () => {
  test.each<readonly [string, WorkflowDefinition, string, string]>([
    [
      'an id twice',
      withNode(template('ask'), { from: 'start', to: 'ask', on: 'x' }),
      'duplicate_node_id',
      '/nodes/3/id',
    ],
    ['a reserved id', withNode(template('sys'), { from: 'start', to: 'sys' }), 'reserved_id', '/nodes/3/id'],
    [
      'no start',
      { ...base, nodes: base.nodes.slice(1), edges: base.edges.slice(1) },
      'missing_start',
      '/nodes',
    ],
    [
      'two starts',
      withNode({ id: 'again', type: 'start' }, { from: 'again', to: 'end' }),
      'multiple_starts',
      '/nodes/3',
    ],
    [
      'no end',
      { ...base, nodes: base.nodes.slice(0, 2), edges: base.edges.slice(0, 1) },
      'missing_end',
      '/nodes',
    ],
    [
      'an edge to nowhere',
      { ...base, edges: [...base.edges, { from: 'ask', to: 'gone' }] },
      'unknown_node',
      '/edges/2/to',
    ],
    [
      'an edge from nowhere',
      { ...base, edges: [...base.edges, { from: 'gone', to: 'end' }] },
      'unknown_node',
      '/edges/2/from',
    ],
    [
      'an unknown outcome',
      { ...base, edges: [...base.edges, { from: 'ask', to: 'end', on: 'error' }] },
      'unknown_handle',
      '/edges/2/on',
    ],
    [
      'an unknown case',
      withNode(condition('a'), { from: 'start', to: 'if' }, { from: 'if', to: 'end', on: 'b' }),
      'unknown_handle',
      '/edges/3/on',
    ],
    [
      'an edge twice',
      { ...base, edges: [...base.edges, { from: 'ask', to: 'end' }] },
      'duplicate_edge',
      '/edges/2',
    ],
    [
      'an edge into the start',
      { ...base, edges: [...base.edges, { from: 'ask', to: 'start' }] },
      'edge_into_start',
      '/edges/2/to',
    ],
    [
      'an edge out of the end',
      withNode(template('t'), { from: 'end', to: 't' }),
      'edge_out_of_end',
      '/edges/2/from',
    ],
    [
      'a cycle',
      withNode(template('t'), { from: 'ask', to: 't' }, { from: 't', to: 'ask' }),
      'cycle',
      '/edges/3',
    ],
    ['an unreachable node', withNode(template('t')), 'unreachable_node', '/nodes/3'],
    ['no error edge', replace('ask', { on_error: 'branch' }), 'missing_branch_edge', '/nodes/1/on_error'],
    [
      'a condition without edges',
      withNode(condition('a'), { from: 'start', to: 'if' }),
      'missing_branch_edge',
      '/nodes/3',
    ],
    [
      'a case twice',
      withNode(condition('a', 'a'), { from: 'start', to: 'if' }, { from: 'if', to: 'end', on: 'a' }),
      'duplicate_case_id',
      '/nodes/3/cases/1/id',
    ],
    [
      'a case called else',
      withNode(condition('else'), { from: 'start', to: 'if' }, { from: 'if', to: 'end', on: 'else' }),
      'reserved_id',
      '/nodes/3/cases/0/id',
    ],
    [
      'a broken template',
      withNode({ id: 't', type: 'template', template: '{% if %}' }, { from: 'start', to: 't' }),
      'invalid_template',
      '/nodes/3/template',
    ],
    [
      'something like a reference',
      replace('end', { outputs: { 'a/b': ['{{ ask }}'] } }),
      'invalid_reference',
      '/nodes/2/outputs/a~1b/0',
    ],
    [
      'an unknown node',
      replace('end', { outputs: { a: '{{ gone.x }}' } }),
      'unresolved_reference',
      '/nodes/2/outputs/a',
    ],
    [
      'a later node',
      replace('ask', { messages: [{ role: 'user', content: '{{ end.text }}' }] }),
      'unresolved_reference',
      '/nodes/1/messages/0/content',
    ],
    [
      'itself',
      replace('ask', { messages: [{ role: 'user', content: '{{ ask.text }}' }] }),
      'unresolved_reference',
      '/nodes/1/messages/0/content',
    ],
    [
      'an unknown output',
      replace('end', { outputs: { a: '{{ ask.txt }}' } }),
      'unresolved_reference',
      '/nodes/2/outputs/a',
    ],
    [
      'an unknown input',
      replace('end', { outputs: { a: '{{ start.other }}' } }),
      'unresolved_reference',
      '/nodes/2/outputs/a',
    ],
    [
      'an unknown fact',
      replace('end', { outputs: { a: '{{ sys.password }}' } }),
      'unresolved_reference',
      '/nodes/2/outputs/a',
    ],
    [
      'inputs that are no object',
      { ...base, inputs: JSON.parse('{"type":"array"}') },
      'invalid_schema',
      '/inputs/type',
    ],
  ])('%s', (_name, definition, code, pointer) => {
    expect(validateDefinition(definition)).toContainEqual(expect.objectContaining({ code, pointer }));
  });
});

test('a cycle is named by its nodes', () => {
  const definition = withNode(template('t'), { from: 'ask', to: 't' }, { from: 't', to: 'ask' });
  expect(validateDefinition(definition).find(({ code }) => code === 'cycle')?.message).toBe(
    'a cycle: ask -> t -> ask',
  );
});

test('all findings come at once', () => {
  const definition: WorkflowDefinition = {
    name: 'bad',
    nodes: [template('a'), template('a')],
    edges: [{ from: 'x', to: 'a', on: 'y' }],
  };
  const codes = new Set(validateDefinition(definition).map(({ code }) => code));
  expect(codes).toEqual(new Set(['duplicate_node_id', 'missing_start', 'missing_end', 'unknown_node']));
});

test('open inputs, error outputs and a case without an edge are fine', () => {
  expect(
    validateDefinition({
      name: 'open',
      nodes: [
        { id: 'start', type: 'start' },
        { id: 'call', type: 'http', method: 'GET', url: '{{ start.anything }}', on_error: 'branch' },
        {
          id: 'if',
          type: 'condition',
          cases: [{ id: 'a', conditions: [{ left: '{{ call.status }}', operator: '=', right: 200 }] }],
        },
        {
          id: 'end',
          type: 'end',
          outputs: { why: '{{ call.error_message }}', deep: '{{ call.json.a[0].b }}' },
        },
      ],
      edges: [
        { from: 'start', to: 'call' },
        { from: 'call', to: 'if' },
        { from: 'call', to: 'end', on: 'error' },
        { from: 'if', to: 'end', on: 'a' },
      ],
    }),
  ).toEqual([]);
});

test('the largest definition is validated within a second', () => {
  const nodes: WorkflowNode[] = [{ id: 'start', type: 'start' }];
  const edges: WorkflowEdge[] = [];
  for (let index = 0; index < 498; index++) {
    nodes.push({ id: `n${index}`, type: 'template', template: 'x', variables: { v: '{{ start.q }}' } });
    for (let back = 1; back <= 4; back++) {
      const from = nodes[index + 1 - back];
      if (from) edges.push({ from: from.id, to: `n${index}` });
    }
  }
  nodes.push({ id: 'end', type: 'end', outputs: {} });
  edges.push({ from: 'n497', to: 'end' });
  const begun = process.cpuUsage();
  expect(validateDefinition({ name: 'large', nodes, edges })).toEqual([]);
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(1_000);
});

describe('what is wrong in many places is told in bounds', () => {
  test('at most 100 findings that name at most ten fields, in little time', () => {
    const properties = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`field_${i}`, {}]));
    const content = '{{ start.nothing }}'.repeat(40_000);
    const definition = {
      ...replace('ask', { messages: [{ role: 'user', content }] }),
      inputs: { type: 'object' as const, properties },
    };
    const begun = process.cpuUsage();
    const findings = validateDefinition(definition);
    expect(findings).toHaveLength(100);
    expect(findings[0]?.message).toMatch(/only field_0, .*field_9 and 29990 more$/);
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(1_000);
  });

  test('many references to one of many fields are checked in little time', () => {
    const properties = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`field_${i}`, {}]));
    const content = '{{ start.field_29999 }}'.repeat(40_000);
    const definition = {
      ...replace('ask', { messages: [{ role: 'user', content }] }),
      inputs: { type: 'object' as const, properties },
    };
    const begun = process.cpuUsage();
    expect(validateDefinition(definition)).toEqual([]);
    expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(1_000);
  });

  test('long names and keys end the list early', () => {
    const outputs = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`${i}${'k'.repeat(100_000)}`, '{{ nobody.x }}']),
    );
    expect(validateDefinition(replace('end', { outputs }))).toHaveLength(3);
  });

  test('a long cycle names 20 nodes', () => {
    const nodes = Array.from({ length: 400 }, (_, i) => template(`n${i}`));
    const edges = nodes.map(({ id }, i) => ({ from: id, to: nodes[i + 1]?.id ?? 'n0' }));
    const definition = { ...base, nodes: [...base.nodes, ...nodes], edges: [...base.edges, ...edges] };
    const cycle = validateDefinition(definition).find(({ code }) => code === 'cycle');
    expect(cycle?.message.match(/n\d+/g)).toHaveLength(20);
  });

  test.each([1_000, 100_000])('%d levels are too deep, and nothing else is said', (levels) => {
    let deep: object = {};
    for (let level = 0; level < levels; level++) deep = { deep };
    const findings = validateDefinition({
      ...replace('end', { outputs: { deep } }),
      inputs: { type: 'object', properties: { deep } },
      outputs: { type: 'object', properties: { deep } },
    });
    expect(findings.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['too_deep', '/inputs'],
      ['too_deep', '/outputs'],
      ['too_deep', '/nodes/2'],
    ]);
  });
});
