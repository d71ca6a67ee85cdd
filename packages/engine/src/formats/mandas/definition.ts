import { shorten } from '../../definition/subject.ts';
import { type Foreign, isObject, member, type Report, textIn } from '../foreign.ts';
import type { ParsedText } from '../text.ts';

type Path = readonly (string | number)[];

/** An agent as it stands in the text. */
export interface MandasAgent {
  /** As given; what stands for it in rows where there is none. */
  readonly name: string;
  /** Of the node of ours. */
  readonly id: string;
  readonly type: string;
  readonly description: string;
  /** Undefined where one has to be made. */
  readonly prompt: string | undefined;
  readonly inputs: Foreign;
  /** Undefined where nothing is said. */
  readonly dependsOn: readonly string[] | undefined;
  readonly tools: readonly unknown[];
  readonly outputSchema: unknown;
  /** `model`, `temperature` and `max_rounds`. */
  readonly settings: Foreign;
  readonly line: number;
  lineOf(...path: Path): number;
}

export interface MandasDefinition {
  readonly name: string;
  readonly description: string;
  readonly agents: readonly MandasAgent[];
  readonly tools: Foreign;
  /** The JSON Schema of the initial input. */
  readonly inputs: unknown;
  readonly outputs: unknown;
  lineOf(...path: Path): number;
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
  ['prompt', TEXT],
  ['inputs', MAP],
  ['depends_on', NAMES],
  ['tools', LIST],
  ['model', TEXT],
  ['temperature', NUMBER],
  ['max_rounds', NUMBER],
  ['output_schema', MAP],
]);

const SETTINGS = ['model', 'temperature', 'max_rounds'];
const MAX_AGENTS = 490;
const MAX_QUOTE = 80;

export const quote = (text: string): string => JSON.stringify(shorten(text, MAX_QUOTE));

/** Reads a definition; undefined, with a problem told, where the text is none. */
export function readDefinition({ value, lineOf }: ParsedText, report: Report): MandasDefinition | undefined {
  const agents = member(value, 'agents');
  if (!isObject(value) || !Array.isArray(agents) || agents.length === 0) {
    report.problem('this is no MANDAS definition: it has no list `agents` with an agent', 1);
    return undefined;
  }
  checkMembers(value, MEMBERS, 'the definition', report, (key) => lineOf([key]));
  if (agents.length > MAX_AGENTS) {
    report.problem(`there are ${agents.length} agents; at most ${MAX_AGENTS} can be`, lineOf(['agents']));
  }
  const read = agents.slice(0, MAX_AGENTS).map((agent: unknown, index) => {
    const at = (...path: Path): number => lineOf(['agents', index, ...path]);
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
    lineOf: (...path) => lineOf(path),
  };
}

function readAgent(
  agent: unknown,
  index: number,
  lineOf: MandasAgent['lineOf'],
  report: Report,
): MandasAgent {
  const given = textIn(agent, 'name');
  const name = given === '' ? `agents[${index}]` : given;
  if (!isObject(agent)) report.problem('an agent is a map with a name', lineOf(), name);
  else checkMembers(agent, AGENT_MEMBERS, `the agent ${quote(name)}`, report, lineOf, name);
  if (given === '') report.problem('an agent has no name', lineOf(), name);
  const [inputs, tools, depends] = ['inputs', 'tools', 'depends_on'].map((key) => member(agent, key));
  const settings = SETTINGS.filter((key) => member(agent, key) !== undefined);
  const prompt = member(agent, 'prompt');
  return {
    name,
    id: `agent_${index + 1}`,
    type: textIn(agent, 'type'),
    description: textIn(agent, 'description'),
    prompt: typeof prompt === 'string' ? prompt : undefined,
    inputs: isObject(inputs) ? inputs : {},
    dependsOn: namesOf(depends),
    tools: Array.isArray(tools) ? tools : [],
    outputSchema: member(agent, 'output_schema'),
    settings: Object.fromEntries(settings.map((key) => [key, member(agent, key)])),
    line: lineOf(),
    lineOf,
  };
}

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
  lineOf: (key: string) => number,
  nodeId?: string,
): void {
  for (const [key, item] of Object.entries(value)) {
    const kind = members.get(key);
    if (!kind) {
      const known = [...members.keys()].join(', ');
      report.problem(`${quote(key)} is no member of ${owner}; it can have ${known}`, lineOf(key), nodeId);
    } else if (!kind.is(item)) {
      report.problem(`${key} of ${owner} must be ${kind.name}`, lineOf(key), nodeId);
    }
  }
}

function checkNames(agents: readonly MandasAgent[], report: Report): void {
  const seen = new Set<string>();
  for (const { name, lineOf } of agents) {
    if (seen.has(name)) report.problem(`two agents are called ${quote(name)}`, lineOf('name'), name);
    if (name === 'initial_input' || name === 'inputs') {
      report.problem(`${name} is reserved and cannot be an agent's name`, lineOf('name'), name);
    }
    seen.add(name);
  }
}
