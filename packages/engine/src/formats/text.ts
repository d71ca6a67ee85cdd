import { isCollection, isNode, LineCounter, parseDocument, visit } from 'yaml';
import { isDeeperThan, MAX_DEPTH } from '../json.ts';

/** A text that is no YAML or JSON, or beyond the limits. */
export class UnreadableTextError extends Error {
  override readonly name = 'UnreadableTextError';
  /** From 1. */
  readonly line: number;
  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** A text as a value, with the line of each place. */
export interface ParsedText {
  readonly value: unknown;
  /** The line of a place, from 1; of the nearest place around it that there is. */
  lineOf(path: readonly (string | number)[]): number;
}

// Reading holds up the whole process: about a second for so many.
const MAX_CHARACTERS = 400_000;

/**
 * Reads YAML 1.2 or JSON of at most 400,000 characters and 200 levels, without anchors, tags of its own or
 * duplicate keys. Throws UnreadableTextError.
 */
export function parseText(text: string): ParsedText {
  if (text.length > MAX_CHARACTERS)
    throw new UnreadableTextError(`longer than ${MAX_CHARACTERS} characters`, 1);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [error] = document.errors;
  if (error) throw new UnreadableTextError(withoutQuote(error.message), lines.linePos(error.pos[0]).line);
  visit(document, {
    Alias(_key, node) {
      throw new UnreadableTextError('aliases are not read', lineAt(lines, node.range));
    },
    Pair(_key, { key }) {
      if (isCollection(key)) throw new UnreadableTextError('a key must be a text', lineAt(lines, key.range));
    },
  });
  const value: unknown = document.toJS();
  if (isDeeperThan(value, MAX_DEPTH))
    throw new UnreadableTextError(`nests deeper than ${MAX_DEPTH} levels`, 1);
  return {
    value,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const node: unknown = document.getIn(path.slice(0, length), true);
        if (isNode(node)) return lineAt(lines, node.range);
      }
      return 1;
    },
  };
}

/** The quote could be a secret. */
const withoutQuote = (message: string): string => message.replace(/: *["'].*/s, '');

const lineAt = (lines: LineCounter, range: readonly number[] | null | undefined): number =>
  lines.linePos(range?.[0] ?? 0).line;
