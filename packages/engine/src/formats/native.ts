import { Document, Scalar, visit } from 'yaml';
import { workflowDefinition } from '../definition/generated/validators.js';
import { isWorkflowDefinition } from '../definition/schema.ts';
import { shorten } from '../definition/subject.ts';
import type { WorkflowDefinition } from '../definition/types.ts';
import { validateDefinition } from '../definition/validate.ts';
import { walkNodes } from '../definition/walk.ts';
import type { ImportProblem, ImportResult, ImportRow } from './import.ts';
import { type ParsedText, parseText, UnreadableTextError } from './text.ts';

const FORMAT = 'flowwire/1';
const MAX_PROBLEMS = 100;
// Messages name places, and their keys can be long.
const MAX_MESSAGE = 1_000;

/** A definition as YAML 1.2 for people and version control: the same definition is always the same text. */
export function exportYaml(definition: WorkflowDefinition): string {
  const { name, description, inputs, outputs, environment, variables, cache, tools, nodes, edges } =
    definition;
  const ordered: Required<{ [Member in keyof WorkflowDefinition]: unknown }> = {
    format: FORMAT,
    name,
    description,
    inputs,
    outputs,
    environment,
    variables,
    cache,
    tools,
    nodes,
    edges,
  };
  const document = new Document(ordered, { aliasDuplicateObjects: false });
  // As a block, a text that begins with white space is not always read as it was.
  visit(document, {
    Scalar(_key, scalar) {
      if (typeof scalar.value === 'string' && /^\s/.test(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0, blockQuote: 'literal' });
}

/**
 * Reads a definition in the native format, as YAML or JSON. Every node is imported as itself; what is wrong is
 * told with its line. The secrets in it stay references.
 */
export function importNative(text: string): ImportResult {
  try {
    return importParsed(parseText(text));
  } catch (error) {
    if (!(error instanceof UnreadableTextError)) throw error;
    const { message, line, column } = error;
    return { ok: false, rows: [], problems: [{ message, line, column, pointer: '' }], findings: [] };
  }
}

function importParsed(parsed: ParsedText): ImportResult {
  const { value: definition } = parsed;
  if (!isWorkflowDefinition(definition)) {
    return { ok: false, rows: [], problems: schemaProblems(parsed), findings: [] };
  }
  const rows = Array.from(walkNodes(definition), ({ node: { id, type, title }, pointer }): ImportRow => {
    const importedAs = [{ id, type }];
    const line = parsed.lineOf(pathOf(pointer));
    return {
      nodeId: id,
      nodeType: type,
      ...(title !== undefined && { title }),
      line,
      status: 'imported',
      importedAs,
    };
  });
  const findings = validateDefinition(definition);
  if (findings.length === 0) return { ok: true, definition, rows, secrets: [], notes: [] };
  const problems = findings.map(({ message, pointer, nodeId }) =>
    problemAt(pointer, message, nodeId, parsed),
  );
  return { ok: false, rows, problems, findings };
}

/** What the validator has just found. */
function schemaProblems(parsed: ParsedText): readonly ImportProblem[] {
  const errors = workflowDefinition.errors?.slice(0, MAX_PROBLEMS) ?? [];
  return errors.map(({ instancePath, message = 'is invalid' }) => {
    const nodeId = nodeIdAt(pathOf(instancePath), parsed.value);
    return problemAt(instancePath, `${instancePath || '/'} ${message}`, nodeId, parsed);
  });
}

const problemAt = (
  pointer: string,
  message: string,
  nodeId: string | undefined,
  { placeOf }: ParsedText,
): ImportProblem => ({
  message: shorten(message, MAX_MESSAGE),
  ...placeOf(pathOf(pointer)),
  pointer,
  ...(nodeId !== undefined && { nodeId }),
});

/** The steps of a JSON pointer (RFC 6901). */
const pathOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

/** The id of the innermost node on the way to a place, if it has one. */
function nodeIdAt(path: readonly string[], root: unknown): string | undefined {
  let found: string | undefined;
  let value = root;
  for (const [index, step] of path.entries()) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return found;
    value = Reflect.get(value, step);
    if (path[index - 1] !== 'nodes' || typeof value !== 'object' || value === null) continue;
    const id: unknown = Object.hasOwn(value, 'id') ? Reflect.get(value, 'id') : undefined;
    if (typeof id === 'string') found = id;
  }
  return found;
}
