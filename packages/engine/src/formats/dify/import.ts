import { isWorkflowDefinition } from '../../definition/schema.ts';
import type { WorkflowDefinition } from '../../definition/types.ts';
import { validateDefinition } from '../../definition/validate.ts';
import type { ImportOptions, ImportProblem, ImportResult } from '../import.ts';
import { createSecrets } from '../secrets.ts';
import { type ParsedText, parseText, UnreadableTextError } from '../text.ts';
import { assembleBody } from './assemble.ts';
import { noteFeatures, readEnvironment, readVariableDeclarations } from './constants.ts';
import type { Shared } from './conversion.ts';
import { type DifyFile, readFile, refuseFile, versionNote } from './file.ts';
import { type DifyGraph, readGraph } from './graph.ts';
import { inputsOf } from './nodes/start.ts';
import { textAt } from './place.ts';
import { createReferences } from './references.ts';
import { createReport, type Report } from './report.ts';

const MAX_NAME = 120;
const MAX_DESCRIPTION = 4_000;

/**
 * Imports a Dify DSL file (`kind: app`, versions 0.1 to 0.7, modes workflow and advanced-chat). Never throws:
 * what is wrong with the text is a problem with its line.
 */
export function importDify(text: string, options: ImportOptions): ImportResult {
  const parsed = readText(text);
  if ('message' in parsed) return { ok: false, rows: [], problems: [parsed], findings: [] };
  const file = readFile(parsed);
  const report = createReport(file);
  const refusal = refuseFile(file);
  if (refusal) {
    for (const node of file.nodes) report.unsupported(node, 'the file cannot be imported');
    return { ok: false, rows: report.rows(), problems: [refusal], findings: [] };
  }
  return importFile(file, report, options);
}

function readText(text: string): ParsedText | ImportProblem {
  try {
    return parseText(text);
  } catch (error) {
    if (!(error instanceof UnreadableTextError)) throw error;
    // What stands at the fault could be a secret.
    return { message: error.message, line: error.line };
  }
}

function importFile(file: DifyFile, report: Report, options: ImportOptions): ImportResult {
  const version = versionNote(file);
  if (version) report.note(version.message, { value: undefined, path: ['version'] });
  const graph = readGraph(file, report);
  tellIgnored(file, graph, report);
  const { shared, moved } = createShared(file, graph, report, options);
  const definition = assembleDefinition(shared, graph);
  if (report.problems.length === 0 && !isWorkflowDefinition(definition))
    tellInvalid(definition, report, file);
  const rows = report.rows();
  const { problems, notes } = report;
  if (problems.length > 0) return { ok: false, rows, problems, findings: [] };
  const findings = validateDefinition(definition);
  return findings.length > 0
    ? { ok: false, rows, problems, findings }
    : { ok: true, definition, rows, secrets: moved(), notes };
}

/** Comments, and nodes that no path leads to, do nothing in Dify either. */
function tellIgnored(file: DifyFile, { dead }: DifyGraph, report: Report): void {
  for (const node of file.nodes) {
    if (node.type === 'custom-note') report.ignored(node, 'a comment');
    else if (dead.has(node)) report.ignored(node, 'no path leads to it, so that it never runs');
  }
}

function createShared(file: DifyFile, graph: DifyGraph, report: Report, options: ImportOptions) {
  const secrets = createSecrets();
  const shared: Shared = {
    file,
    report,
    references: createReferences(file, graph.dead),
    moveSecret(wanted, value, place, node) {
      if (options.secrets === 'refuse') {
        const advice = 'refer to an environment variable of the type secret, and leave its value out';
        report.problem(`a secret stands in the file; ${advice}`, place, node);
      }
      return `{{ secret.${secrets.move(wanted, value, file.lineOf(place), node?.difyId)} }}`;
    },
  };
  return { shared, moved: () => secrets.moved };
}

function assembleDefinition(shared: Shared, graph: DifyGraph): WorkflowDefinition {
  const { file, references, report } = shared;
  noteFeatures(shared);
  const environment = readEnvironment(shared);
  const variables = readVariableDeclarations(shared);
  const { nodes, edges } = assembleBody(shared, graph);
  if (file.start && references.usesFiles()) {
    const { files } = references.inputNames;
    report.note(`the files of the message are the input ${files}`, file.start.place, file.start);
  }
  const braces = references.bracesConstant();
  if (braces !== undefined) {
    environment[braces] = '{{';
    const message = `texts have \`{{\` that begins no reference; the constant env.${braces} stands for it`;
    report.note(message, { value: undefined, path: ['workflow', 'graph'] });
  }
  const name = textAt(file.root, 'app', 'name')?.trim().slice(0, MAX_NAME);
  const description = textAt(file.root, 'app', 'description')?.slice(0, MAX_DESCRIPTION);
  return {
    name: name || 'Imported from Dify',
    ...(description && { description }),
    ...(file.start && { inputs: inputsOf(file.start.data, file.mode === 'advanced-chat', references) }),
    ...(Object.keys(environment).length > 0 && { environment }),
    ...(variables && Object.keys(variables).length > 0 && { variables }),
    nodes,
    edges,
  };
}

/** Which nodes are beyond a limit of native definitions, or that the workflow as a whole is. */
function tellInvalid(definition: WorkflowDefinition, report: Report, file: DifyFile): void {
  const natives = new Map(definition.nodes.map((node) => [node.id, node]));
  const invalid = file.nodes.filter(({ id }) => {
    const node = natives.get(id);
    return node && !isWorkflowDefinition({ name: 'one node', nodes: [node], edges: [] });
  });
  for (const node of invalid) {
    report.problem('a value of it is beyond the limits of a native node', node.place, node);
  }
  if (invalid.length > 0) return;
  const message =
    'the workflow is beyond the limits: at most 500 nodes and 2000 edges, 200 inputs and variables';
  report.problem(message, { value: undefined, path: ['workflow'] });
}
