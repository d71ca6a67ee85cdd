/**
 * `error`: what is generated would be wrong, so nothing is. `warning`: something is left out, and the rest
 * means what it meant.
 */
export type Severity = 'error' | 'warning';

/** One fault of a document, at the place where it can be mended. */
export interface Problem {
  /** Relative to the working directory. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
  readonly severity: Severity;
}

/** Documents that cannot be generated from. Carries every fault that was found, in reading order. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** `file:line:column message`, which editors and terminals turn into a link. */
export const formatProblem = ({ file, line, column, message, severity }: Problem): string =>
  `${file}:${line}:${column} ${severity === 'warning' ? 'warning: ' : ''}${message}`;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Orders problems as a reader meets them and leaves out repeats. */
export function inReadingOrder(problems: readonly Problem[]): Problem[] {
  const unique = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...unique.values()].sort(
    (a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column,
  );
}
