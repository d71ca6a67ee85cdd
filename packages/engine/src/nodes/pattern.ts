import { RE2JS } from 're2js';
import { NodeError } from '../errors.ts';

const MAX_PATTERN = 1_000;
// `{1000}` repeats what is before it in the compiled program, which would take half a second to make.
const MAX_REPEATING_PATTERN = 200;
const REPETITION = /\{\d/;
const MAX_TEXT = 1024 * 1024;
// A step takes 30 ns at worst, and there is at most one for each instruction and character.
const MAX_STEPS = 32 * 1024 * 1024;
const TIME_LIMIT_MS = 500;
const MAX_MESSAGE = 300;

/** Looks for patterns in texts. */
export interface PatternMatcher {
  /**
   * Whether the pattern (RE2) matches somewhere in the text. Throws NodeError `invalid_pattern`, or
   * `pattern_limit` when the text or the work is too much.
   */
  matches(text: string, pattern: string): boolean;
}

/**
 * A matcher for one node. It runs in this thread, so it is bounded: texts of 1 Mi characters (UTF-16 units),
 * 32 Mi instructions times characters for one match, and 500 ms for all of them together, which the last one
 * overruns by its own duration, about a second at most.
 */
export function createPatternMatcher(): PatternMatcher {
  const programs = new Map<string, RE2JS>();
  let spentMs = 0;

  function find(text: string, pattern: string): boolean {
    const program = programs.get(pattern) ?? compilePattern(pattern);
    programs.set(pattern, program);
    if (text.length * program.programSize() > MAX_STEPS) {
      throw limit(`is too large a pattern for a text of ${text.length} characters`, pattern);
    }
    return program.matcher(text).find();
  }

  return {
    matches(text, pattern) {
      if (text.length > MAX_TEXT)
        throw limit(`is not looked for in more than ${MAX_TEXT} characters`, pattern);
      if (spentMs > TIME_LIMIT_MS)
        throw limit(`comes after ${TIME_LIMIT_MS} ms of looking for patterns`, pattern);
      const begun = performance.now();
      try {
        return find(text, pattern);
      } finally {
        spentMs += performance.now() - begun;
      }
    },
  };
}

/**
 * A pattern as RE2 reads it: without back-references and look-around, of at most 1,000 characters, with
 * counted repetitions of 200. Throws NodeError `invalid_pattern`.
 */
export function compilePattern(pattern: string): RE2JS {
  const longest = REPETITION.test(pattern) ? MAX_REPEATING_PATTERN : MAX_PATTERN;
  if (pattern.length > longest) {
    const why = longest < MAX_PATTERN ? ', as it has counted repetitions' : '';
    throw invalid(`the pattern is longer than ${longest} characters${why}`);
  }
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message.slice(0, MAX_MESSAGE) : String(error), error);
  }
}

const invalid = (message: string, cause?: unknown): NodeError =>
  new NodeError(message, { code: 'invalid_pattern', cause });

const limit = (problem: string, pattern: string): NodeError =>
  new NodeError(`${pattern.slice(0, 100)} ${problem}`, { code: 'pattern_limit' });
