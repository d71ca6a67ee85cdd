import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { NodeError } from '../errors.ts';
import type { JsonObject } from '../events.ts';

type Program = ReturnType<typeof parse>;
type Evaluate = Interpreter['evaluate'];

const MAX_OUTPUT = 1024 * 1024;
const MAX_RANGE = 10_000;
const MAX_ARRAY = 100_000;
const MAX_STEPS = 1_000_000;
// The tokenizer looks for one tag with a pattern that is quadratic in a run of white space.
const LONG_BLANK = /\s{500}/;

/** Throws an Error that says what is wrong with the template's syntax. */
export function parseTemplate(template: string): Program {
  if (LONG_BLANK.test(template)) throw new Error('a run of 500 or more white-space characters');
  return parse(tokenize(template));
}

/**
 * Renders a Jinja template that sees `variables` and nothing else.
 *
 * It runs in this thread, so it is bounded: 1,000,000 evaluation steps, `timeLimitMs` of time, 1 MiB
 * (UTF-16 units) for every text, 10,000 for `range`, 100,000 array items. The clock is read between
 * steps: one filter over large inputs can overrun the time by its own duration.
 * Throws NodeError `template_failed` or `template_limit`.
 */
export function renderTemplate(program: Program, variables: JsonObject, timeLimitMs: number): string {
  try {
    const environment = new Environment(createGlobals());
    for (const [name, value] of Object.entries(variables)) environment.set(name, value);
    const rendered = new BoundedInterpreter(environment, timeLimitMs).run(program);
    return String(rendered.value);
  } catch (error) {
    if (error instanceof NodeError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new NodeError(message, { code: 'template_failed', cause: error });
  }
}

function createGlobals(): Environment {
  const globals = new Environment();
  for (const [name, value] of [
    ['true', true],
    ['false', false],
    ['none', null],
  ] as const) {
    globals.set(name, value);
    globals.set(name.charAt(0).toUpperCase() + name.slice(1), value);
  }
  globals.set('range', boundedRange);
  return globals;
}

function boundedRange(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!Number.isFinite(length) || length > MAX_RANGE) throw limit(`range() is limited to ${MAX_RANGE} items`);
  return Array.from({ length }, (_, index) => from + index * step);
}

/** Counts steps and looks at the clock and at the size of every value on the way. */
class BoundedInterpreter extends Interpreter {
  readonly #deadline: number;
  readonly #timeLimitMs: number;
  #steps = 0;

  constructor(environment: Environment, timeLimitMs: number) {
    super(environment);
    this.#timeLimitMs = timeLimitMs;
    this.#deadline = performance.now() + timeLimitMs;
  }

  override evaluate(...args: Parameters<Evaluate>): ReturnType<Evaluate> {
    if (++this.#steps > MAX_STEPS) throw limit(`more than ${MAX_STEPS} steps`);
    if (performance.now() > this.#deadline) throw limit(`more than ${this.#timeLimitMs} ms`);
    const result = super.evaluate(...args);
    const value: unknown = result.value;
    if (typeof value === 'string' && value.length > MAX_OUTPUT)
      throw limit(`a text over ${MAX_OUTPUT} units`);
    if (Array.isArray(value) && value.length > MAX_ARRAY) throw limit(`an array over ${MAX_ARRAY} items`);
    return result;
  }
}

const limit = (what: string): NodeError =>
  new NodeError(`the template reached its limit: ${what}`, { code: 'template_limit' });
