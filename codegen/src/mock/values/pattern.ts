import { type Pattern, parsePattern, type Ranges, UnsupportedPattern } from './pattern-parser.ts';
import type { Random } from './random.ts';

/** What a text that is made from a pattern has to suit beside it. */
export interface Fit {
  /** In code points. */
  readonly minLength: number;
  readonly test: (text: string) => boolean;
}

const TRIES = 24;

/** Parts that are written for one text. A `{1000000}` in a pattern must not fill the memory. */
const MAX_PARTS = 20_000;

class Writer {
  readonly #random: Random;
  /** How often something is repeated that may be repeated without end. */
  readonly #stretch: number;
  #text = '';
  #parts = 0;

  constructor(random: Random, stretch: number) {
    this.#random = random;
    this.#stretch = stretch;
  }

  get text(): string {
    return this.#text;
  }

  write(pattern: Pattern): void {
    this.#parts += 1;
    if (this.#parts > MAX_PARTS) return;
    switch (pattern.kind) {
      case 'set':
        this.#draw(pattern.ranges);
        break;
      case 'sequence':
        for (const part of pattern.parts) this.write(part);
        break;
      case 'choice': {
        const option = this.#random.pick(pattern.options);
        if (option) this.write(option);
        break;
      }
      case 'repeat': {
        const most = Math.min(pattern.max, pattern.min + this.#stretch);
        const times = this.#random.integer(pattern.min, most);
        for (let time = 0; time < times && this.#parts <= MAX_PARTS; time += 1) this.write(pattern.part);
      }
    }
  }

  /** Each character is as likely as another, so that few are punctuation. */
  #draw(ranges: Ranges): void {
    const count = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    let at = this.#random.integer(0, count - 1);
    for (const [from, to] of ranges) {
      if (from + at <= to) {
        this.#text += String.fromCodePoint(from + at);
        return;
      }
      at -= to - from + 1;
    }
  }
}

/**
 * A text that matches a regular expression; undefined where none was found, or where the expression has
 * look-around or back-references that chance does not satisfy.
 */
export function textLike(source: string, { minLength, test }: Fit, random: Random): string | undefined {
  try {
    const pattern = parsePattern(source);
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const stretch = attempt % 2 === 0 ? 3 + attempt : Math.max(minLength, attempt);
      const writer = new Writer(random, stretch);
      writer.write(pattern);
      if (test(writer.text)) return writer.text;
    }
  } catch (error) {
    if (!(error instanceof UnsupportedPattern || error instanceof SyntaxError)) throw error;
  }
  return undefined;
}
