import { identity } from '@flowwire/contract/identity';
import { expect, test } from 'vitest';
import { createIdentity } from './identity.ts';

test('every operation of the identity document has its method', () => {
  const client = createIdentity({ baseUrl: 'http://x' });
  expect(Object.keys(client)).toEqual(Object.keys(identity.operations));
});
