import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { validateDefinition } from '../../definition/validate.ts';
import { importMandas } from './import.ts';

const folder = new URL('./fixtures/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const texts = readdirSync(folder).filter((name) => /^[a-z-]+\.(json|yaml)$/.test(name));

test.each(texts)('%s becomes what stands beside it', async (name) => {
  const result = importMandas(read(name), { secrets: 'move' });
  const file = name.replace(/\..*$/, '.yaml');
  await expect(stringify(result, { lineWidth: 110 })).toMatchFileSnapshot(`./fixtures/imported/${file}`);
});

function problemsOf(text: string): string {
  const result = importMandas(text, { secrets: 'move' });
  return result.ok
    ? 'it was imported'
    : result.problems.map((one) => `${one.line}: ${one.message}`).join('\n');
}

test.each([
  ['what is no YAML', 'agents: [', '1: '],
  ['no definition', 'name: x', 'it has no list `agents`'],
  ['no agents', 'agents: []', 'it has no list `agents` with an agent'],
  ['a reserved name', 'agents:\n- name: initial_input', '2: initial_input is reserved'],
  [
    'inputs that are no schema',
    'agents: [{ name: A }]\ninputs: { a: text }',
    '2: inputs must be a JSON Schema',
  ],
  ['an input by another name', 'agents: [{ name: A, prompt: "{{ inputs.x }}" }]', 'no such input'],
  [
    'a part of a literal',
    'agents: [{ name: A, inputs: { x: y }, prompt: "{{ inputs.x.z }}" }]',
    'is no reference',
  ],
  [
    'a name in other letters',
    'agents: [{ name: A, prompt: "{{ initial_input.网址 }}" }]',
    'cannot be referred to',
  ],
  [
    'an agent that runs later',
    'agents: [{ name: A, prompt: "{{ B.output }}" }, { name: B }]',
    '"A" has to depend on it',
  ],
  ['itself', 'agents: [{ name: A, prompt: "{{ A.output }}" }]', 'does not run before'],
  [
    'a secret among the inputs',
    'agents: [{ name: A, inputs: { api_key: sk-12345678 } }]',
    'looks like a secret',
  ],
  ['a tool by an inherited name', 'agents: [{ name: A, tools: [constructor] }]', 'no tool "constructor"'],
])('%s is refused', (_name, text, reason) => {
  expect(problemsOf(text)).toContain(reason);
});

test('secrets in tools are refused where they are not to be moved, and never told', () => {
  const result = importMandas(read('tools.yaml'), { secrets: 'refuse' });
  expect(result).toMatchObject({ ok: false, problems: [{ line: 17 }, { line: 19 }, { line: 20 }] });
  expect(JSON.stringify(result)).not.toMatch(/very-secret|another-secret|third-secret/);
});

test('the longest name of an agent counts', () => {
  const text = 'agents: [{ name: A }, { name: A.b }, { name: B, prompt: "{{ A.b.output }} {{ A.output }}" }]';
  const result = importMandas(text, { secrets: 'move' });
  const nodes = result.ok ? result.definition.nodes : [];
  expect(nodes).toContainEqual(expect.objectContaining({ prompt: '{{ agent_2.text }} {{ agent_1.text }}' }));
});

const hostile = fc.oneof(
  fc.constantFrom(
    '',
    '__proto__',
    'A',
    '{{',
    '{{ A.output }}',
    '{{ constructor.x }}',
    '&a',
    '*a',
    '- ',
    ': ',
    '"',
    '\t',
  ),
  fc.string({ maxLength: 20 }),
);

test('no change of a text makes it throw or give an invalid definition', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...texts.map(read)),
      fc.array(fc.tuple(fc.nat(), fc.nat(40), hostile), { minLength: 1, maxLength: 4 }),
      (text, changes) => {
        const changed = changes.reduce((before, [place, length, put]) => {
          const at = place % (before.length + 1);
          return before.slice(0, at) + put + before.slice(at + length);
        }, text);
        const result = importMandas(changed, { secrets: 'move' });
        if (result.ok) expect(validateDefinition(result.definition)).toEqual([]);
        else expect(result.problems.length + result.findings.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 300 },
  );
});
