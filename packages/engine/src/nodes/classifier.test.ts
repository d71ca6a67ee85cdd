import { describe, expect, test } from 'vitest';
import type { ClassifierNode } from '../definition/types.ts';
import { createOfflineModel } from '../models/offline.ts';
import { classifier } from './classifier.ts';
import { createContext, createScriptedModel, type Reply } from './model/testing.ts';

const node: ClassifierNode = {
  id: 'topic',
  type: 'classifier',
  query: '{{ start.query }}',
  instruction: 'The shop sells {{ start.goods }}.',
  classes: [
    { id: 'billing', name: 'Money matters', description: 'Invoices, payments, refunds' },
    { id: 'c_2', name: 'Delivery' },
    { id: 'rest', name: '其他问题' },
  ],
};
const values = { start: { query: 'Where is my parcel?', goods: 'books' } };

async function classify(reply: Reply, more: Partial<ClassifierNode> = {}) {
  const { model, requests } = createScriptedModel([reply]);
  const { context, written } = createContext({ values, services: { models: model } });
  return { ...(await classifier.execute({ ...node, ...more }, context)), requests, written };
}

describe('an answer is the class', () => {
  test.each([
    ['as asked', '{"class_id": "c_2"}', 'c_2'],
    ['as asked, in a fence', '```json\n{"class_id": "c_2"}\n```', 'c_2'],
    ['that it names by its id', 'c_2', 'c_2'],
    ['that it names by its id, quoted', '"C_2".', 'c_2'],
    ['that it names by its name', 'delivery', 'c_2'],
    ['whose name stands for the id', '{"class_id": "Delivery"}', 'c_2'],
    ['that a sentence mentions', 'The class is **Delivery**, clearly.', 'c_2'],
    ['that a Chinese sentence mentions', '这属于其他问题类', 'rest'],
    ['after thoughts of another', '<think>billing?</think>c_2', 'c_2'],
  ])('%s', async (_name, reply, id) => {
    const { outputs, handle } = await classify(reply);
    expect([outputs.class_id, handle]).toEqual([id, id]);
    expect(outputs.class_name).toBe(node.classes.find((one) => one.id === id)?.name);
  });
});

describe('an answer without one clear class', () => {
  const unclear = [
    'I do not know.',
    'Delivery or billing',
    'The restaurant',
    '{"class_id": 7}',
    '',
    '{"class_id": "x"}',
  ];

  test.each(unclear)('%j is the default', async (reply) => {
    expect(await classify(reply, { default: 'rest' })).toMatchObject({
      outputs: { class_id: 'rest', class_name: '其他问题' },
      handle: 'rest',
    });
  });

  test.each(unclear)('%j fails a node without default, which may be tried again', async (reply) => {
    await expect(classify(reply)).rejects.toMatchObject({ code: 'classification_failed', retryable: true });
  });
});

test('the model is shown the classes and may answer nothing else; the text stands alone', async () => {
  const { requests, written, tokens } = await classify('rest', { default: 'billing', temperature: 0 });
  const [request] = requests;
  expect(request?.answerSchema?.properties).toEqual({ class_id: { enum: ['c_2', 'rest', 'billing'] } });
  expect(request?.temperature).toBe(0);
  expect(request?.messages[0]?.content).toContain(
    '- billing: Money matters. Invoices, payments, refunds\n- c_2: Del',
  );
  expect(request?.messages[0]?.content).toContain('The shop sells books.');
  expect(request?.messages[1]).toEqual({ role: 'user', content: 'Where is my parcel?' });
  expect(written).toEqual({ text: [], reasoning: [] });
  expect(tokens).toEqual({ prompt: 10, completion: 3 });
});

test.each([
  ['I want a refund for these invoices', 'billing'],
  ['The delivery is late', 'c_2'],
  ['Good morning', 'rest'],
])('the offline model classifies %j by shared words', async (query, id) => {
  const { context } = createContext({ services: { models: createOfflineModel() } });
  const { handle } = await classifier.execute({ ...node, query, default: 'rest' }, context);
  expect(handle).toBe(id);
});

describe('a definition is wrong when', () => {
  const codes = (more: Partial<ClassifierNode>) =>
    [
      ...(classifier.check?.({ ...node, ...more }, '/nodes/2', { name: 'x', nodes: [], edges: [] }) ?? []),
    ].map(({ code, pointer }) => [code, pointer]);
  const named = (...ids: string[]) => ({ classes: ids.map((id) => ({ id, name: id })) });

  test.each([
    ['two classes share an id', named('a', 'b', 'a'), [['duplicate_case_id', '/nodes/2/classes/2/id']]],
    ['a class is called error', named('error'), [['reserved_id', '/nodes/2/classes/0/id']]],
    ['the default is no class', { default: 'x' }, [['invalid_node', '/nodes/2/default']]],
    ['none of these (it is not)', { default: 'rest' }, []],
  ])('%s', (_name, more, want) => {
    expect(codes(more)).toEqual(want);
  });

  test('its edges are its classes', () => {
    expect(classifier.handles?.(node)).toEqual(['billing', 'c_2', 'rest']);
  });
});
