import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { isWorkflowDefinition } from '../../definition/schema.ts';
import { validateDefinition } from '../../definition/validate.ts';
import { readFixture } from './fixtures/load.ts';
import { importDify } from './import.ts';

const FIXTURES = readdirSync(new URL('./fixtures', import.meta.url))
  .filter((name) => name.endsWith('.yml'))
  .map((name) => name.slice(0, -'.yml'.length));
const VALUES = new Map(FIXTURES.map((name) => [name, parseDocument(readFixture(name)).toJS() as unknown]));
const SECRETS = /wk-1234567890|tok-abcdef|key-abcdef|hunter22|ak-777777|ck-888888|tok-999999/;

type Path = readonly (string | number)[];

/** Every place below a value. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? value.map((_item, index) => index) : Object.keys(value);
  const below = keys.flatMap((key) => pathsOf(Reflect.get(value, key), [...path, key]));
  return path.length > 0 ? [path, ...below] : below;
}

/** A copy of a value with another one at a place; undefined takes away what stands there. */
function replaceAt(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? replaceAt(item, rest, by) : item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === key ? replaceAt(item, rest, by) : item]),
  );
}

const junk = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(
    '',
    '{{#',
    '{{#s.a#}}',
    '{{ a.b }}',
    '__proto__',
    'constructor',
    'llm',
    'loop',
    'iteration',
    'source',
  ),
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1e21,
    [],
    {},
    [[]],
    [null],
    ['s', 'a'],
    { type: 'loop' },
    { __proto__: null },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

const mutated = fc
  .record({
    fixture: fc.constantFrom(...FIXTURES),
    changes: fc.array(fc.tuple(fc.nat(), junk), { minLength: 1, maxLength: 4 }),
  })
  .map(({ fixture, changes }) =>
    changes.reduce<unknown>((value, [place, by]) => {
      const paths = pathsOf(value);
      return replaceAt(value, paths[place % Math.max(1, paths.length)] ?? [], by);
    }, VALUES.get(fixture)),
  );

function nodesOf(value: unknown): number {
  let nodes = value;
  for (const key of ['workflow', 'graph', 'nodes']) {
    nodes = typeof nodes === 'object' && nodes !== null ? Reflect.get(nodes, key) : undefined;
  }
  return Array.isArray(nodes) ? nodes.length : 0;
}

test('a changed file is imported or refused: every node has a row, every definition is valid', () => {
  fc.assert(
    fc.property(mutated, (value) => {
      const text = JSON.stringify(value) ?? '';
      const result = importDify(text, { secrets: 'move' });
      expect(result.rows).toHaveLength(nodesOf(JSON.parse(text || 'null')));
      const { rows } = result;
      if (result.ok) {
        expect(isWorkflowDefinition(result.definition)).toBe(true);
        expect(validateDefinition(result.definition)).toEqual([]);
        expect(rows.filter(({ status }) => status === 'unsupported')).toEqual([]);
      } else {
        expect(result.problems.length + result.findings.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 400 },
  );
});

test('a file with pieces cut out or doubled never throws and tells no secret', () => {
  const piece = fc.record({
    fixture: fc.constantFrom(...FIXTURES),
    from: fc.nat(10_000),
    length: fc.integer({ min: 1, max: 200 }),
    times: fc.constantFrom(0, 2),
    secrets: fc.constantFrom('move' as const, 'refuse' as const),
  });
  fc.assert(
    fc.property(piece, ({ fixture, from, length, times, secrets }) => {
      const text = readFixture(fixture);
      const begin = from % text.length;
      const cut = text.slice(begin, begin + length).repeat(times);
      const result = importDify(text.slice(0, begin) + cut + text.slice(begin + length), { secrets });
      const told = result.ok ? [result.rows, result.notes] : [result.rows, result.problems];
      expect(JSON.stringify(told)).not.toMatch(SECRETS);
    }),
    { numRuns: 250 },
  );
});

test('no secret stays in a definition', () => {
  for (const fixture of FIXTURES) {
    const result = importDify(readFixture(fixture), { secrets: 'move' });
    if (result.ok) expect(JSON.stringify(result.definition)).not.toMatch(SECRETS);
  }
});
