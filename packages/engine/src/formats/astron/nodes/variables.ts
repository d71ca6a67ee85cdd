import type { JsonValue } from '../../../events.ts';
import { member, textIn } from '../../foreign.ts';
import type { AstronOutput } from '../flow.ts';
import type { Handler } from '../handler.ts';
import { emptyOf, toJsonSchema } from '../schema.ts';
import { breakBraces, plainValue } from '../template.ts';

/** What a variable is before anybody has set it. */
function fallbackOf({ schema }: AstronOutput): JsonValue {
  const fallback = member(toJsonSchema(schema), 'default');
  return fallback === undefined ? emptyOf(textIn(schema, 'type')) : plainValue(fallback, breakBraces);
}

export const variable: Handler = {
  name: 'variable',
  output: ({ param }, id, name) => (textIn(param, 'method') === 'get' ? `${id}.${name}` : undefined),
  refuse({ param, inputs, outputs }) {
    const isGet = textIn(param, 'method') === 'get';
    if ((isGet ? outputs : inputs).length > 0) return undefined;
    return isGet ? 'it gets no variable' : 'it sets no variable';
  },
  build({ param, inputs, outputs }, desk) {
    if (textIn(param, 'method') === 'get') {
      for (const { name } of outputs) desk.declare(name);
      const groups = outputs.map((output) => [
        output.name,
        [`{{ vars.${output.name} }}`, fallbackOf(output)],
      ]);
      return {
        nodes: [{ id: desk.id, type: 'aggregator', ...desk.title, groups: Object.fromEntries(groups) }],
      };
    }
    for (const { name } of inputs) desk.declare(name);
    const items = inputs.map((input) => ({
      target: `vars.${input.name}`,
      operation: 'set' as const,
      value: desk.value(input),
    }));
    return { nodes: [{ id: desk.id, type: 'assign', ...desk.title, items }] };
  },
};

export const aggregation: Handler = {
  name: 'aggregator',
  output: (_node, id) => `${id}.output`,
  refuse: ({ inputs }) => (inputs.length > 0 ? undefined : 'it has no input'),
  build({ inputs, param }, desk) {
    desk.note('an empty text counts as a value');
    const values = inputs.map((input) => desk.value(input));
    const fallback = member(param, 'fallbackValue');
    const hasFallback = member(param, 'fallbackEnabled') === true && fallback !== undefined;
    const all = hasFallback ? [...values, plainValue(fallback, breakBraces)] : values;
    return { nodes: [{ id: desk.id, type: 'aggregator', ...desk.title, values: all }] };
  },
};
