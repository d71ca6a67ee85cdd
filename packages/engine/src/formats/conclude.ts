import { workflowDefinition } from '../definition/generated/validators.js';
import { isWorkflowDefinition } from '../definition/schema.ts';
import { validateDefinition } from '../definition/validate.ts';
import { isDeeperThan, MAX_DEPTH } from '../json.ts';
import { listIn, type Report, textIn } from './foreign.ts';
import type { ImportResult, ImportRow, MovedSecret } from './import.ts';

const MAX_SCHEMA_PROBLEMS = 10;

/** The result of an import, whose definition is a draft until it has been checked like any other. */
export function conclude(
  draft: unknown,
  rows: readonly ImportRow[],
  report: Report,
  secrets: readonly MovedSecret[] = [],
): ImportResult {
  for (const { status, nodeId, nodeType, line, note = 'it has no counterpart' } of rows) {
    if (status === 'unsupported') report.problem(`${nodeType} cannot be imported: ${note}`, line, nodeId);
  }
  const { problems, notes } = report;
  if (problems.length > 0) return { ok: false, rows, problems, findings: [] };
  if (isDeeperThan(draft, MAX_DEPTH)) {
    report.problem(`it would nest deeper than ${MAX_DEPTH} levels`, 1);
    return { ok: false, rows, problems, findings: [] };
  }
  if (!isWorkflowDefinition(draft)) {
    for (const { instancePath, message } of workflowDefinition.errors?.slice(0, MAX_SCHEMA_PROBLEMS) ?? []) {
      const row = rowAt(instancePath, draft, rows);
      const where = instancePath === '' ? 'the definition' : instancePath;
      report.problem(`${where} would be invalid: ${message ?? ''}`, row?.line ?? 1, row?.nodeId);
    }
    return { ok: false, rows, problems, findings: [] };
  }
  const findings = validateDefinition(draft);
  if (findings.length > 0) return { ok: false, rows, problems, findings };
  return { ok: true, definition: draft, rows, secrets, notes };
}

/** The row of the node at the top that a JSON pointer leads into. */
function rowAt(pointer: string, draft: unknown, rows: readonly ImportRow[]): ImportRow | undefined {
  const index = /^\/nodes\/(\d+)/.exec(pointer)?.[1];
  if (index === undefined) return undefined;
  const id = textIn(listIn(draft, 'nodes')[Number(index)], 'id');
  return rows.find(({ importedAs }) => importedAs.some((node) => node.id === id));
}
