import { expect, test } from 'vitest';
import { createSchemaTypes } from '../../emit/schema-types.ts';
import { open, schemaDocument } from '../schemas.testing.ts';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const User = {
  type: 'object',
  required: ['id', 'name', 'password'],
  properties: {
    id: { type: 'string', readOnly: true },
    name: { type: 'string' },
    password: { type: 'string', writeOnly: true },
  },
};
const json = (schema: unknown) => ({ content: { 'application/json': { schema } } });
const REQUEST = '/paths/~1users/post/requestBody/content/application~1json/schema';
const ANSWER = '/paths/~1users/post/responses/200/content/application~1json/schema';

/** The types of an API whose one operation takes `request` and answers `answer`. */
async function read(schemas: Record<string, unknown>, request: unknown, answer: unknown, version = '3.1.0') {
  const post = { requestBody: json(request), responses: { 200: { description: '', ...json(answer) } } };
  const opened = await open({ 'openapi.json': schemaDocument(schemas, version, { '/users': { post } }) });
  const names = [
    opened.table.named(opened.at(REQUEST), 'Body', 'input'),
    opened.table.named(opened.at(ANSWER), 'Answer', 'output'),
  ];
  return { names, schemas: opened.schemas(), types: createSchemaTypes(opened.table.all()).declarations() };
}

test('a schema of both sides is two, each without what the other side has', async () => {
  const { names, schemas, types } = await read({ User }, ref('User'), ref('User'));
  expect(names).toEqual(['UserInput', 'User']);
  expect(types).toContain('export interface UserInput {\n  name: string;\n  password: string;\n}');
  expect(types).toContain('export interface User {\n  id: string;\n  name: string;\n}');
  expect(schemas).toMatchObject({
    UserInput: { required: ['name', 'password'], properties: { id: { type: 'string', readOnly: true } } },
    User: { required: ['id', 'name'], properties: { password: { type: 'string', writeOnly: true } } },
  });
});

test('whatever leads to such a schema is two schemas as well, and nothing else', async () => {
  const schemas = {
    User,
    Group: { type: 'object', properties: { users: { type: 'array', items: ref('User') }, tag: ref('Tag') } },
    Tag: { type: 'object', properties: { text: { type: 'string' } } },
  };
  const { schemas: found } = await read(schemas, ref('Group'), ref('Group'));
  expect(Object.keys(found)).toEqual(['GroupInput', 'UserInput', 'Tag', 'Group', 'User']);
});

test('a schema of one side keeps its name', async () => {
  const { names, types } = await read({ User }, ref('User'), { type: 'string' });
  expect(names).toEqual(['User', 'Answer']);
  expect(types).toContain('export interface User {\n  name: string;\n  password: string;\n}');
});

test('a mark counts through a reference and through an allOf', async () => {
  const schemas = {
    Id: { type: 'string', readOnly: true },
    X: {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: ref('Id'), b: { allOf: [ref('Plain')], readOnly: true }, c: ref('Plain') },
    },
    Plain: { type: 'string' },
  };
  const { names, types } = await read(schemas, ref('X'), ref('X'), '3.0.3');
  expect(names).toEqual(['XInput', 'X']);
  expect(types).toContain('export interface XInput {\n  c?: Plain;\n}');
  expect(types).toContain('export interface X {\n  a: Id;\n  b: Plain;\n  c?: Plain;\n}');
  expect(types).not.toContain('IdInput');
});

test('a member that another part of an allOf requires is not required either', async () => {
  const schemas = {
    X: { allOf: [{ properties: { id: { type: 'string', readOnly: true } } }, { required: ['id'] }] },
  };
  const { schemas: found } = await read(schemas, ref('X'), ref('X'));
  expect(found.XInput).toMatchObject({ allOf: [{}, { required: [] }] });
  expect(found.X).toMatchObject({ allOf: [{}, { required: ['id'] }] });
});

test('documents without marks have one schema of each', async () => {
  const { names } = await read({ X: { type: 'object', properties: { readOnly: {} } } }, ref('X'), ref('X'));
  expect(names).toEqual(['X', 'X']);
});
