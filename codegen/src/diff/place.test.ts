import { expect, test } from 'vitest';
import { describePointer } from './place.ts';

const ROOT = {
  paths: {
    '/runs': {
      get: { parameters: [{ $ref: '#/components/parameters/Limit' }] },
      additionalOperations: { COPY: {} },
    },
  },
  components: { parameters: { Limit: { name: 'limit', in: 'query' } } },
  operations: { tell: { messages: [{ name: 'said' }] } },
};

test.each([
  ['', 'document'],
  ['/info', 'info'],
  ['/paths/~1runs', '/runs'],
  ['/paths/~1runs/get', 'GET /runs'],
  ['/paths/~1runs/additionalOperations/COPY', 'COPY /runs'],
  ['/paths/~1runs/get/parameters/0/schema', 'GET /runs parameter limit'],
  [
    '/paths/~1runs/post/responses/200/content/application~1json/schema/properties/a/items',
    'POST /runs answer 200 application/json.a[]',
  ],
  ['/paths/~1runs/post/requestBody/content/text~1plain', 'POST /runs body text/plain'],
  ['/components/schemas/Run/properties/state', 'Run.state'],
  ['/components/schemas/Run/additionalProperties', 'Run.*'],
  ['/components/responses/NotFound/headers/ETag', 'response NotFound header ETag'],
  ['/operations/tell/messages/0', 'operation tell message said'],
  ['/channels/socket/bindings/ws', 'channel socket bindings ws'],
])('%s is said as %s', (pointer, text) => {
  expect(describePointer(ROOT, pointer)).toBe(text);
});
