import { keysOf } from './cursor.ts';

// Line numbers of a JSON text are asked for only when something is wrong, so the parser does not keep them.
// They are found by skipping through the text. What was skipped through once is remembered a level at a time.

/** Offsets of a member or an item. */
interface Member {
  /** Of the key; of the value for an item of an array. */
  readonly key: number;
  readonly value: number;
}

const isBlank = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

/** Finds places in `body`, which must be JSON. */
class JsonText {
  readonly #body: string;
  readonly #levels = new Map<number, ReadonlyMap<string, Member>>();

  constructor(body: string) {
    this.#body = body;
  }

  /** The offset that a pointer leads to, or of the last part of it that is there. */
  find(pointer: string, onKey: boolean): number {
    let here: Member = { key: 0, value: this.#skipBlanks(0) };
    for (const key of keysOf(pointer)) {
      const next = this.#level(here.value).get(key);
      if (!next) break;
      here = next;
    }
    return onKey ? here.key : here.value;
  }

  #level(start: number): ReadonlyMap<string, Member> {
    const known = this.#levels.get(start);
    if (known) return known;
    const level = this.#body[start] === '{' ? this.#readObject(start) : this.#readArray(start);
    this.#levels.set(start, level);
    return level;
  }

  #readObject(start: number): Map<string, Member> {
    const members = new Map<string, Member>();
    let here = this.#skipBlanks(start + 1);
    while (this.#body[here] === '"') {
      const end = this.#skipString(here);
      const key: unknown = JSON.parse(this.#body.slice(here, end));
      const value = this.#skipBlanks(this.#skipBlanks(end) + 1);
      members.set(String(key), { key: here, value });
      here = this.#skipBlanks(this.#skipValue(value));
      if (this.#body[here] === ',') here = this.#skipBlanks(here + 1);
    }
    return members;
  }

  #readArray(start: number): Map<string, Member> {
    const members = new Map<string, Member>();
    if (this.#body[start] !== '[') return members;
    let here = this.#skipBlanks(start + 1);
    while (here < this.#body.length && this.#body[here] !== ']') {
      members.set(String(members.size), { key: here, value: here });
      here = this.#skipBlanks(this.#skipValue(here));
      if (this.#body[here] === ',') here = this.#skipBlanks(here + 1);
    }
    return members;
  }

  #skipBlanks(from: number): number {
    let here = from;
    while (isBlank(this.#body.charCodeAt(here))) here += 1;
    return here;
  }

  /** From an opening quote to after the closing one. */
  #skipString(from: number): number {
    let end = this.#body.indexOf('"', from + 1);
    while (end !== -1 && this.#isEscaped(end)) end = this.#body.indexOf('"', end + 1);
    return end === -1 ? this.#body.length : end + 1;
  }

  #isEscaped(quote: number): boolean {
    let slashes = 0;
    while (this.#body[quote - 1 - slashes] === '\\') slashes += 1;
    return slashes % 2 === 1;
  }

  #skipValue(from: number): number {
    let depth = 0;
    for (let here = from; here < this.#body.length; ) {
      const char = this.#body[here];
      if (char === '"') here = this.#skipString(here);
      else if (depth === 0 && (char === ',' || char === '}' || char === ']')) return here;
      else {
        if (char === '{' || char === '[') depth += 1;
        else if (char === '}' || char === ']') depth -= 1;
        here += 1;
      }
      if (depth === 0 && (char === '"' || char === '}' || char === ']')) return here;
    }
    return this.#body.length;
  }
}

/** A function from the places of a JSON text to offsets: of the key, or of what stands there. */
export function createJsonPlaces(body: string): (pointer: string, onKey: boolean) => number {
  const text = new JsonText(body);
  return (pointer, onKey) => text.find(pointer, onKey);
}
