import { expect, test } from 'vitest';
import { document, findingsOf } from '../testing/findings.ts';
import { projectRules } from './project.ts';

const ruleOf = (id: string) => projectRules.filter((rule) => rule.id === id);
const found = (id: string, files: Readonly<Record<string, string>>) => findingsOf(ruleOf(id), files);

const responses = (...statuses: readonly string[]): string =>
  `responses: { ${statuses.map((status) => `'${status}': { description: A. }`).join(', ')} }`;

const ALWAYS = ['406', '429', '500', '503'];

test.each([
  ['anything', '', []],
  ['a body', 'requestBody: { content: {} }\n', ['400', '413', '415']],
  ['a parameter', 'parameters: [{ name: q, in: query, schema: {} }]\n', ['400']],
  [
    'a parameter in the path',
    'parameters: [{ name: id, in: path, required: true, schema: {} }]\n',
    ['400', '404'],
  ],
  ['credentials', 'security: [{ key: [] }]\n', ['401']],
  ['credentials with a permission', 'security: [{ key: [READ] }]\n', ['401', '403']],
  ['credentials that may be left out', 'security: [{ key: [READ] }, {}]\n', []],
])('an operation that takes %s has the statuses of that', async (_, operation, statuses) => {
  const all = await found('operation-statuses', document(`${operation}${responses('200')}`));
  expect(all.map((text) => text.split(' ')[1])).toEqual([...statuses, ...ALWAYS].sort());
  const whole = document(`${operation}${responses('200', ...statuses, ...ALWAYS)}`);
  expect(await found('operation-statuses', whole)).toEqual([]);
  expect(await found('operation-statuses', document(`${operation}${responses('4XX', '5XX')}`))).toEqual([]);
});

test('where faults are told with a status of 200, neither 400 nor 404 is asked for', async () => {
  const operation = `parameters: [{ name: id, in: path, required: true, schema: {} }]
responses: { '200': { description: A., x-error-codes: [7] } }`;
  const all = await found('operation-statuses', document(operation));
  expect(all.map((text) => text.split(' ')[1])).toEqual(ALWAYS);
});

test('an operation says who may call it, and with which permission', async () => {
  const scopes = (security: string) => found('operation-scopes', document(`${security}\nresponses: {}`));
  expect(await scopes('summary: A')).toEqual(['5 The operation has no `security` of its own.']);
  expect(await scopes('security: [{ key: [] }]')).toEqual(['6 No permission is named: any key may do this.']);
  expect(await scopes('security: [{ key: [READ] }, { cookie: [] }]')).toEqual([]);
  expect(await scopes('security: []')).toEqual([]);
});

test('operations and messages have a Chinese summary', async () => {
  expect(await found('summary-zh', document('responses: {}'))).toEqual(['5 `x-summary-zh` is missing.']);
  expect(await found('summary-zh', document('x-summary-zh: English\nresponses: {}'))).toHaveLength(1);
  expect(await found('summary-zh', document('x-summary-zh: 创建\nresponses: {}'))).toEqual([]);
  const messages = `asyncapi: 3.1.0
info: { title: T, version: 1.0.0 }
channels: { news: { messages: { a: { payload: {} } } } }
operations: { tell: { action: send, channel: { $ref: '#/channels/news' } } }
`;
  expect(await found('summary-zh', { 'asyncapi.yaml': messages })).toHaveLength(2);
});

test('errors list their codes, and say when to try again', async () => {
  const operation = responses('200', '404', '429', '503');
  expect(await found('error-codes', document(operation))).toHaveLength(3);
  expect(await found('retry-after', document(operation))).toHaveLength(2);
  const whole = `responses:
  '429': { description: A., x-error-codes: [busy], headers: { retry-after: { schema: {} } } }`;
  expect(await found('error-codes', document(whole))).toEqual([]);
  expect(await found('retry-after', document(whole))).toEqual([]);
});

test('what somebody else answers is not asked for', async () => {
  const operation = `x-summary-zh: 好
security: []
responses: { default: { description: A. } }
callbacks: { told: { '{$url}': { post: { responses: {} } } } }`;
  expect(await found('operation-statuses', document(operation))).toEqual([]);
  expect(await found('operation-scopes', document(operation))).toEqual([]);
});
