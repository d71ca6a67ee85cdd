import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { inReadingOrder } from '../problems.ts';
import { at, type Cursor, placeOf } from './cursor.ts';
import { createDocuments, type Documents } from './documents.ts';

interface Opened {
  readonly documents: Documents;
  readonly problems: string[];
  /** Where the reference at a place of the first document leads to, as `file#pointer`. */
  target(pointer: string): string;
}

/** Opens the first of some files, which lie in one folder. */
async function open(files: Readonly<Record<string, string>>): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-load-'));
  const documents = createDocuments();
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    await documents.open(join(folder, Object.keys(files)[0] ?? ''));
  } finally {
    await rm(folder, { recursive: true });
  }
  const problems = inReadingOrder(documents.problems).map(
    ({ file, line, column, severity, message }) =>
      `${basename(file)}:${line}:${column} ${severity}: ${message}`,
  );
  const root = (): Cursor => {
    const [first] = documents.roots;
    if (!first) throw new Error(problems.join());
    return first;
  };
  return {
    documents,
    problems,
    target: (pointer) => placeOf(documents.step(at(root().document, pointer))).slice(folder.length + 1),
  };
}

const info = { title: 'Test', version: '1' };
const api = (members: object, openapi = '3.1.0'): string =>
  JSON.stringify({ openapi, info, paths: {}, ...members }, null, 2);
const schemas = (members: object): object => ({ components: { schemas: members } });

test.each([['3.0.0', '3.0.4', '3.1.2', '3.2.0']])(
  'every version of OpenAPI 3 is opened',
  async (...versions) => {
    for (const version of versions) expect((await open({ 'a.json': api({}, version) })).problems).toEqual([]);
  },
);

test.each([
  ['{ "swagger": "2.0" }', 'Swagger 2.0 is not supported. Convert the document to OpenAPI 3.'],
  ['{ "openapi": "4.0.0" }', 'OpenAPI 4.0.0 is not supported. Use 3.2, 3.1 or 3.0.'],
  ['{ "openapi": 3.1 }', 'OpenAPI 3.1 is not supported. Use 3.2, 3.1 or 3.0.'],
  ['{ "asyncapi": "2.6.0" }', 'AsyncAPI 2.6.0 is not supported. Use 3.1 or 3.0.'],
])('%s is refused', async (document, message) => {
  expect((await open({ 'a.json': document })).problems).toEqual([`a.json:1:3 error: ${message}`]);
});

test('a bare JSON Schema is opened as it is', async () => {
  const { problems } = await open({ 'a.json': '{ "type": "object", "properties": { "swagger": {} } }' });
  expect(problems).toEqual([]);
});

test.each([
  ['a JSON text', 'a.json', '{\n  "openapi": "3.1.0",,\n}', /^a.json:2:\d+ error: /],
  ['a YAML text', 'a.yaml', 'openapi: 3.2.0\ninfo: {\n', /^a.yaml:3:\d+ error: deficient indentation/],
])('%s that cannot be read is a fault with its line', async (_name, file, content, problem) => {
  expect((await open({ [file]: content })).problems).toEqual([expect.stringMatching(problem)]);
});

test('a file that is not there, and a folder, are faults', async () => {
  const missing = createDocuments();
  await missing.open('/nowhere/at-all.yaml');
  await missing.open(tmpdir());
  expect(missing.problems.map(({ message }) => message)).toEqual([
    'There is no such file.',
    'This is a folder, not a file.',
  ]);
  expect(missing.failed).toBe(true);
});

test('a byte order mark and the line ends of Windows change nothing', async () => {
  const { problems } = await open({ 'a.json': `\uFEFF${api({ bogus: 1 }).replaceAll('\n', '\r\n')}` });
  expect(problems).toEqual(['a.json:8:3 warning: Property `bogus` is not expected here. Did you mean tags?']);
});

test.each([
  ['a pointer with a slash in a key', '#/paths/~1a~1{id}', 'a.json#/paths/~1a~1{id}'],
  ['a percent-encoded pointer', '#/components/schemas/A%20B%C3%A9', 'a.json#/components/schemas/A Bé'],
  ['a pointer with a percent-encoded slash', '#/paths/%2Fa%2F%7Bid%7D', 'a.json#/paths/~1a~1{id}'],
  ['a pointer with a tilde', '#/components/schemas/t~0x', 'a.json#/components/schemas/t~0x'],
  ['a pointer with a stray percent sign', '#/components/schemas/50%', 'a.json#/components/schemas/50%'],
  ['an anchor', '#here', 'a.json#/components/schemas/Anchored/items'],
  ['another file', 'b.yaml', 'b.yaml#'],
  ['a place in another file', './b.yaml#/A/properties/x', 'b.yaml#/A/properties/x'],
  ['a file with a blank in its name', './sub/my%20file.json#/X', 'sub/my file.json#/X'],
  ['an anchor in another file', 'b.yaml#there', 'b.yaml#/B'],
  ['a place behind a reference', '#/components/schemas/Alias/properties/x', 'b.yaml#/A/properties/x'],
  ['an $id', 'https://example.com/schemas/tree', 'a.json#/components/schemas/Tree'],
  [
    'a place within an $id',
    'https://example.com/schemas/tree#/properties/x',
    'a.json#/components/schemas/Tree/properties/x',
  ],
])('%s is found', async (_name, $ref, place) => {
  const { problems, target } = await open({
    'a.json': api({
      paths: { '/a/{id}': { parameters: [{ name: 'id', in: 'path', required: true, schema: {} }] } },
      ...schemas({
        X: { $ref },
        'A Bé': {},
        't~x': {},
        '50%': {},
        Anchored: { items: { $anchor: 'here' } },
        Alias: { $ref: 'b.yaml#/A' },
        Tree: {
          $id: 'https://example.com/schemas/tree',
          properties: { x: {}, y: { $ref: '#/properties/x' } },
        },
      }),
    }),
    'b.yaml': 'A: { properties: { x: {} } }\nB: { $anchor: there }\n',
    'sub/my file.json': '{ "X": {} }',
  });
  expect(target('/components/schemas/X')).toBe(place);
  expect(target('/components/schemas/Tree/properties/y')).toBe(
    'a.json#/components/schemas/Tree/properties/x',
  );
  expect(problems.filter((problem) => problem.includes(' error: '))).toEqual([]);
});

test('$self is what relative references are relative to, as far as files lie as the URLs do', async () => {
  const { problems, target } = await open({
    'api/openapi.json': api(
      {
        $self: 'https://example.com/v1/api/openapi',
        ...schemas({
          A: { $ref: './models#/A' },
          B: { $ref: 'https://example.com/v1/shared/common.yaml#/B' },
          C: { $ref: '#/components/schemas/D' },
          D: {},
          E: { $ref: 'https://elsewhere.com/x' },
        }),
      },
      '3.2.0',
    ),
    'api/models': 'A: {}',
    'shared/common.yaml': 'B: {}\nC: { $ref: ../api/openapi#/components/schemas/D }\n',
  });
  expect(['A', 'B', 'C'].map((name) => target(`/components/schemas/${name}`))).toEqual([
    'api/models#/A',
    'shared/common.yaml#/B',
    'api/openapi.json#/components/schemas/D',
  ]);
  expect(problems).toEqual([
    'openapi.json:21:7 error: ' +
      "Can't resolve $ref https://elsewhere.com/x: References to URLs are not followed. Keep a copy as a file.",
    'common.yaml:2:1 error: ' +
      "Can't resolve $ref ../api/openapi#/components/schemas/D: There is no such file.",
  ]);
});

test('references are checked wherever they are, but not in data and extensions', async () => {
  const $ref = '#/nowhere';
  const { problems } = await open({
    'a.json': api(
      schemas({
        A: {
          properties: { default: { $ref }, $ref: { type: 'string' } },
          default: { $ref },
          'x-a': { $ref },
        },
        B: { examples: [{ $ref }], enum: [{ $ref }], items: { $ref: './b.json#/X' } },
      }),
    ),
    'b.json': '{\n"X": {},\n"Y": { "$ref": "#/Z" } }',
  });
  expect(problems).toEqual([
    "a.json:12:11 error: Can't resolve $ref #/nowhere: There is nothing at this place.",
    "b.json:3:1 error: Can't resolve $ref #/Z: There is nothing at this place.",
  ]);
});

test('a file that cannot be parsed is named with the line at fault', async () => {
  const { problems } = await open({
    'a.json': api(schemas({ A: { $ref: './b.yaml#/X' } })),
    'b.yaml': 'X: {}\nY: [\n',
  });
  expect(problems).toEqual([expect.stringMatching(/^a.json:10:7 error: Can't resolve .*b\.yaml:3:\d+ /)]);
});

test('what breaks a document is an error, what it says in vain or badly a warning', async () => {
  const parameter = (name: string) => ({ name, in: 'path', required: true, schema: {} });
  const { documents, problems } = await open({
    'a.json': api({
      paths: {
        '/a/{x}': {
          get: { operationId: 'a', parameters: [parameter('x'), parameter('y')], responses: {}, bogus: 1 },
        },
        '/a/{y}': { get: { operationId: 'a', parameters: [parameter('y')], responses: {}, bogus: 2 } },
        '/b/{x}': { get: { responses: {} } },
        '/c': { get: { tags: 'none', responses: {} } },
      },
    }),
  });
  expect(problems.map((problem) => problem.replace(/^a.json:\d+:\d+ /, ''))).toEqual([
    'warning: Path parameter `y` is not used in the path `/a/{x}`.',
    'warning: Property `bogus` is not expected here. Did you mean tags? (1 more like it)',
    expect.stringMatching(/^warning: The path already exists which differs only by path parameter name/),
    expect.stringMatching(/^error: The operation does not define the path parameter `\{x\}`/),
    expect.stringMatching(/^error: Expected type `array` but got `string`/),
  ]);
  expect(documents.failed).toBe(true);
});

test('an operation without an operationId of its own is no fault', async () => {
  const { problems } = await open({
    'a.json': api({ paths: { '/a': { get: { responses: {} }, put: { responses: {} } } } }),
  });
  expect(problems).toEqual([]);
});

test('a dialect that is not known is named', async () => {
  const dialect = (jsonSchemaDialect: string) => open({ 'a.json': api({ jsonSchemaDialect }) });
  expect((await dialect('https://json-schema.org/draft/2020-12/schema')).problems).toEqual([]);
  expect((await dialect('https://spec.openapis.org/oas/3.1/dialect/base')).problems).toEqual([]);
  expect((await dialect('https://example.com/own')).problems).toEqual([
    'a.json:8:3 warning: The dialect https://example.com/own is not known. Schemas are read as JSON Schema 2020-12.',
  ]);
});

test('files of schemas are written in the dialect of what refers to them, unless they say another', async () => {
  const { documents } = await open({
    'a.json': api(schemas({ A: { $ref: 'b.json#/A' }, C: { $ref: 'c.json' } }), '3.0.3'),
    'b.json': '{ "A": {} }',
    'c.json': '{ "$schema": "https://json-schema.org/draft/2020-12/schema" }',
  });
  expect(documents.references.map(({ found }) => found.document.dialect)).toEqual([
    'openapi-3.0',
    'json-schema',
  ]);
});

test('references that lead back to themselves are faults, directly and through pointers', async () => {
  const { problems } = await open({
    'a.json': api(
      schemas({
        A: { $ref: '#/components/schemas/B' },
        B: { $ref: '#/components/schemas/A' },
        C: { $ref: '#/components/schemas/C/properties/x' },
        D: { properties: { d: { $ref: '#/components/schemas/D' } } },
      }),
    ),
  });
  expect(problems.map((problem) => problem.replace(/^a.json:\d+:\d+ /, ''))).toEqual([
    "error: Can't resolve $ref #/components/schemas/B: This $ref leads back to itself.",
    "error: Can't resolve $ref #/components/schemas/A: This $ref leads back to itself.",
    expect.stringMatching(/^error: Can't resolve \$ref #\/components\/schemas\/C\/properties\/x: /),
  ]);
});
