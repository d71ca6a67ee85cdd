import type { JsonValue } from '../../events.ts';
import { breakBraces } from '../astron/template.ts';
import type { MandasAgent } from './definition.ts';
import { outputOf, type Place, toText, WHOLE_INPUT } from './references.ts';

/** What to tell of an agent without a prompt of its own. */
export const noteOf = (agent: MandasAgent): string =>
  Object.keys(agent.inputs).length > 0
    ? 'its prompt is made of its inputs'
    : 'its prompt is made of the initial input and of what ran before it';

/** Who the agent is. Its type is any text, of which its instructions take the place. */
export function instructionOf(
  { name, type, description, instructions }: MandasAgent,
  placeOf: (member: string) => Place,
): string {
  const isTypeTold = type !== '' && instructions === '';
  const kind = isTypeTold ? ` Your kind of work is ${type.replaceAll('_', ' ')}.` : '';
  const texts = Object.entries({ description, instructions }).filter(([, text]) => text !== '');
  return [
    breakBraces(`You are the agent "${name}".${kind}`),
    ...texts.map(([member, text]) => toText(text, placeOf(member))),
  ].join('\n\n');
}

/**
 * The agent's task. Inputs that its prompt does not name stand below it. Without a prompt it is made of its inputs, or
 * of the initial input and the outputs of the agents before it.
 */
export function promptOf(
  agent: MandasAgent,
  inputs: ReadonlyMap<string, JsonValue>,
  place: Place,
  before: readonly MandasAgent[],
): string {
  const written = agent.prompt;
  const unnamed = [...inputs].filter(([name]) => !written?.includes(`inputs.${name}`));
  const lines = unnamed.map(([name, value]) => line(name, value));
  if (written !== undefined) return [toText(written, place), ...lines].join('\n\n');
  const shown = lines.length > 0 ? lines : surroundingLines(before);
  return ['Do your part of the task with what is given here.', ...shown].join('\n\n');
}

const line = (name: string, value: JsonValue): string =>
  `${breakBraces(name)}:\n${typeof value === 'string' ? value : JSON.stringify(value)}`;

const surroundingLines = (before: readonly MandasAgent[]): readonly string[] => [
  line('Initial input', WHOLE_INPUT),
  ...before.map((agent) => line(`Output of ${agent.name}`, `{{ ${outputOf(agent)} }}`)),
];
