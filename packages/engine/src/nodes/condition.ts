import { isDeepStrictEqual } from 'node:util';
import { interpolate, type Scope, textOf } from '../definition/references.ts';
import type { Condition, ConditionCase, ConditionNode } from '../definition/types.ts';
import type { JsonValue } from '../events.ts';
import type { NodeExecutor } from './executor.ts';
import { includesText } from './search.ts';

// A number's text is read for every item that it is compared with.
const MAX_NUMBER_TEXT = 1_000;

export const condition: NodeExecutor<ConditionNode> = {
  execute(node, { scope }) {
    const handle = node.cases.find((one) => holds(one, scope))?.id ?? 'else';
    return { outputs: { case: handle }, handle };
  },
};

function holds({ logic, conditions }: ConditionCase, scope: Scope): boolean {
  const test = ({ left, operator, right }: Condition): boolean =>
    OPERATORS[operator](interpolate(left, scope), interpolate(right, scope));
  return logic === 'or' ? conditions.some(test) : conditions.every(test);
}

type Test = (left: JsonValue, right: JsonValue) => boolean;

/**
 * `is` compares texts exactly; `=` and the orderings compare as numbers when both sides are numbers or
 * read as such, else as texts by code unit. A missing reference is null.
 */
export const OPERATORS: Readonly<Record<Condition['operator'], Test>> = {
  contains: (left, right) => contains(left, right),
  'not contains': (left, right) => !contains(left, right),
  'starts with': (left, right) => textOf(left).startsWith(textOf(right)),
  'ends with': (left, right) => textOf(left).endsWith(textOf(right)),
  is: (left, right) => textOf(left) === textOf(right),
  'is not': (left, right) => textOf(left) !== textOf(right),
  empty: (left) => isEmpty(left),
  'not empty': (left) => !isEmpty(left),
  in: (left, right) => contains(right, left),
  'not in': (left, right) => !contains(right, left),
  '=': (left, right) => equal(left, right),
  '≠': (left, right) => !equal(left, right),
  '>': (left, right) => order(left, right) > 0,
  '<': (left, right) => order(left, right) < 0,
  '≥': (left, right) => order(left, right) >= 0,
  '≤': (left, right) => order(left, right) <= 0,
  null: (left) => left === null,
  'not null': (left) => left !== null,
};

/** Arrays contain items, objects keys, everything else text. */
function contains(whole: JsonValue, part: JsonValue): boolean {
  if (whole === null) return false;
  if (Array.isArray(whole)) return whole.some((item) => equal(item, part));
  if (typeof whole === 'object') return Object.hasOwn(whole, textOf(part));
  return includesText(textOf(whole), textOf(part));
}

function isEmpty(value: JsonValue): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function equal(left: JsonValue, right: JsonValue): boolean {
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a !== undefined && b !== undefined) return a === b;
  if (typeof left === 'object' || typeof right === 'object') return isDeepStrictEqual(left, right);
  return textOf(left) === textOf(right);
}

/** Negative, zero or positive; NaN, for which no ordering holds, when the values have no common order. */
function order(left: JsonValue, right: JsonValue): number {
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a !== undefined && b !== undefined) return a - b;
  if (typeof left !== 'string' || typeof right !== 'string') return Number.NaN;
  return left < right ? -1 : Number(left > right);
}

function toNumber(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > MAX_NUMBER_TEXT || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}
