/** Numbers that look random, and are the same for the same key. */
export interface Random {
  /** From 0 up to, not including, 1. */
  unit(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** One of a list; undefined for an empty one. */
  pick<T>(items: readonly T[]): T | undefined;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}

/**
 * Random numbers for one key. Each place of a value has its own key, so that what stands at one place does
 * not depend on how much was drawn for the others. (The generator is mulberry32.)
 */
export function createRandom(key: string): Random {
  let state = hash(key);
  const unit = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    unit,
    integer: (min, max) => min + Math.floor(unit() * (max - min + 1)),
    pick: (items) => items[Math.floor(unit() * items.length)],
  };
}
