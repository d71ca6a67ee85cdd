import { expect, test } from 'vitest';
import { faultsOf, operationDocument, operationOf, warningsOf } from '../../test/support.ts';

const PATH = 'parameters: [{ name: id, in: path, required: true, schema: { type: string } }]';

const documentsOf = (responses: string, components?: string, version?: string) => ({
  'openapi.yaml': operationDocument(`${PATH}\nresponses: { ${responses} }`, components, version),
});

const repliesOf = async (...args: Parameters<typeof documentsOf>) =>
  (await operationOf(documentsOf(...args))).replies;

test('answers come in the order of their status: numbers, then their range, then the rest', async () => {
  const replies = await repliesOf(
    "default: { description: D }, 4xx: { description: C }, '404': { description: B }, '200': { description: A }",
  );
  expect(replies.map(({ status }) => status)).toEqual(['200', '404', '4XX', 'default']);
});

test('an answer has all its media types', async () => {
  const [reply] = await repliesOf(
    "'200': { description: D, content: { application/json: { schema: { type: object } }, text/csv: {}, image/png: {}, application/x+json: { schema: { type: array } }, multipart/mixed: {} } }",
  );
  expect(reply?.content).toEqual([
    { mediaType: 'application/json', kind: 'json', schema: 'DoThing200' },
    { mediaType: 'text/csv', kind: 'text' },
    { mediaType: 'image/png', kind: 'binary' },
    { mediaType: 'application/x+json', kind: 'json', schema: 'DoThing200XJson' },
    { mediaType: 'multipart/mixed', kind: 'binary' },
  ]);
});

test('a schema inside an answer or a body that operations share is called after that', async () => {
  const answer = "responses: { '503': { $ref: '#/components/responses/not-now' } }";
  const document = operationDocument(
    `${PATH}\nrequestBody: { $ref: '#/components/requestBodies/Order' }\n${answer}`,
  );
  const json = 'content: { application/json: { schema: { type: object } } }';
  const shared = `responses: { not-now: { description: Not now., ${json} } }\n  requestBodies: { Order: { ${json} } }`;
  const { body, replies } = await operationOf({
    'openapi.yaml': document.replace('components:\n', `components:\n  ${shared}\n`),
  });
  expect(body?.content[0]?.schema).toBe('OrderBody');
  expect(replies[0]?.content[0]?.schema).toBe('NotNowResponse');
});

test('a stream stands beside what is read as a whole, without anything that chooses between them', async () => {
  const operation = await operationOf(
    documentsOf(
      "'200': { description: D, content: { application/json: { schema: { type: object } }, text/event-stream: { itemSchema: { properties: { data: { type: string } } } } } }",
    ),
  );
  expect(operation.replies[0]).toMatchObject({
    content: [{ kind: 'json' }],
    stream: { format: { item: 'data', data: 'text' } },
  });
  expect(operation.streamSwitch).toBeUndefined();
});

test("the API's own error codes belong to the answer, also to one that several operations share", async () => {
  const document = operationDocument(
    `${PATH}\nresponses:\n  '404': { $ref: '#/components/responses/Gone' }\n  '409': { description: D, x-error-codes: [1001, 1002, 1001] }`,
  );
  const withShared = document.replace(
    'components:\n',
    'components:\n  responses: { Gone: { description: Gone., x-error-codes: [GONE] } }\n',
  );
  const { replies } = await operationOf({ 'openapi.yaml': withShared });
  expect(replies.map(({ errorCodes }) => errorCodes)).toEqual([['GONE'], [1001, 1002]]);
});

test.each([
  ["'600': { description: D }", '600 is no status. Use a number, a range such as 4XX, or default.'],
  ["'400': { description: D, x-error-codes: GONE }", 'x-error-codes is a list of strings and numbers.'],
  ["'400': { description: D, x-error-codes: [{}] }", 'x-error-codes is a list of strings and numbers.'],
])('%s is a fault', async (responses, fault) => {
  expect(await faultsOf(documentsOf(responses))).toContain(`openapi.yaml:7 ${fault}`);
});

test('items of a sequence that is no event stream are left in one text, and that is said', async () => {
  const responses =
    "'200': { description: D, content: { application/x-ndjson: { itemSchema: { type: object } } } }";
  expect((await repliesOf(responses))[0]?.content).toEqual([
    { mediaType: 'application/x-ndjson', kind: 'text' },
  ]);
  expect(await warningsOf(documentsOf(responses))).toEqual([
    'openapi.yaml:7 Not supported yet: single items of a body of application/x-ndjson. Such bodies are one text.',
  ]);
});
