import { NodeError, type SchemaProblem } from '../../errors.ts';
import type { JsonObject } from '../../events.ts';
import { OFFLINE_MODEL } from '../../models/offline.ts';
import type { ModelMessage, ModelRequest } from '../../ports.ts';
import type { NodeContext } from '../node-type.ts';
import { parseAnswerObject } from './answer-object.ts';
import { addTokens, askModel, type Listeners, type ModelAnswer } from './ask.ts';

const MAX_FAULTS = 20;
const MAX_FAULTS_TEXT = 4_096;

/** A model's answer that a schema accepts; `text` is its JSON alone. */
export interface ObjectAnswer extends ModelAnswer {
  readonly json: JsonObject;
}

/** The request for an answer that `schema` accepts: it is told both to the provider and to the model. */
export const withSchema = (request: ModelRequest, schema: JsonObject): ModelRequest => ({
  ...request,
  answerSchema: schema,
  messages: instruct(
    request.messages,
    `Answer with one JSON object that this JSON Schema accepts, and with nothing else:\n${JSON.stringify(schema)}`,
  ),
});

/** Adds to the first system message: some models take one only, and only in the first place. */
function instruct(messages: readonly ModelMessage[], instruction: string): readonly ModelMessage[] {
  const [first, ...rest] = messages;
  if (first?.role !== 'system') return [{ role: 'system', content: instruction }, ...messages];
  return [{ role: 'system', content: `${first.content}\n\n${instruction}` }, ...rest];
}

/**
 * Asks for an object that `schema` accepts. A model that answers otherwise is shown its faults and asked once
 * more. Text is not told while it comes, as an answer may be taken back. Throws what `askModel` throws, and
 * NodeError `invalid_model_output` (retryable).
 */
export async function askForObject(
  plain: ModelRequest,
  schema: JsonObject,
  context: Pick<NodeContext, 'services' | 'tenantId' | 'signal'>,
  listeners: Pick<Listeners, 'onReasoning'>,
): Promise<ObjectAnswer> {
  const request = withSchema(plain, schema);
  const first = await askModel(request, context, listeners);
  const checked = checkAnswer(first, schema, context);
  if ('json' in checked) return checked;
  // The built-in model is deterministic: it would read the faults as the text to work on.
  if (first.model === OFFLINE_MODEL) throw invalidOutput(checked.faults);
  const messages = [...request.messages, ...repairOf(first, checked.faults)];
  const second = await askModel({ ...request, messages }, context, listeners);
  const repaired = checkAnswer(second, schema, context);
  if (!('json' in repaired)) throw invalidOutput(repaired.faults);
  return {
    ...repaired,
    reasoning: first.reasoning + second.reasoning,
    tokens: addTokens(first.tokens, second.tokens),
  };
}

/** The answer with its object, or what is wrong with it, for the model and for people. */
export function checkAnswer(
  answer: ModelAnswer,
  schema: JsonObject,
  { services }: Pick<NodeContext, 'services'>,
): ObjectAnswer | { readonly faults: string } {
  const json = parseAnswerObject(answer.text);
  if (json === undefined) return { faults: 'it holds no JSON object' };
  const problems = services.validateSchema(schema, json);
  if (problems.length > 0) return { faults: faultsOf(problems) };
  return { ...answer, text: JSON.stringify(json), json };
}

/** What is wrong with a value, in one text of at most 4 KiB. */
export const faultsOf = (problems: readonly SchemaProblem[]): string =>
  problems
    .slice(0, MAX_FAULTS)
    .map(({ pointer, message }) => `${pointer || '/'} ${message}`)
    .join('; ')
    .slice(0, MAX_FAULTS_TEXT);

/** Shows a model its answer and what is wrong with it. */
export const repairOf = ({ text }: ModelAnswer, faults: string): readonly ModelMessage[] => [
  // Providers refuse an assistant's message without content.
  { role: 'assistant', content: text === '' ? '(nothing)' : text },
  {
    role: 'user',
    content: `That answer cannot be used: ${faults}. Answer again, with the corrected JSON object alone.`,
  },
];

export const invalidOutput = (faults: string): NodeError =>
  new NodeError(`the model's answer does not fit the output schema: ${faults}`, {
    code: 'invalid_model_output',
    retryable: true,
  });
