import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type ModelChunk, ModelError, type ModelProvider, type ModelRequest } from '@flowwire/engine';
import { APICallError, InvalidResponseDataError } from 'ai';
import type { ModelSettings } from '../settings.ts';
import {
  badResponse,
  type CallOptions,
  type ChatModel,
  type StreamPart,
  toCallOptions,
  toToolCall,
} from './chat-protocol.ts';

/**
 * A model behind any endpoint that speaks the OpenAI chat completions protocol, through the AI SDK's provider.
 * `streamText` above it would retry, where the engine does; fetch images by itself, from wherever a workflow
 * says; and parse structured answers anew at each of their chunks.
 */
export function createOpenAiCompatibleModel(settings: ModelSettings): ModelProvider {
  const provider = createOpenAICompatible({
    name: 'openai-compatible',
    baseURL: settings.baseUrl,
    ...(settings.apiKey === undefined ? {} : { apiKey: settings.apiKey }),
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  // Names of models; only those that answered, so there are as many as the endpoint has.
  const withoutSchemas = new Set<string>();

  /** Endpoints that know no structured output refuse it. The engine tells models the schema in words too. */
  async function begin(model: ChatModel, options: CallOptions): Promise<ReadableStream<StreamPart>> {
    const { responseFormat, ...plain } = options;
    if (responseFormat === undefined) return (await model.doStream(plain)).stream;
    if (!withoutSchemas.has(model.modelId)) {
      try {
        return (await model.doStream(options)).stream;
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
    const { stream } = await model.doStream(plain);
    withoutSchemas.add(model.modelId);
    return stream;
  }

  return {
    async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelChunk> {
      const model = provider.chatModel(request.model ?? settings.model);
      try {
        for await (const part of await begin(model, toCallOptions(request, signal))) {
          const chunk = toChunk(part, model.modelId);
          if (chunk) yield chunk;
        }
      } catch (error) {
        throw signal.aborted ? signal.reason : toModelError(error);
      }
      signal.throwIfAborted();
    },
  };
}

const isRefusal = (error: unknown): boolean =>
  APICallError.isInstance(error) && (error.statusCode === 400 || error.statusCode === 422);

function toChunk(part: StreamPart, model: string): ModelChunk | undefined {
  switch (part.type) {
    case 'text-delta':
      return { type: 'text', text: part.delta };
    case 'reasoning-delta':
      return { type: 'reasoning', text: part.delta };
    case 'tool-call':
      return { type: 'tool_call', call: toToolCall(part) };
    case 'finish':
      return toFinish(part, model);
    case 'error':
      throw part.error;
    default:
      return undefined;
  }
}

type FinishPart = Extract<StreamPart, { type: 'finish' }>;

const FINISH_REASONS: Readonly<Record<string, string>> = {
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
};

function toFinish({ finishReason: { unified, raw }, usage }: FinishPart, model: string): ModelChunk {
  const tokens = { prompt: usage.inputTokens.total ?? 0, completion: usage.outputTokens.total ?? 0 };
  const finishReason = unified === 'other' ? (raw ?? unified) : (FINISH_REASONS[unified] ?? unified);
  return { type: 'finish', model, tokens, finishReason };
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
  if (error instanceof Error)
    return badResponse('The model sent something that is not a chat completion.', error);
  // The endpoint's own error object. Like any text of it, it may quote the request and is not told.
  return new ModelError("The model's endpoint broke off the answer with an error.", {
    code: 'model_unavailable',
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
