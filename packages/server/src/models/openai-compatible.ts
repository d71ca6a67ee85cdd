import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type ModelChunk, ModelError, type ModelProvider, type ModelRequest } from '@flowwire/engine';
import { APICallError, InvalidResponseDataError, streamText } from 'ai';
import type { ModelSettings } from '../settings.ts';

/**
 * A model behind any endpoint that speaks the OpenAI chat completions protocol, through the AI SDK.
 * The engine retries, so the SDK does not.
 */
export function createOpenAiCompatibleModel(settings: ModelSettings): ModelProvider {
  const provider = createOpenAICompatible({
    name: 'openai-compatible',
    baseURL: settings.baseUrl,
    ...(settings.apiKey === undefined ? {} : { apiKey: settings.apiKey }),
    includeUsage: true,
  });

  return {
    async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelChunk> {
      const name = request.model ?? settings.model;
      const answer = streamText({
        model: provider.chatModel(name),
        messages: request.messages.map(({ role, content }) => ({ role, content })),
        abortSignal: signal,
        maxRetries: 0,
        // Errors arrive as parts of the stream; without this the SDK also prints them.
        onError: () => undefined,
        ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
        ...(request.maxOutputTokens === undefined ? {} : { maxOutputTokens: request.maxOutputTokens }),
      });

      try {
        for await (const part of answer.fullStream) {
          if (part.type === 'text-delta') yield { type: 'text', text: part.text };
          if (part.type === 'error') throw part.error;
          if (part.type === 'finish') yield toFinish(name, part);
        }
      } catch (error) {
        throw signal.aborted ? signal.reason : toModelError(error);
      }
      signal.throwIfAborted();
    },
  };
}

interface Finish {
  readonly finishReason: string;
  readonly totalUsage: {
    readonly inputTokens: number | undefined;
    readonly outputTokens: number | undefined;
  };
}

function toFinish(model: string, { finishReason, totalUsage }: Finish): ModelChunk {
  const { inputTokens = 0, outputTokens = 0 } = totalUsage;
  return { type: 'finish', model, tokens: { prompt: inputTokens, completion: outputTokens }, finishReason };
}

const cutStream = () =>
  new ModelError('The model stopped in the middle of its answer.', {
    code: 'model_stream_cut',
    retryable: true,
  });

const CODES: Readonly<Record<number, string>> = {
  401: 'model_unauthorized',
  403: 'model_forbidden',
  404: 'model_not_found',
  429: 'model_rate_limited',
};

function toModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  if (APICallError.isInstance(error)) return fromApiCall(error);
  // Without data it says that the answer ended without a finish reason, which the protocol always sends.
  const endedEarly = InvalidResponseDataError.isInstance(error) && error.data === undefined;
  if (endedEarly || error instanceof TypeError) return cutStream();
  return new ModelError('The model sent something that is not a chat completion.', {
    code: 'model_bad_response',
    retryable: true,
    cause: error,
  });
}

function fromApiCall(error: APICallError): ModelError {
  const { statusCode } = error;
  if (statusCode === undefined) {
    return new ModelError('The model could not be reached.', {
      code: 'model_unreachable',
      retryable: true,
      cause: error,
    });
  }
  // The head was fine; the body broke off before its first chunk was read.
  if (statusCode === 200) return cutStream();
  // The provider's text may quote the request; only the status is told.
  return new ModelError(`The model's endpoint answered ${statusCode}.`, {
    code: CODES[statusCode] ?? (statusCode >= 500 ? 'model_unavailable' : 'model_refused'),
    retryable: error.isRetryable,
    ...retryAfter(error.responseHeaders?.['retry-after']),
    cause: error,
  });
}

function retryAfter(header: string | undefined): { retryAfterMs?: number } {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0
    ? { retryAfterMs: seconds * 1000 }
    : {};
}
