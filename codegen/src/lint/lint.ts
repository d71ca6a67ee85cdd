import type { DocumentPair } from '../commands/sources.ts';
import { loadApi } from '../generate.ts';
import type { Cursor } from '../load/cursor.ts';
import { createDocuments } from '../load/documents.ts';
import { DocumentError, type Problem } from '../problems.ts';
import { type Finding, findingAt, inReadingOrder } from './finding.ts';
import type { Redocly } from './redocly.ts';
import type { Check, LintContext, LintRule } from './rule.ts';
import { walk } from './walk.ts';

/** A document that is checked, and what goes with it. */
interface Target extends Pick<LintContext, 'root' | 'documents' | 'hasMessages'> {
  readonly kind: 'document' | 'asyncDocument';
}

/** What the loader and the generator say. */
const GENERATOR = 'generator';

const fromProblem = (problem: Problem): Finding => ({ ...problem, rule: GENERATOR });

/** What would be said if code were generated from the documents: their faults, and what would be left out. */
async function askGenerator(pair: DocumentPair): Promise<Finding[]> {
  try {
    return (await loadApi({ ...pair, out: pair.name })).warnings.map(fromProblem);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return error.problems.map(fromProblem);
  }
}

/** Checks a document by rules of ours. */
async function applyRules(
  { root, kind, documents, hasMessages }: Target,
  rules: readonly LintRule[],
  { isIgnored }: Redocly,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const begin = ({ id, severity, create }: LintRule): Check | Promise<Check> => {
    const report = (cursor: Cursor, message: string): void => {
      if (!isIgnored(id, cursor)) findings.push(findingAt(cursor, id, severity, message));
    };
    return create({ documents, root, hasMessages, report });
  };
  const checks = await Promise.all(rules.map(begin));
  for (const seen of walk(root, kind, documents)) for (const check of checks) check(seen);
  return findings;
}

/** Checks the documents of one API. Answers what is wrong, in reading order. */
export async function lintApi(
  pair: DocumentPair,
  rules: readonly LintRule[],
  redocly: Redocly,
): Promise<Finding[]> {
  const findings = await askGenerator(pair);
  const documents = createDocuments();
  const hasMessages = pair.asyncapi !== undefined;
  for (const [path, kind] of [
    [pair.openapi, 'document'],
    [pair.asyncapi, 'asyncDocument'],
  ] as const) {
    const root = path === undefined ? undefined : await documents.open(path);
    if (path === undefined || root === undefined) continue;
    findings.push(...(await redocly.lint(path)));
    findings.push(...(await applyRules({ root, kind, documents, hasMessages }, rules, redocly)));
  }
  return inReadingOrder(findings);
}
