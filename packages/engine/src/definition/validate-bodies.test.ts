import { describe, expect, test } from 'vitest';
import type {
  IterationNode,
  LoopNode,
  WorkflowBody,
  WorkflowDefinition,
  WorkflowEdge,
  WorkflowNode,
} from './types.ts';
import { validateDefinition } from './validate.ts';
import { walkNodes } from './walk.ts';

const template = (id: string, value?: unknown): WorkflowNode => ({
  id,
  type: 'template',
  template: 'x',
  ...(value !== undefined && { variables: { value } }),
});
const body = (nodes: WorkflowNode[], ...edges: WorkflowEdge[]): WorkflowBody => ({ nodes, edges });
const each = (inner: WorkflowBody, output: unknown = null): IterationNode => ({
  id: 'each',
  type: 'iteration',
  items: '{{ start.list }}',
  body: inner,
  output,
});
const refine = (inner: WorkflowBody, fields: Partial<LoopNode> = {}): LoopNode => ({
  id: 'refine',
  type: 'loop',
  variables: { score: 0 },
  max_rounds: 3,
  body: inner,
  ...fields,
});

/** start -> first -> the given node -> end; beside it a node that does not run before. */
const around = (node: WorkflowNode, fields: Partial<WorkflowDefinition> = {}): WorkflowDefinition => ({
  name: 'bodies',
  inputs: { type: 'object', properties: { list: { type: 'array' } } },
  environment: { REGION: 'eu' },
  variables: { count: { default: 0 } },
  nodes: [
    { id: 'start', type: 'start' },
    template('first'),
    node,
    template('beside'),
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [
    { from: 'start', to: 'first' },
    { from: 'first', to: node.id },
    { from: node.id, to: 'end' },
    { from: 'start', to: 'beside' },
  ],
  ...fields,
});
const BODY = '/nodes/2/body';

describe('inside a body a reference may name', () => {
  test.each<readonly [string, WorkflowNode]>([
    [
      'a node before it there',
      each(body([template('a'), template('b', '{{ a.output }}')], { from: 'a', to: 'b' })),
    ],
    ['what the container may name', each(body([template('a', '{{ first.output }} {{ start.list }}')]))],
    ['the bindings of the container', each(body([template('a', '{{ each.item }} {{ each.index }}')]))],
    ['the variables of a loop', refine(body([template('a', '{{ refine.score }} {{ refine.round }}')]))],
    ['sys, env and vars', each(body([template('a', '{{ sys.now }} {{ env.REGION }} {{ vars.count }}')]))],
    [
      'the bindings of an outer container, two levels up',
      each(body([refine(body([template('a', '{{ each.item }} {{ refine.score }} {{ first.output }}')]))])),
    ],
    [
      'in `output` the nodes of the body',
      each(body([template('a')]), '{{ a.output }} {{ each.item }} {{ first.output }}'),
    ],
    [
      'in `until` the nodes of the body and the variables',
      refine(body([template('a')]), {
        until: {
          conditions: [
            { left: '{{ a.output }}', operator: 'is', right: '{{ refine.score }} {{ first.output }}' },
          ],
        },
      }),
    ],
  ])('%s', (_name, node) => expect(validateDefinition(around(node))).toEqual([]));
});

describe('a reference cannot name', () => {
  const two = body([template('a'), template('b', '{{ a.output }}')]);
  test.each<readonly [string, WorkflowDefinition, string, RegExp]>([
    [
      'a node of the body that does not run before',
      around(each(two)),
      `${BODY}/nodes/1/variables/value`,
      /a does not run before b/,
    ],
    [
      'a node beside the container',
      around(each(body([template('a', '{{ beside.output }}')]))),
      `${BODY}/nodes/0/variables/value`,
      /beside does not run before a/,
    ],
    [
      'an output of the container inside of it',
      around(each(body([template('a', '{{ each.output }}')]))),
      `${BODY}/nodes/0/variables/value`,
      /each has no output output, only item, index/,
    ],
    [
      'bindings of the container in its own members',
      around({ ...each(body([template('a')])), items: '{{ each.item }}' }),
      '/nodes/2/items',
      /each does not run before each/,
    ],
    [
      'nodes of the body in what is evaluated before it',
      around(refine(body([template('a')]), { variables: { score: '{{ a.output }}' } })),
      '/nodes/2/variables/score',
      /a is inside of refine, which hides it/,
    ],
    [
      'nodes of a body within the body',
      around(each(body([refine(body([template('deep')]))]), '{{ deep.output }}')),
      '/nodes/2/output',
      /deep is inside of refine, which hides it/,
    ],
    [
      'bindings from outside',
      around(each(body([template('a')])), {
        nodes: [
          ...around(each(body([template('a')]))).nodes.slice(0, 4),
          { id: 'end', type: 'end', outputs: { x: '{{ each.item }} {{ a.output }}' } },
        ],
      }),
      '/nodes/4/outputs/x',
      /a is inside of each|each has no output item/,
    ],
  ])('%s', (_name, definition, pointer, message) => {
    expect(validateDefinition(definition)).toContainEqual({
      code: 'unresolved_reference',
      pointer,
      message: expect.stringMatching(message),
      nodeId: expect.any(String),
    });
  });
});

describe('each mistake in a body is found where it is', () => {
  const assign = (...targets: string[]): WorkflowNode => ({
    id: 'set',
    type: 'assign',
    items: targets.map((target) => ({ target, operation: 'set', value: 1 })),
  });
  test.each<readonly [string, WorkflowNode, string, string]>([
    ['an id of the graph around', each(body([template('first')])), 'duplicate_node_id', `${BODY}/nodes/0/id`],
    ['the id of the container', each(body([template('each')])), 'duplicate_node_id', `${BODY}/nodes/0/id`],
    ['a reserved id', each(body([template('vars')])), 'reserved_id', `${BODY}/nodes/0/id`],
    [
      'an edge out of the body',
      each(body([template('a')], { from: 'a', to: 'end' })),
      'unknown_node',
      `${BODY}/edges/0/to`,
    ],
    [
      'an edge from outside',
      each(body([template('a')], { from: 'first', to: 'a' })),
      'unknown_node',
      `${BODY}/edges/0/from`,
    ],
    ['a start node', each(body([{ id: 'again', type: 'start' }])), 'misplaced_node', `${BODY}/nodes/0`],
    [
      'an end node',
      each(body([{ id: 'out', type: 'end', outputs: {} }])),
      'misplaced_node',
      `${BODY}/nodes/0`,
    ],
    [
      'a break outside of a loop',
      each(body([{ id: 'stop', type: 'break' }])),
      'misplaced_node',
      `${BODY}/nodes/0`,
    ],
    ['a break at the top', { id: 'stop', type: 'break' }, 'misplaced_node', '/nodes/2'],
    [
      'a break in an iteration in a loop',
      refine(body([each(body([{ id: 'stop', type: 'break' }]))])),
      'misplaced_node',
      `${BODY}/nodes/0/body/nodes/0`,
    ],
    [
      'a cycle',
      each(body([template('a'), template('b')], { from: 'a', to: 'b' }, { from: 'b', to: 'a' })),
      'cycle',
      `${BODY}/edges/1`,
    ],
    [
      'nodes after no beginning',
      each(
        body([template('x'), template('a'), template('b')], { from: 'a', to: 'b' }, { from: 'b', to: 'a' }),
      ),
      'unreachable_node',
      `${BODY}/nodes/1`,
    ],
    [
      'an unknown outcome',
      each(body([template('a'), template('b')], { from: 'a', to: 'b', on: 'x' })),
      'unknown_handle',
      `${BODY}/edges/0/on`,
    ],
    [
      'no error edge',
      each(body([{ id: 'a', type: 'llm', messages: [{ role: 'user', content: 'x' }], on_error: 'branch' }])),
      'missing_branch_edge',
      `${BODY}/nodes/0/on_error`,
    ],
    [
      'what its type finds',
      each(body([{ id: 'a', type: 'template', template: '{% if %}' }])),
      'invalid_template',
      `${BODY}/nodes/0/template`,
    ],
    [
      'a variable that is not declared',
      each(body([assign('vars.count', 'vars.other')])),
      'unknown_variable',
      `${BODY}/nodes/0/items/1/target`,
    ],
    [
      'a variable of no loop',
      each(body([assign('each.item')])),
      'unknown_variable',
      `${BODY}/nodes/0/items/0/target`,
    ],
    ['a loop that is not around', assign('refine.score'), 'unknown_variable', '/nodes/2/items/0/target'],
    [
      'a variable that a loop lacks',
      refine(body([assign('refine.score', 'refine.round')])),
      'unknown_variable',
      `${BODY}/nodes/0/items/1/target`,
    ],
    [
      'a variable that every object has',
      refine(body([assign('refine.constructor')])),
      'unknown_variable',
      `${BODY}/nodes/0/items/0/target`,
    ],
  ])('%s', (_name, node, code, pointer) => {
    const found = validateDefinition(around(node)).map((finding) => [finding.code, finding.pointer]);
    expect(found).toContainEqual([code, pointer]);
  });

  test('a loop can be broken, and its variables set from a body within', () => {
    const stop: WorkflowNode = { id: 'stop', type: 'break' };
    expect(validateDefinition(around(refine(body([stop, each(body([assign('refine.score')]))]))))).toEqual(
      [],
    );
  });

  test('outcomes that only the container reads need no edge', () => {
    const topic: WorkflowNode = {
      id: 'topic',
      type: 'classifier',
      query: '{{ each.item }}',
      classes: [{ id: 'a', name: 'A' }],
    };
    expect(validateDefinition(around(each(body([topic]), '{{ topic.class_id }}')))).toEqual([]);
  });

  test('an answer inside is an answer', () => {
    const tell: WorkflowNode = { id: 'tell', type: 'answer', template: '{{ each.item }}' };
    const definition = around(each(body([tell])));
    const [nodes, edges] = [definition.nodes.slice(0, 4), definition.edges.filter(({ to }) => to !== 'end')];
    expect(validateDefinition({ ...definition, nodes, edges })).toEqual([]);
  });
});

describe('what is no node', () => {
  const call = (url: string): WorkflowNode => ({ id: 'call', type: 'http', method: 'GET', url });

  test.each([
    ['sys.password', 'unresolved_reference', /sys has no value password, only run_id, /],
    ['env.ZONE', 'unresolved_reference', /env has no value ZONE, only REGION/],
    ['vars.other', 'unknown_variable', /no variable other, only count/],
    ['secret.API_KEY', 'secret_not_allowed', /template nodes take no secrets/],
  ])('%s is %s', (path, code, message) => {
    expect(validateDefinition(around(template('a', `{{ ${path} }}`)))).toEqual([
      { code, message: expect.stringMatching(message), pointer: '/nodes/2/variables/value', nodeId: 'a' },
    ]);
  });

  test.each([
    ['secret.API_KEY', []],
    ['secret.api_key', ['unresolved_reference']],
    ['secret.API_KEY.length', ['unresolved_reference']],
  ])('%s in the address of a request has the findings %j', (path, codes) => {
    const findings = validateDefinition(around(call(`https://example.com/{{ ${path} }}`)));
    expect(findings.map(({ code }) => code)).toEqual(codes);
  });

  test('an environment and variables that are absent have no values', () => {
    const none = { environment: {}, variables: {} };
    const findings = validateDefinition(around(template('a', '{{ env.X }} {{ vars.x }}'), none));
    expect(findings.map(({ message }) => message)).toEqual([
      '{{ env.X }}: env has no value X',
      '{{ vars.x }}: there is no variable x',
    ]);
  });
});

describe('the requests of tools', () => {
  const openapi = {
    openapi: '3.1.0',
    info: { title: 'Weather', version: '1' },
    servers: [{ url: 'https://weather.example.com' }],
    paths: { '/now': { get: { operationId: 'getNow', responses: { 200: { description: 'OK' } } } } },
  };
  const withToken = (token: string) => ({
    tools: { 'a/b': { openapi, auth: { type: 'bearer' as const, token } } },
  });

  test('take secrets and what is no node', () => {
    const token = '{{ secret.API_KEY }} {{ env.REGION }} {{ sys.user_id }} {{ vars.count }}';
    expect(validateDefinition(around(template('a'), withToken(token)))).toEqual([]);
  });

  test('cannot name a node', () => {
    expect(validateDefinition(around(template('a'), withToken('{{ start.list }}')))).toEqual([
      {
        code: 'unresolved_reference',
        message: '{{ start.list }}: tools are the same for every node and cannot refer to one',
        pointer: '/tools/a~1b/auth/token',
      },
    ]);
  });

  test('are of documents that can be read', () => {
    const findings = validateDefinition(
      around(template('a'), { tools: { old: { openapi: { swagger: '2.0' } } } }),
    );
    expect(findings).toEqual([expect.objectContaining({ pointer: '/tools/old/openapi/openapi' })]);
  });
});

describe('limits', () => {
  const nested = (levels: number): WorkflowNode =>
    levels === 0
      ? template('deepest')
      : { ...each(body([nested(levels - 1)])), id: `level${levels}`, items: [1] };

  test('four bodies within each other are fine', () => {
    expect(validateDefinition(around(nested(4)))).toEqual([]);
  });

  test('a fifth is too deep, told once, and nothing else is said', () => {
    const findings = validateDefinition({ ...around(nested(7)), edges: [] });
    expect(findings).toEqual([
      {
        code: 'too_deep',
        message: expect.stringContaining('level3 is inside of 4 other nodes'),
        pointer: `/nodes/2${'/body/nodes/0'.repeat(4)}/body`,
        nodeId: 'level3',
      },
    ]);
  });

  test('a thousand bodies within each other do no harm', () => {
    const findings = validateDefinition(around(nested(1_000)));
    expect(findings).toEqual([expect.objectContaining({ code: 'too_deep', pointer: '/nodes/2' })]);
  });

  test('500 nodes are counted over all bodies', () => {
    const crowd = (count: number) => body(Array.from({ length: count }, (_, index) => template(`n${index}`)));
    expect(validateDefinition(around(each(crowd(495))))).toEqual([]);
    expect(validateDefinition(around(each(crowd(496))))).toEqual([
      { code: 'invalid_node', message: expect.stringContaining('501 nodes'), pointer: '/nodes' },
    ]);
  });
});

test('walking tells every node once, with its pointer and what is around it', () => {
  const definition = around(each(body([refine(body([template('deep')])), template('a')])));
  const walked = Array.from(walkNodes(definition), ({ node, pointer, containers }) => [
    pointer,
    [...containers, node].map(({ id }) => id).join(' > '),
  ]);
  expect(walked).toEqual([
    ['/nodes/0', 'start'],
    ['/nodes/1', 'first'],
    ['/nodes/2', 'each'],
    ['/nodes/3', 'beside'],
    ['/nodes/4', 'end'],
    [`${BODY}/nodes/0`, 'each > refine'],
    [`${BODY}/nodes/1`, 'each > a'],
    [`${BODY}/nodes/0/body/nodes/0`, 'each > refine > deep'],
  ]);
});
