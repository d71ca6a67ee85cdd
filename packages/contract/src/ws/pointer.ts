/** The members that a JSON pointer (RFC 6901) names, from the outside in. */
export function pointerKeys(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The value at a place in a message; undefined when there is none. */
export function readAt(message: unknown, keys: readonly string[]): unknown {
  let value = message;
  for (const key of keys) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/**
 * A copy of a message with a value at a place; objects that are missing on the way are made. What is not on
 * the way is shared with the original.
 *
 * @throws TypeError where something on the way is no object.
 */
export function writeAt(message: unknown, keys: readonly string[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (message !== undefined && (!isRecord(message) || Array.isArray(message))) {
    throw new TypeError(`a message has no place for ${keys.join('/')}: it is no object there`);
  }
  const inner = isRecord(message) && Object.hasOwn(message, key) ? message[key] : undefined;
  return { ...message, [key]: writeAt(inner, rest, value) };
}
