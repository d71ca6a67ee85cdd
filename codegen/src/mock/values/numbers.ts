import type { Random } from './random.ts';

/** What a schema says of a number. Limits that are absent do not hold. */
export interface NumberLimits {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  /** Every one must divide it. */
  readonly multiplesOf: readonly number[];
  readonly isInteger: boolean;
}

/** How far from its one bound a number may be that has no other. */
const SPAN = 99;

/** More multiples of one divisor than this are not looked through for a multiple of another one. */
const MAX_TRIES = 1000;

/** Whether a quotient is whole, but for what binary fractions lose. */
const isMultiple = (value: number, divisor: number): boolean => {
  const quotient = value / divisor;
  return Math.abs(quotient - Math.round(quotient)) <= Number.EPSILON * Math.max(1, Math.abs(quotient));
};

/** Without the digits that a multiplication of binary fractions adds, such as those of 3 * 0.1. */
const tidy = (value: number): number => Number(value.toPrecision(15));

interface Range {
  readonly min: number;
  readonly max: number;
  readonly allows: (value: number) => boolean;
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: NumberLimits): Range {
  const low = Math.max(minimum ?? -Infinity, exclusiveMinimum ?? -Infinity);
  const high = Math.min(maximum ?? Infinity, exclusiveMaximum ?? Infinity);
  const allows = (value: number): boolean =>
    value >= (minimum ?? -Infinity) &&
    value <= (maximum ?? Infinity) &&
    value > (exclusiveMinimum ?? -Infinity) &&
    value < (exclusiveMaximum ?? Infinity);
  if (low === -Infinity && high === Infinity) return { min: 1, max: 1 + SPAN, allows };
  // Small whole numbers are what most people mean, so zero is kept in reach.
  if (low === -Infinity)
    return { min: high >= 0 ? Math.max(0, high - SPAN) : high - SPAN, max: high, allows };
  if (high === Infinity) return { min: low, max: Math.max(low, 0) + SPAN, allows };
  return { min: low, max: high, allows };
}

/** A multiple of the first divisor that suits the others. */
function multiple(
  [divisor = 1, ...others]: readonly number[],
  range: Range,
  random: Random,
): number | undefined {
  const first = Math.ceil(range.min / divisor);
  const last = Math.floor(range.max / divisor);
  const start = random.integer(first, Math.max(first, last));
  const suits = (value: number): boolean =>
    range.allows(value) && others.every((other) => isMultiple(value, other));
  for (let step = 0; step <= Math.min(last - first, MAX_TRIES); step += 1) {
    const value = tidy((start + step > last ? first + (start + step - last - 1) : start + step) * divisor);
    if (suits(value)) return value;
  }
  // The next common multiple may be outside of the range that was made up.
  for (let step = 0; step <= MAX_TRIES; step += 1) {
    const value = tidy((first + step) * divisor);
    if (suits(value)) return value;
  }
  return undefined;
}

function fraction({ min, max, allows }: Range, random: Random): number {
  const drawn = min + random.unit() * (max - min);
  const rounded = Number(drawn.toFixed(2));
  if (allows(rounded)) return rounded;
  return allows(drawn) ? drawn : min + (max - min) / 2;
}

/** A number within limits; undefined where none was found. */
export function numberWithin(limits: NumberLimits, random: Random): number | undefined {
  const range = rangeOf(limits);
  const { multiplesOf, isInteger } = limits;
  const divisors = isInteger ? [...multiplesOf, 1] : multiplesOf;
  if (divisors.length > 0) return multiple(divisors, range, random);
  const value = fraction(range, random);
  return range.allows(value) ? value : undefined;
}
