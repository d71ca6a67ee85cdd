import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support.ts';
import { isObject } from '../json.ts';
import { DocumentError } from '../problems.ts';
import { bundleDocument } from './bundle.ts';
import { toText } from './write.ts';

const SPECS = join(import.meta.dirname, '../../../specs');
const FILES = (await readdir(SPECS, { recursive: true })).filter((file) =>
  /(openapi|asyncapi)\.yaml$/.test(file),
);
const named = (kind: string): string[] => FILES.filter((file) => basename(file) === `${kind}.yaml`);

const faultsOf = async (source: string): Promise<string[]> => {
  const config = await createConfig({ rules: { struct: 'error', 'no-unresolved-refs': 'error' } });
  const problems = await lintFromString({ source, absoluteRef: '/bundle.yaml', config });
  return problems.map(({ message }) => message);
};

const foreignReferences = (text: string): string[] => text.match(/\$ref: '?[^#'\s].*/g) ?? [];

/** Bundles documents by file name, the first of them. */
async function bundleOf(
  files: Readonly<Record<string, string>>,
  options: Parameters<typeof bundleDocument>[1] = {},
) {
  const folder = await temporaryFolder(files);
  return bundleDocument(join(folder, Object.keys(files)[0] ?? ''), options);
}

test.each(FILES)('%s becomes one file that refers only to itself', async (file) => {
  const { root } = await bundleDocument(join(SPECS, file));
  const text = toText(root, 'yaml');
  expect(foreignReferences(text)).toEqual([]);
  expect(text).not.toMatch(/^\s*[\w-]+: [&*]ref_/m);
  expect(await faultsOf(text)).toEqual([]);
});

test.each(named('openapi'))(
  '%s can be told in OpenAPI 3.1, which other tools read',
  async (file) => {
    const { root } = await bundleDocument(join(SPECS, file), { openapi: '3.1', aliases: true });
    expect(root.openapi).toBe('3.1.1');
    const text = toText(root, 'yaml');
    expect(await faultsOf(text)).toEqual([]);
    const types = astToString(await openapiTS(text, { silent: true }));
    for (const path of Object.keys(isObject(root.paths) ? root.paths : {}))
      expect(types).toContain(`"${path}"`);
  },
  30_000,
);

test('schemas of other files become components with the names that they have there', async () => {
  const { root } = await bundleOf({
    'api.yaml': `openapi: 3.2.0
info: { title: T, version: 1.0.0 }
paths:
  /a: { get: { responses: { '200': { description: A, content: { application/json: { schema: { $ref: 'b.yaml#/$defs/Box' } } } } } } }
`,
    'b.yaml': `$defs:
  Box: { type: object, properties: { lid: { $ref: '#/$defs/Lid' } } }
  Lid: { type: string }
`,
  });
  expect(root.components).toEqual({
    schemas: {
      Box: { type: 'object', properties: { lid: { $ref: '#/components/schemas/Lid' } } },
      Lid: { type: 'string' },
    },
  });
});

test('what YAML aliases share is written twice, without anchors', async () => {
  const { root } = await bundleOf({
    'api.yaml': `openapi: 3.2.0
info: { title: T, version: 1.0.0 }
paths: {}
components:
  schemas:
    A: &shared { type: object, properties: { x: { type: string } } }
    B: *shared
`,
  });
  expect(toText(root, 'yaml').match(/type: object/g)).toHaveLength(2);
});

test('each alias of a path becomes a path that refers to it, unless it is there already', async () => {
  const { root } = await bundleOf(
    {
      'api.yaml': `openapi: 3.2.0
info: { title: T, version: 1.0.0 }
paths:
  /a/{id}:
    x-path-aliases: ['/v1/a/{id}', /b]
    get: { responses: {} }
  /b: { get: { responses: {} } }
`,
    },
    { aliases: true },
  );
  expect(root.paths).toMatchObject({
    '/a/{id}': { get: {} },
    '/v1/a/{id}': { $ref: '#/paths/~1a~1{id}' },
    '/b': { get: {} },
  });
});

test('OpenAPI 3.1 becomes 3.2 by its number, and OpenAPI 3.0 stays and says so', async () => {
  const api = (version: string) => ({
    'api.yaml': `openapi: ${version}\ninfo: { title: T, version: 1.0.0 }\npaths: {}\n`,
  });
  expect((await bundleOf(api('3.1.0'), { openapi: '3.2' })).root.openapi).toBe('3.2.0');
  expect((await bundleOf(api('3.1.0'), { openapi: '3.1' })).root.openapi).toBe('3.1.0');
  const old = await bundleOf(api('3.0.3'), { openapi: '3.1' });
  expect(old.root.openapi).toBe('3.0.3');
  expect(old.notes).toHaveLength(1);
});

test.each<[name: string, file: string, message: string]>([
  ['YAML that cannot be parsed', 'openapi: [', 'unexpected end of the stream'],
  ['another kind of document', 'swagger: "2.0"\ninfo: {}\n', 'neither OpenAPI'],
  [
    'a reference to nothing',
    'openapi: 3.2.0\ninfo: { title: T, version: "1" }\npaths: { /a: { $ref: "no.yaml" } }\n',
    "Can't resolve $ref",
  ],
  [
    'a reference to a URL',
    'openapi: 3.2.0\ninfo: { title: T, version: "1" }\npaths: { /a: { $ref: "https://example.com/a.yaml" } }\n',
    'Keep a copy as a file',
  ],
])('%s is a fault at its place', async (_, source, message) => {
  const error: unknown = await bundleOf({ 'api.yaml': source }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DocumentError);
  expect(String(error)).toContain(message);
  expect(String(error)).toMatch(/api\.yaml:\d+:\d+/);
});

test('a media type that another file holds is read, and in OpenAPI 3.1 stands where it is used', async () => {
  const { root } = await bundleOf(
    {
      'api.yaml': `openapi: 3.2.0
info: { title: T, version: 1.0.0 }
paths:
  /a: { get: { responses: { '200': { description: A, content: { application/json: { $ref: 'm.yaml#/Box' } } } } } }
`,
      'm.yaml': 'Box: { schema: { type: string } }\n',
    },
    { openapi: '3.1' },
  );
  expect(JSON.stringify(root.paths)).toContain('"application/json":{"schema":{"type":"string"}}');
});
