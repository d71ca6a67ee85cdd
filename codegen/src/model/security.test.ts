import { expect, test } from 'vitest';
import { faultsOf, modelOf } from '../../test/support.ts';

const documentsOf = (security: string, schemes = '{}') => ({
  'openapi.yaml': `openapi: 3.1.0
info: { title: T, version: '1' }
security: [{ key: [] }]
paths:
  /a:
    get:
      operationId: getA
      ${security}
      responses: { '204': { description: Done. } }
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key }
    token: { type: http, scheme: Bearer }
    flow: { type: oauth2, flows: { clientCredentials: { tokenUrl: https://a.example/, scopes: { read: Read } } } }
    more: ${schemes}
`,
});

const MORE = '{ type: mutualTLS }';

test.each([
  ['', [{ key: [] }]],
  ['security: []', []],
  ['security: [{ key: [], token: [] }]', [{ key: [], token: [] }]],
  ['security: [{}, { flow: [read] }]', [{}, { flow: ['read'] }]],
])('%j lets these callers in', async (security, read) => {
  const { operations } = await modelOf(documentsOf(security, MORE));
  expect(operations[0]?.security).toEqual(read);
});

test('schemes say what a client must know to sign a request', async () => {
  const { securitySchemes } = await modelOf(documentsOf('', MORE));
  expect(securitySchemes).toEqual({
    key: { type: 'apiKey', in: 'header', name: 'X-Key' },
    token: { type: 'http', scheme: 'bearer' },
    flow: { type: 'oauth2' },
    more: { type: 'mutualTLS' },
  });
});

test('a scheme that the document does not have is a fault', async () => {
  expect(await faultsOf(documentsOf('security: [{ nobody: [] }]', MORE))).toEqual([
    'openapi.yaml:8 There is no security scheme nobody in components.securitySchemes.',
  ]);
});
