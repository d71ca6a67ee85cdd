import { isCollection, isNode, LineCounter, parseDocument, visit } from 'yaml';
import { isDeeperThan, MAX_DEPTH } from '../json.ts';

/** A text that is no YAML or JSON, or beyond the limits. */
export class UnreadableTextError extends Error {
  override readonly name = 'UnreadableTextError';
  /** From 1. */
  readonly line: number;
  /** In that line, from 1. */
  readonly column: number;
  constructor(message: string, { line, col }: { readonly line: number; readonly col: number }) {
    super(message);
    this.line = line;
    this.column = col;
  }
}

/** Where a value stands in a text. */
export interface TextPlace {
  /** From 1. */
  readonly line: number;
  /** In that line, from 1. */
  readonly column: number;
  /** JSON pointer (RFC 6901) to it. */
  readonly pointer: string;
}

/** A text as a value, with the place of each part. */
export interface ParsedText {
  readonly value: unknown;
  /** The line of a place, from 1; of the nearest place around it that there is. */
  lineOf(path: readonly (string | number)[]): number;
  /** The place itself, or the nearest one around it that there is. */
  placeOf(path: readonly (string | number)[]): TextPlace;
}

// Reading holds up the whole process: about a second for so many.
const MAX_CHARACTERS = 400_000;

/**
 * Reads YAML 1.2 or JSON of at most 400,000 characters and 200 levels, without anchors, tags of its own or
 * duplicate keys. Throws UnreadableTextError.
 */
export function parseText(text: string): ParsedText {
  if (text.length > MAX_CHARACTERS)
    throw new UnreadableTextError(`longer than ${MAX_CHARACTERS} characters`, START);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [error] = document.errors;
  if (error) throw new UnreadableTextError(withoutQuote(error.message), lines.linePos(error.pos[0]));
  visit(document, {
    Alias(_key, node) {
      throw new UnreadableTextError('aliases are not read', positionOf(lines, node.range));
    },
    Pair(_key, { key }) {
      if (isCollection(key))
        throw new UnreadableTextError('a key must be a text', positionOf(lines, key.range));
    },
  });
  const value: unknown = document.toJS();
  if (isDeeperThan(value, MAX_DEPTH))
    throw new UnreadableTextError(`nests deeper than ${MAX_DEPTH} levels`, START);
  const placeOf: ParsedText['placeOf'] = (path) => {
    for (let length = path.length; length > 0; length--) {
      const around = path.slice(0, length);
      const node: unknown = document.getIn(around, true);
      if (!isNode(node)) continue;
      const { line, col } = positionOf(lines, node.range);
      return { line, column: col, pointer: toPointer(around) };
    }
    return { line: START.line, column: START.col, pointer: '' };
  };
  return { value, placeOf, lineOf: (path) => placeOf(path).line };
}

const START = { line: 1, col: 1 };

/** The quote could be a secret. */
const withoutQuote = (message: string): string => message.replace(/: *["'].*/s, '');

const positionOf = (lines: LineCounter, range: readonly number[] | null | undefined) =>
  lines.linePos(range?.[0] ?? 0);

const toPointer = (path: readonly (string | number)[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
