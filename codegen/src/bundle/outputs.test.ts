import { expect, test } from 'vitest';
import { UsageError } from '../commands/command.ts';
import { planOutputs } from './outputs.ts';

const CHAT = { name: 'chat', openapi: 'specs/chat/openapi.yaml', asyncapi: 'specs/chat/asyncapi.yaml' };
const USERS = { name: 'users', openapi: 'specs/users/openapi.yaml' };

const filesOf = (...args: Parameters<typeof planOutputs>): (string | undefined)[] =>
  planOutputs(...args).outputs.map(({ file }) => file);

test('one document goes to standard output, to a file or into a folder', () => {
  expect(planOutputs([USERS], undefined, undefined)).toEqual({
    outputs: [{ document: 'specs/users/openapi.yaml' }],
    format: 'yaml',
  });
  expect(filesOf([USERS], 'users.yml', undefined)).toEqual(['users.yml']);
  expect(filesOf([USERS], 'out', 'json')).toEqual(['out/openapi.json']);
});

test("a file's ending says its format", () => {
  expect(planOutputs([USERS], 'users.json', undefined).format).toBe('json');
});

test('documents of one name go into folders: of their API where it has a name, else of their own', () => {
  expect(filesOf([CHAT, USERS], 'out', undefined)).toEqual([
    'out/chat/openapi.yaml',
    'out/chat/asyncapi.yaml',
    'out/users/openapi.yaml',
  ]);
  const named = [
    { ...CHAT, name: 'openapi' },
    { ...USERS, name: 'openapi' },
  ];
  expect(filesOf(named, 'out', undefined)).toEqual(filesOf([CHAT, USERS], 'out', undefined));
});

test.each<[string, Parameters<typeof planOutputs>]>([
  ['--out is missing', [[CHAT], undefined, undefined]],
  ['is one file', [[CHAT], 'all.yaml', undefined]],
  ['does not go with --format', [[USERS], 'users.yaml', 'json']],
  ['Two documents would be', [[USERS, { ...USERS, openapi: 'old/users/openapi.yaml' }], 'out', undefined]],
])('%s: told before anything is written', (message, args) => {
  expect(() => planOutputs(...args)).toThrow(UsageError);
  expect(() => planOutputs(...args)).toThrow(message);
});
