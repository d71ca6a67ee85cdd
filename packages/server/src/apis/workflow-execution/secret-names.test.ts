import type { WorkflowDefinition } from '@flowwire/engine';
import { describe, expect, test } from 'vitest';
import { settleSecretNames } from './secret-names.ts';

const definition = (text: string): WorkflowDefinition => ({
  name: 'report',
  nodes: [
    { id: 'start', type: 'start' },
    { id: 'call', type: 'http', method: 'GET', url: 'https://example.com', headers: { 'x-key': text } },
  ],
  edges: [{ from: 'start', to: 'call' }],
});

const storeWith = (values: Readonly<Record<string, string>>) => ({
  read: async (_tenantId: string, names: readonly string[]) =>
    new Map(Object.entries(values).filter(([name]) => names.includes(name))),
});

const secret = { name: 'KEY', value: 'mine', line: 3 };

describe('the names of moved secrets', () => {
  test.each([
    ['a free name', {}, 'KEY'],
    ['a name with the same value', { KEY: 'mine' }, 'KEY'],
    ['a name with another value', { KEY: 'theirs' }, 'KEY_2'],
    ['several names with other values', { KEY: 'a', KEY_2: 'b' }, 'KEY_3'],
    [
      'more names than are asked for at once',
      Object.fromEntries(Array.from({ length: 25 }, (_, i) => [i === 0 ? 'KEY' : `KEY_${i + 1}`, 'a'])),
      'KEY_26',
    ],
    ['a numbered name with the same value', { KEY: 'a', KEY_2: 'mine' }, 'KEY_2'],
  ])('%s gives %s', async (_name, known, expected) => {
    const settled = await settleSecretNames(storeWith(known), 't', definition('{{ secret.KEY }}'), [secret]);
    expect(settled.secrets).toEqual([{ ...secret, name: expected }]);
    expect(settled.definition).toEqual(definition(`{{ secret.${expected} }}`));
  });

  test('two secrets of one text do not meet in one name', async () => {
    const other = { name: 'KEY_2', value: 'other', line: 4 };
    const text = '{{ secret.KEY }} {{secret.KEY_2}} {{ secret.KEY_20 }} {{ env.KEY }}';
    const settled = await settleSecretNames(storeWith({ KEY: 'theirs' }), 't', definition(text), [
      secret,
      other,
    ]);
    expect(settled.secrets.map(({ name }) => name)).toEqual(['KEY_2', 'KEY_2_2']);
    expect(settled.definition).toEqual(
      definition('{{ secret.KEY_2 }} {{secret.KEY_2_2}} {{ secret.KEY_20 }} {{ env.KEY }}'),
    );
  });
});
