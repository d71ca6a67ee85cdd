import type { WorkflowNode } from '../../../definition/types.ts';
import { textIn } from '../../foreign.ts';
import type { AstronInput } from '../flow.ts';
import type { Desk, Handler } from '../handler.ts';
import { toObjectSchema } from '../schema.ts';

const MAIN = /^def[ \t]{1,20}main[ \t]{0,20}\(/m;
const MAX_PARAMETERS = 10_000;

/** The names of the parameters of `main`; undefined where the source defines no such function. */
export function parametersOf(source: string): readonly string[] | undefined {
  const match = MAIN.exec(source);
  if (!match) return undefined;
  const list = source.slice(match.index + match[0].length, match.index + match[0].length + MAX_PARAMETERS);
  const names: string[] = [];
  let depth = 0;
  let name = '';
  for (const character of list) {
    if (depth === 0 && (character === ',' || character === ')')) {
      if (name.trim() !== '') names.push(name.replace(/[:=].*/s, '').trim());
      name = '';
      if (character === ')') return names;
      continue;
    }
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character)) depth--;
    name += character;
  }
  return undefined;
}

/** Passes each input by its name, as astron-agent does; ours passes all of them to a single parameter. */
const callByName = (names: readonly string[]): string => `


main_by_name = main


def main(all_inputs):
    return main_by_name(**{name: all_inputs[name] for name in ${JSON.stringify(names)}})
`;

export const code: Handler = {
  name: 'code',
  isFallible: true,
  refuse({ param, inputs }) {
    const names = parametersOf(textIn(param, 'code'));
    if (names === undefined || names.length === 0) return 'its code defines no function main with parameters';
    const unknown = names.find((name) => !inputs.some((input) => input.name === name));
    return unknown === undefined
      ? undefined
      : `main has the parameter ${unknown.slice(0, 60)}, which is no input`;
  },
  output: (_node, id, name) => `${id}.${name}`,
  build(node, desk) {
    const source = textIn(node.param, 'code');
    const names = parametersOf(source) ?? [];
    const inputs = node.inputs.filter(({ name }) => names.includes(name));
    const schema = toObjectSchema(node.outputs);
    const one: WorkflowNode = {
      id: desk.id,
      type: 'code',
      ...desk.title,
      language: 'python',
      source: names.length > 1 ? source : `${source.trimEnd()}${callByName(names)}`,
      inputs: valuesOf(inputs, desk),
      // Without `required`: what the code does not return is missing here as there.
      output_schema: { type: schema.type, properties: schema.properties },
    };
    return { nodes: [one] };
  },
};

export const valuesOf = (inputs: readonly AstronInput[], desk: Desk) =>
  Object.fromEntries(inputs.map((input) => [input.name, desk.value(input)]));
