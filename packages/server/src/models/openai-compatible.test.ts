import { once } from 'node:events';
import type { ModelChunk, ModelRequest } from '@flowwire/engine';
import { afterEach, describe, expect, test } from 'vitest';
import {
  answer,
  cut,
  hang,
  type ModelScript,
  malformed,
  refuse,
  startModelStandIn,
  stopEarly,
} from '../../test/support/model-stand-in.ts';
import { createOpenAiCompatibleModel } from './openai-compatible.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function modelThat(...scripts: ModelScript[]) {
  const standIn = await startModelStandIn(scripts);
  closers.push(standIn.close);
  const model = createOpenAiCompatibleModel({
    baseUrl: standIn.baseUrl,
    apiKey: 'secret',
    model: 'stand-in',
  });
  return { model, requests: standIn.requests };
}

const question = { messages: [{ role: 'user' as const, content: 'Say hello.' }], temperature: 0.5 };

async function collect(stream: AsyncIterable<ModelChunk>): Promise<ModelChunk[]> {
  const chunks: ModelChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** Streams these chunks of a chat completion, then the finish reason. */
const deltas =
  (finishReason: string, ...all: readonly object[]): ModelScript =>
  (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const send = (choice: object) =>
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`);
    for (const delta of all) send({ delta });
    send({ delta: {}, finish_reason: finishReason });
    response.end('data: [DONE]\n\n');
  };

const call = (index: number, fields: object) => ({ tool_calls: [{ index, ...fields }] });

async function ask(request: Partial<ModelRequest>, ...scripts: ModelScript[]) {
  const { model, requests } = await modelThat(...scripts);
  const chunks = await collect(model.stream({ ...question, ...request }, AbortSignal.timeout(5_000)));
  return { chunks, requests, body: requests[0]?.body };
}

describe('a model behind an OpenAI-compatible endpoint', () => {
  test('streams its words and ends with the tokens that it counts', async () => {
    const { model, requests } = await modelThat(answer('Hello you there'));
    const chunks = await collect(model.stream(question, AbortSignal.timeout(5_000)));
    const text = chunks.flatMap((chunk) => (chunk.type === 'text' ? [chunk.text] : []));
    expect(text).toEqual(['Hello ', 'you ', 'there']);
    expect(chunks.at(-1)).toEqual({
      type: 'finish',
      model: 'stand-in',
      tokens: { prompt: 7, completion: 5 },
      finishReason: 'stop',
    });
    expect(requests).toEqual([
      {
        authorization: 'Bearer secret',
        body: expect.objectContaining({ model: 'stand-in', stream: true, temperature: 0.5 }),
      },
    ]);
  });

  test.each([
    ['401 is final', refuse(401), { code: 'model_unauthorized', retryable: false }],
    ['404 is final', refuse(404), { code: 'model_not_found', retryable: false }],
    ['400 is final', refuse(400), { code: 'model_refused', retryable: false }],
    [
      '429 can pass and says when',
      refuse(429, { 'Retry-After': '3' }),
      { code: 'model_rate_limited', retryable: true, retryAfterMs: 3_000 },
    ],
    ['503 can pass', refuse(503), { code: 'model_unavailable', retryable: true }],
    ['a cut connection can pass', cut, { code: 'model_stream_cut', retryable: true }],
    ['an answer without a finish reason can pass', stopEarly, { code: 'model_stream_cut', retryable: true }],
    ['a malformed chunk can pass', malformed, { code: 'model_bad_response', retryable: true }],
  ])('%s', async (_name, script, want) => {
    const { model } = await modelThat(script);
    const failing = collect(model.stream(question, AbortSignal.timeout(5_000)));
    await expect(failing).rejects.toMatchObject({ name: 'ModelError', ...want });
  });

  test('an endpoint that is not there can pass', async () => {
    const standIn = await startModelStandIn([answer('never')]);
    await standIn.close();
    const model = createOpenAiCompatibleModel({ baseUrl: standIn.baseUrl, apiKey: undefined, model: 'm' });
    const failing = collect(model.stream(question, AbortSignal.timeout(5_000)));
    await expect(failing).rejects.toMatchObject({ code: 'model_unreachable', retryable: true });
  });

  test('an abort ends a hanging answer with the reason of the signal', async () => {
    const { model } = await modelThat(hang);
    const aborter = new AbortController();
    const reason = new Error('enough');
    const reading = (async () => {
      for await (const _ of model.stream(question, aborter.signal)) aborter.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });
});

describe('what goes over the wire', () => {
  test('settings have the names of the protocol', async () => {
    const { body } = await ask({ model: 'm', topP: 0.9, maxOutputTokens: 9, stop: ['END'] }, answer('ok'));
    expect(body).toMatchObject({ model: 'm', temperature: 0.5, top_p: 0.9, max_tokens: 9, stop: ['END'] });
    expect(body).not.toHaveProperty('response_format');
    expect(body).not.toHaveProperty('tools');
  });

  test('images go as they are: nobody here fetches them', async () => {
    // Port 9 answers nobody: a fetch of it would fail the request.
    const [here, data] = ['http://127.0.0.1:9/a.png', 'data:image/png;base64,iVBORw0KGgo='];
    const images = [{ url: here }, { url: data }];
    const messages: ModelRequest['messages'] = [
      { role: 'user', content: 'Look.', images },
      { role: 'user', content: '', images: [{ url: data }] },
    ];
    const { body } = await ask({ messages }, answer('ok'));
    expect(body).toMatchObject({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look.' },
            { type: 'image_url', image_url: { url: here } },
            { type: 'image_url', image_url: { url: data } },
          ],
        },
        { role: 'user', content: [{ type: 'image_url', image_url: { url: data } }] },
      ],
    });
  });

  test('a conversation with tools keeps its calls and their results', async () => {
    const parameters = { type: 'object', properties: { a: { type: 'number' } } };
    const { body } = await ask(
      {
        tools: [{ name: 'add', description: 'Adds.', parameters }],
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: '1 + 2?' },
          { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'add', arguments: { a: 1 } }] },
          { role: 'tool', toolCallId: 'c1', name: 'add', content: '3' },
        ],
      },
      answer('ok'),
    );
    expect(body).toMatchObject({
      tools: [{ type: 'function', function: { name: 'add', description: 'Adds.', parameters } }],
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: '1 + 2?' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '3' },
      ],
    });
  });
});

describe('what comes over the wire', () => {
  test.each(['reasoning_content', 'reasoning'])('reasoning in %s is told apart from text', async (field) => {
    const { chunks } = await ask(
      {},
      deltas('stop', { [field]: 'Hm, ' }, { [field]: 'yes.' }, { content: 'Yes.' }),
    );
    expect(chunks.slice(0, -1)).toEqual([
      { type: 'reasoning', text: 'Hm, ' },
      { type: 'reasoning', text: 'yes.' },
      { type: 'text', text: 'Yes.' },
    ]);
  });

  test('tool calls are put together from their fragments, several at once', async () => {
    const { chunks } = await ask(
      {},
      deltas(
        'tool_calls',
        call(0, { id: 'c1', type: 'function', function: { name: 'add', arguments: '' } }),
        call(0, { function: { arguments: '{"a": 1, ' } }),
        call(1, { id: 'c2', type: 'function', function: { name: 'now', arguments: '' } }),
        call(0, { function: { arguments: '"b": [2]}' } }),
      ),
    );
    expect(chunks).toEqual([
      { type: 'tool_call', call: { id: 'c1', name: 'add', arguments: { a: 1, b: [2] } } },
      { type: 'tool_call', call: { id: 'c2', name: 'now', arguments: {} } },
      expect.objectContaining({ type: 'finish', finishReason: 'tool_calls' }),
    ]);
  });

  test.each(['[1]', '7', '{"a": ', 'null'])('a call with the arguments %s is no answer', async (text) => {
    const script = deltas('tool_calls', call(0, { id: 'c1', function: { name: 'add', arguments: text } }));
    await expect(ask({}, script)).rejects.toMatchObject({ code: 'model_bad_response', retryable: true });
  });

  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['tool_calls', 'tool_calls'],
    ['content_filter', 'content_filter'],
    ['eos_token', 'eos_token'],
  ])('the finish reason %s is %s', async (sent, want) => {
    const { chunks } = await ask({}, deltas(sent, { content: 'Hi' }));
    expect(chunks.at(-1)).toMatchObject({ type: 'finish', finishReason: want });
  });

  test('an error in the middle of an answer can pass, and its text is not told', async () => {
    const script: ModelScript = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.end('data: {"error": {"message": "secret"}}\n\n');
    };
    const failing = expect(ask({}, script)).rejects;
    await failing.toMatchObject({ code: 'model_unavailable', retryable: true });
    await failing.not.toThrow('secret');
  });
});

describe('an answer with a schema', () => {
  const answerSchema = { type: 'object', properties: { stars: { type: 'integer' } } };
  const formatOf = (request: { readonly body: unknown } | undefined) =>
    (request?.body as { response_format?: unknown } | undefined)?.response_format;

  test('is asked for as the protocol says', async () => {
    const { requests } = await ask({ answerSchema }, answer('{"stars": 4}'));
    expect(formatOf(requests[0])).toMatchObject({
      type: 'json_schema',
      json_schema: { schema: answerSchema, strict: false },
    });
  });

  test.each([400, 422])(
    'is asked for in plain once an endpoint refuses with %i, and from then on',
    async (status) => {
      const { model, requests } = await modelThat(refuse(status), answer('{"stars": 4}'));
      const askAgain = () => collect(model.stream({ ...question, answerSchema }, AbortSignal.timeout(5_000)));
      expect((await askAgain()).at(-1)).toMatchObject({ type: 'finish' });
      await askAgain();
      expect(requests.map((request) => formatOf(request) !== undefined)).toEqual([true, false, false]);
      await collect(model.stream({ ...question, model: 'other', answerSchema }, AbortSignal.timeout(5_000)));
      expect(formatOf(requests[3])).toBeDefined();
    },
  );

  test('that fails in plain too has another fault: the schema is sent again next time', async () => {
    const { model, requests } = await modelThat(refuse(400), refuse(400), answer('{}'));
    const askAgain = () => collect(model.stream({ ...question, answerSchema }, AbortSignal.timeout(5_000)));
    await expect(askAgain()).rejects.toMatchObject({ code: 'model_refused' });
    await askAgain();
    expect(requests.map((request) => formatOf(request) !== undefined)).toEqual([true, false, true]);
  });

  test('is not asked for again after any other refusal', async () => {
    const { model, requests } = await modelThat(refuse(401), answer('{}'));
    const failing = collect(model.stream({ ...question, answerSchema }, AbortSignal.timeout(5_000)));
    await expect(failing).rejects.toMatchObject({ code: 'model_unauthorized' });
    expect(requests).toHaveLength(1);
  });
});

test('nobody is asked when the signal has aborted already', async () => {
  const { model, requests } = await modelThat(answer('never'));
  const reason = new Error('enough');
  await expect(collect(model.stream(question, AbortSignal.abort(reason)))).rejects.toBe(reason);
  expect(requests).toEqual([]);
});

test('a reader that leaves ends the connection', async () => {
  const closed: Promise<unknown>[] = [];
  const { model } = await modelThat((request, response) => {
    closed.push(once(response, 'close'));
    hang(request, response);
  });
  for await (const _ of model.stream(question, AbortSignal.timeout(5_000))) break;
  await Promise.all(closed);
});
