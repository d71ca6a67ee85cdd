import type { Cursor } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import type { Severity } from '../problems.ts';
import type { Seen } from './walk.ts';

/** What a rule is given. */
export interface LintContext {
  readonly documents: Documents;
  /** The document that is checked. */
  readonly root: Cursor;
  /** Whether an AsyncAPI document goes with the OpenAPI document that is checked. */
  readonly hasMessages: boolean;
  report(cursor: Cursor, message: string): void;
}

/** Is told of each object of a document. */
export type Check = (seen: Seen) => void;

/** One thing that documents are checked for. */
export interface LintRule {
  readonly id: string;
  readonly severity: Severity;
  /** What it asks for. */
  readonly what: string;
  /** What goes wrong otherwise. */
  readonly why: string;
  /** Begins with a document. */
  create(context: LintContext): Check | Promise<Check>;
}
