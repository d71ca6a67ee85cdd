import type { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  type JsonObject,
  ModelError,
  type ModelImage,
  type ModelMessage,
  type ModelRequest,
  type ModelTool,
  type ModelToolCall,
} from '@flowwire/engine';
import type { JSONSchema7 } from 'ai';

export type ChatModel = ReturnType<ReturnType<typeof createOpenAICompatible>['chatModel']>;
export type CallOptions = Parameters<ChatModel['doStream']>[0];
type StreamOf<T> = T extends { stream: ReadableStream<infer Part> } ? Part : never;
export type StreamPart = StreamOf<Awaited<ReturnType<ChatModel['doStream']>>>;
type Message = CallOptions['prompt'][number];
type ToolCallPart = Extract<StreamPart, { type: 'tool-call' }>;

/** A request of the engine in the words of the AI SDK's providers. */
export function toCallOptions(request: ModelRequest, signal: AbortSignal): CallOptions {
  const { messages, temperature, topP, maxOutputTokens, stop, tools, answerSchema } = request;
  return {
    prompt: messages.map(toMessage),
    abortSignal: signal,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(stop !== undefined && { stopSequences: [...stop] }),
    ...(tools !== undefined && { tools: tools.map(toTool) }),
    ...(answerSchema !== undefined && {
      responseFormat: { type: 'json' as const, schema: toSchema(answerSchema) },
      // The strict mode refuses most schemas, such as those with optional properties.
      providerOptions: { openaiCompatible: { strictJsonSchema: false } },
    }),
  };
}

function toMessage(message: ModelMessage): Message {
  switch (message.role) {
    case 'system':
      return message;
    case 'user': {
      const { content: text, images = [] } = message;
      // Pictures may stand alone, but a message may not be empty.
      const isNeeded = text !== '' || images.length === 0;
      return {
        role: 'user',
        content: [...(isNeeded ? [{ type: 'text' as const, text }] : []), ...images.map(toFile)],
      };
    }
    case 'assistant': {
      const { content: text, toolCalls = [] } = message;
      return { role: 'assistant', content: [{ type: 'text', text }, ...toolCalls.map(toCallPart)] };
    }
    case 'tool': {
      const { toolCallId, name: toolName, content: value } = message;
      const result = { type: 'tool-result' as const, toolCallId, toolName };
      return { role: 'tool', content: [{ ...result, output: { type: 'text', value } }] };
    }
  }
}

/** URLs go to the endpoint as they are: it fetches them, not this server. */
function toFile({ url }: ModelImage) {
  const [, mediaType, base64] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  return mediaType !== undefined && base64 !== undefined
    ? { type: 'file' as const, mediaType, data: base64 }
    : { type: 'file' as const, mediaType: 'image/*', data: new URL(url) };
}

const toCallPart = ({ id, name, arguments: input }: ModelToolCall) => ({
  type: 'tool-call' as const,
  toolCallId: id,
  toolName: name,
  input,
});

const toTool = ({ name, description, parameters }: ModelTool) => ({
  type: 'function' as const,
  name,
  description,
  inputSchema: toSchema(parameters),
});

// Sound: the SDK sends schemas on as they are.
const toSchema = (schema: JsonObject): JSONSchema7 => schema as JSONSchema7;

/** Throws ModelError when the model's arguments are no object. Without any they are an empty one. */
export function toToolCall({ toolCallId: id, toolName: name, input }: ToolCallPart): ModelToolCall {
  const args = input.trim() === '' ? {} : parseObject(input);
  if (args === undefined)
    throw badResponse('The model called a tool with arguments that are no JSON object.');
  return { id, name, arguments: args };
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    // Sound: JSON.parse makes nothing but JSON values.
    return value as JsonObject;
  } catch {
    return undefined;
  }
}

export const badResponse = (message: string, cause?: unknown): ModelError =>
  new ModelError(message, { code: 'model_bad_response', retryable: true, cause });
