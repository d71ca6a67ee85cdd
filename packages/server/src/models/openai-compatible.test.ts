import type { ModelChunk } from '@flowwire/engine';
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

async function modelThat(script: ModelScript) {
  const standIn = await startModelStandIn([script]);
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
