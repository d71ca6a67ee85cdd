import { expect, test } from 'vitest';
import { operationDocument, operationOf, warningsOf } from '../../test/support.ts';

const PATH = 'parameters: [{ name: id, in: path, required: true, schema: { type: string } }]';
const REPLY = "responses: { '204': { description: Done. } }";

/** An operation whose body has this content, written in one line. */
const documentsOf = (content: string, components = '{}', version = '3.2.0') => ({
  'openapi.yaml': operationDocument(
    `${PATH}\nrequestBody: { content: { ${content} } }\n${REPLY}`,
    components,
    version,
  ),
});

const contentOf = async (...args: Parameters<typeof documentsOf>) =>
  (await operationOf(documentsOf(...args))).body?.content;

test.each<[mediaType: string, schema: string, kind: string]>([
  ['application/json', '{ type: object }', 'json'],
  ['application/json; charset=utf-8', '{ type: object }', 'json'],
  ['application/vnd.api+json', '{ type: object }', 'json'],
  ['application/x-www-form-urlencoded', '{ type: object }', 'form'],
  ['multipart/form-data', '{ type: object }', 'multipart'],
  ['text/csv', '{ type: string }', 'text'],
  ['application/xml', '{ type: string }', 'text'],
  ['image/svg+xml', '{ type: string }', 'text'],
  ['application/octet-stream', '{ type: string }', 'binary'],
  ['image/*', '{ type: string }', 'binary'],
  ['text/*', '{ type: string }', 'text'],
  ['*/*', '{ type: object }', 'json'],
  ['*/*', '{ type: string }', 'binary'],
  ['application/x-www-form-urlencoded', '{ type: string }', 'text'],
  ['multipart/mixed', '{ type: array }', 'binary'],
])('a body of %s with the schema %s is %s', async (mediaType, schema, kind) => {
  const content = await contentOf(`'${mediaType}': { schema: ${schema} }`);
  expect(content).toEqual([expect.objectContaining({ mediaType, kind })]);
});

test('each media type of a body has its own schema, in the order of the document', async () => {
  const content = await contentOf(
    "text/plain: {}, application/json: { schema: { type: object } }, application/x+json: { schema: { $ref: '#/components/schemas/A' } }",
    'A: { type: object }',
  );
  expect(content).toEqual([
    { mediaType: 'text/plain', kind: 'text' },
    { mediaType: 'application/json', kind: 'json', schema: 'DoThingBodyJson' },
    { mediaType: 'application/x+json', kind: 'json', schema: 'A' },
  ]);
});

test('JSON without a schema may be anything', async () => {
  expect(await contentOf('application/json: {}')).toEqual([
    { mediaType: 'application/json', kind: 'json', schema: 'DoThingBody' },
  ]);
});

test.each<[what: string, property: string, part: object]>([
  ['text', '{ type: string }', { kind: 'text', type: 'string' }],
  ['a number', '{ type: integer }', { kind: 'text', type: 'integer' }],
  [
    'a list of texts',
    '{ type: array, items: { type: boolean } }',
    { kind: 'text', type: 'boolean', repeated: true },
  ],
  ['an object', '{ type: object }', { kind: 'json' }],
  ['a list of objects', '{ type: array, items: { type: object } }', { kind: 'json', repeated: true }],
  ['a file', '{ type: string, contentMediaType: application/octet-stream }', { kind: 'binary' }],
  [
    'files',
    '{ type: array, items: { type: string, contentMediaType: application/octet-stream } }',
    { kind: 'binary', repeated: true },
  ],
  [
    'base64, which is text already',
    '{ type: string, contentEncoding: base64, contentMediaType: image/png }',
    { kind: 'text', type: 'string' },
  ],
])('%s is a part', async (_what, property, part) => {
  const content = await contentOf(
    `multipart/form-data: { schema: { type: object, properties: { p: ${property} } } }`,
  );
  expect(content?.[0]?.parts).toEqual({ p: part });
});

test.each<[what: string, encoding: string, property: string, part: object]>([
  [
    'one media type',
    '{ contentType: application/xml }',
    '{ type: string }',
    { kind: 'text', type: 'string', contentType: 'application/xml' },
  ],
  [
    'JSON although the schema says text',
    '{ contentType: application/json }',
    '{ type: string }',
    { kind: 'json', contentType: 'application/json' },
  ],
  [
    'several media types, of which the caller chooses',
    '{ contentType: "image/png, image/jpeg" }',
    '{}',
    { kind: 'binary' },
  ],
  ['a range', '{ contentType: image/* }', '{ type: array, items: {} }', { kind: 'binary', repeated: true }],
])('an encoding asks for %s', async (_what, encoding, property, part) => {
  const content = await contentOf(
    `multipart/form-data: { schema: { type: object, properties: { p: ${property} } }, encoding: { p: ${encoding} } }`,
  );
  expect(content?.[0]?.parts).toEqual({ p: part });
});

test('files are files wherever a composed schema has them', async () => {
  const { 'openapi.yaml': document } = documentsOf(
    "multipart/form-data: { schema: { allOf: [{ $ref: '#/components/schemas/File' }, { properties: { note: { type: string } } }] } }",
    'File: { type: object, required: [file], properties: { file: { type: string, format: binary } } }',
    '3.0.3',
  );
  const operation = await operationOf({ 'openapi.yaml': document });
  expect(operation.body?.content[0]?.parts).toEqual({
    file: { kind: 'binary' },
    note: { kind: 'text', type: 'string' },
  });
});

test.each<[what: string, content: string, warning: string]>([
  [
    'single items',
    'application/jsonl: { itemSchema: { type: object } }',
    'Not supported yet: single items of a body of application/jsonl. Such bodies are one text.',
  ],
  [
    'the members of XML',
    'application/xml: { schema: { type: object } }',
    'Not supported yet: the schema of a body of application/xml. Such bodies are one text.',
  ],
  [
    'parts by their position',
    'multipart/mixed: { schema: { type: array, prefixItems: [{ type: object }] }, prefixEncoding: [{ contentType: application/json }] }',
    'Not supported yet: single items of a body of multipart/mixed. Such bodies are a Blob.',
  ],
  [
    'checks of a text',
    'text/plain: { schema: { type: string, minLength: 1, maxLength: 9 } }',
    'Not supported yet: minLength, maxLength of a body of text/plain. Such bodies are one text.',
  ],
  [
    'headers of a part',
    'multipart/form-data: { schema: { type: object, properties: { p: { type: string } } }, encoding: { p: { headers: { X-A: { schema: { type: string } } } } } }',
    'Not supported yet: headers of a part.',
  ],
  [
    'lists that are not sent item by item',
    'application/x-www-form-urlencoded: { schema: { type: object, properties: { p: { type: array } } }, encoding: { p: { style: pipeDelimited } } }',
    'Not supported yet: style pipeDelimited in a form. A list is sent item by item, an object as JSON.',
  ],
  [
    'an encoding of nothing',
    'multipart/form-data: { schema: { type: object, properties: { p: { type: string } } }, encoding: { q: {} } }',
    'The schema has no property q: its encoding is not used.',
  ],
])('%s: what is lost is named', async (_what, content, warning) => {
  expect(await warningsOf(documentsOf(content))).toContain(`openapi.yaml:7 ${warning}`);
});

test('what a media type loses is said once, not for each operation', async () => {
  const operation = `requestBody: { content: { application/xml: { schema: { type: object } } } }, ${REPLY}`;
  const document = `openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths:\n  /a:\n    put: { ${operation} }\n    post: { ${operation} }\n`;
  const warnings = await warningsOf({ 'openapi.yaml': document });
  expect(warnings.filter((warning) => warning.includes('application/xml'))).toHaveLength(1);
});

test('a body of a GET is warned of, because fetch sends none', async () => {
  const document = `openapi: 3.1.0
info: { title: T, version: '1' }
paths:
  /a:
    get:
      requestBody: { content: { text/plain: {} } }
      ${REPLY}
    delete:
      requestBody: { content: { application/json: { schema: { type: object } } } }
      ${REPLY}
`;
  expect(await warningsOf({ 'openapi.yaml': document })).toEqual([
    "openapi.yaml:6 Browsers and Node's fetch send no body with GET: the client cannot either.",
  ]);
  const { body } = await operationOf({ 'openapi.yaml': document }, 'deleteA');
  expect(body).toMatchObject({ required: false, content: [{ kind: 'json' }] });
});
