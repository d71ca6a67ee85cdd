import { isDeepStrictEqual } from 'node:util';
import { checkOutcomeIds } from '../definition/outcomes.ts';
import { interpolate, type Scope, textOf } from '../definition/references.ts';
import type { Finding } from '../definition/subject.ts';
import type { Condition, ConditionCase, ConditionNode } from '../definition/types.ts';
import type { JsonValue } from '../events.ts';
import { closed, type JsonSchema, type LeafType, VALUE } from './node-type.ts';
import { compilePattern, createPatternMatcher, type PatternMatcher } from './pattern.ts';
import { includesText } from './search.ts';

// A number's text is read for every item that it is compared with.
const MAX_NUMBER_TEXT = 1_000;

// The operators of Dify and of astron-agent, each once.
const OPERATOR_NAMES = [
  'contains',
  'not contains',
  'starts with',
  'ends with',
  'is',
  'is not',
  'empty',
  'not empty',
  'in',
  'not in',
  'all of',
  '=',
  '≠',
  '>',
  '<',
  '≥',
  '≤',
  'null',
  'not null',
  'exists',
  'not exists',
  'matches',
  'not matches',
  'length =',
  'length ≠',
  'length >',
  'length <',
  'length ≥',
  'length ≤',
];

/** Tests that hold together or one by one; conditions and the end of a loop share it. */
export const CONDITIONS: JsonSchema = {
  type: 'array',
  minItems: 1,
  maxItems: 50,
  items: { $ref: '#/$defs/Condition' },
};
export const LOGIC: JsonSchema = { enum: ['and', 'or'], default: 'and' };

export const condition: LeafType<ConditionNode> = {
  kind: 'leaf',
  summary: 'Takes the edge of the first case that holds',
  summaryZh: '条件分支：走第一个成立的分支',
  docs: 'Takes the edge of the first case that holds, else the edge `else`. Output `case` is that id.',
  example: {
    id: 'long',
    type: 'condition',
    cases: [{ id: 'yes', conditions: [{ left: '{{ start.text }}', operator: 'length >', right: 100 }] }],
  },
  schema: {
    required: ['cases'],
    properties: {
      cases: { type: 'array', minItems: 1, maxItems: 50, items: { $ref: '#/$defs/ConditionCase' } },
    },
  },
  defs: {
    ConditionCase: closed(
      {
        id: {
          type: 'string',
          minLength: 1,
          maxLength: 64,
          description: 'Names the edge that is taken. `else` is reserved.',
        },
        logic: LOGIC,
        conditions: CONDITIONS,
      },
      ['id', 'conditions'],
    ),
    Condition: closed({ left: VALUE, operator: { enum: OPERATOR_NAMES }, right: VALUE }, [
      'left',
      'operator',
    ]),
  },
  fallible: false,
  interpolated: ['cases'],
  outputs: () => ['case'],
  handles: ({ cases }) => [...cases.map(({ id }) => id), 'else'],
  check: checkCases,
  execute(node, { scope }) {
    const patterns = createPatternMatcher();
    const handle = node.cases.find((one) => holds(one, scope, patterns))?.id ?? 'else';
    return { outputs: { case: handle }, handle };
  },
};

function* checkCases(node: ConditionNode, at: string): Generator<Finding> {
  yield* checkOutcomeIds(node.cases, `${at}/cases`, node.id, ['else']);
  for (const [index, { conditions }] of node.cases.entries()) {
    yield* checkConditions(conditions, `${at}/cases/${index}/conditions`, node.id);
  }
}

// These look at the left side only.
const UNARY: ReadonlySet<Condition['operator']> = new Set([
  'empty',
  'not empty',
  'null',
  'not null',
  'exists',
  'not exists',
]);

/** What is wrong with conditions before any value is known. `at` is the JSON pointer of their list. */
export function* checkConditions(
  conditions: readonly Condition[],
  at: string,
  nodeId: string,
): Generator<Finding> {
  for (const [index, { operator, right }] of conditions.entries()) {
    if (right === undefined && !UNARY.has(operator)) {
      const message = `the operator ${operator} compares with \`right\`, which is missing`;
      yield { code: 'invalid_node', message, pointer: `${at}/${index}`, nodeId };
    }
    if (operator !== 'matches' && operator !== 'not matches') continue;
    const message = typeof right === 'string' && !right.includes('{{') && patternProblem(right);
    if (message) yield { code: 'invalid_node', message, pointer: `${at}/${index}/right`, nodeId };
  }
}

function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether the conditions hold, together or one of them. Throws NodeError as `PatternMatcher.matches` does. */
export function holds(
  { logic, conditions }: Pick<ConditionCase, 'logic' | 'conditions'>,
  scope: Scope,
  patterns: PatternMatcher = createPatternMatcher(),
): boolean {
  const test = ({ left, operator, right }: Condition): boolean =>
    OPERATORS[operator](interpolate(left, scope), interpolate(right, scope), patterns);
  return logic === 'or' ? conditions.some(test) : conditions.every(test);
}

type Test = (left: JsonValue, right: JsonValue, patterns: PatternMatcher) => boolean;

/**
 * `is` compares texts exactly; `=` and the orderings compare as numbers when both sides are numbers or
 * read as such, else as texts by code unit. Booleans are `is` and `=` to their names in any case, such as
 * `True`. A missing reference is null, which contains and matches nothing. Lengths are of lists in items, of objects in members, of texts in
 * characters (code points), of null 0.
 */
export const OPERATORS: Readonly<Record<Condition['operator'], Test>> = {
  contains: (left, right) => contains(left, right),
  'not contains': (left, right) => !contains(left, right),
  'starts with': (left, right) => left !== null && textOf(left).startsWith(textOf(right)),
  'ends with': (left, right) => left !== null && textOf(left).endsWith(textOf(right)),
  is: (left, right) => isSame(left, right),
  'is not': (left, right) => !isSame(left, right),
  empty: (left) => isEmpty(left),
  'not empty': (left) => !isEmpty(left),
  in: (left, right) => contains(right, left),
  'not in': (left, right) => !contains(right, left),
  'all of': (left, right) => listOf(right).every((part) => contains(left, part)),
  '=': (left, right) => equal(left, right),
  '≠': (left, right) => !equal(left, right),
  '>': (left, right) => order(left, right) > 0,
  '<': (left, right) => order(left, right) < 0,
  '≥': (left, right) => order(left, right) >= 0,
  '≤': (left, right) => order(left, right) <= 0,
  null: (left) => left === null,
  'not null': (left) => left !== null,
  exists: (left) => left !== null,
  'not exists': (left) => left === null,
  matches: (left, right, patterns) => matches(left, right, patterns),
  'not matches': (left, right, patterns) => !matches(left, right, patterns),
  'length =': (left, right) => equal(lengthOf(left), right),
  'length ≠': (left, right) => !equal(lengthOf(left), right),
  'length >': (left, right) => order(lengthOf(left), right) > 0,
  'length <': (left, right) => order(lengthOf(left), right) < 0,
  'length ≥': (left, right) => order(lengthOf(left), right) >= 0,
  'length ≤': (left, right) => order(lengthOf(left), right) <= 0,
};

/** Arrays contain items, objects keys, everything else text. */
function contains(whole: JsonValue, part: JsonValue): boolean {
  if (whole === null) return false;
  if (Array.isArray(whole)) return whole.some((item) => equal(item, part));
  if (typeof whole === 'object') return Object.hasOwn(whole, textOf(part));
  return includesText(textOf(whole), textOf(part));
}

const listOf = (value: JsonValue): readonly JsonValue[] => (Array.isArray(value) ? value : [value]);

function lengthOf(value: JsonValue): number {
  if (value === null) return 0;
  if (typeof value === 'object') return Object.keys(value).length;
  let length = 0;
  for (const _character of textOf(value)) length++;
  return length;
}

const matches: Test = (text, pattern, patterns) =>
  text !== null && patterns.matches(textOf(text), textOf(pattern));

function isSame(left: JsonValue, right: JsonValue): boolean {
  if (left === null || right === null) return left === right;
  const [a, b] = [textOf(left), textOf(right)];
  const hasBoolean = typeof left === 'boolean' || typeof right === 'boolean';
  return hasBoolean ? a.toLowerCase() === b.toLowerCase() : a === b;
}

function isEmpty(value: JsonValue): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function equal(left: JsonValue, right: JsonValue): boolean {
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a !== undefined && b !== undefined) return a === b;
  if (typeof left === 'object' || typeof right === 'object') return isDeepStrictEqual(left, right);
  return isSame(left, right);
}

/** Negative, zero or positive; NaN, for which no ordering holds, when the values have no common order. */
function order(left: JsonValue, right: JsonValue): number {
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a !== undefined && b !== undefined) return a - b;
  if (typeof left !== 'string' || typeof right !== 'string') return Number.NaN;
  return left < right ? -1 : Number(left > right);
}

/** A number, or a text that reads as one. */
export function toNumber(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > MAX_NUMBER_TEXT || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}
