import { type Environment, Interpreter } from '@huggingface/jinja';
import { filterFunction, isExtraFilter } from './template-filters.ts';
import { checkGrowth, checkSearch, limit, MAX_STEPS, measure, type Size } from './template-limits.ts';

type Evaluate = Interpreter['evaluate'];
export type RuntimeValue = ReturnType<Evaluate>;
type Statement = NonNullable<Parameters<Evaluate>[0]>;

// The library does not export its syntax tree. The interpreter goes by `type`, so plain objects will do.
interface Filter extends Statement {
  operand: Statement;
  filter: Call | Statement;
}
interface FilterBlock extends Statement {
  body: Statement[];
  filter: Call | Statement;
}
interface Call extends Statement {
  callee: Member | Statement;
  args: Statement[];
}
interface Member extends Statement {
  object: Statement;
  property: Statement & { value?: unknown };
  computed: boolean;
}
interface Binary extends Statement {
  operator: { value: string };
  left: Statement;
  right: Statement;
}
interface Argument extends Statement {
  value?: Statement;
  argument?: Statement;
}

const isFilter = (node: Statement): node is Filter => node.type === 'FilterExpression';
const isFilterBlock = (node: Statement): node is FilterBlock => node.type === 'FilterStatement';
const isCall = (node: Statement): node is Call => node.type === 'CallExpression';
const isBinary = (node: Statement): node is Binary => node.type === 'BinaryExpression';
const isMember = (node: Statement): node is Member => node.type === 'MemberExpression';

/** A value in the place of the expression that gave it, so that nothing is evaluated twice. */
class Constant {
  readonly type = 'Constant';
  readonly value: RuntimeValue;
  constructor(value: RuntimeValue) {
    this.value = value;
  }
}

/**
 * Counts steps and reads the clock between them. A step's own work is bounded by the size of what it works
 * on, which is measured whenever a value is made or read, and, where filters and methods multiply it by their
 * arguments, by `checkGrowth` beforehand.
 */
export class BoundedInterpreter extends Interpreter {
  readonly #deadline: number;
  readonly #timeLimitMs: number;
  readonly #sizes = new WeakMap<object, Size>();
  #steps = 0;

  constructor(environment: Environment, timeLimitMs: number) {
    super(environment);
    this.#timeLimitMs = timeLimitMs;
    this.#deadline = performance.now() + timeLimitMs;
  }

  override evaluate(node: Statement | undefined, scope: Environment): RuntimeValue {
    if (node instanceof Constant) return node.value;
    if (++this.#steps > MAX_STEPS) throw limit(`more than ${MAX_STEPS} steps`);
    if (performance.now() > this.#deadline) throw limit(`more than ${this.#timeLimitMs} ms`);
    const result = super.evaluate(node && this.#prepare(node, scope), scope);
    // `first` and `last` of an empty array are nothing at all.
    if (!result) throw new Error('an empty array has no items');
    // Kept for later, it could be called unseen.
    if (node && isMember(node) && result.type === 'FunctionValue') {
      throw new Error('a method can only be called');
    }
    measure(result, this.#sizes);
    return result;
  }

  /** Evaluates what a filter or method will work on and refuses it if that would be too much. */
  #prepare(node: Statement, scope: Environment): Statement {
    if (isFilter(node)) return this.#prepareFilter(node, scope);
    if (isFilterBlock(node)) {
      const operand: Statement & { body: Statement[] } = { type: 'Program', body: node.body };
      const filter: Filter = { type: 'FilterExpression', operand, filter: node.filter };
      return this.#prepareFilter(filter, scope);
    }
    if (isBinary(node) && (node.operator.value === 'in' || node.operator.value === 'not in')) {
      const [left, right] = [this.evaluate(node.left, scope), this.evaluate(node.right, scope)];
      checkSearch(right.value, left.value);
      const constants: Binary = { ...node, left: new Constant(left), right: new Constant(right) };
      return constants;
    }
    return isCall(node) && isMember(node.callee) ? this.#prepareMethod(node, node.callee, scope) : node;
  }

  #prepareFilter(node: Filter, scope: Environment): Statement {
    const operand = this.evaluate(node.operand, scope);
    const named = isCall(node.filter) ? node.filter.callee : node.filter;
    const name = 'value' in named ? named.value : undefined;
    if (isExtraFilter(name)) return this.#asCall(node, name, operand, scope);
    // The interpreter wants the arguments of these two as they are written: texts.
    const isInert = name === 'selectattr' || name === 'rejectattr';
    const filter =
      isCall(node.filter) && !isInert ? this.#prepareCall(node.filter, name, operand, scope) : node.filter;
    const prepared: Filter = { ...node, operand: new Constant(operand), filter };
    return prepared;
  }

  /** A filter that the library does not have, as a call of ours. */
  #asCall({ filter }: Filter, name: string, operand: RuntimeValue, scope: Environment): Call {
    const callee: Statement & { value: string } = { type: 'Identifier', value: filterFunction(name) };
    const args = isCall(filter) ? this.#prepareCall(filter, name, operand, scope).args : [];
    return { type: 'CallExpression', callee, args: [new Constant(operand), ...args] };
  }

  #prepareMethod(node: Call, callee: Member, scope: Environment): Call {
    const object = this.evaluate(callee.object, scope);
    const isComputed = callee.computed && callee.property.type !== 'SliceExpression';
    const property = isComputed ? new Constant(this.evaluate(callee.property, scope)) : callee.property;
    const name = property instanceof Constant ? property.value.value : property.value;
    const member: Member = { ...callee, object: new Constant(object), property };
    const called = { ...node, callee: new Constant(super.evaluate(member, scope)) };
    return typeof object.value === 'string' ? this.#prepareCall(called, name, object, scope) : called;
  }

  #prepareCall(node: Call, name: unknown, operand: RuntimeValue, scope: Environment): Call {
    const positional: RuntimeValue[] = [];
    const named: RuntimeValue[] = [];
    const args = node.args.map((arg: Argument): Statement => {
      const isNamed = arg.type === 'KeywordArgumentExpression';
      const isSpread = arg.type === 'SpreadExpression' || arg.type === 'KeywordSpreadExpression';
      const value = this.evaluate(isNamed ? arg.value : isSpread ? arg.argument : arg, scope);
      const constant = new Constant(value);
      if (isNamed || arg.type === 'KeywordSpreadExpression') named.push(value);
      else if (isSpread && Array.isArray(value.value)) positional.push(...value.value);
      else positional.push(value);
      const wrapped: Argument = isNamed ? { ...arg, value: constant } : { ...arg, argument: constant };
      return isNamed || isSpread ? wrapped : constant;
    });
    checkGrowth(name, operand, positional, named, measure(operand, this.#sizes));
    return { ...node, args };
  }
}
