import { parseReferences } from '../../definition/references.ts';
import type { JsonValue } from '../../events.ts';
import { isObject } from '../foreign.ts';
import { type MandasAgent, quote } from './definition.ts';

/** What the references of one place can name. */
export interface Place {
  readonly agents: readonly MandasAgent[];
  /** The agent whose place it is; absent for the outputs of the definition. */
  readonly agent?: MandasAgent;
  runsBefore(agent: MandasAgent): boolean;
  /** The agent's own inputs, as values of ours; within its prompt. */
  readonly inputs?: ReadonlyMap<string, JsonValue>;
  problem(message: string): void;
}

/** Our reference to the whole initial input. */
export const WHOLE_INPUT = '{{ sys.inputs }}';

// Bounded, so that matching stays linear in hostile text.
const BRACES = /\{\{([^{}]{0,400})\}\}/g;
const OWN_INPUT = /^inputs\.([^.[\]]{1,128})(.*)$/s;
const INITIAL = /^initial_input(.*)$/s;

/** Every string of a value, with its references as ours. */
export function toValue(value: unknown, place: Place): JsonValue {
  if (typeof value === 'string') return toText(value, place);
  if (Array.isArray(value)) return value.map((item) => toValue(item, place));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toValue(item, place)]));
  }
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** A text with its references as ours. */
export function toText(text: string, place: Place): string {
  const replaced = text.replace(BRACES, (_source, expression: string) => translate(expression.trim(), place));
  for (const segment of parseReferences(replaced)) {
    if (segment.type !== 'literal' || !segment.text.includes('{{')) continue;
    place.problem('double braces are for references: {{ initial_input.name }} or {{ Agent.output }}');
  }
  return replaced;
}

function translate(expression: string, place: Place): string {
  const [, own, rest = ''] = OWN_INPUT.exec(expression) ?? [];
  if (own !== undefined && place.inputs) return ownInput(own, rest, place.inputs, place);
  const initial = INITIAL.exec(expression)?.[1];
  if (initial !== undefined && /^(?:$|[.[])/.test(initial)) return initialInput(initial, place);
  return agentOutput(expression, place);
}

function ownInput(name: string, rest: string, inputs: ReadonlyMap<string, JsonValue>, place: Place): string {
  const value = inputs.get(name);
  if (value === undefined) {
    place.problem(`inputs.${name}: the agent has no such input`);
    return '';
  }
  const [segment, second] = typeof value === 'string' ? parseReferences(value) : [];
  if (typeof value === 'string' && segment?.type === 'reference' && second === undefined) {
    return asReference(`${value.slice(2, -2).trim()}${rest}`, place);
  }
  if (rest !== '') place.problem(`inputs.${name} is no reference, so it has no ${quote(rest)}`);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function initialInput(rest: string, place: Place): string {
  return rest === '' ? WHOLE_INPUT : asReference(`start${rest}`, place);
}

function agentOutput(expression: string, place: Place): string {
  // Names may hold dots and spaces, and one may begin with another: the longest one counts.
  const [agent] = place.agents
    .filter(({ name }) => expression.startsWith(name) && /^(?:$|[.[])/.test(expression.slice(name.length)))
    .sort((one, other) => other.name.length - one.name.length);
  if (!agent) {
    place.problem(`{{ ${expression} }} names neither initial_input nor an agent`);
    return '';
  }
  const path = expression.slice(agent.name.length);
  if (!/^(?:$|\.output(?:$|[.[]))/.test(path)) {
    place.problem(`{{ ${expression} }}: an agent has the output \`output\` only`);
    return '';
  }
  if (place.agent === agent || !place.runsBefore(agent)) {
    const advice = place.agent ? `; ${quote(place.agent.name)} has to depend on it` : '';
    place.problem(`{{ ${expression} }}: ${quote(agent.name)} does not run before${advice}`);
    return '';
  }
  return asReference(`${outputOf(agent)}${path.slice('.output'.length)}`, place);
}

/** What an agent comes to, as our reference without braces: text, or an object where it has a schema. */
export const outputOf = ({ id, outputSchema }: MandasAgent): string =>
  `${id}.${outputSchema === undefined ? 'text' : 'json'}`;

function asReference(path: string, place: Place): string {
  const reference = `{{ ${path} }}`;
  const [segment, second] = parseReferences(reference);
  if (segment?.type === 'reference' && second === undefined) return reference;
  place.problem(`${quote(path)} cannot be referred to: names are made of letters, digits, _, $ and -`);
  return '';
}
