import type { Finding, WorkflowDefinitionInput } from '@flowwire/contract/mandas';
import {
  type DefinitionImport,
  detectFormat,
  importDefinition,
  type WorkflowDefinition,
  type WorkflowSource,
} from '@flowwire/engine';
import { type CheckSchema, type Fault, faultsOf } from '../definition-faults.ts';
import { faulty } from './refusals.ts';

/** What is stored of a definition. */
export interface Draft {
  readonly definition: WorkflowDefinition;
  /** Absent for the server's own format, which is written anew when it is read. */
  readonly source?: WorkflowSource;
}

/** Reads what a request says of a workflow; a definition with faults is refused with all of them at once. */
export async function readDraft(
  input: WorkflowDefinitionInput,
  checkSchema: CheckSchema,
): Promise<Draft | ReturnType<typeof faulty>> {
  const text = input.definition_yaml;
  const format = detectFormat(text) === 'native' ? 'native' : 'mandas';
  // The text is kept, so no secret may stand in it.
  const result = importDefinition(text, { secrets: 'refuse', format });
  if (!result.ok) return refuse(findingsOf(result));
  const { definition } = result;
  const faults = await faultsOf(definition, checkSchema);
  if (faults.length > 0) return refuse(faults.map((fault) => toFinding(definition, fault)));
  return {
    definition: withWords(definition, input),
    ...(format === 'mandas' && { source: { format, text } }),
  };
}

const refuse = (findings: Finding[]) => faulty('INVALID_DEFINITION', 'The definition', findings);

const IN_YAML = { in: 'body', pointer: '/definition_yaml' } as const;
const CODE = 'definition';

function findingsOf({ problems, findings }: Extract<DefinitionImport, { ok: false }>): Finding[] {
  // Findings are about the graph that the text would have become; those of our own format are problems as well.
  if (problems.length === 0)
    return findings.map(({ code, message, nodeId }) => ({ ...IN_YAML, code, message, ...agent(nodeId) }));
  return problems.map(({ message, line, column, pointer, nodeId }, index) => ({
    ...IN_YAML,
    code: findings[index]?.code ?? CODE,
    message,
    ...(pointer !== undefined && { definition_pointer: pointer }),
    ...agent(nodeId),
    line,
    ...(column !== undefined && { column }),
  }));
}

const agent = (name: string | undefined) => (name === undefined ? {} : { agent_name: name });

/** Of a JSON Schema in a definition that is sound otherwise. */
function toFinding({ nodes }: WorkflowDefinition, { pointer, code, message, nodeId }: Fault): Finding {
  const node = nodes.find(({ id }) => id === nodeId);
  return {
    ...IN_YAML,
    code,
    message: `at ${pointer} of the graph that it becomes: ${message}`,
    ...agent(node?.title ?? nodeId),
  };
}

/** The name and description of the request go before those of the text. What names the format is none of it. */
function withWords(
  { description: ofText, format: _, ...definition }: WorkflowDefinition,
  { name, description = ofText }: WorkflowDefinitionInput,
): WorkflowDefinition {
  return { ...definition, name, ...(description && { description }) };
}
