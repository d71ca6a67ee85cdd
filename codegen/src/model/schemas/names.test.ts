import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNames, validatorName } from '../names.ts';
import { convertAll, open, schemaDocument } from '../schemas.testing.ts';

const string = { type: 'string' };

async function namesOf(...keys: string[]): Promise<string[]> {
  const { table, component } = await open({
    'openapi.json': schemaDocument(Object.fromEntries(keys.map((key) => [key, string]))),
  });
  return keys.map((key) => table.named(component(key), ''));
}

test.each([
  [
    ['User', 'simple-user', 'foo.bar', 'actor', 'snake_case'],
    ['User', 'SimpleUser', 'FooBar', 'Actor', 'SnakeCase'],
  ],
  [
    ['simple-user', 'SimpleUser', 'simpleUser'],
    ['SimpleUser2', 'SimpleUser', 'SimpleUser3'],
  ],
  [
    ['Operations', 'Record', 'Blob', 'string'],
    ['OperationsSchema', 'RecordSchema', 'BlobSchema', 'String'],
  ],
  [
    ['URL', 'Url'],
    ['URL', 'Url2'],
  ],
  [
    ['用户', '3d', '+', '-'],
    ['用户', '_3D', 'Schema', 'Schema2'],
  ],
  [
    ['V1', 'v1'],
    ['V1', 'V1_2'],
  ],
])('components called %j become the types %j', async (keys, names) => {
  expect(await namesOf(...keys)).toEqual(names);
});

test('a component has its name before anything that is written inline', async () => {
  const { table, component, at } = await open({
    'openapi.json': schemaDocument({ Answer: string }, '3.1.0', {
      '/a': { get: { responses: {} }, 'x-s': string },
    }),
  });
  expect(table.named(at('/paths/~1a/x-s'), 'Answer')).toBe('Answer2');
  expect(table.named(component('Answer'), '')).toBe('Answer');
});

test('namesakes of two documents are two schemas, unless one is the other', async () => {
  const { table, component } = await open({
    'openapi.json': schemaDocument({
      A: { $ref: './other.yaml#/$defs/A' },
      B: { type: 'array', items: { $ref: './other.yaml#/$defs/B' } },
      C: { $ref: './other.yaml#/$defs/A' },
    }),
    'other.yaml': '$defs: { A: { type: string }, B: { type: number } }',
  });
  for (const name of ['A', 'B', 'C']) table.named(component(name), '');
  const schemas = Object.fromEntries(table.all().map(({ name, schema }) => [name, schema]));
  expect(schemas).toEqual({
    A: { type: 'string' },
    B: { type: 'array', items: { $ref: '#/components/schemas/B2' } },
    B2: { type: 'number' },
    C: { $ref: '#/components/schemas/A' },
  });
});

test('every schema has a name of its own that can name a type and a validator', async () => {
  const key = fc.oneof(
    fc.constantFrom('a', 'A', 'a-a', 'aA', 'A2', 'Record'),
    fc.string({ minLength: 1, unit: 'grapheme' }),
  );
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 20 }), async (keys) => {
      const names = createNames();
      const claimed = keys.map((each) => names.claim(each === '' ? 'X' : each));
      expect(new Set(claimed).size).toBe(keys.length);
      expect(new Set(claimed.map(validatorName)).size).toBe(keys.length);
    }),
  );
});

test('names of types are identifiers, whatever the keys are', async () => {
  const key = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text !== '__proto__');
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 10 }), async (keys) => {
      const names = Object.keys(
        await convertAll(Object.fromEntries(keys.map((each) => [each, string])), '3.1.0', []),
      );
      expect(names).toEqual([]);
      for (const name of await namesOf(...keys))
        expect(name).toMatch(/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u);
    }),
    { numRuns: 30 },
  );
});

test('ten thousand namesakes are named at once', () => {
  const names = createNames();
  const started = process.cpuUsage();
  for (let count = 0; count < 10_000; count += 1) names.claim('X');
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(1000);
});
