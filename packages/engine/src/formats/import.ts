import type { Finding } from '../definition/subject.ts';
import type { WorkflowDefinition } from '../definition/types.ts';

export type ForeignFormat = 'dify' | 'astron' | 'mandas';

/** What became of one node of a foreign definition. */
export interface ImportRow {
  /** Its id there. */
  readonly nodeId: string;
  /** Its type there. */
  readonly nodeType: string;
  readonly title?: string;
  /** Line of the text, from 1. */
  readonly line: number;
  /**
   * `imported`: it does the same. `adapted`: it does so with the difference that `note` tells. `ignored`: it does
   * nothing there either, such as a comment. `unsupported`: `note` says why it cannot be imported.
   */
  readonly status: 'imported' | 'adapted' | 'ignored' | 'unsupported';
  /** The native nodes that it became, by id and type. */
  readonly importedAs: readonly { readonly id: string; readonly type: string }[];
  readonly note?: string;
}

/** Something about the whole text or one place of it. */
export interface ImportProblem {
  readonly message: string;
  readonly line: number;
  /** In that line, from 1. */
  readonly column?: number;
  /** JSON pointer (RFC 6901) into the text's value, where the format tells it. */
  readonly pointer?: string;
  readonly nodeId?: string;
}

/** A secret that stood in the text; the definition refers to it as `{{ secret.<name> }}`. Never log its value. */
export interface MovedSecret {
  readonly name: string;
  readonly value: string;
  /** Where it stood. */
  readonly line: number;
  readonly nodeId?: string;
}

export interface ImportOptions {
  /** Whether secrets in the text are handed out to be stored apart, or refused. */
  readonly secrets: 'move' | 'refuse';
}

/**
 * What an import came to. Nothing is dropped silently: every node of the text has a row. It fails when a node is
 * unsupported, when secrets are refused, or when the native definition would have findings.
 */
export type ImportResult =
  | {
      readonly ok: true;
      readonly definition: WorkflowDefinition;
      readonly rows: readonly ImportRow[];
      readonly secrets: readonly MovedSecret[];
      /** What is different, beyond single nodes. */
      readonly notes: readonly ImportProblem[];
    }
  | {
      readonly ok: false;
      readonly rows: readonly ImportRow[];
      readonly problems: readonly ImportProblem[];
      /** Of the definition that it would have become, if it got that far. */
      readonly findings: readonly Finding[];
    };
