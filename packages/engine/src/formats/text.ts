import {
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [error] = document.errors;
  // The parser has run out of stack.
  if (error?.code === 'RESOURCE_EXHAUSTION') throw new UnreadableTextError(TOO_DEEP, START);
  if (error) throw new UnreadableTextError(withoutQuote(error.message), lines.linePos(error.pos[0]));
  visit(document, {
    Alias(_key, node) {
      throw new UnreadableTextError('aliases are not read', positionOf(lines, node.range));
    },
    Map: (_key, map) => checkKeys(map, lines),
  });
  const value: unknown = document.toJS();
  if (isDeeperThan(value, MAX_DEPTH)) throw new UnreadableTextError(TOO_DEEP, START);
  const childOf = createChildFinder();
  const placeOf: ParsedText['placeOf'] = (path) => {
    let around: Node | null = document.contents;
    let depth = 0;
    for (const step of path) {
      const node = childOf(around, step);
      if (!node) break;
      around = node;
      depth += 1;
    }
    const { line, col } = depth === 0 ? START : positionOf(lines, around?.range);
    return { line, column: col, pointer: toPointer(path.slice(0, depth)) };
  };
  return { value, placeOf, lineOf: (path) => placeOf(path).line };
}

const START = { line: 1, col: 1 };
const TOO_DEEP = `nests deeper than ${MAX_DEPTH} levels`;

/** The quote could be a secret. */
const withoutQuote = (message: string): string => message.replace(/: *["'].*/s, '');

const positionOf = (lines: LineCounter, range: readonly number[] | null | undefined) =>
  lines.linePos(range?.[0] ?? 0);

const toPointer = (path: readonly (string | number)[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Throws UnreadableTextError. The parser's own search for keys that are there twice takes ten seconds for 30,000. */
function checkKeys({ items }: YAMLMap, lines: LineCounter): void {
  const seen = new Set<string>();
  for (const { key } of items) {
    const range = isNode(key) ? key.range : undefined;
    if (isCollection(key)) throw new UnreadableTextError('a key must be a text', positionOf(lines, range));
    const name = nameOf(key);
    if (seen.has(name)) throw new UnreadableTextError('Map keys must be unique', positionOf(lines, range));
    seen.add(name);
  }
}

/** What a key is called in the value that the text becomes. */
const nameOf = (key: unknown): string => String((isScalar(key) ? key.value : key) ?? '');

/** Finds members and items. Maps are indexed once: looked through for each fault, a long one would take seconds. */
function createChildFinder() {
  const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, unknown>>();

  function indexOf(map: YAMLMap): ReadonlyMap<string, unknown> {
    const known = indexes.get(map);
    if (known) return known;
    const index = new Map(map.items.map(({ key, value }) => [nameOf(key), value]));
    indexes.set(map, index);
    return index;
  }

  return (parent: Node | null, step: string | number): Node | undefined => {
    const child = isMap(parent)
      ? indexOf(parent).get(String(step))
      : isSeq(parent)
        ? parent.items[Number(step)]
        : undefined;
    return isNode(child) ? child : undefined;
  };
}
