import { renderText } from '../definition/references.ts';
import type { LlmNode } from '../definition/types.ts';
import { NodeError } from '../errors.ts';
import type { ModelRequest } from '../ports.ts';
import { DEFAULT_TIMEOUT_MS, type NodeExecutor } from './executor.ts';

// Text whose turn in the answer has not come waits in memory; this bounds it per node.
const MAX_TEXT = 1024 * 1024;

export const llm: NodeExecutor<LlmNode> = {
  timeoutMs: (node) => node.timeout_ms ?? DEFAULT_TIMEOUT_MS,

  async execute(node, { scope, signal, services, writeText }) {
    const request: ModelRequest = {
      ...(node.model !== undefined && { model: node.model }),
      ...(node.temperature !== undefined && { temperature: node.temperature }),
      ...(node.max_output_tokens !== undefined && { maxOutputTokens: node.max_output_tokens }),
      messages: node.messages.map(({ role, content }) => ({ role, content: renderText(content, scope) })),
    };
    let text = '';
    for await (const chunk of services.models.stream(request, signal)) {
      if (chunk.type === 'finish') return { outputs: { text, model: chunk.model }, tokens: chunk.tokens };
      signal.throwIfAborted();
      text += chunk.text;
      if (text.length > MAX_TEXT) {
        throw new NodeError(`the model wrote more than ${MAX_TEXT} characters`, { code: 'output_too_large' });
      }
      const room = writeText(chunk.text);
      if (room) await room;
    }
    throw new NodeError('the model stopped without finishing its answer', {
      code: 'model_incomplete',
      retryable: true,
    });
  },
};
