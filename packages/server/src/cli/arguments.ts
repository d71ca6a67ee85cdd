import { type ParseArgsConfig, parseArgs } from 'node:util';

import { toFindings, type Validator } from '@flowwire/contract';
import { type Command, UsageError } from './command.ts';

/** The arguments of one command. Its methods throw UsageError. */
export interface Arguments {
  readonly isHelp: boolean;
  text(option: string): string | undefined;
  required(option: string): string;
  flag(option: string): boolean;
  /** The parts of a list with commas; undefined when absent. */
  list(option: string): readonly string[] | undefined;
  operand(): string;
}

/** Reads arguments as a command declares them. Throws UsageError for any others. */
export function readArguments(args: readonly string[], { values, flags, operand }: Command): Arguments {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const name of values) options[name] = { type: 'string' };
  for (const name of [...flags, 'help']) options[name] = { type: 'boolean' };
  const parsed = parse(args, options);
  const text = (option: string) => {
    const value = parsed.values[option];
    return typeof value === 'string' ? value : undefined;
  };
  const isHelp = parsed.values.help === true;
  const extra = parsed.positionals.slice(operand === undefined ? 0 : 1);
  if (extra.length > 0 && !isHelp) throw new UsageError(`unknown argument ${extra.join(' ')}`);
  return {
    isHelp,
    text,
    required(option) {
      const value = text(option);
      if (value === undefined || value === '') throw new UsageError(`--${option} is missing`);
      return value;
    },
    flag: (option) => parsed.values[option] === true,
    list: (option) =>
      text(option)
        ?.split(',')
        .map((part) => part.trim()),
    operand() {
      const [value] = parsed.positionals;
      if (value === undefined || value === '') throw new UsageError(`${operand} is missing`);
      return value;
    },
  };
}

function parse(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // What parseArgs refuses it names in its message; anything else is a fault of this program.
    const isRefusal = error instanceof TypeError && 'code' in error;
    throw isRefusal ? new UsageError(error.message) : error;
  }
}

/**
 * Checks what options say with the validator of the API's body, whose members are called like the options.
 *
 * @throws UsageError
 */
export function checkBody(validate: Validator<unknown> | undefined, body: object): void {
  if (validate === undefined) throw new Error('the operation takes no body');
  if (validate(body)) return;
  const faults = toFindings(validate.errors).map(
    ({ pointer, message }) => `--${pointer.split('/')[1]} ${message}`,
  );
  throw new UsageError(faults.join('; '));
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const SPAN = /^(?<count>[1-9]\d{0,6})(?<unit>[mhd])$/;
const ISO_DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * A time to come, in milliseconds since the epoch: a span such as `30d`, `12h` or `90m`, or an ISO 8601 date, which
 * begins at midnight UTC, or time with its zone.
 *
 * @throws UsageError
 */
export function readExpiry(text: string, now: number): number {
  const at = timeOf(text, now);
  if (at === undefined) {
    throw new UsageError(`--expires takes 30d, 12h, 90m, 2027-01-31 or 2027-01-31T12:00:00Z, not ${text}`);
  }
  if (at <= now) throw new UsageError(`--expires ${text} is not in the future`);
  return at;
}

function timeOf(text: string, now: number): number | undefined {
  const span = SPAN.exec(text)?.groups;
  if (span) return now + Number(span.count) * (UNITS[span.unit ?? ''] ?? 0);
  const at = ISO_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
