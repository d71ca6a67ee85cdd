import { shorten } from '../../definition/subject.ts';
import { type Foreign, isObject, member, type Report, textIn } from '../foreign.ts';
import type { ParsedText, TextPlace } from '../text.ts';

type Path = readonly (string | number)[];

/** An agent as it stands in the text. */
export interface MandasAgent {
  /** As given; what stands for it in rows where there is none. */
  readonly name: string;
  /** Of the node of ours. */
  readonly id: string;
  readonly type: string;
  readonly description: string;
  /** What it is told in place of what its type says; empty where there is nothing. */
  readonly instructions: string;
  /** Undefined where one has to be made. */
  readonly prompt: string | undefined;
  readonly inputs: Foreign;
  /** Undefined where nothing is said. */
  readonly dependsOn: readonly string[] | undefined;
  readonly tools: readonly unknown[];
  /** Of `output_schema`, or made of `output_fields`; undefined where the output is text. */
  readonly outputSchema: unknown;
  /** Undefined where nothing is said. */
  readonly outputFields: readonly string[] | undefined;
  /** Members that the node of ours has under the same names. */
  readonly settings: Foreign;
  readonly maxAttempts: number | undefined;
  placeOf(...path: Path): TextPlace;
}

export interface MandasDefinition {
  readonly name: string;
  readonly description: string;
  readonly agents: readonly MandasAgent[];
  readonly tools: Foreign;
  /** The JSON Schema of the initial input. */
  readonly inputs: unknown;
  readonly outputs: unknown;
  placeOf(...path: Path): TextPlace;
}

interface Kind {
  /** What the member must be, for people. */
  readonly name: string;
  is(value: unknown): boolean;
}

const TEXT: Kind = { name: 'a text', is: (value) => typeof value === 'string' };
const NUMBER: Kind = { name: 'a number', is: (value) => typeof value === 'number' };
const LIST: Kind = { name: 'a list', is: Array.isArray };
const MAP: Kind = { name: 'a map', is: isObject };
const VERSION: Kind = { name: 'a number or a text', is: (value) => TEXT.is(value) || NUMBER.is(value) };
const TEXTS: Kind = {
  name: 'a list of names',
  is: (value) => Array.isArray(value) && value.length > 0 && value.every(TEXT.is),
};
const NAMES: Kind = {
  name: 'a name or a list of names',
  is: (value) => TEXT.is(value) || (Array.isArray(value) && value.every(TEXT.is)),
};

const MEMBERS: ReadonlyMap<string, Kind> = new Map([
  ['name', TEXT],
  ['description', TEXT],
  ['version', VERSION],
  ['agents', LIST],
  ['tools', MAP],
  ['inputs', MAP],
  ['outputs', MAP],
]);

const AGENT_MEMBERS: ReadonlyMap<string, Kind> = new Map([
  ['name', TEXT],
  ['type', TEXT],
  ['description', TEXT],
  ['instructions', TEXT],
  ['prompt', TEXT],
  ['inputs', MAP],
  ['depends_on', NAMES],
  ['tools', LIST],
  ['model', TEXT],
  ['temperature', NUMBER],
  ['max_rounds', NUMBER],
  ['timeout_ms', NUMBER],
  ['max_attempts', NUMBER],
  ['output_fields', TEXTS],
  ['output_schema', MAP],
]);

const SETTINGS = ['model', 'temperature', 'max_rounds', 'timeout_ms'];
const MAX_AGENTS = 490;
const MAX_QUOTE = 80;

export const quote = (text: string): string => JSON.stringify(shorten(text, MAX_QUOTE));

/** Reads a definition; undefined, with a problem told, where the text is none. */
export function readDefinition({ value, placeOf }: ParsedText, report: Report): MandasDefinition | undefined {
  const agents = member(value, 'agents');
  if (!isObject(value) || !Array.isArray(agents) || agents.length === 0) {
    report.problem('this is no MANDAS definition: it has no list `agents` with an agent', 1);
    return undefined;
  }
  checkMembers(value, MEMBERS, 'the definition', report, (key) => placeOf([key]));
  if (agents.length > MAX_AGENTS) {
    report.problem(`there are ${agents.length} agents; at most ${MAX_AGENTS} can be`, placeOf(['agents']));
  }
  const read = agents.slice(0, MAX_AGENTS).map((agent: unknown, index) => {
    const at: MandasAgent['placeOf'] = (...path) => placeOf(['agents', index, ...path]);
    return readAgent(agent, index, at, report);
  });
  checkNames(read, report);
  const tools = member(value, 'tools');
  return {
    name: textIn(value, 'name'),
    description: textIn(value, 'description'),
    agents: read,
    tools: isObject(tools) ? tools : {},
    inputs: member(value, 'inputs'),
    outputs: member(value, 'outputs'),
    placeOf: (...path) => placeOf(path),
  };
}

function readAgent(
  agent: unknown,
  index: number,
  placeOf: MandasAgent['placeOf'],
  report: Report,
): MandasAgent {
  const given = textIn(agent, 'name');
  const name = given === '' ? `agents[${index}]` : given;
  if (!isObject(agent)) report.problem('an agent is a map with a name', placeOf(), name);
  else checkMembers(agent, AGENT_MEMBERS, `the agent ${quote(name)}`, report, placeOf, name);
  if (given === '') report.problem('an agent has no name', placeOf(), name);
  const [inputs, tools, depends] = ['inputs', 'tools', 'depends_on'].map((key) => member(agent, key));
  const settings = SETTINGS.filter((key) => member(agent, key) !== undefined);
  const [prompt, maxAttempts] = [member(agent, 'prompt'), member(agent, 'max_attempts')];
  const outputFields = readOutputFields(agent, name, placeOf, report);
  return {
    name,
    id: `agent_${index + 1}`,
    type: textIn(agent, 'type'),
    description: textIn(agent, 'description'),
    instructions: textIn(agent, 'instructions'),
    prompt: typeof prompt === 'string' ? prompt : undefined,
    inputs: isObject(inputs) ? inputs : {},
    dependsOn: namesOf(depends),
    tools: Array.isArray(tools) ? tools : [],
    outputSchema: outputFields ? schemaOf(outputFields) : member(agent, 'output_schema'),
    outputFields,
    settings: Object.fromEntries(settings.map((key) => [key, member(agent, key)])),
    maxAttempts: typeof maxAttempts === 'number' ? maxAttempts : undefined,
    placeOf,
  };
}

function readOutputFields(
  agent: unknown,
  name: string,
  placeOf: MandasAgent['placeOf'],
  report: Report,
): readonly string[] | undefined {
  const fields = member(agent, 'output_fields');
  if (fields === undefined) return undefined;
  if (member(agent, 'output_schema') !== undefined) {
    report.problem('an agent has output_fields or output_schema, not both', placeOf('output_fields'), name);
  }
  const names = namesOf(fields) ?? [];
  const seen = new Set<string>();
  for (const [index, field] of names.entries()) {
    const tell = (message: string): void => report.problem(message, placeOf('output_fields', index), name);
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(field)) {
      tell(`${quote(field)} cannot name a field: names are made of letters, digits and _`);
    }
    if (seen.has(field)) tell(`the field ${quote(field)} is named twice`);
    seen.add(field);
  }
  return names;
}

/** Every field is a text: that is what models give most reliably. */
const schemaOf = (fields: readonly string[]): Foreign => ({
  type: 'object',
  properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])),
  required: fields,
});

function namesOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : undefined;
}

/** A member that is misspelt must not vanish. */
function checkMembers(
  value: Foreign,
  members: ReadonlyMap<string, Kind>,
  owner: string,
  report: Report,
  placeOf: (key: string) => TextPlace,
  nodeId?: string,
): void {
  for (const [key, item] of Object.entries(value)) {
    const kind = members.get(key);
    if (!kind) {
      const known = [...members.keys()].join(', ');
      report.problem(`${quote(key)} is no member of ${owner}; it can have ${known}`, placeOf(key), nodeId);
    } else if (!kind.is(item)) {
      report.problem(`${key} of ${owner} must be ${kind.name}`, placeOf(key), nodeId);
    }
  }
}

function checkNames(agents: readonly MandasAgent[], report: Report): void {
  const seen = new Set<string>();
  for (const { name, placeOf } of agents) {
    if (seen.has(name)) report.problem(`two agents are called ${quote(name)}`, placeOf('name'), name);
    if (name === 'initial_input' || name === 'inputs') {
      report.problem(`${name} is reserved and cannot be an agent's name`, placeOf('name'), name);
    }
    seen.add(name);
  }
}
