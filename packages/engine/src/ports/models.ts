import type { JsonObject, TokenUsage } from '../events.ts';

/** A picture that a model is shown: a URL (http, https or data). */
export interface ModelImage {
  readonly url: string;
}

export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: JsonObject;
}

export type ModelMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string; readonly images?: readonly ModelImage[] }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ModelToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly name: string; readonly content: string };

/** Something that the model may ask for in place of an answer. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
}

export interface ModelRequest {
  /** Whose workflow asks. The model is not told. */
  readonly tenantId?: string;
  /** The provider's default when undefined. */
  readonly model?: string;
  readonly messages: readonly ModelMessage[];
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxOutputTokens?: number;
  readonly stop?: readonly string[];
  readonly tools?: readonly ModelTool[];
  /** JSON Schema of an answer that is to be JSON. The provider is asked for it, and may yet answer otherwise. */
  readonly answerSchema?: JsonObject;
}

export type ModelChunk =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'tool_call'; readonly call: ModelToolCall }
  | {
      readonly type: 'finish';
      /** The model that answered; `offline` for the built-in one. */
      readonly model: string;
      readonly tokens: TokenUsage;
      /** `stop`, `length`, `tool_calls`, `content_filter`, or the provider's own word. */
      readonly finishReason: string;
    };

/** A language model. The last chunk of a complete answer is always `finish`. */
export interface ModelProvider {
  /** Throws ModelError, or the signal's reason. */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelChunk>;
}

/** A model call that failed. `retryAfterMs` is what the provider asked for. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  constructor(
    message: string,
    options: { code: string; retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}
