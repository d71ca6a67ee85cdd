import { isIdentifier } from '../../model/names.ts';
import { LINE_WIDTH, quote } from '../text.ts';

/** A statement of generated code: a line, a condition, or a head with a block (a loop, a switch, a case). */
export type Statement = string | Condition | { readonly head: string; readonly body: readonly Statement[] };

interface Condition {
  readonly when: string;
  readonly body: readonly Statement[];
  readonly otherwise?: readonly Statement[];
}

const isCondition = (statement: Statement | undefined): statement is Condition =>
  typeof statement === 'object' && 'when' in statement;

/** Joins conditions with `&&`. */
export const all = (...conditions: readonly string[]): string =>
  conditions.length === 1
    ? conditions.join('')
    : conditions
        .map((condition) => (/ (\|\||\?) /.test(condition) ? `(${condition})` : condition))
        .join(' && ');

/** Joins conditions with `||`; none hold when there are none. */
export const any = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'false' : conditions.join(' || ');

export const negate = (condition: string): string =>
  /^!?[\w.]+(\([^()]*\))?$/.test(condition)
    ? condition.replace(/^(!?)/, (not) => (not === '' ? '!' : ''))
    : `!(${condition})`;

/** Statements under a condition, as short as they can be said. */
export function when(condition: string, then: readonly Statement[]): Statement[] {
  const [only] = then;
  if (only === undefined) return [];
  if (then.length === 1 && isCondition(only) && !only.otherwise)
    return [{ when: all(condition, only.when), body: only.body }];
  return [{ when: condition, body: then }];
}

function print(statement: Statement, lines: string[], indent: string): void {
  if (typeof statement === 'string') {
    lines.push(indent + statement);
  } else if ('head' in statement) {
    // A case needs no braces: no two names in a function are the same.
    const isCase = statement.head.endsWith(':');
    lines.push(isCase ? indent + statement.head : `${indent}${statement.head} {`);
    for (const inner of statement.body) print(inner, lines, `${indent}  `);
    if (!isCase) lines.push(`${indent}}`);
  } else {
    printCondition(statement, lines, indent, indent);
  }
}

function printCondition(
  { when, body, otherwise = [] }: Condition,
  lines: string[],
  indent: string,
  start: string,
): void {
  printBranch(`${start}if (${when})`, body, lines, indent);
  const [next] = otherwise;
  if (next === undefined) return;
  if (otherwise.length === 1 && isCondition(next)) printCondition(next, lines, indent, `${indent}else `);
  else printBranch(`${indent}else`, otherwise, lines, indent);
}

function printBranch(head: string, body: readonly Statement[], lines: string[], indent: string): void {
  const [only] = body;
  if (body.length === 1 && typeof only === 'string' && head.length + only.length < LINE_WIDTH) {
    lines.push(`${head} ${only}`);
    return;
  }
  lines.push(`${head} {`);
  for (const inner of body) print(inner, lines, `${indent}  `);
  lines.push(`${indent}}`);
}

/** A function as source text. */
export function printFunction(head: string, body: readonly Statement[]): string {
  const lines: string[] = [];
  print({ head, body }, lines, '');
  return `${lines.join('\n')}\n`;
}

/** A JSON value as source text. A member `__proto__` must not set the prototype. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  const members = Object.entries(value).map(([name, member]) => `${literalKey(name)}: ${literal(member)}`);
  return `{ ${members.join(', ')} }`;
}

const literalKey = (name: string): string =>
  isIdentifier(name) && name !== '__proto__' ? name : `[${quote(name)}]`;

/**
 * Reads a member. What every object inherits, such as `constructor`, is read only where it is the value's
 * own. `own` names the helper for that.
 */
export function memberOf(value: string, name: string, own: () => string): string {
  if (name in Object.prototype) return `${own()}(${value}, ${quote(name)})`;
  return isIdentifier(name) ? `${value}.${name}` : `${value}[${quote(name)}]`;
}
