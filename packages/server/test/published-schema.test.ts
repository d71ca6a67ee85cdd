import { readdir, readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ask, shout } from './support/workflows.ts';

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The file that editors take, with a validator that is none of ours. */
const schema: object = JSON.parse(await read('specs/shared/workflow-definition.schema.json'));
const isDefinition = new Ajv2020({ strict: false, discriminator: false }).compile(schema);

test('the published JSON Schema accepts our workflows', async () => {
  const folder = 'packages/engine/definitions/native';
  const names = await readdir(new URL(`../../../${folder}`, import.meta.url));
  const files = names.filter((name) => /\.ya?ml$/.test(name) && !name.includes('.case.'));
  const written = await Promise.all(
    files.map(async (name): Promise<unknown> => parse(await read(`${folder}/${name}`))),
  );
  expect(written.length).toBeGreaterThan(10);
  for (const definition of [shout, ask, ...written]) {
    expect([definition, isDefinition(definition), isDefinition.errors]).toEqual([definition, true, null]);
  }
});

test.each([
  ['an unknown member', { ...shout, colour: 'red' }],
  ['an unknown node type', { ...shout, nodes: [{ id: 'x', type: 'robot' }] }],
  [
    'a node inside that is faulty',
    {
      ...shout,
      nodes: [
        { id: 'l', type: 'loop', max_rounds: 1, body: { nodes: [{ id: 'x', type: 'answer' }], edges: [] } },
      ],
    },
  ],
])('the published JSON Schema refuses %s', (_name, definition) => {
  expect(isDefinition(definition)).toBe(false);
});
