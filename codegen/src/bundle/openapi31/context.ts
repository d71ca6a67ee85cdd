import type { Node } from '../rewrite.ts';
import { keep } from './kept.ts';

/** Something that tools for OpenAPI 3.1 will not see. */
export interface Note {
  /** JSON pointer into the document as it was. */
  readonly pointer: string;
  readonly message: string;
}

/** What converters are told, and tell. */
export interface Context {
  /** JSON pointer of the object that is converted, as it was. */
  readonly pointer: string;
  note(message: string): void;
  /** Notes that what stood at one pointer stands at another one, so that references follow. */
  moved(from: string, to: string): void;
  /** What a `$ref` leads to, not converted, or the value itself when it is none. */
  resolve(value: unknown): unknown;
}

/** Turns one object, whose parts are converted already. */
export type Converter = (node: Node, context: Context) => Node;

/** Keeps those of the members that are there as extensions, and says so. */
export function keepNoted(node: Node, context: Context, reasons: Readonly<Record<string, string>>): Node {
  const present = Object.keys(reasons).filter((key) => key in node);
  for (const key of present) context.note(`${key}: ${reasons[key]}`);
  return keep(node, ...present);
}
