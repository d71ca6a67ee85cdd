import { createHash } from 'node:crypto';
import { renderText } from '../../definition/references.ts';
import type { AgentNode } from '../../definition/types.ts';
import { NodeError } from '../../errors.ts';
import type { JsonObject, TokenUsage } from '../../events.ts';
import { OFFLINE_MODEL } from '../../models/offline.ts';
import type { ModelMessage, ModelRequest, ModelToolCall } from '../../ports.ts';
import { addTokens, askModel, type ModelAnswer, requestOf, usageOf } from '../model/ask.ts';
import { checkAnswer, invalidOutput, repairOf, withSchema } from '../model/structured.ts';
import type { NodeContext, NodeResult } from '../node-type.ts';
import { createToolbox, type Toolbox, type ToolOutcome, tellOutcome } from './tools.ts';

const DEFAULT_ROUNDS = 8;
const MAX_CALLS_PER_ROUND = 32;
const MAX_TRANSCRIPT = 1024 * 1024;
const MAX_REASONING = 1024 * 1024;

interface Answer extends ModelAnswer {
  readonly json?: JsonObject;
}

/**
 * Asks the model, calls the tools that it asks for one after the other, shows it what came of that, and so
 * on until it answers without calling one. Text that comes with calls is reasoning; the last text is told at
 * once. Throws NodeError `agent_rounds_exceeded`, `output_too_large` or `invalid_model_output`.
 */
export async function runAgent(node: AgentNode, context: NodeContext): Promise<NodeResult> {
  const maxRounds = node.max_rounds ?? DEFAULT_ROUNDS;
  const tools = createToolbox(node.tools ?? [], context.definition);
  const thoughts = createThoughts(context);
  const transcript = createTranscript(firstRequest(node, tools, context));
  const calls: JsonObject[] = [];
  let tokens: TokenUsage = { prompt: 0, completion: 0 };
  let isRepaired = false;

  for (let round = 1; round <= maxRounds; round++) {
    const answer = await askModel(transcript.request(), context, { onReasoning: thoughts.tell });
    tokens = addTokens(tokens, answer.tokens);
    if (answer.toolCalls.length === 0) {
      const checked = checkLast(answer, node, context);
      if (!('faults' in checked)) {
        if (checked.text !== '') await context.writeText(checked.text);
        const outputs = {
          reasoning: thoughts.all(),
          rounds: round,
          usage: usageOf(tokens),
          tool_calls: calls,
        };
        return { outputs: { ...answerOutputs(checked), ...outputs }, tokens };
      }
      // The built-in model is deterministic: it would answer the same again.
      const isFinal = isRepaired || round === maxRounds || answer.model === OFFLINE_MODEL;
      if (isFinal) throw invalidOutput(checked.faults);
      isRepaired = true;
      transcript.add(...repairOf(answer, checked.faults));
      continue;
    }
    if (round === maxRounds) break;
    if (answer.text !== '') await thoughts.tell(`${answer.text}\n\n`);
    transcript.add({ role: 'assistant', content: answer.text, toolCalls: answer.toolCalls });
    for await (const { message, record } of callTools(answer, tools, round, context)) {
      transcript.add(message);
      calls.push(record);
    }
  }
  throw new NodeError(`the agent did not come to an answer in ${maxRounds} rounds`, {
    code: 'agent_rounds_exceeded',
  });
}

function firstRequest(node: AgentNode, tools: Toolbox, { scope }: NodeContext): ModelRequest {
  const instruction = renderText(node.instruction ?? '', scope);
  const prompt: ModelMessage = { role: 'user', content: renderText(node.prompt, scope) };
  const request: ModelRequest = {
    ...requestOf(node),
    ...(tools.descriptions.length > 0 && { tools: tools.descriptions }),
    messages: instruction === '' ? [prompt] : [{ role: 'system', content: instruction }, prompt],
  };
  // Sound: a definition is JSON.
  return node.output_schema ? withSchema(request, node.output_schema as JsonObject) : request;
}

const checkLast = (
  answer: ModelAnswer,
  { output_schema: schema }: AgentNode,
  context: NodeContext,
): Answer | { readonly faults: string } =>
  // Sound: a definition is JSON.
  schema ? checkAnswer(answer, schema as JsonObject, context) : answer;

const answerOutputs = ({ text, model, json }: Answer): JsonObject => ({ text, model, ...(json && { json }) });

const digestOf = ({ name, arguments: given }: ModelToolCall): string =>
  createHash('sha256')
    .update(JSON.stringify([name, given]))
    .digest('base64url')
    .slice(0, 16);

/** One after the other, so that a run is told in the same order as it happened. */
async function* callTools(
  { toolCalls }: ModelAnswer,
  tools: Toolbox,
  round: number,
  context: NodeContext,
): AsyncGenerator<{ readonly message: ModelMessage; readonly record: JsonObject }> {
  for (const [index, call] of toolCalls.entries()) {
    context.signal.throwIfAborted();
    // A further attempt may call something else at the same place, which must not get this call's answer.
    const idempotencyKey = `${context.idempotencyKey}/${round}/${index + 1}/${digestOf(call)}`;
    const outcome: ToolOutcome =
      index < MAX_CALLS_PER_ROUND
        ? await tools.call(call, { ...context, idempotencyKey })
        : { error: `not called: at most ${MAX_CALLS_PER_ROUND} calls are made at once` };
    yield {
      message: { role: 'tool', toolCallId: call.id, name: call.name, content: tellOutcome(outcome) },
      record: { name: call.name, arguments: call.arguments, ...outcome },
    };
  }
}

/** What the model is shown, 1 MiB at most. */
function createTranscript({ messages, ...rest }: ModelRequest) {
  const shown: ModelMessage[] = [];
  let size = 0;
  const add = (...more: readonly ModelMessage[]): void => {
    for (const message of more) {
      size += JSON.stringify(message).length;
      shown.push(message);
    }
    if (size <= MAX_TRANSCRIPT) return;
    throw new NodeError(`the agent's messages and tool results exceed ${MAX_TRANSCRIPT} characters`, {
      code: 'output_too_large',
    });
  };
  add(...messages);
  return { add, request: (): ModelRequest => ({ ...rest, messages: [...shown] }) };
}

/** The reasoning of all rounds, told as it comes; 1 MiB at most. */
function createThoughts({ writeReasoning }: NodeContext) {
  let thoughts = '';
  return {
    tell(text: string): Promise<void> | undefined {
      thoughts += text;
      if (thoughts.length <= MAX_REASONING) return writeReasoning(text);
      throw new NodeError(`the agent reasoned in more than ${MAX_REASONING} characters`, {
        code: 'output_too_large',
      });
    },
    all: () => thoughts,
  };
}
