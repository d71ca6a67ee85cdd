import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from '../definition/types.ts';
import { toMermaid } from './mermaid.ts';

const definition: WorkflowDefinition = {
  name: 'shapes',
  nodes: [
    { id: 'start', type: 'start', title: '开始' },
    { id: 'if', type: 'condition', title: 'Long enough?', cases: [] },
    { id: 'topic', type: 'classifier', query: 'x', classes: [] },
    { id: 'ask', type: 'question', question: 'x' },
    { id: 'child-flow', type: 'subflow', workflow: 'wf_1' },
    {
      id: 'each',
      type: 'iteration',
      items: [],
      output: null,
      body: {
        nodes: [
          { id: 'a', type: 'answer', template: 'x' },
          { id: 'b', type: 'loop', max_rounds: 1, body: { nodes: [{ id: 'c', type: 'break' }], edges: [] } },
        ],
        edges: [{ from: 'a', to: 'b' }],
      },
    },
    { id: 'end', type: 'end', outputs: {} },
  ],
  edges: [
    { from: 'start', to: 'if' },
    { from: 'if', to: 'topic', on: 'yes' },
    { from: 'if', to: 'each', on: 'else' },
    { from: 'each', to: 'end' },
  ],
};

test('every kind of node has its shape, every edge its outcome', () => {
  expect(toMermaid(definition)).toBe(`flowchart TD
  n0_start(["开始"])
  n1_if{"Long enough?"}
  n2_topic{"topic"}
  n3_ask{"ask"}
  n4_child_flow[["child-flow"]]
  subgraph n5_each["each"]
    n7_a["a"]
    subgraph n8_b["b"]
      n9_c["c"]
    end
    n7_a --> n8_b
  end
  n6_end(["end"])
  n0_start --> n1_if
  n1_if -->|"yes"| n2_topic
  n1_if -->|"else"| n5_each
  n5_each --> n6_end
`);
});

test('ids that differ in a sign only stay apart', () => {
  const nodes: WorkflowNode[] = [
    { id: 'a-b', type: 'break' },
    { id: 'a_b', type: 'break' },
  ];
  expect(toMermaid({ name: 'x', nodes, edges: [{ from: 'a-b', to: 'a_b' }] })).toContain('n0_a_b --> n1_a_b');
});

test.each([
  ['Is it "so"?', 'Is it #34;so#34;?'],
  ['a\r\nb', 'a b'],
  ['1. Analyse', '1#46; Analyse'],
  ['- Analyse', '#45; Analyse'],
  ['v1.2 - final', 'v1.2 - final'],
  ['x < y & #1', 'x #60; y #38; #35;1'],
  ['打招呼！', '打招呼#65281;'],
  ['', 'id'],
])('the title %j is the label %j', (title, label) => {
  const node: WorkflowNode = { id: 'id', type: 'break', title };
  expect(toMermaid({ name: 'x', nodes: [node], edges: [] })).toBe(`flowchart TD\n  n0_id["${label}"]\n`);
});

describe('hostile titles', () => {
  const hostile = [
    '"] --> x["',
    '`**bold**`',
    '#quot;] --> x[#quot;',
    'a\nb --> c',
    'a\r\n%%{init: {"securityLevel": "loose"}}%%',
    '%% comment',
    '<script>alert(1)</script>',
    '&quot;&lt;img src=x onerror=alert(1)&gt;',
    'click n0 "javascript:alert(1)"',
    'style n0 fill:#f00;',
    'classDef x fill:#f00;',
    'ﬂ°°34¶ß',
    '\\n\\"',
    'end',
    'subgraph x',
    '标题：「引号」',
    '😀\ud800\u2028\u0085\0',
    '---|"x"|',
    ';',
    '',
  ];
  const line = /^ {2}n\d+_\w+(\["[^"]*"\]| -->(\|"[^"]*"\|)? n\d+_\w+)$/;
  const safeLabel = /^[\p{L}\p{N}\p{M} _.,()/?!\-\ufffd]*(#\d+;[\p{L}\p{N}\p{M} _.,()/?!\-\ufffd]*)*$/u;

  const check = (titles: readonly string[]) => {
    const nodes = titles.map((title, index): WorkflowNode => ({ id: `t${index}`, type: 'break', title }));
    const edges = titles
      .slice(1)
      .map((on, index): WorkflowEdge => ({ from: `t${index}`, to: `t${index + 1}`, on }));
    const [head, ...lines] = toMermaid({ name: 'x', nodes, edges })
      .trimEnd()
      .split(/[\n\r\u2028\u2029\u0085]/);
    expect(head).toBe('flowchart TD');
    for (const one of lines) {
      expect(one).toMatch(line);
      for (const [, label = ''] of one.matchAll(/"([^"]*)"/g)) expect(label).toMatch(safeLabel);
    }
    expect(lines.filter((one) => !one.includes('-->'))).toHaveLength(nodes.length);
    expect(lines.filter((one) => one.includes('-->'))).toHaveLength(edges.length);
  };

  test.each(hostile)('%j stays within its label', (title) => check([title, title]));

  test('so does any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...hostile)).map((all) => all.join('')),
    );
    fc.assert(fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), check));
  });
});
