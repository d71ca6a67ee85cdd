import type { Validator } from '@flowwire/contract';
import { expect, test } from 'vitest';
import { CHAT_DOCUMENTS, SPECIFICATION_DOCUMENTS } from '../../test/chat.ts';
import {
  type Documents,
  filesOf,
  importSource,
  operationDocument,
  schemaFilesOf,
} from '../../test/support.ts';

// Sound: whatever a generated module exports is a validator.
const isValidator = (value: unknown): value is Validator<unknown> => typeof value === 'function';

async function validatorsOf(source: string): Promise<(name: string) => Validator<unknown>> {
  const module = await importSource(source);
  return (name) => {
    const validator = module[name];
    if (!isValidator(validator)) throw new Error(`There is no validator ${name}.`);
    return validator;
  };
}

const outputs = async (documents: Documents) =>
  validatorsOf((await filesOf(documents)).get('output-validators.js') ?? '');
const inputs = async (documents: Documents) =>
  validatorsOf((await filesOf(documents)).get('input-validators.js') ?? '');

test('validators import and require nothing', async () => {
  const files = await filesOf(CHAT_DOCUMENTS);
  for (const name of ['output-validators.js', 'input-validators.js']) {
    expect(files.get(name)).not.toMatch(/^import\b|= require\(|node_modules/m);
  }
});

test('a union is dispatched by its discriminator, so faults are those of the branch', async () => {
  const chatEvent = (await outputs(CHAT_DOCUMENTS))('chatEvent');
  expect(chatEvent({ event: 'word', word: 'hello' })).toBe(true);
  expect(chatEvent({ event: 'word' })).toBe(false);
  expect(chatEvent.errors).toEqual([
    {
      instancePath: '',
      keyword: 'required',
      params: { missingProperty: 'word' },
      message: expect.any(String),
    },
  ]);
  expect(chatEvent({ event: 'song' })).toBe(false);
  expect(chatEvent.errors?.[0]).toMatchObject({ keyword: 'discriminator', params: { tagValue: 'song' } });
  expect(chatEvent('word')).toBe(false);
});

test('recursive schemas are checked at every depth', async () => {
  const chats = (await outputs(CHAT_DOCUMENTS))('listChats200');
  expect(chats([{ id: 'a', children: [{ id: 'b', children: [] }] }])).toBe(true);
  expect(chats([{ id: 'a', children: [{ id: 1, children: [] }] }])).toBe(false);
  expect(chats.errors?.[0]?.instancePath).toBe('/0/children/0/id');
});

test("a client stops at the first fault, and leaves a format that needs code to the server's care", async () => {
  const problem = (await outputs(CHAT_DOCUMENTS))('problem');
  expect(problem({ code: 2 ** 40 })).toBe(true);
  expect(problem({ code: 'no' })).toBe(false);
  expect(problem.errors).toHaveLength(1);
});

test('a server is told of every fault and reads formats to the letter', async () => {
  const body = (await inputs(CHAT_DOCUMENTS))('askBody');
  expect(body({ text: 'hello', mode: 'live', sent_at: '2024-02-29T00:00:00Z' })).toBe(true);
  expect(body({ text: 'far too long', mode: 'dead', sent_at: '2023-02-29T00:00:00Z', more: 1 })).toBe(false);
  expect(body.errors?.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`).sort()).toEqual([
    ' additionalProperties',
    '/mode enum',
    '/sent_at format',
    '/text maxLength',
  ]);
});

test('a value is neither converted nor completed', async () => {
  const query = (await inputs(CHAT_DOCUMENTS))('listChatsQuery');
  expect(query({ limit: '3' })).toBe(false);
  const empty = {};
  expect(query(empty)).toBe(true);
  expect(empty).toEqual({});
});

test('length counts characters, not UTF-16 code units', async () => {
  const body = (await inputs(CHAT_DOCUMENTS))('askBody');
  expect(body({ text: '\u{1F600}'.repeat(10) })).toBe(true);
  expect(body({ text: '\u{1F600}'.repeat(11) })).toBe(false);
});

test("items of the specification's example are checked by event", async () => {
  const item = (await outputs(SPECIFICATION_DOCUMENTS))('followEventsEvent');
  expect(item({ event: 'addJson', data: { foo: 1 }, id: '7' })).toBe(true);
  expect(item({ event: 'addJson', data: '{"foo":1}' })).toBe(false);
  expect(item({ event: 'addString', data: 'text' })).toBe(true);
  expect(item({ event: 'addString' })).toBe(false);
});

test('unevaluatedProperties looks into allOf', async () => {
  const schema = '{ allOf: [{ properties: { a: {} } }], unevaluatedProperties: false }';
  const operation = `parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
requestBody: { content: { application/json: { schema: ${schema} } } }
responses: { '204': { description: Done. } }`;
  const body = (await inputs({ 'openapi.yaml': operationDocument(operation) }))('doThingBody');
  expect(body({ a: 1 })).toBe(true);
  expect(body({ a: 1, b: 2 })).toBe(false);
});

test('words that are names in the file stay what they are', async () => {
  const files = await schemaFilesOf("$ref: '#/$defs/Found'\n$defs:\n  Found: { const: check_found }\n");
  const found = (await validatorsOf(files.get('validators.js') ?? ''))('found');
  expect(found('check_found')).toBe(true);
  expect(found('found')).toBe(false);
});

test('validators of bare schemas declare their own types', async () => {
  const files = await schemaFilesOf(
    "$ref: '#/$defs/Word'\n$defs:\n  Word: { type: string }\n  Other: { type: number }\n",
  );
  expect(files.get('validators.d.ts')).toContain('export declare const word: Validator<types.Word>;');
  expect(files.get('validators.d.ts')).not.toContain('@flowwire');
  expect(files.get('types.ts')).toContain('export type Other = number;');
});
