import { quote } from '../text.ts';

/**
 * Where a value is inside the value that a function checks: a JSON pointer (RFC 6901), of which some parts
 * are known only at run time.
 */
export interface Path {
  /** Text, or an expression in source text. */
  readonly parts: readonly (string | { readonly code: string })[];
  /** Words for the name of a function that checks the value there. */
  readonly words: readonly string[];
}

export const ROOT: Path = { parts: [], words: [] };

export const isRoot = ({ parts }: Path): boolean => parts.length === 0;

const extend = (path: Path, part: Path['parts'][number], word: string): Path => ({
  parts: [...path.parts, '/', part],
  words: [...path.words, word],
});

/** To a member that the schema names. */
export const toMember = (path: Path, name: string): Path =>
  extend(path, name.replaceAll('~', '~0').replaceAll('/', '~1'), name);

/** To the item whose index is the value of an expression. */
export const toItem = (path: Path, index: string): Path => extend(path, { code: index }, 'item');

/** To the member whose name, escaped by `token`, is the value of an expression. */
export const toKey = (path: Path, key: string, token: string): Path =>
  extend(path, { code: `${token}(${key})` }, 'value');

/** The same place, under another word. */
export const named = (path: Path, word: string): Path => ({ ...path, words: [...path.words, word] });

/** The pointer as an expression. */
export function pathCode({ parts }: Path): string {
  const fixed = parts.map((part) => (typeof part === 'string' ? part : undefined));
  if (!fixed.includes(undefined)) return quote(fixed.join(''));
  const pieces = parts.map((part) => (typeof part === 'string' ? templateText(part) : `\${${part.code}}`));
  return `\`${pieces.join('')}\``;
}

const templateText = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/`|\$\{/g, '\\$&');
