import { NodeError } from '../errors.ts';
import type { RuntimeValue } from './bounded-interpreter.ts';

export const MAX_STEPS = 1_000_000;
export const MAX_RANGE = 10_000;
const MAX_TEXT = 1024 * 1024;
const MAX_VALUES = 100_000;
const MAX_NESTING = 100;
const MAX_GROWTH = 4 * MAX_TEXT;
// What the built-in search, which takes text times part at worst, does in a fraction of a second.
const MAX_SEARCH = 1024 * MAX_TEXT;
const SHORT_PART = 250;

export const limit = (what: string): NodeError =>
  new NodeError(`the template reached its limit: ${what}`, { code: 'template_limit' });

/** How large a value is for whatever walks all of it; parts that are shared count wherever they appear. */
export interface Size {
  /** Itself and everything inside it. */
  readonly values: number;
  /** UTF-16 units of all its texts and keys. */
  readonly text: number;
  /** Levels of nesting. */
  readonly depth: number;
  /** Whether it stays so: nothing inside it is a namespace. */
  readonly isFixed: boolean;
}

/**
 * Measures a value, once if it cannot change. Throws NodeError `template_limit` for more than 100,000
 * values, 1 MiB of text or 100 levels; it looks at no more than that.
 */
export function measure(value: RuntimeValue, known: WeakMap<object, Size>, level = 0): Size {
  const content: unknown = value.value;
  if (typeof content === 'string')
    return { values: 1, text: within(content.length), depth: 0, isFixed: true };
  if (!Array.isArray(content) && !(content instanceof Map)) return ATOM;
  const before = known.get(value);
  if (before) {
    checkNesting(level + before.depth);
    return before;
  }
  checkNesting(level + 1);
  let [values, text, depth] = [1, 0, 0];
  let isFixed = value.type !== 'NamespaceValue';
  if (content instanceof Map) for (const key of content.keys()) text += key.length;
  for (const item of content.values()) {
    const size = measure(item, known, level + 1);
    values += size.values;
    text = within(text + size.text);
    depth = Math.max(depth, size.depth);
    isFixed &&= size.isFixed;
    if (values > MAX_VALUES) throw limit(`more than ${MAX_VALUES} values in one`);
  }
  const size = { values, text: within(text), depth: depth + 1, isFixed };
  if (isFixed) known.set(value, size);
  return size;
}

const ATOM: Size = { values: 1, text: 0, depth: 0, isFixed: true };

function within(text: number): number {
  if (text > MAX_TEXT) throw limit(`more than ${MAX_TEXT} characters in one value`);
  return text;
}

function checkNesting(depth: number): void {
  if (depth > MAX_NESTING) throw limit(`values nested deeper than ${MAX_NESTING} levels`);
}

/**
 * Refuses, before it begins, what would repeat its arguments too often: filters that put them between
 * items or lines, split a path for every comparison or look for one text in another. Throws NodeError
 * `template_limit`.
 */
export function checkGrowth(
  name: unknown,
  operand: RuntimeValue,
  positional: readonly RuntimeValue[],
  named: readonly RuntimeValue[],
  size: Size,
): void {
  const text = typeof operand.value === 'string' ? operand.value : '';
  const sought = positional[0]?.value;
  if (name === 'replace' || name === 'split') checkSearch(text, sought);
  const times = repetitions(name, operand, text, sought, size);
  const added = times === 0 ? 0 : sum(positional) + sum(named);
  if (times * added > MAX_GROWTH) throw limit(`${String(name)} would add too much`);
}

/** Refuses to look for a long text in a long text. Throws NodeError `template_limit`. */
export function checkSearch(text: unknown, part: unknown): void {
  if (typeof text !== 'string' || typeof part !== 'string' || part.length <= SHORT_PART) return;
  if (text.length * part.length <= MAX_SEARCH) return;
  throw limit(`a search for ${part.length} characters in ${text.length}`);
}

/** How often a filter or method may use its arguments. */
function repetitions(
  name: unknown,
  operand: RuntimeValue,
  text: string,
  sought: unknown,
  { values, depth }: Size,
): number {
  const items = Array.isArray(operand.value) ? operand.value.length : text.length;
  switch (name) {
    case 'join':
    case 'map':
      return items;
    case 'sort':
      // Two looks per comparison, log2 of at most 100,000 items comparisons for each.
      return 34 * items;
    case 'indent':
      return text.split('\n').length;
    case 'tojson':
      return values * (depth + 2);
    case 'replace':
      return typeof sought === 'string' && sought !== '' ? text.split(sought).length - 1 : text.length + 1;
    default:
      return 0;
  }
}

const sum = (values: Iterable<RuntimeValue>): number => {
  let total = 0;
  for (const { value } of values) {
    if (typeof value === 'string') total += value.length;
    else if (typeof value === 'number') total += Math.abs(value);
    else if (Array.isArray(value) || value instanceof Map) total += sum(value.values());
  }
  return total;
};
