import { TEXT_FORMATS } from './formats.ts';
import { textLike } from './pattern.ts';
import type { Random } from './random.ts';

/** What a schema says of a text. */
export interface TextLimits {
  /** In code points. */
  readonly minLength: number;
  readonly maxLength: number;
  /** Each must match somewhere. */
  readonly patterns: readonly string[];
  readonly format?: string;
}

const WORDS = (
  'amber birch cedar dune ember fjord grove harbor island juniper kestrel lagoon maple north opal prairie ' +
  'quartz river summit tundra umber valley willow zephyr'
).split(' ');

/** More than this is never made, whatever `minLength` asks for: an answer would fill the memory. */
const MAX_LENGTH = 100_000;

const CHANCE_OF_WORDS = 0.7;

const lengthOf = (text: string): number => [...text].length;

const compile = (source: string): RegExp | undefined => {
  try {
    return new RegExp(source, 'u');
  } catch {
    return undefined;
  }
};

/** A few words, as many as it takes and no more than there is room for. */
function words(minLength: number, maxLength: number, random: Random): string {
  let text = random.pick(WORDS) ?? '';
  const wanted = Math.min(minLength, MAX_LENGTH);
  for (let more = random.integer(0, 2); more > 0 || text.length < wanted; more -= 1)
    text += ` ${random.pick(WORDS)}`;
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength).trimEnd();
  return cut.length < wanted ? text.slice(0, maxLength).replaceAll(' ', '-') : cut;
}

/** A text within limits; undefined where none was found. */
export function textWithin(limits: TextLimits, random: Random): string | undefined {
  const { minLength, maxLength, patterns, format } = limits;
  const expressions = patterns.map(compile);
  const test = (text: string): boolean => {
    const length = lengthOf(text);
    return length >= minLength && length <= maxLength && expressions.every((one) => one?.test(text) ?? true);
  };
  const ofFormat =
    format !== undefined && Object.hasOwn(TEXT_FORMATS, format) && TEXT_FORMATS[format]?.(random);
  if (typeof ofFormat === 'string' && test(ofFormat)) return ofFormat;
  const plain = words(minLength, maxLength, random);
  // Words read better, but there are only so many of them.
  const isPlain = test(plain);
  if (isPlain && (patterns.length === 0 || random.unit() < CHANCE_OF_WORDS)) return plain;
  for (const pattern of patterns) {
    const text = textLike(pattern, { minLength, test }, random);
    if (text !== undefined) return text;
  }
  return isPlain ? plain : undefined;
}
