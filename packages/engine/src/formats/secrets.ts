import type { MovedSecret } from './import.ts';

// A name has at most 64 characters; these leave room for a number.
const MAX_NAME = 58;

/** Names of headers and parameters whose values are credentials. */
const SENSITIVE = new RegExp(
  [
    'authorization$',
    '^cookie$',
    '^key$',
    '(?:api|access|secret|private|subscription|auth|app)[-_]?key$',
    '(?:^|[-_]|access|auth)(?:token|secret|password|passwd|signature)$',
  ].join('|'),
  'i',
);
/** How credentials in a header begin. */
const SCHEME = /^(?:bearer|basic|token|apikey|digest)\s+/i;
/** Shorter texts between references are taken for punctuation. */
const MIN_PIECE = 6;

export const isSensitive = (name: string): boolean => SENSITIVE.test(name.trim());

/**
 * A text with its credential apart: `Bearer abc` is `['Bearer ', 'abc', '']`. Undefined where there is none.
 */
export function splitCredential(
  text: string,
  isWhole: boolean,
): readonly [string, string, string] | undefined {
  const trimmed = text.trim();
  const begin = text.length - text.trimStart().length + (SCHEME.exec(trimmed)?.[0].length ?? 0);
  const end = text.trimEnd().length;
  if (end <= begin || (!isWhole && end - begin < MIN_PIECE)) return undefined;
  return [text.slice(0, begin), text.slice(begin, end), text.slice(end)];
}

/** The secrets that stood in a file, by names that stay the same from import to import. */
export interface Secrets {
  readonly moved: readonly MovedSecret[];
  /** Answers the secret's name: as wanted, or with a number when another value has it. */
  move(wanted: string, value: string, line: number, nodeId?: string): string;
}

export function createSecrets(): Secrets {
  const moved = new Map<string, MovedSecret>();
  const namesByValue = new Map<string, Map<string, string>>();
  return {
    get moved() {
      return [...moved.values()];
    },
    move(wanted, value, line, nodeId) {
      const base = secretName(wanted);
      const names = namesByValue.get(base) ?? new Map<string, string>();
      namesByValue.set(base, names);
      const known = names.get(value);
      if (known !== undefined) return known;
      let name = names.size === 0 ? base : `${base}_${names.size + 1}`;
      while (moved.has(name)) name = `${name.slice(0, MAX_NAME)}_X`;
      names.set(value, name);
      moved.set(name, { name, value, line, ...(nodeId !== undefined && { nodeId }) });
      return name;
    },
  };
}

/** In capital letters, digits and `_`, beginning with a letter. */
export function secretName(text: string): string {
  const name = text
    .slice(0, MAX_NAME)
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_');
  return /^[A-Z]/.test(name) ? name : `SECRET_${name}`.slice(0, MAX_NAME);
}
