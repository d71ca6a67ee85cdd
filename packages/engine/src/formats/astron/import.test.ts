import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { validateDefinition } from '../../definition/validate.ts';
import { member } from '../foreign.ts';
import { importAstron } from './import.ts';
import { parametersOf } from './nodes/code.ts';

const folder = new URL('./fixtures/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const flows = readdirSync(folder).filter((name) => /^[a-z-]+\.(json|yaml)$/.test(name));

test.each(flows)('%s becomes what stands beside it', async (name) => {
  const result = importAstron(read(name), { secrets: 'move' });
  const file = name.replace(/\..*$/, '.yaml');
  await expect(stringify(result, { lineWidth: 110 })).toMatchFileSnapshot(`./fixtures/imported/${file}`);
});

const START = 'node-start::1';
const END = 'node-end::2';
const start = { id: START, data: { outputs: [{ name: 'text', schema: { type: 'string' } }] } };
const end = { id: END, data: { inputs: [], nodeParam: { outputMode: 0 } } };

interface Edge {
  readonly sourceNodeId: string;
  readonly targetNodeId: string;
  readonly sourceHandle?: string;
}

const edge = (from: string, to: string, handle?: string): Edge => ({
  sourceNodeId: from,
  targetNodeId: to,
  ...(handle !== undefined && { sourceHandle: handle }),
});

/** A flow in which one node stands between start and end. */
const around = (node: { readonly id: string; readonly data: object }, ...edges: readonly Edge[]): string =>
  JSON.stringify({ nodes: [start, node, end], edges: [edge(START, node.id), edge(node.id, END), ...edges] });

const input = (name: string, nodeId: string, output: string, id = name) => ({
  id,
  name,
  schema: { type: 'string', value: { type: 'ref', content: { nodeId, name: output } } },
});

function refusalOf(text: string): string {
  const result = importAstron(text, { secrets: 'move' });
  if (result.ok) return 'it was imported';
  expect(result.rows.every(({ line }) => line > 0)).toBe(true);
  return [...result.problems, ...result.findings].map(({ message }) => message).join('\n');
}

const message = (template: string, inputs: readonly object[] = []) => ({
  id: 'message::3',
  data: { inputs, nodeParam: { template } },
});

test.each([
  ['what is no JSON', '{"nodes": [', 'line|expected|flow|end'],
  ['no flow', '{"name": "x"}', 'no list `nodes`'],
  ['a list', '[]', 'no list `nodes`'],
  ['an anchor', 'nodes: &a []\nedges: *a', 'aliases are not read'],
  ['data that is no JSON', '{"data": "{"}', ''],
  ['an edge to nowhere', around(end, edge(START, 'message::9')), 'an edge names "message::9"'],
  ['a second edge', around(message('x'), edge(START, 'message::3')), 'a second edge leads from'],
  ['two nodes with one id', around({ ...start }), 'another node has the same id'],
  ['no end', JSON.stringify({ nodes: [start], edges: [] }), 'there is neither an end nor an answer node'],
  ['a cycle', around(message('x'), edge('message::3', 'message::3')), 'a cycle'],
  ['a reference to nowhere', around(message('{{x}}', [input('x', 'message::9', 'y')])), 'does not exist'],
  ['a reference to nothing', around(message('{{x}}', [input('x', '', '')])), 'refers to nothing'],
  ['an output that there is not', around(message('{{x}}', [input('x', END, 'y')])), 'is no output there'],
  [
    'a name in other letters',
    around(message('{{x}}', [input('x', START, '文本')])),
    'cannot be referred to here; rename it',
  ],
  ['a later node', around(message('{{x}}', [input('x', 'message::3', 'y')])), 'does not run before'],
  [
    'a place counted from the end',
    around(message('{{x[-1]}}', [input('x', START, 'text')])),
    'counts from the end',
  ],
  [
    'an operator that there is not',
    around({
      id: 'if-else::3',
      data: {
        inputs: [input('l', START, 'text', 'l')],
        nodeParam: {
          cases: [{ id: 'b', level: 1, conditions: [{ leftVarIndex: 'l', compareOperator: 'like' }] }],
        },
      },
    }),
    'there is no operator "like"',
  ],
  [
    'an operand that there is not',
    around({
      id: 'if-else::3',
      data: {
        nodeParam: {
          cases: [{ id: 'b', level: 1, conditions: [{ leftVarIndex: 'l', compareOperator: 'is' }] }],
        },
      },
    }),
    'leftVarIndex names the input "l"',
  ],
  [
    'an outcome that there is not',
    around({ id: 'if-else::3', data: { nodeParam: { cases: [{ id: 'b', level: 999, conditions: [] }] } } }),
    'leaves by "", which is no outcome',
  ],
  [
    'an iteration without a graph',
    around({ id: 'iteration::3', data: {} }),
    'of the type iteration-node-end',
  ],
  [
    'an edge out of an iteration',
    JSON.stringify({
      nodes: [
        start,
        end,
        {
          id: 'iteration::3',
          data: {
            inputs: [input('x', START, 'text')],
            nodeParam: { IterationStartNodeId: 'iteration-node-start::4' },
          },
        },
        { id: 'iteration-node-start::4', data: {} },
      ],
      edges: [edge(START, 'iteration::3'), edge('iteration::3', END), edge('iteration-node-start::4', END)],
    }),
    'out of or into an iteration',
  ],
  [
    'an iteration inside of itself',
    JSON.stringify({
      nodes: [
        start,
        end,
        { id: 'iteration::3', data: { nodeParam: { IterationStartNodeId: 'iteration-node-start::4' } } },
        { id: 'iteration-node-start::4', data: {} },
      ],
      edges: [edge(START, END), edge('iteration-node-start::4', 'iteration::3')],
    }),
    'inside of two nodes, or of itself',
  ],
  [
    'a variable of a loop that is called as an output of ours',
    around({ id: 'loop::3', data: { nodeParam: { loopVariables: [{ id: 'v', name: 'rounds' }] } } }),
    'cannot be called rounds',
  ],
  [
    'code without main',
    around({ id: 'ifly-code::3', data: { nodeParam: { code: 'x = 1' } } }),
    'no function main',
  ],
  [
    'code whose parameter is no input',
    around({ id: 'ifly-code::3', data: { nodeParam: { code: 'def main(a):\n  return {}' } } }),
    'main has the parameter a, which is no input',
  ],
  [
    'a splitter at nothing',
    around({ id: 'text-joiner::3', data: { nodeParam: { mode: 1 } } }),
    'empty separator',
  ],
  [
    'a variable node without variables',
    around({ id: 'node-variable::3', data: { nodeParam: { method: 'set' } } }),
    'sets no variable',
  ],
  ['a flow without an id', around({ id: 'flow::3', data: {} }), 'it names no flow'],
])('%s is refused', (_name, text, reason) => {
  expect(refusalOf(text)).toMatch(new RegExp(reason.replace(/[[\]{}().]/g, '\\$&')));
});

test.each([
  'plugin',
  'mcp',
  'rpa',
  'knowledge-base',
  'knowledge-pro-base',
  'knowledge-expert-base',
  'database',
  'memory-add',
  'memory-search',
])('a node of the type %s is refused with advice', (type) => {
  expect(refusalOf(around({ id: `${type}::3`, data: {} }))).toMatch(/; take |; describe /);
});

test('credentials of models are neither moved nor told', () => {
  const result = importAstron(read('chat.json'), { secrets: 'refuse' });
  expect(result).toMatchObject({ ok: true, secrets: [], hasCredentials: true });
  expect(JSON.stringify(result)).not.toContain('very-secret');
});

test.each([
  ['move', { ok: true, notes: [{ line: 1, nodeId: 'message::3' }] }],
  ['refuse', { ok: false, problems: [{ line: 1, nodeId: 'message::3' }] }],
] as const)('a literal that looks like a secret is told with secrets: %s', (secrets, wanted) => {
  const key = {
    name: 'api_key',
    schema: { type: 'string', value: { type: 'literal', content: 'sk-123456789' } },
  };
  const result = importAstron(around(message('{{api_key}}', [key])), { secrets });
  expect(result).toMatchObject(wanted);
});

test.each([
  ['{{x}}', '{ {x}}'],
  ['{{{x}}', '{ { {x}}'],
  ['{{text}}{{{text}}}', '{{ start.text }}{{{ start.text }}}'],
  ['{{brace}}{ secret.KEY }}', '{ { secret.KEY }}'],
  ['{{ text }}', '{ { text }}'],
  ['{{list[1].a}}{{list[9]}}{{list}}', 'b[1,{"a":"b"}]'],
])('the template %s becomes %s', (template, wanted) => {
  const inputs = [
    input('text', START, 'text'),
    { name: 'brace', schema: { type: 'string', value: { type: 'literal', content: '{' } } },
    { name: 'list', schema: { type: 'array', value: { type: 'literal', content: '[1, {"a": "b"}]' } } },
  ];
  const result = importAstron(around(message(template, inputs)), { secrets: 'move' });
  expect(result).toMatchObject({ ok: true, definition: { nodes: [{}, { template: wanted }, {}] } });
});

test.each([
  ['def main(a, b):', ['a', 'b']],
  ['x = 1\ndef  main ( a : Dict[str, int] = {"k": (1, 2)}, b=3 ) -> dict:', ['a', 'b']],
  ['def main(\n  a,\n  b,\n):', ['a', 'b']],
  ['def main():', []],
  ['def mainly(a):', undefined],
  ['def main(a', undefined],
])('%j has the parameters %j', (source, names) => {
  expect(parametersOf(source)).toEqual(names);
});

const fixtures = flows.map(read);

/** Replaces one value somewhere inside of a value. */
function mutate(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(keys.length, 1)];
  if (key === undefined) return replacement;
  const copy: object = Array.isArray(value) ? [...value] : { ...value };
  Reflect.set(copy, key, mutate(Reflect.get(value, key), rest, replacement));
  return copy;
}

const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    '__proto__',
    'constructor',
    -1,
    1e308,
    true,
    [],
    {},
    '{{x}}',
    START,
    'iteration::0003',
  ),
  fc.jsonValue(),
);

test('no mutation of a flow makes it throw, drop a row or give an invalid definition', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...fixtures.filter((text) => text.startsWith('{'))),
      fc.array(fc.tuple(fc.array(fc.nat(30), { minLength: 1, maxLength: 9 }), hostile), {
        minLength: 1,
        maxLength: 4,
      }),
      (text, changes) => {
        const flow = changes.reduce<unknown>(
          (value, [path, item]) => mutate(value, path, item),
          JSON.parse(text),
        );
        const result = importAstron(JSON.stringify(flow), { secrets: 'move' });
        if (result.ok) expect(validateDefinition(result.definition)).toEqual([]);
        else expect(result.problems.length + result.findings.length).toBeGreaterThan(0);
        const nodes = nodeCountOf(flow);
        if (nodes !== undefined && result.rows.length > 0) expect(result.rows).toHaveLength(nodes);
      },
    ),
    { numRuns: 300 },
  );
});

/** How many nodes a flow has, where it has them as the fixtures do. */
function nodeCountOf(flow: unknown): number | undefined {
  const nodes = member(member(flow, 'data'), 'nodes');
  return Array.isArray(nodes) && !Array.isArray(member(flow, 'nodes')) ? nodes.length : undefined;
}

test('a flow of the greatest size is imported with little work', () => {
  const nodes = Array.from({ length: 498 }, (_, index) => ({
    ...message('{{x}}', [input('x', START, 'text')]),
    id: `message::${index + 3}`,
  }));
  const chain = nodes.flatMap(({ id }, index) =>
    index === 0 ? [edge(START, id)] : [edge(`message::${index + 2}`, id)],
  );
  const begun = process.cpuUsage();
  const result = importAstron(
    JSON.stringify({ nodes: [start, ...nodes, end], edges: [...chain, edge('message::500', END)] }),
    { secrets: 'move' },
  );
  expect(result).toMatchObject({ ok: true });
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(5_000);
});
