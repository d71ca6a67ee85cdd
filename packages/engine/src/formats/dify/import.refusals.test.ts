import { describe, expect, test } from 'vitest';
import type { ImportResult } from '../import.ts';
import { importDify } from './import.ts';

const START = '{ id: s, data: { type: start, variables: [{ variable: a, type: text-input }] } }';
const END = '{ id: e, data: { type: end, outputs: [{ variable: a, value_selector: [s, a] }] } }';

/** A workflow of the nodes s, x and e; line 5 has s, line 6 the first line of x. */
const withNode = (x: string, more = ''): string => `kind: app
app: { name: Test, mode: advanced-chat }
version: 0.6.0
workflow: { ${more} graph: { nodes: [
  ${START},
  ${x},
  ${END}],
  edges: [{ source: s, target: x }, { source: x, target: e }] } }
`;

const problemsOf = (text: string): readonly [number, string][] => {
  const result: ImportResult = importDify(text, { secrets: 'move' });
  if (result.ok) throw new Error('it was imported');
  return result.problems.map(({ line, message }) => [line, message]);
};

test('a text without a fault is imported', () => {
  const result = importDify(withNode('{ id: x, data: { type: answer, answer: hi } }'), { secrets: 'move' });
  expect(result).toMatchObject({ ok: true, notes: [], secrets: [] });
});

describe('a file that is none for this importer', () => {
  const app = (text: string) => `kind: app\nversion: 0.6.0\n${text}\n`;
  test.each([
    ['no YAML', 'a: [1', 1, ''],
    ['an alias', 'a: &x 1\nb: *x', 2, 'aliases are not read'],
    ['an empty text', '', 1, 'this is no Dify file'],
    ['a list', '- a', 1, 'this is no Dify file'],
    [
      'another kind',
      'app: {}\nkind: rag_pipeline',
      2,
      'only `kind: app` can be imported, not "rag_pipeline"',
    ],
    ['a chat', app('app: { mode: chat }'), 3, 'not "chat"'],
    ['an agent', app('app:\n  mode: agent-chat'), 4, 'not "agent-chat"'],
    ['a completion', app('app:\n  name: x\n  mode: completion'), 5, 'not "completion"'],
    [
      'no graph',
      app('app: { mode: workflow }\nworkflow: { graph: {} }'),
      4,
      'no list `workflow.graph.nodes`',
    ],
    ['no start', app('app: { mode: workflow }\nworkflow: { graph: { nodes: [] } }'), 4, 'no start node'],
  ])('%s', (_name, text, line, message) => {
    const result = importDify(text, { secrets: 'move' });
    if (result.ok) throw new Error('it was imported');
    expect(result.problems).toHaveLength(1);
    expect(result.problems[0]).toMatchObject({ line, message: expect.stringContaining(message) });
  });

  test('its nodes have their rows all the same', () => {
    const text = 'app: { mode: chat }\nworkflow: { graph: { nodes: [{ id: a, data: { type: llm } }, 7] } }';
    expect(importDify(text, { secrets: 'move' }).rows).toEqual([
      {
        nodeId: 'a',
        nodeType: 'llm',
        line: 2,
        status: 'unsupported',
        importedAs: [],
        note: 'the file cannot be imported',
      },
      expect.objectContaining({ nodeId: '', nodeType: '', status: 'unsupported' }),
    ]);
  });

  test('a fault in YAML is told without what stands there', () => {
    expect(JSON.stringify(problemsOf('key: {"sk-secret-1" "sk-secret-2": 1}}'))).not.toContain('sk-secret');
  });
});

const MODEL = 'model: { provider: p, name: m, mode: chat }';

describe('a node with a fault', () => {
  test.each([
    [
      'an unknown node',
      '{ id: x, data: { type: answer, answer: "{{#gone.text#}}" } }',
      'there is no node gone',
    ],
    [
      'an unknown sys',
      '{ id: x, data: { type: answer, answer: "{{#sys.dialogue_count#}}" } }',
      'there is no sys.dialogue_count here',
    ],
    [
      'an unknown env',
      '{ id: x, data: { type: answer, answer: "{{#env.GONE#}}" } }',
      'env.GONE cannot be imported: there is no such environment variable',
    ],
    [
      'an unknown variable',
      '{ id: x, data: { type: answer, answer: "{{#conversation.gone#}}" } }',
      'there is no such variable of the conversation',
    ],
    [
      'an output that is not kept',
      '{ id: x, data: { type: answer, answer: "{{#x2.files#}}" } }, { id: x2, data: { type: llm } }',
      'node x2 never runs',
    ],
    [
      'no selector',
      '{ id: x, data: { type: iteration, iterator_selector: [] } }',
      'no variable is chosen at iterator_selector',
    ],
    [
      'an operator',
      '{ id: x, data: { type: if-else, conditions: [{ variable_selector: [s, a], comparison_operator: resembles }] } }',
      'there is no operator "resembles"',
    ],
    [
      'a case without conditions',
      '{ id: x, data: { type: if-else, cases: [{ case_id: a, conditions: [] }] } }',
      'a case has no conditions',
    ],
    [
      'a code language',
      '{ id: x, data: { type: code, code_language: ruby, code: x } }',
      'code in "ruby" cannot be run',
    ],
    [
      'a type of an output',
      '{ id: x, data: { type: code, code_language: python3, code: x, outputs: { a: { type: date } } } }',
      'unknown type "date"',
    ],
    [
      'no prompt',
      `{ id: x, data: { type: llm, ${MODEL}, prompt_template: [{ role: system, text: "" }] } }`,
      'it has no prompt',
    ],
    [
      'no context',
      `{ id: x, data: { type: llm, ${MODEL}, prompt_template: [{ role: user, text: "{{#context#}}" }] } }`,
      'no variable is chosen as the context',
    ],
    [
      'a role',
      `{ id: x, data: { type: llm, ${MODEL}, prompt_template: [{ role: tool, text: a }] } }`,
      'a role other than',
    ],
    [
      'no method',
      '{ id: x, data: { type: http-request, url: "https://example.com" } }',
      'it has no known method',
    ],
    ['no URL', '{ id: x, data: { type: http-request, method: get } }', 'it has no URL'],
    [
      'a parameter twice',
      '{ id: x, data: { type: http-request, method: get, url: "https://example.com", params: "a:1\\na:2" } }',
      'a parameter is given more than once',
    ],
    [
      'an empty key',
      '{ id: x, data: { type: http-request, method: get, url: "https://example.com", authorization: { type: api-key, config: { type: bearer, api_key: "" } } } }',
      'its API key is empty',
    ],
    ['an empty loop', '{ id: x, data: { type: loop, loop_count: 3 } }', 'there is nothing inside of it'],
    ['too many rounds', '{ id: x, data: { type: loop, loop_count: 5000 } }', 'loop_count must be 1 to 1000'],
    [
      'an operation',
      '{ id: x, data: { type: assigner, items: [{ operation: swap }] } }',
      'there is no operation "swap"',
    ],
    [
      'a target',
      '{ id: x, data: { type: assigner, items: [{ operation: clear, variable_selector: [s, a] }] } }',
      'only variables of the conversation and of a loop',
    ],
    ['no values', '{ id: x, data: { type: variable-aggregator, variables: [] } }', 'it has no variables'],
    [
      'no parameters',
      `{ id: x, data: { type: parameter-extractor, ${MODEL}, query: [s, a], parameters: [] } }`,
      'it has no parameters',
    ],
    [
      'no classes',
      `{ id: x, data: { type: question-classifier, ${MODEL}, query_variable_selector: [s, a], classes: [] } }`,
      'it has no classes',
    ],
    ['no actions', '{ id: x, data: { type: human-input, form_content: Well? } }', 'it has no actions'],
    [
      'a container that is none',
      '{ id: x, parentId: e, data: { type: answer, answer: a } }',
      'what it is inside of is no container',
    ],
    [
      'itself as its container',
      '{ id: x, parentId: x, data: { type: loop } }',
      'it is inside of more than 4 containers',
    ],
    [
      'the id of another',
      '{ id: x, data: { type: answer, answer: a } }, { id: x, data: { type: answer } }',
      'another node has the same id',
    ],
    ['no id', '{ id: x, data: { type: answer, answer: a } }, { data: { type: answer } }', 'it has no id'],
  ])('%s', (_name, node, message) => {
    const problems = problemsOf(withNode(node));
    expect(problems).toContainEqual([6, expect.stringContaining(message)]);
  });
});

test('a secret of the environment may be used in requests only', () => {
  const environment = 'environment_variables: [{ name: KEY, value_type: secret, value: abc }],';
  const text = withNode('{ id: x, data: { type: answer, answer: "{{#env.KEY#}}" } }', environment);
  expect(problemsOf(text)).toEqual([
    [6, expect.stringContaining('env.KEY cannot be imported: a secret may be used in HTTP requests only')],
  ]);
});

test('an edge into a container is a fault of its source', () => {
  const loop =
    '{ id: l, data: { type: loop, loop_count: 1 } }, { id: x, parentId: l, data: { type: answer, answer: a } }';
  expect(problemsOf(withNode(loop))).toContainEqual([
    8,
    expect.stringContaining('an edge leads into or out of a container'),
  ]);
});

test('what the native definition would be wrong with comes as findings', () => {
  const text = withNode(
    '{ id: x, data: { type: template-transform, template: "{% for %}", variables: [] } }',
  );
  expect(importDify(text, { secrets: 'move' })).toMatchObject({
    ok: false,
    problems: [],
    findings: [{ code: 'invalid_template', nodeId: 'x' }],
  });
});

test('a value beyond a native limit is a problem of its node', () => {
  const text = withNode(
    `{ id: x, data: { type: http-request, method: get, url: "https://example.com/${'a'.repeat(9_000)}" } }`,
  );
  expect(problemsOf(text)).toEqual([[6, expect.stringContaining('beyond the limits of a native node')]]);
});
