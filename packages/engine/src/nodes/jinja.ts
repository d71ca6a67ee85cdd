import { Environment, parse, tokenize } from '@huggingface/jinja';
import { NodeError } from '../errors.ts';
import type { JsonObject } from '../events.ts';
import { BoundedInterpreter } from './bounded-interpreter.ts';
import { filterFunctions } from './template-filters.ts';
import { limit, MAX_RANGE } from './template-limits.ts';

type Program = ReturnType<typeof parse>;

const MAX_MESSAGE = 500;
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
 * It runs in this thread, so it is bounded: 1,000,000 evaluation steps, `timeLimitMs` of time, and for every
 * value 100,000 values and 1 MiB of text (UTF-16 units) inside it, counting what is shared wherever it appears,
 * and 100 levels; 10,000 items for `range`. The clock is read between steps, and these bounds keep a step
 * short: it overruns the time by its own duration, well below a second.
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
    throw new NodeError(message.slice(0, MAX_MESSAGE), { code: 'template_failed', cause: error });
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
  for (const [name, filter] of filterFunctions()) globals.set(name, filter);
  return globals;
}

function boundedRange(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!Number.isFinite(length) || length > MAX_RANGE) throw limit(`range() is limited to ${MAX_RANGE} items`);
  return Array.from({ length }, (_, index) => from + index * step);
}
