import { expect, test } from 'vitest';
import { importMandas } from './import.ts';

const COUNT = 30_000;
const listed = (item: (index: number) => string): string =>
  Array.from({ length: COUNT }, (_, n) => item(n)).join(',');
const members = listed((n) => `k${n}: 1`);

test.each([
  ['unknown members of the definition', `{ ${members}, agents: [{ name: a }] }`],
  ['unknown members of an agent', `{ agents: [{ name: a, ${members} }] }`],
  ['tools that are none', `{ tools: { ${members} }, agents: [{ name: a }] }`],
  ['outputs that are no texts', `{ outputs: { ${members} }, agents: [{ name: a }] }`],
  ['fields', `{ agents: [{ name: a, output_fields: [${listed((n) => `k${n}`)}] }] }`],
  ['fields that cannot be', `{ agents: [{ name: a, output_fields: [${listed((n) => `"-${n}"`)}] }] }`],
  [
    'agents to depend on that are not there',
    `{ agents: [{ name: a, depends_on: [${listed((n) => `k${n}`)}] }] }`,
  ],
])('thirty thousand %s cost little time', (_name, text) => {
  const begun = process.cpuUsage();
  expect(importMandas(text, { secrets: 'refuse' })).toMatchObject({ ok: false });
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(3_000);
});

test.each([300, 20_000])('a text of %i levels is told to be too deep', (levels) => {
  const text = `{ agents: [{ name: a, inputs: ${'['.repeat(levels)}${']'.repeat(levels)} }] }`;
  expect(importMandas(text, { secrets: 'refuse' })).toMatchObject({
    problems: [{ message: 'nests deeper than 200 levels', line: 1 }],
  });
});
