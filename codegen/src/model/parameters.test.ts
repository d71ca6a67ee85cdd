import { expect, test } from 'vitest';
import { faultsOf, operationDocument, operationOf, warningsOf } from '../../test/support.ts';

const ID = '{ name: id, in: path, required: true, schema: { type: string } }';
const REPLY = "responses: { '204': { description: Done. } }";
const A = 'A: { type: object, properties: { a: { type: number } } }';

/** An operation with further parameters, or with another one for its path. */
function documentsOf(...parameters: string[]) {
  const all = parameters.some((parameter) => parameter.includes('in: path'))
    ? parameters
    : [ID, ...parameters];
  const list = all.map((parameter) => `  - ${parameter}`).join('\n');
  return { 'openapi.yaml': operationDocument(`parameters:\n${list}\n${REPLY}`, A) };
}

test.each<[what: string, parameter: string, read: object]>([
  [
    'in the query: form, exploded',
    '{ name: q, in: query, schema: { type: array, items: { type: integer } } }',
    { in: 'query', required: false, style: 'form', explode: true, type: 'array', items: 'integer' },
  ],
  [
    'a list with blanks',
    '{ name: q, in: query, style: spaceDelimited, schema: { type: array, items: { type: string } } }',
    { style: 'spaceDelimited', explode: false, type: 'array', items: 'string' },
  ],
  [
    'a list with pipes',
    '{ name: q, in: query, style: pipeDelimited, explode: false, schema: { type: array, items: { type: string } } }',
    { style: 'pipeDelimited', explode: false },
  ],
  [
    'an object with its members',
    '{ name: q, in: query, style: deepObject, explode: true, schema: { type: object, properties: { a: { type: integer }, b: { type: array, items: { type: string } } } } }',
    { style: 'deepObject', type: 'object', properties: { a: 'integer', b: 'array' } },
  ],
  [
    'members of allOf',
    "{ name: q, in: query, schema: { allOf: [{ $ref: '#/components/schemas/A' }, { properties: { b: { type: boolean } } }] } }",
    { type: 'object', properties: { a: 'number', b: 'boolean' } },
  ],
  [
    'reserved characters as they are',
    '{ name: q, in: query, allowReserved: true, schema: { type: string } }',
    { allowReserved: true },
  ],
  [
    'in the path: simple',
    '{ name: id, in: path, required: true, schema: { type: integer } }',
    { in: 'path', required: true, style: 'simple', explode: false, type: 'integer' },
  ],
  [
    'label',
    '{ name: id, in: path, required: true, style: label, schema: { type: integer } }',
    { style: 'label', explode: false, type: 'integer' },
  ],
  [
    'matrix',
    '{ name: id, in: path, required: true, style: matrix, explode: true, schema: { type: string } }',
    { style: 'matrix', explode: true },
  ],
  [
    'a header',
    '{ name: X-N, in: header, required: true, schema: { type: array, items: { type: number } } }',
    { in: 'header', required: true, style: 'simple', explode: false, items: 'number' },
  ],
  [
    'a cookie',
    '{ name: q, in: cookie, schema: { type: string } }',
    { in: 'cookie', style: 'form', explode: true },
  ],
  [
    'a cookie in the style of 3.2',
    '{ name: q, in: cookie, style: cookie, schema: { type: string } }',
    { in: 'cookie', style: 'cookie', explode: true },
  ],
  [
    'JSON',
    '{ name: q, in: query, content: { application/json: { schema: { type: object, properties: { a: { type: integer } } } } } }',
    { in: 'query', contentType: 'application/json', type: 'object' },
  ],
  [
    'the whole query, a form',
    '{ name: q, in: querystring, content: { application/x-www-form-urlencoded: { schema: { type: object, properties: { a: { type: integer } } } } } }',
    { in: 'querystring', contentType: 'application/x-www-form-urlencoded', properties: { a: 'integer' } },
  ],
  [
    'the whole query, text',
    '{ name: q, in: querystring, content: { application/jsonpath: { schema: { type: string } } } }',
    { in: 'querystring', contentType: 'application/jsonpath', type: 'string' },
  ],
])('%s', async (_what, parameter, read) => {
  const { parameters } = await operationOf(documentsOf(parameter));
  expect(parameters.at(-1)).toMatchObject(read);
});

test.each<[schema: string, type: string, items?: string]>([
  ['{}', 'string'],
  ['{ enum: [1, 2] }', 'integer'],
  ['{ const: 1.5 }', 'number'],
  ['{ type: [integer, "null"] }', 'integer'],
  ['{ anyOf: [{ type: "null" }, { type: boolean }] }', 'boolean'],
  ['{ oneOf: [{ type: integer }, { type: number }] }', 'number'],
  ['{ oneOf: [{ type: integer }, { type: string }] }', 'string'],
  ['{ oneOf: [{ type: string }, { type: array, items: { type: integer } }] }', 'array', 'integer'],
  ["{ $ref: '#/components/schemas/A' }", 'object'],
  ['{ additionalProperties: { type: string } }', 'object'],
])('the text of %s is read as %s %s', async (schema, type, items) => {
  const { parameters } = await operationOf(documentsOf(`{ name: q, in: query, schema: ${schema} }`));
  expect(parameters.at(-1)).toMatchObject({ type, ...(items !== undefined && { items }) });
});

test('JSON in a parameter may hold anything', async () => {
  const schema = '{ type: object, properties: { a: { type: array, items: { type: object } } } }';
  const parameter = `{ name: q, in: query, content: { application/json: { schema: ${schema} } } }`;
  expect(await warningsOf(documentsOf(parameter))).toEqual([]);
});

test("an operation's parameter takes the place of its path's, header names compared without case", async () => {
  const document = `openapi: 3.2.0
info: { title: Test, version: 1.0.0 }
paths:
  /things:
    parameters:
      - { name: limit, in: query, schema: { type: string } }
      - { name: x-trace, in: header, schema: { type: string } }
    get:
      operationId: list
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
        - { name: X-Trace, in: header, schema: { type: integer } }
      ${REPLY}
`;
  const { parameters } = await operationOf({ 'openapi.yaml': document });
  expect(parameters.map(({ name, type }) => [name, type])).toEqual([
    ['limit', 'integer'],
    ['X-Trace', 'integer'],
  ]);
});

test.each<[what: string, parameters: string[], fault: string]>([
  [
    'a style that its place does not have',
    ['{ name: q, in: header, style: form, schema: { type: string } }'],
    '8 A header parameter has no style form. Use simple.',
  ],
  [
    'two media types',
    ['{ name: q, in: query, content: { application/json: { schema: {} }, text/plain: { schema: {} } } }'],
    '8 The content of a parameter has exactly one media type.',
  ],
  [
    'a list in a media type that is no JSON',
    ['{ name: q, in: query, content: { application/xml: { schema: { type: array } } } }'],
    '8 Not supported yet: a query parameter of application/xml. Use application/json.',
  ],
  [
    'a form that is not the whole query',
    ['{ name: q, in: query, content: { application/x-www-form-urlencoded: { schema: { type: object } } } }'],
    '8 Not supported yet: a query parameter of application/x-www-form-urlencoded. Use application/json.',
  ],
  [
    'the whole query beside a part of it',
    [
      '{ name: q, in: querystring, content: { text/plain: { schema: { type: string } } } }',
      '{ name: r, in: query, schema: { type: string } }',
    ],
    '8 A parameter in querystring is the whole query: it stands alone.',
  ],
])('%s is a fault', async (_what, parameters, fault) => {
  expect(await faultsOf(documentsOf(...parameters))).toContain(`openapi.yaml:${fault}`);
});

test.each<[what: string, parameter: string, warning: string]>([
  [
    'allowEmptyValue',
    '{ name: q, in: query, allowEmptyValue: true, schema: { type: string } }',
    '8 allowEmptyValue is deprecated and not followed.',
  ],
  [
    'reserved characters in a path',
    '{ name: id, in: path, required: true, allowReserved: true, schema: { type: string } }',
    '7 Reserved characters are escaped in a path parameter all the same.',
  ],
  [
    'an object inside an object',
    '{ name: q, in: query, style: deepObject, schema: { type: object, properties: { a: { type: object } } } }',
    '8 a of the parameter q is read and written as text.',
  ],
  [
    'a list of objects',
    '{ name: q, in: query, schema: { type: array, items: { type: object } } }',
    '8 The items of the parameter q are read and written as text.',
  ],
  [
    'deepObject of a list',
    '{ name: q, in: query, style: deepObject, schema: { type: array, items: { type: string } } }',
    '8 OpenAPI says what deepObject is for objects only.',
  ],
])('%s is warned of', async (_what, parameter, warning) => {
  const warnings = await warningsOf(documentsOf(parameter));
  expect(warnings).toContainEqual(expect.stringContaining(`openapi.yaml:${warning}`));
});
