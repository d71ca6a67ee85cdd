import type { CodeNode, ObjectSchema } from '../../../definition/types.ts';
import type { Conversion, Convert } from '../conversion.ts';
import { at, entriesAt, isMap, type Place, textAt } from '../place.ts';
import { readVariables } from './variables.ts';

const LANGUAGES: ReadonlyMap<string, CodeNode['language']> = new Map<string, CodeNode['language']>([
  ['python3', 'python'],
  ['javascript', 'javascript'],
]);
const NETWORK = /\b(?:requests|httpx|aiohttp|urllib\.request|fetch)\b/;
const SCALARS: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'object']);

export const convertCode: Convert = (conversion) => {
  const { data, head, problem, note } = conversion;
  const spelled = textAt(data, 'code_language') ?? '';
  const language = LANGUAGES.get(spelled);
  if (!language)
    problem(`code in ${JSON.stringify(spelled.slice(0, 40))} cannot be run`, at(data, 'code_language'));
  const source = textAt(data, 'code') ?? '';
  if (source.trim() === '') problem('it has no code', at(data, 'code'));
  if (NETWORK.test(source)) note('code has no network here; let an http node send the request');
  return [
    {
      ...head,
      type: 'code',
      language: language ?? 'python',
      source,
      inputs: readVariables(at(data, 'variables'), conversion),
      output_schema: readOutputs(at(data, 'outputs'), conversion),
    },
  ];
};

/** Dify wants every declared output, each of its type or null. */
function readOutputs(outputs: Place, conversion: Conversion): ObjectSchema {
  const properties = entriesAt(outputs).map(
    ([name, place]) => [name, outputSchema(place, conversion)] as const,
  );
  if (properties.length === 0) return { type: 'object' };
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
  };
}

function outputSchema(place: Place, conversion: Conversion): Readonly<Record<string, unknown>> {
  const type = (textAt(place, 'type') ?? '').toLowerCase();
  const item = /^array\[(string|number|boolean|object)\]$/.exec(type)?.[1];
  if (item !== undefined) return { type: ['array', 'null'], items: { type: item } };
  if (!SCALARS.has(type)) {
    conversion.problem(`an output has the unknown type ${JSON.stringify(type.slice(0, 40))}`, place);
  }
  const children = at(place, 'children');
  if (type !== 'object' || !isMap(children.value)) return { type: [type, 'null'] };
  return { ...readOutputs(children, conversion), type: ['object', 'null'] };
}
