import { describe, expect, test } from 'vitest';
import type { ExtractorNode } from '../definition/types.ts';
import { createOfflineModel } from '../models/offline.ts';
import { ModelError } from '../ports.ts';
import { extractor } from './extractor.ts';
import { createContext, createScriptedModel, type Reply } from './model/testing.ts';

const node: ExtractorNode = {
  id: 'order',
  type: 'extractor',
  query: '{{ start.mail }}',
  instruction: 'Amounts are in {{ start.currency }}.',
  schema: {
    type: 'object',
    properties: {
      number: { type: 'string', description: 'The order number' },
      amount: { type: 'number' },
      urgent: { type: 'boolean' },
    },
    required: ['number'],
  },
};
const values = { start: { mail: 'Order number: A-7\nAmount: 12.50 euros', currency: 'euros' } };

async function extract(reply: Reply, more: Partial<ExtractorNode> = {}) {
  const { model, requests } = createScriptedModel([reply]);
  const { context, written } = createContext({ values, services: { models: model } });
  return { ...(await extractor.execute({ ...node, ...more }, context)), requests, written };
}

test('its outputs are the values that the model found', async () => {
  const { outputs, tokens, written } = await extract(
    '{"number": "A-7", "amount": 12.5, "urgent": false, "x": 1}',
  );
  expect(outputs).toEqual({ number: 'A-7', amount: 12.5, urgent: false, _success: true, _reason: '' });
  expect(tokens).toEqual({ prompt: 10, completion: 3 });
  expect(written.text).toEqual([]);
});

test('what the model did not find is null, and no fault unless it is required', async () => {
  expect((await extract('{"number": "A-7", "amount": null}')).outputs).toEqual({
    number: 'A-7',
    amount: null,
    urgent: null,
    _success: true,
    _reason: '',
  });
  const { outputs } = await extract('{"number": null}');
  expect(outputs).toMatchObject({
    number: null,
    _success: false,
    _reason: expect.stringContaining("'number'"),
  });
});

test.each(['Nothing to see.', '', '{"number": ', '[1]'])('%j is an answer without values', async (reply) => {
  expect((await extract(reply)).outputs).toEqual({
    number: null,
    amount: null,
    urgent: null,
    _success: false,
    _reason: "the model's answer holds no JSON object",
  });
});

describe('obvious cases are coerced', () => {
  test.each([
    [
      '{"number": 7, "amount": "12.50", "urgent": "True"}',
      { number: '7', amount: 12.5, urgent: true, _success: true },
    ],
    ['{"number": "7", "amount": " -3 "}', { number: '7', amount: -3, _success: true }],
    [
      '{"number": "7", "amount": "a lot"}',
      { amount: 'a lot', _success: false, _reason: '/amount must be number' },
    ],
    ['{"number": "7", "urgent": 1}', { urgent: 1, _success: false }],
  ])('%s', async (reply, want) => {
    expect((await extract(reply)).outputs).toMatchObject(want);
  });

  test('inside lists and objects too', async () => {
    const items = { type: 'object', properties: { count: { type: 'integer' } } };
    const schema = { type: 'object' as const, properties: { lines: { type: 'array', items } } };
    const { outputs } = await extract('{"lines": [{"count": "3"}, {"count": 4}]}', { schema });
    expect(outputs.lines).toEqual([{ count: 3 }, { count: 4 }]);
  });
});

test('null is a value where the schema says so', async () => {
  const schema = {
    type: 'object' as const,
    properties: { end: { type: ['string', 'null'] } },
    required: ['end'],
  };
  expect((await extract('{"end": null}', { schema })).outputs).toEqual({
    end: null,
    _success: true,
    _reason: '',
  });
});

test('names of inherited members are found only where the model wrote them', async () => {
  const schema = { type: 'object' as const, properties: { constructor: { type: 'string' }, toString: {} } };
  expect((await extract('{}', { schema })).outputs).toMatchObject({ constructor: null, toString: null });
});

test('the model is asked for null where there is nothing; the text stands alone', async () => {
  const { requests } = await extract('{}');
  expect(requests[0]?.answerSchema).toMatchObject({
    properties: { amount: { anyOf: [{ type: 'number' }, { type: 'null' }] } },
    required: ['number', 'amount', 'urgent'],
  });
  expect(requests[0]?.messages[0]?.content).toContain('Amounts are in euros.');
  expect(requests[0]?.messages[1]).toEqual({ role: 'user', content: values.start.mail });
});

test('a model that fails, fails the node', async () => {
  const error = new ModelError('gone', { code: 'model_unavailable', retryable: true });
  const models = {
    stream() {
      throw error;
    },
  };
  const { context } = createContext({ values, services: { models } });
  await expect(extractor.execute(node, context)).rejects.toBe(error);
});

test('the offline model extracts what stands there under its name', async () => {
  const { context } = createContext({ values, services: { models: createOfflineModel() } });
  expect((await extractor.execute(node, context)).outputs).toEqual({
    number: 'A-7',
    amount: 12.5,
    urgent: null,
    _success: true,
    _reason: '',
  });
});

test('its schema must leave the names of its own outputs free', () => {
  const schema = { type: 'object' as const, properties: { _success: {}, _reason: {}, other: {} } };
  const findings = [
    ...(extractor.check?.({ ...node, schema }, '/nodes/1', { name: 'x', nodes: [], edges: [] }) ?? []),
  ];
  expect(findings.map(({ code, pointer }) => [code, pointer])).toEqual([
    ['invalid_node', '/nodes/1/schema/properties/_success'],
    ['invalid_node', '/nodes/1/schema/properties/_reason'],
  ]);
});
