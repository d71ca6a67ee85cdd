import { expect, test } from 'vitest';
import { createSecrets, isSensitive, secretName, splitCredential } from './secrets.ts';

test.each([
  'Authorization',
  'Proxy-Authorization',
  'X-API-Key',
  'apikey',
  'access_token',
  'X-Auth-Token',
  'client-secret',
  'Cookie',
  'key',
  'password',
  'accessToken',
])('%s names a credential', (name) => expect(isSensitive(name)).toBe(true));

test.each(['Accept', 'max_tokens', 'monkey', 'primary_key', 'author', 'tokens', 'X-Request-Id', 'keyword'])(
  '%s names none',
  (name) => expect(isSensitive(name)).toBe(false),
);

test.each([
  ['Bearer abc', true, ['Bearer ', 'abc', '']],
  ['  basic  YTpi ', true, ['  basic  ', 'YTpi', ' ']],
  ['abc', true, ['', 'abc', '']],
  [' ', true, undefined],
  ['', true, undefined],
  [' and ', false, undefined],
  ['prefix-12345-', false, ['', 'prefix-12345-', '']],
])('the credential in %j', (text, isWhole, parts) => {
  expect(splitCredential(text, isWhole)).toEqual(parts);
});

test('a name is in capital letters and begins with one', () => {
  expect(secretName('api-key')).toBe('API_KEY');
  expect(secretName('1732_authorization')).toBe('SECRET_1732_AUTHORIZATION');
  expect(secretName('ключ')).toMatch(/^[A-Z][A-Z0-9_]{0,63}$/);
  expect(secretName('a'.repeat(500))).toHaveLength(58);
});

test('one value has one secret, another value of the same name a further one', () => {
  const secrets = createSecrets();
  expect(secrets.move('x_key', 'one', 3, 'x')).toBe('X_KEY');
  expect(secrets.move('x_key', 'one', 4)).toBe('X_KEY');
  expect(secrets.move('x_key', 'two', 5)).toBe('X_KEY_2');
  expect(secrets.moved).toEqual([
    { name: 'X_KEY', value: 'one', line: 3, nodeId: 'x' },
    { name: 'X_KEY_2', value: 'two', line: 5 },
  ]);
});
