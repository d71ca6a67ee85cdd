import { relative } from 'node:path';
import type { Cursor } from '../load/cursor.ts';
import { formatProblem, type Problem } from '../problems.ts';

/** Something that is wrong with a document, and who says so. */
export interface Finding extends Problem {
  /** The id of the rule. */
  readonly rule: string;
}

/** A finding at the key of a value, or at the value itself where it has none. */
export const findingAt = (
  { document, pointer }: Cursor,
  rule: string,
  severity: Finding['severity'],
  message: string,
): Finding => ({
  file: relative(process.cwd(), document.source.absoluteRef),
  ...document.locate(pointer, true),
  rule,
  severity,
  message,
});

/** `file:line:column severity rule message`. */
export const formatFinding = ({ file, line, column, severity, rule, message }: Finding): string =>
  `${file}:${line}:${column} ${severity} ${rule} ${message}`;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const isBefore = (a: Finding, b: Finding): number =>
  compareText(a.file, b.file) ||
  a.line - b.line ||
  a.column - b.column ||
  compareText(a.severity, b.severity) ||
  compareText(a.rule, b.rule) ||
  compareText(a.message, b.message);

/**
 * Findings as a reader meets them. What two rules say in the same words about one place is said once, by the
 * one that takes it for worse.
 */
export function inReadingOrder(findings: readonly Finding[]): Finding[] {
  const unique = new Map<string, Finding>();
  for (const finding of [...findings].sort(isBefore)) {
    const key = formatProblem({ ...finding, severity: 'error' });
    if (!unique.has(key)) unique.set(key, finding);
  }
  return [...unique.values()];
}

/** `2 errors, 1 warning in 3 documents`. */
export function countFindings(findings: readonly Finding[], documents: number): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const warnings = findings.length - errors;
  return `${count(errors, 'error')}, ${count(warnings, 'warning')} in ${count(documents, 'document')}`;
}
