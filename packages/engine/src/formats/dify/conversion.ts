import type { WorkflowBody, WorkflowNode } from '../../definition/types.ts';
import { splitCredential } from '../secrets.ts';
import type { DifyFile, DifyNode } from './file.ts';
import { at, type Place, selectorAt, textAt } from './place.ts';
import { type References, splitText } from './references.ts';
import type { Report } from './report.ts';

/** What the converter of one node works with. What it cannot convert it reports as a problem. */
export interface Conversion {
  readonly file: DifyFile;
  readonly node: DifyNode;
  /** The node's `data`. */
  readonly data: Place;
  /** The members that every native node has. */
  readonly head: { readonly id: string; readonly title?: string };
  /** The nodes inside a container, already converted. */
  readonly body: WorkflowBody | undefined;
  /** Whether an edge leads on from its failure, or from a question that nobody answered. */
  readonly branches: boolean;
  readonly references: References;
  problem(message: string, place?: Place): void;
  note(message: string): void;
  /** The reference that a selector at a place is. */
  reference(place: Place): string;
  /** The text at a place with its references; empty where there is none. */
  text(place: Place, ...keys: readonly (string | number)[]): string;
  /** A text of a place. */
  textOf(text: string, place: Place): string;
  /** A text of a place whose literal parts are credentials, which are moved to the secret `name`. */
  credential(text: string, name: string, place: Place): string;
  /** A value in which nothing is a reference. */
  constant(value: unknown): unknown;
}

/**
 * Converts one node of Dify to native nodes, of which each leads to the next. The one with the node's id is
 * the node itself; others help it.
 */
export type Convert = (conversion: Conversion) => readonly WorkflowNode[];

/** The parts of an import that conversions share. */
export interface Shared {
  readonly file: DifyFile;
  readonly references: References;
  readonly report: Report;
  /** Moves a secret, or reports that there is one, and answers the reference to it. */
  moveSecret(name: string, value: string, place: Place, node?: DifyNode): string;
}

export function createConversion(
  shared: Shared,
  node: DifyNode,
  { body, branches }: Pick<Conversion, 'body' | 'branches'>,
): Conversion {
  const { file, references, report } = shared;
  const takesSecrets = node.type === 'http-request';

  function resolve(parts: readonly string[], place: Place): string {
    const resolved = references.resolve(parts, takesSecrets);
    if ('reference' in resolved) return resolved.reference;
    const source = parts.join('.').slice(0, 100);
    report.problem(`the reference to ${source} cannot be imported: ${resolved.problem}`, place, node);
    return '';
  }

  function rewrite(text: string, place: Place, literal: (text: string) => string): string {
    let rewritten = '';
    for (const part of splitText(text)) {
      rewritten += 'literal' in part ? literal(part.literal) : resolve(part.parts, place);
    }
    return rewritten;
  }

  return {
    file,
    node,
    data: node.data,
    head: { id: node.id, ...(node.title !== undefined && { title: node.title }) },
    body,
    branches,
    references,
    problem: (message, place = node.place) => report.problem(message, place, node),
    note: (message) => report.note(message, node.place, node),
    reference(place) {
      const parts = selectorAt(place);
      if (parts) return resolve(parts, place);
      const member = place.path.slice(node.data.path.length).join('.');
      report.problem(`no variable is chosen at ${member}`, place, node);
      return '';
    },
    text: (place, ...keys) => rewrite(textAt(place, ...keys) ?? '', at(place, ...keys), references.escape),
    textOf: (text, place) => rewrite(text, place, references.escape),
    credential(text, name, place) {
      const isWhole = !text.includes('{{#');
      return rewrite(text, place, (literal) => {
        const split = splitCredential(literal, isWhole);
        if (!split) return references.escape(literal);
        const [before, value, after] = split;
        return before + shared.moveSecret(`${node.id}_${name}`, value, place, node) + after;
      });
    },
    constant: (value) => escapeIn(value, references),
  };
}

function escapeIn(value: unknown, references: References): unknown {
  if (typeof value === 'string') return references.escape(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => escapeIn(item, references));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escapeIn(item, references)]));
}
