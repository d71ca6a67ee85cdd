import { describe, expect, test } from 'vitest';
import { faultsOf, modelOf, warningsOf } from '../../test/support.ts';

const document = (paths: string, version = '3.2.0'): Record<string, string> => ({
  'openapi.yaml': `openapi: ${version}
info: { title: Test, version: 1.0.0 }
paths:
${paths.replaceAll(/^/gm, '  ')}
`,
});

const PET = '{ name: petId, in: path, required: true, schema: { type: string } }';
const DONE = "responses: { '204': { description: Done. } }";

async function operationsOf(paths: string): Promise<string[]> {
  const { operations } = await modelOf(document(paths));
  return operations.map(({ operationId, method, path }) => `${operationId}: ${method} ${path}`);
}

test('methods of every kind are operations, also those that only HTTP knows', async () => {
  const paths = `/files:
  get: { operationId: list, ${DONE} }
  query: { operationId: find, ${DONE} }
  trace: { operationId: trace, ${DONE} }
  additionalOperations:
    COPY: { operationId: copy, ${DONE} }
    M-SEARCH: { operationId: search, ${DONE} }`;
  expect(await operationsOf(paths)).toEqual([
    'list: GET /files',
    'find: QUERY /files',
    'trace: TRACE /files',
    'copy: COPY /files',
    'search: M-SEARCH /files',
  ]);
});

test('a method that has a place of its own is not an additional one', async () => {
  const paths = `/files:\n  additionalOperations:\n    Post: { operationId: add, ${DONE} }`;
  expect(await faultsOf(document(paths))).toContain(
    'openapi.yaml:6 Write the method Post as post, beside additionalOperations.',
  );
});

describe('a method is called', () => {
  test.each<[what: string, paths: string, names: string[]]>([
    [
      'as the operationId says, made an identifier',
      `/a:\n  get: { operationId: repos/get-content, ${DONE} }\n  put: { operationId: 3d.print, ${DONE} }`,
      ['reposGetContent', '_3DPrint'],
    ],
    [
      'by method and path where there is none',
      `/pets/{petId}/toys:\n  parameters: [${PET}]\n  get: { ${DONE} }\n  post: { ${DONE} }\n/:\n  get: { ${DONE} }`,
      ['getPetsByPetIdToys', 'postPetsByPetIdToys', 'get'],
    ],
    [
      'in letters of any script, and by method and path where the id has none',
      `/pets:\n  get: { operationId: '宠物', ${DONE} }\n  put: { operationId: '!', ${DONE} }`,
      ['宠物', 'putPets'],
    ],
    [
      'with a number where another has the name, which an id that is a name keeps',
      `/a:\n  get: { operationId: get-a, ${DONE} }\n  put: { operationId: getA, ${DONE} }\n  post: { operationId: get_A, ${DONE} }`,
      ['getA2', 'getA', 'get_A'],
    ],
    [
      'otherwise than what every object or promise has',
      `/a:\n  get: { operationId: constructor, ${DONE} }\n  put: { operationId: then, ${DONE} }`,
      ['constructorOperation', 'thenOperation'],
    ],
  ])('%s', async (_what, paths, names) => {
    const { operations } = await modelOf(document(paths));
    expect(operations.map(({ operationId }) => operationId)).toEqual(names);
  });
});

describe('aliases of a path', () => {
  const withAliases = (aliases: string): Record<string, string> =>
    document(`/a/{id}:
  x-path-aliases: ${aliases}
  parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
  get: { operationId: getA, ${DONE} }
/b:
  get: { operationId: getB, ${DONE} }`);

  test('belong to its operations', async () => {
    const { operations } = await modelOf(withAliases("['/v1/a/{id}', '/{id}']"));
    expect(operations.map(({ aliases }) => aliases)).toEqual([['/v1/a/{id}', '/{id}'], []]);
  });

  test.each([
    ['/a', 'x-path-aliases is a list of paths.'],
    ['[a]', 'An alias is a path: it starts with / and has no query.'],
    ["['/c/{name}']", 'The alias /c/{name} has other parameters than /a/{id}.'],
    ["['/a/{id}']", 'The path /a/{id} is taken already.'],
    ["['/c/{id}', '/c/{id}']", 'The path /c/{id} is taken already.'],
  ])('%s are refused', async (aliases, fault) => {
    expect(await faultsOf(withAliases(aliases))).toEqual([`openapi.yaml:5 ${fault}`]);
  });
});

test('what is left out is named with its line', async () => {
  const paths = `/a:
  servers: [{ url: https://a.example }]
  post:
    operationId: doA
    servers: [{ url: https://b.example }]
    callbacks: { done: { '{$request.body#/url}': { post: { ${DONE} } } } }
    responses:
      '200':
        description: Done.
        links: { self: { operationId: doA } }`;
  expect(await warningsOf(document(paths))).toEqual([
    'openapi.yaml:5 Not supported yet: servers. The client sends every request to its own baseUrl.',
    'openapi.yaml:8 Not supported yet: servers. The client sends every request to its own baseUrl.',
    'openapi.yaml:9 Not supported yet: callbacks. Nothing is generated for them.',
    'openapi.yaml:13 Not supported yet: links. Nothing is generated for them.',
  ]);
});
