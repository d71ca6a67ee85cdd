import { shorten } from '../../definition/subject.ts';
import { conclude } from '../conclude.ts';
import { createReport, looksSecret, type Report } from '../foreign.ts';
import type { ImportOptions, ImportResult } from '../import.ts';
import { parseText, UnreadableTextError } from '../text.ts';
import { hasCredentials } from './credentials.ts';
import { type AstronFlow, readFlow } from './flow.ts';
import { mapFlow } from './mapping.ts';
import { toObjectSchema } from './schema.ts';

const MAX_NAME = 120;
const MAX_DESCRIPTION = 4_000;

export type AstronImport = ImportResult & {
  /** The text has credentials that the definition does not have, so it is not to be kept. */
  readonly hasCredentials?: true;
};

/**
 * Imports a flow of astron-agent, as JSON or YAML: its stored row, a bare `{nodes, edges}`, or the console's
 * export. Credentials of models are left out, whatever `secrets` says: they belong to the platform. Other
 * literals that look like secrets cannot be moved, as no node that takes them takes secrets: they are told, or
 * refused. Never throws.
 */
export function importAstron(text: string, options: ImportOptions): AstronImport {
  const report = createReport();
  try {
    const flow = readFlow(parseText(text), report);
    if (!flow) return { ok: false, rows: [], problems: report.problems, findings: [] };
    return importFlow(flow, options, report);
  } catch (error) {
    if (!(error instanceof UnreadableTextError)) throw error;
    report.problem(error.message, error.line);
    return { ok: false, rows: [], problems: report.problems, findings: [] };
  }
}

function importFlow(flow: AstronFlow, options: ImportOptions, report: Report): AstronImport {
  const { body, rows, variables } = mapFlow(flow, report);
  const isCarrier = noteCredentials(flow, report);
  checkLiterals(flow, options, report);
  const start = flow.nodes.find(({ type }) => type === 'node-start');
  const draft = {
    name: shorten(flow.name, MAX_NAME - 3) || 'Imported flow',
    ...(flow.description !== '' && { description: shorten(flow.description, MAX_DESCRIPTION - 3) }),
    // Astron-agent refuses what the start node does not declare.
    ...(start && { inputs: { ...toObjectSchema(start.outputs), additionalProperties: false } }),
    ...(variables.size > 0 && { variables: declarations(variables) }),
    nodes: body.nodes,
    edges: body.edges,
  };
  return { ...conclude(draft, rows, report), ...(isCarrier && { hasCredentials: true as const }) };
}

const declarations = (names: ReadonlySet<string>) =>
  Object.fromEntries(Array.from(names, (name) => [name, { scope: 'conversation', default: null }]));

/** Says that they were there, and nothing of what they are. */
function noteCredentials({ nodes }: AstronFlow, report: Report): boolean {
  const carriers = nodes.filter(({ param }) => hasCredentials(param));
  const [first] = carriers;
  if (!first) return false;
  const who = carriers.length === 1 ? 'one node carries' : `${carriers.length} nodes carry`;
  report.note(
    `${who} apiKey and apiSecret of a model; they are left out, the server's own are used`,
    first.line,
  );
  return true;
}

/** The nodes that take literals cannot take secrets, as what they read is kept. */
function checkLiterals({ nodes }: AstronFlow, { secrets }: ImportOptions, report: Report): void {
  for (const { inputs, line, id } of nodes) {
    for (const { name, value } of inputs) {
      if (value.kind !== 'literal' || !looksSecret(name, value.content)) continue;
      if (secrets === 'refuse')
        report.problem(`the input ${name} looks like a secret; take it out`, line, id);
      else
        report.note(`the input ${name} looks like a secret, and stays in the definition as it is`, line, id);
    }
  }
}
