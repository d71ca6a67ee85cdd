import type { ParseArgsConfig } from 'node:util';

export type Options = Readonly<NonNullable<ParseArgsConfig['options']>>;

/** What was given on the command line, by the names of a command's options. */
export type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** Where a command writes. Results go to `out`, everything else to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /**
   * Says what is being done, on one line that is overwritten and goes away at the end. Nothing where
   * nobody watches.
   */
  progress(text: string): void;
}

/** One `flowwire` command. */
export interface Command {
  /** Printed for `--help`: usage, options, exit codes. */
  readonly help: string;
  readonly options: Options;
  /** Does the work. Answers the exit code; throws UsageError for what cannot be understood. */
  run(values: Values, documents: readonly string[], terminal: Terminal): Promise<number>;
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const textOf = (values: Values, name: string): string | undefined => {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
};

export const EXIT = { done: 0, faults: 1, usage: 2 } as const;

/** The part of every help text that says what the exit codes are. */
export const exitCodes = (faults: string): string => `Exit codes
  0  done
  1  ${faults}
  2  the command cannot be understood
`;
