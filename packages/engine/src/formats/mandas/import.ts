import { shorten } from '../../definition/subject.ts';
import type { JsonValue } from '../../events.ts';
import { conclude } from '../conclude.ts';
import { createReport, isObject, looksSecret, member, type Report } from '../foreign.ts';
import type { ImportOptions, ImportResult, ImportRow } from '../import.ts';
import { parseText, UnreadableTextError } from '../text.ts';
import { type MandasAgent, type MandasDefinition, readDefinition } from './definition.ts';
import { type Dependencies, readDependencies } from './dependencies.ts';
import { instructionOf, noteOf, promptOf } from './prompt.ts';
import { outputOf, type Place, toValue } from './references.ts';
import { type ReadTools, readTools, toolsOf } from './tools.ts';

const MAX_NAME = 120;
const MAX_TITLE = 200;
const MAX_ROLE = 64;
const MAX_DESCRIPTION = 4_000;

/**
 * Imports a MANDAS `definition_yaml`, as YAML or JSON: its agents become agent nodes, one after the other
 * unless they say what they depend on. Never throws.
 */
export function importMandas(text: string, options: ImportOptions): ImportResult {
  const report = createReport();
  try {
    const definition = readDefinition(parseText(text), report);
    if (!definition) return { ok: false, rows: [], problems: report.problems, findings: [] };
    return importAgents(definition, options, report);
  } catch (error) {
    if (!(error instanceof UnreadableTextError)) throw error;
    report.problem(error.message, { line: error.line, column: error.column, pointer: '' });
    return { ok: false, rows: [], problems: report.problems, findings: [] };
  }
}

function importAgents(definition: MandasDefinition, options: ImportOptions, report: Report): ImportResult {
  const { agents, name, description, inputs } = definition;
  const dependencies = readDependencies(agents, report);
  const tools = readTools(definition, options, report);
  if (inputs !== undefined && member(inputs, 'type') !== 'object') {
    report.problem('inputs must be a JSON Schema with type: object', definition.placeOf('inputs'));
  }
  const draft = {
    name: shorten(name, MAX_NAME - 3) || 'Imported agents',
    ...(description !== '' && { description: shorten(description, MAX_DESCRIPTION - 3) }),
    ...(inputs !== undefined && { inputs }),
    ...(Object.keys(tools.tools).length > 0 && { tools: tools.tools }),
    nodes: [
      { id: 'start', type: 'start' },
      ...agents.map((agent) => nodeOf(agent, definition, dependencies, tools, report)),
      { id: 'end', type: 'end', outputs: outputsOf(definition, dependencies, report) },
    ],
    edges: edgesOf(agents, dependencies),
  };
  const rows = agents.map((agent) => rowOf(agent));
  return conclude(draft, rows, report, tools.secrets);
}

function nodeOf(
  agent: MandasAgent,
  definition: MandasDefinition,
  dependencies: Dependencies,
  { tools }: ReadTools,
  report: Report,
): object {
  const placeOf = (...path: (string | number)[]): Place => ({
    agents: definition.agents,
    agent,
    runsBefore: (earlier) => dependencies.runsBefore(earlier, agent),
    problem: (message) => report.problem(message, agent.placeOf(...path), agent.name),
  });
  const inputs = new Map<string, JsonValue>();
  for (const [key, value] of Object.entries(agent.inputs)) {
    const place = placeOf('inputs', key);
    if (looksSecret(key, value))
      place.problem(`${key} looks like a secret, and models would read it; give it to a tool`);
    inputs.set(key, toValue(value, place));
  }
  return {
    id: agent.id,
    type: 'agent',
    title: shorten(agent.name, MAX_TITLE - 3),
    ...(agent.type !== '' && { role: shorten(agent.type, MAX_ROLE - 3) }),
    ...agent.settings,
    ...(agent.maxAttempts !== undefined && { retry: { max_attempts: agent.maxAttempts } }),
    instruction: instructionOf(agent, placeOf),
    prompt: promptOf(agent, inputs, { ...placeOf('prompt'), inputs }, dependencies.of(agent)),
    ...(agent.tools.length > 0 && { tools: toolsOf(agent, tools, report) }),
    ...(agent.outputSchema !== undefined && { output_schema: agent.outputSchema }),
  };
}

/** What the run comes to: as the definition says, else the outputs of the last agents. */
function outputsOf(
  { agents, outputs, placeOf }: MandasDefinition,
  { last }: Dependencies,
  report: Report,
): Readonly<Record<string, JsonValue>> {
  if (isObject(outputs)) {
    const entries = Object.entries(outputs).map(([key, value]) => {
      const problem = (message: string): void => report.problem(message, placeOf('outputs', key));
      return [key, toValue(value, { agents, runsBefore: () => true, problem })] as const;
    });
    return Object.fromEntries(entries);
  }
  const [first, second] = last;
  if (first && !second) return outputsOfLast(first);
  return Object.fromEntries(last.map((agent) => [agent.name, `{{ ${outputOf(agent)} }}`]));
}

function outputsOfLast(agent: MandasAgent): Readonly<Record<string, JsonValue>> {
  const output = outputOf(agent);
  if (!agent.outputFields) return { result: `{{ ${output} }}` };
  return Object.fromEntries(agent.outputFields.map((field) => [field, `{{ ${output}.${field} }}`]));
}

function edgesOf(agents: readonly MandasAgent[], { of, last }: Dependencies): readonly object[] {
  const inner = agents.flatMap((agent) => {
    const before = of(agent);
    if (before.length === 0) return [{ from: 'start', to: agent.id }];
    return before.map(({ id }) => ({ from: id, to: agent.id }));
  });
  return [...inner, ...last.map(({ id }) => ({ from: id, to: 'end' }))];
}

function rowOf(agent: MandasAgent): ImportRow {
  const row = {
    nodeId: agent.name,
    nodeType: agent.type === '' ? 'agent' : agent.type,
    title: agent.name,
    line: agent.placeOf().line,
    importedAs: [{ id: agent.id, type: 'agent' }],
  };
  if (agent.prompt !== undefined) return { ...row, status: 'imported' };
  return { ...row, status: 'adapted', note: noteOf(agent) };
}
