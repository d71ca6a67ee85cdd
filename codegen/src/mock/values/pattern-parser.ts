/** A set of code points as ranges, both ends included. */
export type Ranges = readonly (readonly [number, number])[];

/** What a regular expression is made of, as far as texts can be made from it. */
export type Pattern =
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly options: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly min: number; readonly max: number };

const point = (text: string): number => text.codePointAt(0) ?? 0;
const range = (from: string, to = from): readonly [number, number] => [point(from), point(to)];

const codePoint = (code: number): Ranges => [[code, code]];

const BACKSPACE = 8;
const LETTERS: Ranges = [range('a', 'z')];
const DIGITS: Ranges = [range('0', '9')];
const WORD: Ranges = [range('a', 'z'), range('A', 'Z'), range('0', '9'), range('_')];
const SPACE: Ranges = [range(' ')];

/** The printable ASCII characters that a set does not have. */
function inverse(ranges: Ranges): Ranges {
  const found: (readonly [number, number])[] = [];
  for (let code = 0x20; code <= 0x7e; code += 1)
    if (!ranges.some(([from, to]) => code >= from && code <= to)) found.push([code, code]);
  return found;
}

const CLASSES: Readonly<Record<string, Ranges>> = {
  d: DIGITS,
  D: inverse(DIGITS),
  w: WORD,
  W: inverse(WORD),
  s: SPACE,
  S: inverse(SPACE),
};

const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' };

/** Some members of the Unicode properties that documents use. */
function propertyRanges(name: string): Ranges {
  if (/^(L|Ll|Letter|Alphabetic|Lowercase\w*|ID_\w+|Script=Latin|sc=Latin)$/.test(name)) return LETTERS;
  if (/^(Lu|Uppercase\w*)$/.test(name)) return [range('A', 'Z')];
  if (/^(N|Nd|Number|Decimal_Number)$/.test(name)) return DIGITS;
  if (/^(Zs|Z|White_Space)$/.test(name)) return SPACE;
  if (/^(P|Pd|Punctuation)$/.test(name)) return [range('-')];
  if (/Han$/.test(name)) return [range('一', '丏')];
  return LETTERS;
}

/** A pattern that uses something from which no text can be made, such as a back-reference. */
export class UnsupportedPattern extends Error {}

/** Reads a pattern that `new RegExp(source, 'u')` accepts. Assertions are left out: the result is tested anyway. */
class Parser {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#characters = [...source];
  }

  #peek(ahead = 0): string {
    return this.#characters[this.#at + ahead] ?? '';
  }

  #next(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  /** Takes characters up to and including the next `end`. */
  #until(end: string): string {
    const from = this.#at;
    while (this.#at < this.#characters.length && this.#peek() !== end) this.#at += 1;
    const text = this.#characters.slice(from, this.#at).join('');
    this.#at += 1;
    return text;
  }

  choice(): Pattern {
    const options = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at += 1;
      options.push(this.#sequence());
    }
    return options.length === 1 && options[0] ? options[0] : { kind: 'choice', options };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#peek() !== '' && this.#peek() !== '|' && this.#peek() !== ')') {
      const part = this.#atom();
      if (part) parts.push(this.#quantified(part));
    }
    return { kind: 'sequence', parts };
  }

  /** Undefined for an assertion. */
  #atom(): Pattern | undefined {
    const character = this.#next();
    if (character === '^' || character === '$') return undefined;
    if (character === '(') return this.#group();
    if (character === '[') return { kind: 'set', ranges: this.#set() };
    if (character === '.') return { kind: 'set', ranges: LETTERS };
    if (character !== '\\') return { kind: 'set', ranges: [range(character)] };
    if (/[bB]/.test(this.#peek())) {
      this.#at += 1;
      return undefined;
    }
    return { kind: 'set', ranges: this.#escape() };
  }

  #group(): Pattern | undefined {
    let isAssertion = false;
    if (this.#peek() === '?') {
      this.#at += 1;
      const isBehind = this.#peek() === '<' && /[=!]/.test(this.#peek(1));
      isAssertion = isBehind || /[=!]/.test(this.#peek());
      if (this.#peek() === '<' && !isBehind) this.#until('>');
      else this.#at += isBehind ? 2 : 1;
    }
    const inner = this.choice();
    this.#at += 1;
    return isAssertion ? undefined : inner;
  }

  /** What follows a backslash. */
  #escape(): Ranges {
    const character = this.#next();
    const known = CLASSES[character];
    if (known) return known;
    if (/[1-9k]/.test(character)) throw new UnsupportedPattern('a back-reference');
    const control = CONTROLS[character];
    if (control !== undefined) return [range(control)];
    if (character === 'p' || character === 'P') return this.#property(character);
    if (character === 'x') return this.#hexadecimal(2);
    if (character === 'u') return this.#unicode();
    if (character === 'c') return codePoint(point(this.#next()) % 32);
    return [range(character)];
  }

  #property(letter: string): Ranges {
    this.#at += 1;
    const ranges = propertyRanges(this.#until('}').replace(/^(General_Category|gc)=/, ''));
    return letter === 'p' ? ranges : inverse(ranges);
  }

  #unicode(): Ranges {
    if (this.#peek() !== '{') return this.#hexadecimal(4);
    this.#at += 1;
    return codePoint(Number.parseInt(this.#until('}'), 16));
  }

  #hexadecimal(digits: number): Ranges {
    const from = this.#at;
    this.#at += digits;
    return codePoint(Number.parseInt(this.#characters.slice(from, this.#at).join(''), 16));
  }

  #set(): Ranges {
    const isNegated = this.#peek() === '^';
    if (isNegated) this.#at += 1;
    const ranges: (readonly [number, number])[] = [];
    while (this.#peek() !== ']' && this.#peek() !== '') {
      const from = this.#member();
      const [single] = from;
      const isRange = this.#peek() === '-' && this.#peek(1) !== ']' && from.length === 1;
      if (!isRange || !single) {
        ranges.push(...from);
        continue;
      }
      this.#at += 1;
      const [to = single] = this.#member();
      ranges.push([single[0], to[1]]);
    }
    this.#at += 1;
    return isNegated ? inverse(ranges) : ranges;
  }

  #member(): Ranges {
    const character = this.#next();
    if (character !== '\\') return [range(character)];
    if (this.#peek() !== 'b') return this.#escape();
    this.#at += 1;
    return codePoint(BACKSPACE);
  }

  #quantified(part: Pattern): Pattern {
    const bounds = this.#bounds();
    if (!bounds) return part;
    // Lazy or not, the same texts match.
    if (this.#peek() === '?') this.#at += 1;
    return { kind: 'repeat', part, min: bounds[0], max: bounds[1] };
  }

  #bounds(): readonly [number, number] | undefined {
    const character = this.#peek();
    if (character === '*' || character === '+' || character === '?') {
      this.#at += 1;
      return [character === '+' ? 1 : 0, character === '?' ? 1 : Infinity];
    }
    if (character !== '{') return undefined;
    this.#at += 1;
    const [min = '0', max] = this.#until('}').split(',');
    return [Number(min), max === undefined ? Number(min) : max === '' ? Infinity : Number(max)];
  }
}

/**
 * What texts that match a pattern look like.
 *
 * @throws SyntaxError when it is no regular expression, UnsupportedPattern when it has a back-reference.
 */
export function parsePattern(source: string): Pattern {
  new RegExp(source, 'u');
  return new Parser(source).choice();
}
