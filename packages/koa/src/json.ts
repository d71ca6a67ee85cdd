import { jsonErrorOffset } from './json-position.ts';
import { ProblemError } from './problem.ts';

/** JSON.stringify and the like go about three times as deep before they run out of stack. */
const MAX_DEPTH = 1_000;

// A key `__proto__` is written like this or with an escape of one of its letters.
const MAY_HAVE_PROTO = /__proto__|\\u00[5-7]/i;

/** A JSON value, or what is wrong with the text, as the end of a sentence without its stop. */
export type JsonReading =
  | { readonly value: unknown; readonly fault?: never }
  | { readonly fault: string; readonly value?: never };

/**
 * Reads JSON that a client sent. A key `__proto__` is refused: whoever copies such an object member by
 * member changes its prototype. So are values that nest deeper than 1,000 levels: most of what walks values
 * is recursive.
 */
export const readJson = (text: string): JsonReading => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: describeMalformed(text) };
  }
  if (isTooDeep(text)) return { fault: `nests deeper than ${MAX_DEPTH} levels` };
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

/** Judges the text of a JSON value. */
const isTooDeep = (text: string): boolean => {
  if (text.length <= 2 * MAX_DEPTH) return false;
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') isInString = !isInString;
    else if (character === '\\') at += 1;
    else if (isInString) continue;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > MAX_DEPTH) return true;
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
