import { expect, test } from 'vitest';
import { document, findingsOf } from '../testing/findings.ts';
import { exampleFitsSchema } from './example-fits-schema.ts';

const faultsOf = (files: Readonly<Record<string, string>>): Promise<string[]> =>
  findingsOf([exampleFitsSchema], files);

/** A document whose request body has a schema and an example, which begins in line 11. */
const body = (schema: string, example: string, schemas = '{}', version = '3.2.0') =>
  document(
    `requestBody:
  content:
    application/json:
      schema: ${schema}
      example:
${example.replaceAll(/^/gm, '        ')}
responses: {}`,
    schemas,
    version,
  );

test('an example that fits is nothing to speak of', async () => {
  const schema = '{ type: object, required: [name], properties: { name: { type: string } } }';
  expect(await faultsOf(body(schema, 'name: box'))).toEqual([]);
});

test('each fault is told at the line of the value at fault', async () => {
  const schema = `{ type: object, required: [name, size], properties: { size: { type: integer }, tags: { items: { enum: [a, b] } } } }`;
  expect(await faultsOf(body(schema, 'size: big\ntags:\n  - a\n  - c'))).toEqual([
    '10 The example lacks `name`.',
    '11 The example at /size is not of type integer.',
    '14 The example at /tags/1 is none of "a", "b".',
  ]);
});

test('properties that are missing or too many are told together', async () => {
  const schema = '{ type: object, required: [a, b, c], additionalProperties: false }';
  expect(await faultsOf(body(schema, 'x: 1\ny: 2'))).toEqual([
    '10 The example lacks `a`, `b`, `c`.',
    '10 The example has `x`, `y`, which the schema does not know.',
  ]);
});

test('references lead through other files, and faults are told in the example', async () => {
  const files = {
    ...body("{ $ref: 'shared.yaml#/$defs/Box' }", 'lid: 1'),
    'shared.yaml': `$defs:
  Box: { type: object, properties: { lid: { $ref: '#/$defs/Lid' } } }
  Lid: { type: string }
`,
  };
  expect(await faultsOf(files)).toEqual(['11 The example at /lid is not of type string.']);
});

test('a schema may refer to itself, by $id and by anchors', async () => {
  const schemas = `Tree:
  $id: https://example.com/tree
  $anchor: tree
  type: object
  properties: { left: { $ref: '#tree' }, right: { $ref: 'https://example.com/tree' }, leaf: { type: string } }`;
  const example = 'left: { right: { leaf: 1 } }';
  expect(await faultsOf(body("{ $ref: '#/components/schemas/Tree' }", example, schemas))).toEqual([
    '11 The example at /left/right/leaf is not of type string.',
  ]);
});

const SHAPES = `Shape:
  oneOf:
    - { $ref: '#/components/schemas/Round' }
    - { $ref: '#/components/schemas/Square' }
Told:
  oneOf:
    - { $ref: '#/components/schemas/Round' }
    - { $ref: '#/components/schemas/Square' }
  discriminator:
    propertyName: kind
    mapping: { round: '#/components/schemas/Round', square: Square }
Round: { type: object, required: [kind, radius], properties: { kind: { const: round }, radius: { type: number } } }
Square: { type: object, required: [kind, side], properties: { kind: { const: square }, side: { type: number } } }
Any: { anyOf: [{ type: string }, { type: integer }] }
Both: { oneOf: [{ type: number }, { type: integer }] }`;

test.each([
  ['Told', 'kind: square\nside: wide', '12 The example at /side is not of type number.'],
  ['Told', 'kind: oval', '10 The example has the unknown `kind` "oval": "round", "square" are known.'],
  ['Told', 'side: 1', '10 The example lacks `kind`, which tells the alternatives apart.'],
  ['Shape', 'kind: square\nside: wide', '12 The example at /side is not of type number.'],
  ['Shape', 'kind: oval', '10 The example fits none of the 2 alternatives.'],
  ['Any', '[1]', '10 The example fits none of the 2 alternatives.'],
  ['Both', '1', '10 The example fits alternatives 1 and 2, not one.'],
])('of a union %s, %j is judged by the alternative that was meant', async (name, example, fault) => {
  expect(await faultsOf(body(`{ $ref: '#/components/schemas/${name}' }`, example, SHAPES))).toEqual([fault]);
});

test('requests need no readOnly property, and answers no writeOnly one', async () => {
  const schemas = `User:
  type: object
  required: [id, secret]
  properties: { id: { type: string, readOnly: true }, secret: { type: string, writeOnly: true } }`;
  const media = "{ application/json: { schema: { $ref: '#/components/schemas/User' }, example: {} } }";
  const operation = `requestBody: { content: ${media} }
responses:
  '200': { description: Fine., content: ${media} }`;
  expect(await faultsOf(document(operation, schemas))).toEqual([
    '6 The example lacks `secret`.',
    '8 The example lacks `id`.',
  ]);
});

test('OpenAPI 3.0 says null and exclusive bounds in its own way', async () => {
  const schema = `{ type: object, properties: { a: { type: string, nullable: true }, b: { nullable: true, allOf: [{ type: string }] }, c: { type: integer, minimum: 1, exclusiveMinimum: true } } }`;
  const faults = (example: string) => faultsOf(body(schema, example, '{}', '3.0.3'));
  expect(await faults('a: null\nb: null\nc: 2')).toEqual([]);
  expect(await faults('a: 1\nb: 1\nc: 1')).toEqual([
    '11 The example at /a is not of type string or null.',
    '12 The example at /b is not of type string.',
    '13 The example at /c must be > 1.',
  ]);
});

test('data in a text is checked by its contentSchema, where the media type is read', async () => {
  const text = (type: string) =>
    `{ type: string, contentMediaType: ${type}, contentSchema: { type: object, required: [a], properties: { b: { type: integer } } } }`;
  expect(await faultsOf(body(text('application/json'), `'{"b":"c"}'`))).toEqual([
    '10 The example holds data whose value lacks `a`.',
    '10 The example holds data whose /b is not of type integer.',
  ]);
  expect(await faultsOf(body(text('application/json'), 'no json'))).toEqual([
    '10 The example is no application/json.',
  ]);
  expect(await faultsOf(body(text('application/yaml'), "'a: 1'"))).toEqual([]);
  expect(await faultsOf(body(text('text/csv'), 'a;b'))).toEqual([]);
});

const EVENTS = `Item:
  type: object
  required: [data]
  properties:
    id: { type: string, pattern: '^[0-9]+$' }
    data: { type: string, contentMediaType: application/json, contentSchema: { type: object, required: [step] } }`;

const stream = (examples: string) =>
  document(
    `responses:
  '200':
    description: Events.
    content:
      text/event-stream:
        itemSchema: { $ref: '#/components/schemas/Item' }
        examples:
${examples.replaceAll(/^/gm, '          ')}`,
    EVENTS,
  );

test('the items of a stream are checked, written as data or as text', async () => {
  expect(
    await faultsOf(stream(`data: { dataValue: [{ id: '1', data: '{"step":1}' }, { data: '{}' }] }`)),
  ).toEqual(['13 The example at /data holds data whose value lacks `step`.']);
  const text = `text:
  serializedValue: |
    id: 1
    data: {"step":1}

    id: x
    data: {"step":
    data: 2}
    : a comment`;
  expect(await faultsOf(stream(text))).toEqual(['14 The example at /id does not match ^[0-9]+$.']);
});

test('items of JSON lines are checked one by one', async () => {
  const lines = (value: string) =>
    document(`responses:
  '200':
    description: Lines.
    content:
      application/jsonl:
        itemSchema: { type: object, required: [a] }
        examples:
          lines: { serializedValue: ${value} }`);
  expect(await faultsOf(lines(String.raw`"{\"a\":1}\n{\"b\":1}\n"`))).toEqual(['13 The example lacks `a`.']);
  expect((await faultsOf(lines('"{"')))[0]).toMatch(/^13 The example is no JSON: /);
});

test('examples of parameters, headers, components and schemas are checked', async () => {
  const operation = `parameters:
  - { name: limit, in: query, schema: { type: integer }, example: many }
  - { name: sort, in: query, schema: { enum: [up] }, examples: { down: { $ref: '#/components/examples/Down' } } }
responses:
  '200':
    description: Fine.
    headers:
      ETag: { schema: { type: string }, example: 1 }`;
  const [name, text] =
    Object.entries(document(operation, 'Name: { type: string, example: 1, examples: [a, 2] }'))[0] ?? [];
  expect(await faultsOf({ [name ?? '']: `${text}  examples: { Down: { value: down } }\n` })).toEqual([
    '7 The example is not of type integer.',
    '17 The example is none of "up".',
    '13 The example is not of type string.',
    '16 The example is not of type string.',
    '16 The example is not of type string.',
  ]);
});

test('text of media types that are not read is not taken for data', async () => {
  const media = (type: string, schema: string) =>
    document(`requestBody: { content: { ${type}: { schema: ${schema}, example: 'a=1' } } }\nresponses: {}`);
  expect(await faultsOf(media('application/x-www-form-urlencoded', '{ type: object }'))).toEqual([]);
  expect(await faultsOf(media('text/plain', '{ type: string, maxLength: 1 }'))).toHaveLength(1);
});

test('examples of AsyncAPI messages are checked, payload and headers, unless their format is another language', async () => {
  const messages = `asyncapi: 3.1.0
info: { title: T, version: 1.0.0 }
channels:
  news:
    messages:
      plain:
        headers: { type: object, required: [key] }
        payload: { type: object, properties: { at: { type: integer } } }
        examples:
          - headers: {}
            payload: { at: noon }
      named:
        payload: { schemaFormat: application/schema+yaml;version=draft-07, schema: { type: string } }
        examples: [{ payload: 1 }]
      foreign:
        payload: { schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: { type: record } }
        examples: [{ payload: 1 }]
`;
  expect(await faultsOf({ 'asyncapi.yaml': messages })).toEqual([
    '11 The example at /at is not of type integer.',
    '10 The example lacks `key`.',
    '14 The example is not of type string.',
  ]);
});

test('a schema that cannot be compiled is told at the schema', async () => {
  expect((await faultsOf(body("{ type: string, pattern: '(' }", 'a')))[0]).toMatch(
    /^9 This schema cannot be checked: /,
  );
});
