import type { JsonObject, JsonValue } from '../../events.ts';
import { isDeeperThan, MAX_DEPTH } from '../../json.ts';

/**
 * The outermost JSON object of a model's answer; what stands around it (a code fence, a sentence) counts
 * for nothing. Undefined when there is none, or one too deep to be a node's output.
 */
export function parseAnswerObject(text: string): JsonObject | undefined {
  const from = text.indexOf('{');
  const to = text.lastIndexOf('}');
  if (from < 0 || to < from) return undefined;
  try {
    // Sound: a JSON text that begins with a brace is an object.
    const object = JSON.parse(text.slice(from, to + 1)) as JsonObject;
    return isDeeperThan(object, MAX_DEPTH) ? undefined : object;
  } catch {
    return undefined;
  }
}

/** An own property of a model's object; undefined when it has none of that name. */
export const ownValue = (object: JsonObject, name: string): JsonValue | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;
