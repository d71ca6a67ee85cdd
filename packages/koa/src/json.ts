import { jsonErrorOffset } from './json-position.ts';
import { ProblemError } from './problem.ts';

// A key `__proto__` is written like this or with an escape of one of its letters.
const MAY_HAVE_PROTO = /__proto__|\\u00[5-7]/i;

/** A JSON value, or what is wrong with the text, as the end of a sentence without its stop. */
export type JsonReading =
  | { readonly value: unknown; readonly fault?: never }
  | { readonly fault: string; readonly value?: never };

/**
 * Reads JSON that a client sent. A key `__proto__` is refused: whoever copies such an object member by
 * member changes its prototype.
 */
export const readJson = (text: string): JsonReading => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: describeMalformed(text) };
  }
  if (MAY_HAVE_PROTO.test(text) && hasProto(value)) return { fault: PROTO_FAULT };
  return { value };
};

/** Reads a body that is JSON. @throws ProblemError `malformed_body` */
export const parseJson = (text: string): unknown => {
  const { value, fault } = readJson(text);
  if (fault !== undefined) throw new ProblemError('malformed_body', `The body ${fault}.`);
  return value;
};

/** What is wrong with an object that has such a member. */
export const PROTO_FAULT = 'has a field that is not allowed: "__proto__"';

/** Without recursion: the client decides how deep the value is. */
const hasProto = (root: unknown): boolean => {
  const pending = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) return true;
    for (const member of Object.values(value)) pending.push(member);
  }
  return false;
};

const describeMalformed = (text: string): string => {
  const offset = jsonErrorOffset(text);
  const before = text.slice(0, offset).split('\n');
  const where = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
  return offset === text.length
    ? `is not JSON: it ends too early, at ${where}`
    : `is not JSON: it breaks at ${where}`;
};
