import { expect, test } from 'vitest';
import { importDify } from './import.ts';

const START = '{ id: s, data: { type: start, variables: [{ variable: a, type: text-input }] } }';

/** A chatflow of a start, the node x and an answer. */
const withNode = (x: string, more = ''): string =>
  `app: { name: Test, mode: advanced-chat }
workflow: { ${more} graph: { nodes: [${START}, ${x}, { id: e, data: { type: answer, answer: a } }],
  edges: [{ source: s, target: x }, { source: x, target: e }] } }`;

test('three thousand nodes have three thousand rows', () => {
  const nodes = Array.from(
    { length: 3_000 },
    (_, n) => `{ id: n${n}, data: { type: answer, answer: "${n}" } }`,
  );
  const edges = Array.from({ length: 3_000 }, (_, n) => `{ source: s, target: n${n} }`);
  const text = JSON.stringify({ app: { mode: 'workflow' } }).slice(0, -1);
  const graph = `"nodes": [${START}, ${nodes.join()}], "edges": [${edges.join()}]`;
  const result = importDify(`${text}, "workflow": { "graph": { ${graph} } } }`, { secrets: 'move' });
  expect(result).toMatchObject({
    ok: false,
    problems: [{ message: expect.stringContaining('500 nodes') }],
  });
  expect(result.rows).toHaveLength(3_001);
});

test('names of the prototype are names like others', () => {
  const text = withNode(
    '{ id: x, data: { type: if-else, cases: [{ case_id: __proto__, conditions: [{ variable_selector: [s, constructor], comparison_operator: hasOwnProperty }] }] } }',
    'environment_variables: [{ name: __proto__, value_type: string, value: a }],',
  );
  expect(importDify(text, { secrets: 'move' })).toMatchObject({
    ok: false,
    problems: [{ nodeId: 'x', message: expect.stringContaining('there is no operator "hasOwnProperty"') }],
  });
});

test('containers that are inside of each other', () => {
  const loops =
    '{ id: x, parentId: y, data: { type: loop } }, { id: y, parentId: x, data: { type: iteration } }';
  const result = importDify(withNode(loops), { secrets: 'move' });
  const unsupported = result.rows.filter(({ status }) => status === 'unsupported');
  expect(unsupported.map(({ nodeId }) => nodeId)).toEqual(expect.arrayContaining(['x', 'y']));
});

test('deep JSON in a text is taken for text', () => {
  const deep = '['.repeat(50_000);
  const text = withNode(
    `{ id: x, data: { type: http-request, method: post, url: "https://example.com", body: { type: json, data: "${deep}${deep.replaceAll('[', ']')}" } } }`,
  );
  expect(importDify(text, { secrets: 'move' })).toMatchObject({ ok: true });
});

test.each([
  ['white space in a credential', `headers: "X-API-Key: a${' '.repeat(300_000)}b"`],
  [
    'many credentials of one name',
    `headers: "${Array.from({ length: 20_000 }, (_, n) => `Cookie: c${n}00000`).join('\\n')}"`,
  ],
  ['many references', `headers: "${'X: {{#s.a#}}\\n'.repeat(40_000)}"`],
  ['many braces', `headers: "X: ${'{{'.repeat(200_000)}"`],
])('%s cost little time', (_name, headers) => {
  const begun = process.cpuUsage();
  importDify(
    withNode(`{ id: x, data: { type: http-request, method: get, url: "https://e.com", ${headers} } }`),
    { secrets: 'move' },
  );
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(3_000);
});
