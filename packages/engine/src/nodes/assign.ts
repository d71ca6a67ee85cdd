import { interpolate, resolve, type Scope } from '../definition/references.ts';
import { sizeOf } from '../definition/size.ts';
import type { AssignNode } from '../definition/types.ts';
import { NodeError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../events.ts';
import { toNumber } from './condition.ts';
import { closed, type LeafType, VALUE } from './node-type.ts';

const MAX_VALUE = 256 * 1024;

type Item = AssignNode['items'][number];

export const assign: LeafType<AssignNode> = {
  kind: 'leaf',
  summary: 'Changes variables',
  summaryZh: '变量赋值：修改运行、会话或循环变量',
  docs:
    'Changes variables, one after the other: those that the definition declares (`vars.name`) and those of a loop ' +
    'around it (`<id of the loop>.name`). Variables of a conversation keep their value for its next run. Its ' +
    'outputs are the new values, by the last part of the target.',
  example: {
    id: 'remember',
    type: 'assign',
    items: [
      { target: 'vars.count', operation: 'add', value: 1 },
      { target: 'vars.names', operation: 'append', value: '{{ start.name }}' },
    ],
  },
  schema: {
    required: ['items'],
    properties: {
      items: {
        type: 'array',
        minItems: 1,
        maxItems: 50,
        items: closed(
          {
            target: {
              type: 'string',
              pattern: '^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\\.[A-Za-z0-9_$-]{1,128}$',
              description: 'The variable: `vars.name`, or `loop.name` for the loop with the id `loop`.',
            },
            operation: {
              enum: [
                'set',
                'clear',
                'append',
                'extend',
                'remove_first',
                'remove_last',
                'add',
                'subtract',
                'multiply',
                'divide',
              ],
              description:
                '`clear` makes a value empty of its own type; `append` adds one item to a list or text to a text, ' +
                '`extend` all items of a list. `clear`, `remove_first` and `remove_last` take no value.',
            },
            value: VALUE,
          },
          ['target', 'operation'],
        ),
      },
    },
  },
  fallible: false,
  interpolated: ['items'],
  outputs: ({ items }) => items.map(({ target }) => splitTarget(target).name),
  *check({ id, items }, at) {
    for (const [index, { operation, value }] of items.entries()) {
      if (value !== undefined || WITHOUT_VALUE.has(operation)) continue;
      const message = `the operation ${operation} needs a value`;
      yield { code: 'invalid_node', message, pointer: `${at}/items/${index}`, nodeId: id };
    }
  },
  execute({ items }, context) {
    const changed = new Map<string, JsonObject>();
    // An item sees what those before it have changed.
    const scope: Scope = {
      valuesOf: (name) => changed.get(name) ?? context.scope.valuesOf(name),
      spend: (size) => context.scope.spend(size),
    };
    const variables = new Map<string, JsonValue>();
    for (const item of items) {
      const { root, name } = splitTarget(item.target);
      const value = newValue(item, resolve({ nodeId: root, path: [name] }, scope) ?? null, scope);
      changed.set(root, { ...scope.valuesOf(root), [name]: value });
      variables.set(item.target, value);
    }
    const outputs = Array.from(variables, ([target, value]) => [splitTarget(target).name, value] as const);
    return { outputs: Object.fromEntries(outputs), variables: Object.fromEntries(variables) };
  },
};

function splitTarget(target: string): { readonly root: string; readonly name: string } {
  const dot = target.indexOf('.');
  return { root: target.slice(0, dot), name: target.slice(dot + 1) };
}

function newValue({ target, operation, value }: Item, current: JsonValue, scope: Scope): JsonValue {
  const operand = interpolate(value, scope);
  const result = OPERATIONS[operation](current, operand);
  if (result === undefined) {
    const than = WITHOUT_VALUE.has(operation) ? '' : `, and the value is ${describe(operand)}`;
    const message = `${operation} is not possible: ${target} is ${describe(current)}${than}`;
    throw new NodeError(message, { code: 'invalid_operation' });
  }
  if (sizeOf(result) <= MAX_VALUE) return result;
  const message = `${target} would be larger than ${MAX_VALUE} characters`;
  throw new NodeError(message, { code: 'output_too_large' });
}

function describe(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'a text' : 'a boolean';
}

const WITHOUT_VALUE: ReadonlySet<Item['operation']> = new Set(['clear', 'remove_first', 'remove_last']);

/** The new value; undefined where the operation has no meaning for the two. */
type Operation = (current: JsonValue, value: JsonValue) => JsonValue | undefined;

const OPERATIONS: Readonly<Record<Item['operation'], Operation>> = {
  set: (_current, value) => value,
  clear: emptyOf,
  append(current, value) {
    if (typeof current === 'string') return typeof value === 'string' ? current + value : undefined;
    return Array.isArray(current) ? [...current, value] : undefined;
  },
  extend: (current, value) =>
    Array.isArray(current) && Array.isArray(value) ? [...current, ...value] : undefined,
  remove_first: (current) => (Array.isArray(current) ? current.slice(1) : undefined),
  remove_last: (current) => (Array.isArray(current) ? current.slice(0, -1) : undefined),
  add: arithmetic((a, b) => a + b),
  subtract: arithmetic((a, b) => a - b),
  multiply: arithmetic((a, b) => a * b),
  divide: arithmetic((a, b) => a / b),
};

function emptyOf(current: JsonValue): JsonValue {
  switch (typeof current) {
    case 'string':
      return '';
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
      if (current === null) return null;
      return Array.isArray(current) ? [] : {};
  }
}

/** Of numbers; the value may also be a text that reads as one. What is no finite number has no meaning. */
function arithmetic(compute: (a: number, b: number) => number): Operation {
  return (current, value) => {
    const operand = toNumber(value);
    if (typeof current !== 'number' || operand === undefined) return undefined;
    const result = compute(current, operand);
    return Number.isFinite(result) ? result : undefined;
  };
}
