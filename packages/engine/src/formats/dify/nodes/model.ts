import type { LlmNode } from '../../../definition/types.ts';
import type { Conversion } from '../conversion.ts';
import { at, entriesAt, isTrueAt, itemsAt, numberAt, type Place, textAt } from '../place.ts';

type ModelMembers = Pick<LlmNode, 'model' | 'temperature' | 'top_p' | 'max_output_tokens'>;

const MAX_STOPS = 8;
const MAX_STOP = 100;
const MAX_OUTPUT_TOKENS = 1_000_000;
const KNOWN: ReadonlySet<string> = new Set(['temperature', 'top_p', 'max_tokens', 'stop']);

/** Which model a node asks, and how. The provider is the server's own. */
export function readModel(conversion: Conversion): ModelMembers {
  const model = at(conversion.data, 'model');
  const name = textAt(model, 'name')?.slice(0, 200);
  const provider = textAt(model, 'provider')?.slice(0, 100);
  if (name)
    conversion.note(
      `the model ${name} is asked at the server's provider${provider ? `, not ${provider}` : ''}`,
    );
  const others = entriesAt(model, 'completion_params').map(([key]) => key.slice(0, 40));
  const lost = others.filter((key) => !KNOWN.has(key));
  if (lost.length > 0)
    conversion.note(`these settings of the model are not kept: ${lost.slice(0, 20).join(', ')}`);
  const temperature = setting('temperature', 0, 2, conversion);
  const topP = setting('top_p', 0, 1, conversion);
  const maxTokens = setting('max_tokens', 1, MAX_OUTPUT_TOKENS, conversion);
  return {
    ...(name && { model: name }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(maxTokens !== undefined && { max_output_tokens: Math.trunc(maxTokens) }),
  };
}

/** A setting within its limits. */
function setting(name: string, min: number, max: number, { data, note }: Conversion): number | undefined {
  const value = numberAt(data, 'model', 'completion_params', name);
  if (value === undefined) return undefined;
  if (value < min || value > max) note(`${name} is kept within ${min} and ${max}`);
  return Math.min(Math.max(value, min), max);
}

/** The texts at which the model stops. */
export function readStops({ data, note }: Conversion): string[] {
  const stops = itemsAt(data, 'model', 'completion_params', 'stop').flatMap((stop) => textAt(stop) || []);
  const kept = stops.filter((stop) => stop.length <= MAX_STOP).slice(0, MAX_STOPS);
  if (kept.length < stops.length)
    note(`only ${MAX_STOPS} texts to stop at of ${MAX_STOP} characters are kept`);
  return kept;
}

/** What a model node reads beside its text and cannot read here. */
export function noteUnread(conversion: Conversion): void {
  const { data, note } = conversion;
  if (isTrueAt(data, 'vision', 'enabled')) note('the model sees no pictures here');
  if (isWindow(at(data, 'memory'))) note('the model is not shown the conversation here');
}

export const isWindow = (memory: Place): boolean => isTrueAt(memory, 'window', 'enabled');
