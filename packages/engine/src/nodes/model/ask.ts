import { NodeError } from '../../errors.ts';
import type { JsonObject, TokenUsage } from '../../events.ts';
import type { ModelChunk, ModelRequest, ModelToolCall } from '../../ports.ts';
import type { NodeContext } from '../node-type.ts';
import { createThinkSplitter } from './think.ts';

// Text whose turn in the answer has not come waits in memory; this bounds it per call.
const MAX_ANSWER = 1024 * 1024;

/** What a model answered to one request. */
export interface ModelAnswer {
  readonly text: string;
  /** Empty where the model told none. */
  readonly reasoning: string;
  readonly toolCalls: readonly ModelToolCall[];
  readonly model: string;
  readonly tokens: TokenUsage;
  readonly finishReason: string;
}

/** Who is told of an answer while it comes. The model waits for the promises. */
export interface Listeners {
  readonly onText?: (text: string) => Promise<void> | undefined;
  readonly onReasoning?: (text: string) => Promise<void> | undefined;
}

/** Members of a definition's node that say which model answers, and how. */
interface ModelMembers {
  model?: string;
  temperature?: number;
  top_p?: number;
  max_output_tokens?: number;
}

/** What a node's own members say about every request that it makes. */
export const requestOf = (node: ModelMembers): Omit<ModelRequest, 'messages'> => ({
  ...(node.model !== undefined && { model: node.model }),
  ...(node.temperature !== undefined && { temperature: node.temperature }),
  ...(node.top_p !== undefined && { topP: node.top_p }),
  ...(node.max_output_tokens !== undefined && { maxOutputTokens: node.max_output_tokens }),
});

/**
 * Asks the model and collects its answer, 1 MiB of it at most. Throws what the provider throws, NodeError
 * `output_too_large`, or `model_incomplete` when the answer ends without its finish.
 */
export async function askModel(
  request: ModelRequest,
  { services, tenantId, signal }: Pick<NodeContext, 'services' | 'tenantId' | 'signal'>,
  { onText, onReasoning }: Listeners = {},
): Promise<ModelAnswer> {
  const splitter = createThinkSplitter();
  const written = { text: '', reasoning: '' };
  const toolCalls: ModelToolCall[] = [];
  const spend = createBudget();

  const tell = async (type: 'text' | 'reasoning', text: string): Promise<void> => {
    spend(text.length);
    written[type] += text;
    await (type === 'text' ? onText : onReasoning)?.(text);
  };
  const take = async (chunk: Exclude<ModelChunk, { type: 'finish' }>): Promise<void> => {
    if (chunk.type === 'reasoning') return chunk.text === '' ? undefined : tell('reasoning', chunk.text);
    if (chunk.type === 'text') {
      for (const { type, text } of splitter.push(chunk.text)) await tell(type, text);
      return;
    }
    spend(JSON.stringify(chunk.call).length);
    toolCalls.push(chunk.call);
  };

  for await (const chunk of services.models.stream({ ...request, tenantId }, signal)) {
    signal.throwIfAborted();
    if (chunk.type !== 'finish') {
      await take(chunk);
      continue;
    }
    for (const { type, text } of splitter.end()) await tell(type, text);
    const { model, tokens, finishReason } = chunk;
    return { ...written, toolCalls, model, tokens, finishReason };
  }
  throw new NodeError('the model stopped without finishing its answer', {
    code: 'model_incomplete',
    retryable: true,
  });
}

function createBudget(): (characters: number) => void {
  let left = MAX_ANSWER;
  return (characters) => {
    left -= characters;
    if (left >= 0) return;
    throw new NodeError(`the model wrote more than ${MAX_ANSWER} characters`, { code: 'output_too_large' });
  };
}

export const addTokens = (a: TokenUsage, b: TokenUsage): TokenUsage => ({
  prompt: a.prompt + b.prompt,
  completion: a.completion + b.completion,
});

/** The output `usage` of a node, in the words of the chat completions protocol. */
export const usageOf = ({ prompt, completion }: TokenUsage): JsonObject => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
});
