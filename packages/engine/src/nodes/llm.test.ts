import { describe, expect, test } from 'vitest';
import type { LlmNode } from '../definition/types.ts';
import type { ModelChunk } from '../ports.ts';
import { llm } from './llm.ts';
import { createContext, createScriptedModel, type Reply } from './model/testing.ts';

const node: LlmNode = {
  id: 'write',
  type: 'llm',
  messages: [
    { role: 'system', content: 'Be short.' },
    { role: 'user', content: 'Review {{ start.text }}' },
  ],
};

const values = { start: { text: 'a book', picture: 'https://example.org/a.png', none: null } };

async function run(
  more: Partial<LlmNode>,
  replies: readonly Reply[],
  parts: Parameters<typeof createContext>[0] = {},
) {
  const { model, requests } = createScriptedModel(replies);
  const { context, written } = createContext({ values, services: { models: model }, ...parts });
  const result = await llm.execute({ ...node, ...more }, context);
  return { ...result, requests, written };
}

const chunks = (...more: ModelChunk[]): ModelChunk[] => [
  ...more,
  { type: 'finish', model: 'scripted', tokens: { prompt: 10, completion: 3 }, finishReason: 'length' },
];

test('its text and its reasoning are told as they come, and are its outputs', async () => {
  const reply = chunks(
    { type: 'reasoning', text: 'It is ' },
    { type: 'reasoning', text: 'good.' },
    { type: 'text', text: 'Read ' },
    { type: 'text', text: 'it.' },
  );
  const { outputs, tokens, written } = await run({}, [reply]);
  expect(outputs).toEqual({
    text: 'Read it.',
    reasoning: 'It is good.',
    model: 'scripted',
    finish_reason: 'length',
    usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
  });
  expect(tokens).toEqual({ prompt: 10, completion: 3 });
  expect(written).toEqual({ text: ['Read ', 'it.'], reasoning: ['It is ', 'good.'] });
});

test('reasoning inside the text is taken out of it', async () => {
  const { outputs, written } = await run({}, ['<think>It is good.</think>\nRead it.']);
  expect(outputs).toMatchObject({ text: 'Read it.', reasoning: 'It is good.' });
  expect(written.text.join('')).toBe('Read it.');
  expect(written.reasoning.join('')).toBe('It is good.');
});

test('the provider is asked with everything that the node says', async () => {
  const members = { model: 'm', temperature: 0.1, top_p: 0.9, max_output_tokens: 5, stop: ['END'] };
  const { requests } = await run(members, ['ok']);
  expect(requests).toEqual([
    {
      tenantId: 'tenant_1',
      model: 'm',
      temperature: 0.1,
      topP: 0.9,
      maxOutputTokens: 5,
      stop: ['END'],
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: 'Review a book' },
      ],
    },
  ]);
});

test('the model waits until there is room for more', async () => {
  const { model } = createScriptedModel(['Some words, seven at a time']);
  const { context } = createContext({ values, services: { models: model } });
  let open = (): void => undefined;
  const heard: string[] = [];
  const writeText = (text: string): Promise<void> => {
    heard.push(text);
    return new Promise((resolve) => {
      open = resolve;
    });
  };
  const running = llm.execute(node, { ...context, writeText });
  await expect.poll(() => heard.length).toBe(1);
  open();
  await expect.poll(() => heard.length).toBe(2);
  while (heard.join('') !== 'Some words, seven at a time') {
    open();
    await new Promise((resolve) => setImmediate(resolve));
  }
  open();
  await expect(running).resolves.toMatchObject({ outputs: { text: 'Some words, seven at a time' } });
});

test.each([
  ['too much text', [chunks({ type: 'text', text: 'x'.repeat(1024 * 1024 + 1) })], 'output_too_large', false],
  [
    'too much reasoning',
    [chunks({ type: 'reasoning', text: 'x'.repeat(1024 * 1024 + 1) })],
    'output_too_large',
    false,
  ],
  ['an answer without its finish', [[{ type: 'text', text: 'Half' }]], 'model_incomplete', true],
] as [string, Reply[], string, boolean][])('%s fails the node', async (_name, replies, code, retryable) => {
  await expect(run({}, replies)).rejects.toMatchObject({ name: 'NodeError', code, retryable });
});

describe('the memory of a conversation', () => {
  const history = [1, 2, 3].flatMap((turn) => [
    { role: 'user' as const, content: `question ${turn}` },
    { role: 'assistant' as const, content: `answer ${turn}` },
  ]);
  const contents = async (more: Partial<LlmNode>) =>
    (await run(more, ['ok'], { history })).requests[0]?.messages.map(({ content }) => content);

  test('is the last turns, between the system messages and the rest', async () => {
    expect(await contents({ memory: { turns: 2 } })).toEqual([
      'Be short.',
      'question 2',
      'answer 2',
      'question 3',
      'answer 3',
      'Review a book',
    ]);
  });

  test('is ten turns by default', async () => {
    expect(await contents({ memory: {} })).toHaveLength(8);
  });

  test('is not shown unless the node asks for it', async () => {
    expect(await contents({})).toEqual(['Be short.', 'Review a book']);
  });
});

describe('images', () => {
  const png = 'data:image/png;base64,iVBORw0KGgo=';
  const show = (images: unknown) =>
    run({ messages: [...node.messages, { role: 'user', content: 'Look.', images }] }, ['ok']);

  test.each([
    ['a reference to a URL', '{{ start.picture }}', ['https://example.org/a.png']],
    ['a list', [png, '{{ start.picture }}', ''], [png, 'https://example.org/a.png']],
  ])('%s is shown to the model', async (_name, images, urls) => {
    const { requests } = await show(images);
    expect(requests[0]?.messages.at(-1)).toEqual({
      role: 'user',
      content: 'Look.',
      images: urls.map((url) => ({ url })),
    });
  });

  test.each([null, '', [], '{{ start.none }}', '{{ start.missing }}'])('%j shows none', async (images) => {
    const { requests } = await show(images);
    expect(requests[0]?.messages.at(-1)).toEqual({ role: 'user', content: 'Look.' });
  });

  test.each([
    ['a file', 'file:///etc/passwd'],
    ['text', 'a cat'],
    ['a number', 7],
    ['another data URL', 'data:text/html;base64,aGk='],
    ['a data URL that is not base64', 'data:image/svg+xml,<svg/>'],
    ['one among others', [png, { url: png }]],
    ['more than twenty', Array.from({ length: 21 }, () => png)],
    ['more than 8 MiB', `data:image/png;base64,${'A'.repeat(8 * 1024 * 1024)}`],
  ])('%s is refused, and the message is named', async (_name, images) => {
    const refused = expect(show(images)).rejects;
    await refused.toMatchObject({ name: 'NodeError', code: 'invalid_images', retryable: false });
    await refused.toThrow(/^message 2 /);
  });

  test('belong to messages of the user', () => {
    const messages: LlmNode['messages'] = [{ role: 'system', content: 'Look.', images: png }];
    const findings = [
      ...(llm.check?.({ ...node, messages }, '/nodes/1', { name: 'x', nodes: [], edges: [] }) ?? []),
    ];
    expect(findings).toMatchObject([
      { code: 'invalid_node', pointer: '/nodes/1/messages/0/images', nodeId: 'write' },
    ]);
  });
});

describe('an output schema', () => {
  const schema = { type: 'object' as const, properties: { stars: { type: 'integer' } }, required: ['stars'] };

  test('is told to the provider and to the model', async () => {
    const { requests } = await run({ output_schema: schema }, ['{"stars": 4}']);
    expect(requests[0]?.answerSchema).toEqual(schema);
    expect(requests[0]?.messages).toHaveLength(2);
    expect(requests[0]?.messages[0]?.content).toContain(JSON.stringify(schema));
  });

  test.each([
    ['alone', '{"stars": 4}'],
    ['in a code fence', '```json\n{"stars": 4}\n```'],
    ['inside a sentence', 'I give it {"stars": 4}, all in all.'],
    ['after thoughts', '<think>{"stars": 1}?</think>{"stars": 4}'],
  ])('is met by an object %s, which is told at once', async (_name, reply) => {
    const { outputs, written } = await run({ output_schema: schema }, [reply]);
    expect(outputs).toMatchObject({ json: { stars: 4 }, text: '{"stars":4}' });
    expect(written.text).toEqual(['{"stars":4}']);
  });

  test('that is missed is explained to the model once', async () => {
    const replies = ['{"stars": "four"}', '{"stars": 4}'];
    const { outputs, tokens, requests, written } = await run({ output_schema: schema }, replies);
    expect(outputs).toMatchObject({ json: { stars: 4 }, usage: { total_tokens: 26 } });
    expect(tokens).toEqual({ prompt: 20, completion: 6 });
    expect(requests[1]?.messages.slice(2)).toEqual([
      { role: 'assistant', content: '{"stars": "four"}' },
      { role: 'user', content: expect.stringContaining('/stars must be integer') },
    ]);
    expect(written.text).toEqual(['{"stars":4}']);
  });

  test.each([
    ['text', 'Four stars.', 'it holds no JSON object'],
    ['another object', '{"points": 4}', "must have required property 'stars'"],
    [
      'JSON that nests too deep',
      `{"stars": ${'['.repeat(300)}${']'.repeat(300)}}`,
      'it holds no JSON object',
    ],
  ])('that is missed twice by %s fails the node', async (_name, reply, message) => {
    const failing = expect(run({ output_schema: schema }, [reply, reply])).rejects;
    await failing.toMatchObject({ code: 'invalid_model_output', retryable: true });
    await failing.toThrow(message);
  });
});
