import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inReadingOrder } from '../problems.ts';
import { createDocuments } from './documents.ts';

/** What is said of a document, as `line severity: message`. */
async function problemsOf(document: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-lint-'));
  const documents = createDocuments();
  try {
    await writeFile(join(folder, 'a.yaml'), document);
    await documents.open(join(folder, 'a.yaml'));
  } finally {
    await rm(folder, { recursive: true });
  }
  return inReadingOrder(documents.problems).map(
    ({ line, severity, message }) => `${line} ${severity}: ${message}`,
  );
}

const api = (rest: string, version = '3.1.0'): string =>
  `openapi: ${version}\ninfo: { title: Test, version: '1' }\n${rest}`;

test.each([
  ['an empty description', 'description:', 'Expected type `string` but got `null`.'],
  ['examples of another kind', 'examples: { a: 1 }', 'Expected type `array` but got `object`.'],
  ['documentation elsewhere', 'externalDocs: x', 'Expected type `ExternalDocs` (object) but got `string`'],
])('%s that is written badly is a warning', async (_name, annotation, message) => {
  const document = api(`components:\n  schemas:\n    A:\n      ${annotation}\n`);
  expect(await problemsOf(document)).toEqual([`6 warning: ${message}`]);
});

test('a property called description is a schema, and a fault in it is an error', async () => {
  const document = api('components:\n  schemas:\n    A:\n      properties:\n        description: 1\n');
  expect(await problemsOf(document)).toEqual([expect.stringMatching(/^7 error: Expected type `Schema`/)]);
});

test('what is missing where it only informs is a warning', async () => {
  const problems = await problemsOf('openapi: 3.1.0\ninfo: { title: Test }\npaths: { /a: { get: {} } }\n');
  expect(problems).toEqual(['2 warning: The field `version` must be present on this level.']);
});

test.each(['webhooks: { a: 1 }', "paths: { /a: { get: { callbacks: { c: { '{$url}': 1 } } } } }"])(
  'a fault in what is left out of generated code is a warning: %s',
  async (rest) => {
    expect(await problemsOf(api(rest))).toEqual([
      '3 warning: Expected type `PathItem` (object) but got `integer`',
    ]);
  },
);

test('extensions may hold anything, even those that are known elsewhere', async () => {
  expect(await problemsOf(api('paths: {}\nx-webhooks: { a: 1 }'))).toEqual([]);
});

const response = "paths: { /a: { get: { responses: { '200': { summary: All is well } } } } }\n";

test('the description of a response may be missing since OpenAPI 3.2', async () => {
  const missing = '3 warning: The field `description` must be present on this level.';
  expect(await problemsOf(api(response, '3.2.0'))).toEqual([]);
  expect(await problemsOf(api(response.replace('summary: All is well', ''), '3.1.0'))).toEqual([missing]);
});

test('a channel of AsyncAPI may have no address yet', async () => {
  const document = "asyncapi: 3.0.0\ninfo: { title: Test, version: '1' }\nchannels:\n  a:\n";
  expect(await problemsOf(`${document}    address:\n`)).toEqual([]);
  expect(await problemsOf(`${document}    address: 1\n`)).toEqual([
    '5 error: Expected type `string` but got `integer`.',
  ]);
});

test('references in schemas of other languages than JSON Schema are not ours to follow', async () => {
  const payload = (format: string): string =>
    `asyncapi: 3.0.0
info: { title: Test, version: '1' }
components:
  messages:
    a:
      payload:
        schemaFormat: ${format}
        schema: { $ref: 'https://example.com/a' }
`;
  expect(await problemsOf(payload('application/vnd.apache.avro;version=1.9.0'))).toEqual([]);
  expect(await problemsOf(payload("'application/schema+json; version=draft-07'"))).toEqual([
    expect.stringMatching(/^8 error: Can't resolve/),
  ]);
});
