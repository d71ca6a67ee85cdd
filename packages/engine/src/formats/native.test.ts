import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from '../definition/types.ts';
import type { ImportProblem } from './import.ts';
import { exportYaml, importNative } from './native.ts';

const shout: WorkflowDefinition = {
  edges: [
    { from: 'start', to: 'upper' },
    { from: 'upper', to: 'end' },
  ],
  nodes: [
    { id: 'start', type: 'start' },
    {
      id: 'upper',
      type: 'template',
      title: '大写',
      template: 'a\n  b\n',
      variables: { t: '{{ start.text }}' },
    },
    { id: 'end', type: 'end', outputs: { text: '{{ upper.output }}' } },
  ],
  inputs: { type: 'object', properties: { text: { type: 'string' } } },
  name: 'shout',
};

const SHOUT = `format: flowwire/1
name: shout
inputs:
  type: object
  properties:
    text:
      type: string
nodes:
  - id: start
    type: start
  - id: upper
    type: template
    title: 大写
    template: |
      a
        b
    variables:
      t: "{{ start.text }}"
  - id: end
    type: end
    outputs:
      text: "{{ upper.output }}"
edges:
  - from: start
    to: upper
  - from: upper
    to: end
`;

test('members come in one order, texts of several lines as blocks', () => {
  expect(exportYaml(shout)).toBe(SHOUT);
});

test('parts that a definition shares are written out each time', () => {
  const outputs = { list: [1] };
  const text = exportYaml({
    ...shout,
    nodes: [
      { id: 'start', type: 'start' },
      { id: 'a', type: 'end', outputs },
      { id: 'b', type: 'end', outputs },
    ],
    edges: [],
  });
  expect(text).not.toMatch(/[&*]/);
});

test('every node is imported as itself, with its line', () => {
  expect(importNative(SHOUT)).toEqual({
    ok: true,
    definition: { ...shout, format: 'flowwire/1' },
    rows: [
      {
        nodeId: 'start',
        nodeType: 'start',
        line: 9,
        status: 'imported',
        importedAs: [{ id: 'start', type: 'start' }],
      },
      {
        nodeId: 'upper',
        nodeType: 'template',
        title: '大写',
        line: 11,
        status: 'imported',
        importedAs: [{ id: 'upper', type: 'template' }],
      },
      {
        nodeId: 'end',
        nodeType: 'end',
        line: 19,
        status: 'imported',
        importedAs: [{ id: 'end', type: 'end' }],
      },
    ],
    secrets: [],
    notes: [],
  });
});

test('JSON is read as well, with nodes inside of others', () => {
  const body = { nodes: [{ id: 'inner', type: 'answer', template: 'x' }], edges: [] };
  const nodes = [
    { id: 'start', type: 'start' },
    { id: 'each', type: 'iteration', items: [1], body, output: null },
  ];
  const result = importNative(
    JSON.stringify({ name: 'n', nodes, edges: [{ from: 'start', to: 'each' }] }, null, 2),
  );
  expect(result.rows.map(({ nodeId, line }) => [nodeId, line])).toEqual([
    ['start', 4],
    ['each', 8],
    ['inner', 16],
  ]);
  expect(result.ok).toBe(true);
});

describe('a faulty text is refused with lines and nodes', () => {
  test.each<readonly [string, string, ImportProblem]>([
    ['no YAML', 'nodes: [', { message: expect.any(String), line: 1, column: 9, pointer: '' }],
    ['no definition', 'just text', { message: '/ must be object', line: 1, column: 1, pointer: '' }],
    [
      'another format',
      SHOUT.replace('flowwire/1', 'flowwire/2'),
      { message: '/format must be equal to constant', line: 1, column: 9, pointer: '/format' },
    ],
    [
      'an unknown type',
      SHOUT.replace('type: template', 'type: magic'),
      {
        message: expect.stringContaining('/nodes/1'),
        line: 11,
        column: 5,
        pointer: '/nodes/1',
        nodeId: 'upper',
      },
    ],
    [
      'a member of a wrong type',
      SHOUT.replace('title: 大写', 'title: 5'),
      {
        message: '/nodes/1/title must be string',
        line: 13,
        column: 12,
        pointer: '/nodes/1/title',
        nodeId: 'upper',
      },
    ],
    [
      'an edge to nowhere',
      SHOUT.replace('to: upper', 'to: lower'),
      { message: 'there is no node lower', line: 25, column: 9, pointer: '/edges/0/to' },
    ],
    [
      'a reference to nothing',
      SHOUT.replace('upper.output', 'upper.text'),
      {
        message: '{{ upper.text }}: upper has no output text, only output',
        line: 22,
        column: 13,
        pointer: '/nodes/2/outputs/text',
        nodeId: 'end',
      },
    ],
  ])('%s', (_name, text, problem) => {
    const result = importNative(text);
    expect(result).toMatchObject({ ok: false });
    expect(result).toHaveProperty('problems', expect.arrayContaining([problem]));
  });

  test('findings are told as they are, too', () => {
    const result = importNative(SHOUT.replace('upper.output', 'upper.text'));
    expect(result).toMatchObject({
      findings: [{ code: 'unresolved_reference', pointer: '/nodes/2/outputs/text' }],
    });
    expect(result.rows).toHaveLength(3);
  });

  test('a thousand faults and long names make a short answer', () => {
    const nodes = Array.from({ length: 400 }, (_, index) => ({
      id: `n${index}`,
      type: 'end',
      ['k'.repeat(2_000)]: 1,
    }));
    const result = importNative(JSON.stringify({ name: '', nodes, edges: 'none' }));
    expect(JSON.stringify(result).length).toBeLessThan(200_000);
  });
});

test.each(['  \n', '\n x\n', 'a\r\nb', 'a\n  \nb\n\n', '\ufeffa\nb', '\u2028\nb', '- a\n# b'])(
  'the text %j stays as it is',
  (template) => {
    const nodes: WorkflowNode[] = [
      { id: 'start', type: 'start' },
      { id: 'tell', type: 'answer', template },
    ];
    const told = { name: 'told', nodes, edges: [{ from: 'start', to: 'tell' }] };
    expect(importNative(exportYaml(told))).toMatchObject({ definition: told });
  },
);

// What YAML gives a meaning of its own.
const piece = fc.constantFrom(
  ...[
    'a',
    ' ',
    '  ',
    '\n',
    '\r',
    '\t',
    ':',
    ': ',
    '#',
    ' #',
    '- ',
    '? ',
    '"',
    "'",
    '{',
    '[',
    '|',
    '>',
    '&x',
    '*x',
  ],
  ...[
    '!t',
    '%',
    '@',
    '`',
    '---\n',
    '...\n',
    '~',
    'null',
    'true',
    '0x1f',
    '1e3',
    '\0',
    '\u0085',
    '\u2028',
    '\ufeff',
  ],
  ...['字', '😀', '\ud800', '<<', '=', '\\', '\\n'],
);
const hostileText = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
const text = fc.oneof(hostileText, fc.string({ maxLength: 40 })).filter((one) => !one.includes('{{'));
const value = fc
  .oneof(text, fc.dictionary(text, text), fc.jsonValue({ maxDepth: 4 }))
  .filter((one) => !JSON.stringify(one).includes('{{'));
const values = fc.dictionary(text, value, { maxKeys: 5 });
/** What references can name. */
const name = fc.stringMatching(/^[A-Za-z0-9_$-]{1,20}$/);

/** A node, given the id that it gets. */
const node: fc.Arbitrary<(id: string) => WorkflowNode> = fc.oneof(
  fc
    .record({ template: text, title: text })
    .map((fields) => (id: string) => ({ id, type: 'answer' as const, ...fields })),
  fc
    .record({
      language: fc.constant('python' as const),
      source: text.map((one) => `# main ${one}`),
      inputs: values,
    })
    .map((fields) => (id: string) => ({ id, type: 'code' as const, ...fields })),
  fc.record({ items: value, output: value, inner: text }).map(({ inner, ...fields }) => (id: string) => ({
    id,
    type: 'iteration' as const,
    ...fields,
    body: { nodes: [{ id: `${id}_in`, type: 'answer' as const, template: inner }], edges: [] },
  })),
);
const definition: fc.Arbitrary<WorkflowDefinition> = fc
  .record(
    {
      name: text.map((one) => `n${one}`),
      description: text,
      environment: fc.dictionary(name, value, { maxKeys: 5 }),
      variables: fc.dictionary(name, fc.record({ default: value }), { maxKeys: 3 }),
      middle: fc.array(node, { maxLength: 5 }),
      outputs: values,
    },
    { requiredKeys: ['name', 'middle', 'outputs'] },
  )
  .map(({ middle, outputs, ...fields }) => {
    const nodes: WorkflowNode[] = [
      { id: 'start', type: 'start' },
      ...middle.map((make, index) => make(`n${index}`)),
      { id: 'end', type: 'end', outputs },
    ];
    const edges = nodes
      .slice(1)
      .map(({ id }, index): WorkflowEdge => ({ from: nodes[index]?.id ?? '', to: id }));
    return { ...fields, nodes, edges };
  });

test('what was exported is imported as it was', () => {
  fc.assert(
    fc.property(definition, (original) => {
      const result = importNative(exportYaml(original));
      expect(result).toMatchObject({ ok: true });
      expect(result).toHaveProperty('definition', { ...original, format: 'flowwire/1' });
    }),
    { numRuns: 300 },
  );
});
