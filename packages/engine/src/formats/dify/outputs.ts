import type { DifyNode } from './file.ts';
import { textAt } from './place.ts';

/** The native output that a field of Dify is, or why there is none. */
export type OutputPath = { readonly path: readonly string[] } | { readonly missing: string };

/** Outputs with another name here; undefined for what is not kept. The others have the same name. */
const RENAMED: ReadonlyMap<string, ReadonlyMap<string, string | undefined>> = new Map([
  [
    'llm',
    new Map([
      ['reasoning_content', 'reasoning'],
      ['structured_output', 'json'],
      ['files', undefined],
    ]),
  ],
  [
    'http-request',
    new Map([
      ['status_code', 'status'],
      ['files', undefined],
    ]),
  ],
  [
    'if-else',
    new Map([
      ['selected_case_id', 'case'],
      ['result', undefined],
    ]),
  ],
  [
    'parameter-extractor',
    new Map([
      ['__is_success', '_success'],
      ['__reason', '_reason'],
      ['__usage', undefined],
    ]),
  ],
  [
    'question-classifier',
    new Map([
      ['class_label', undefined],
      ['usage', undefined],
    ]),
  ],
  [
    'human-input',
    new Map([
      ['__action_id', 'choice'],
      ['action_id', 'choice'],
      ['__rendered_content', undefined],
    ]),
  ],
]);
const RENAMED_EVERYWHERE = new Map([['error_type', 'error_code']]);
const USAGE: ReadonlySet<string> = new Set(['prompt_tokens', 'completion_tokens', 'total_tokens']);

/** What `[field, ...rest]` of a node of Dify is called here. */
export function outputPath(node: DifyNode, [field = '', ...rest]: readonly string[]): OutputPath {
  const renamed = RENAMED.get(node.type);
  if (renamed?.has(field)) {
    const name = renamed.get(field);
    return name === undefined ? { missing: `${field} is not kept` } : { path: [name, ...rest] };
  }
  if (node.type === 'loop') {
    return { path: [field === 'loop_round' ? 'rounds' : loopVariableName(field), ...rest] };
  }
  if (node.type === 'llm' && field === 'usage') return usagePath(rest);
  if (node.type === 'human-input' && isFormField(node, field)) return { path: ['answer', ...rest] };
  // A group of an aggregator is an object there and the value itself here.
  const isGroup = AGGREGATORS.has(node.type) && field !== 'output' && rest[0] === 'output';
  if (isGroup) return { path: [field, ...rest.slice(1)] };
  return { path: [RENAMED_EVERYWHERE.get(field) ?? field, ...rest] };
}

const RESERVED_IN_LOOPS: ReadonlySet<string> = new Set(['round', 'rounds', 'answer']);

/** What a variable of a loop is called here, where a loop has outputs of its own. */
export const loopVariableName = (name: string): string =>
  RESERVED_IN_LOOPS.has(name) ? `${name}_variable` : name;

/** `variable-assigner` is what the aggregator was called at first. */
export const AGGREGATORS: ReadonlySet<string> = new Set(['variable-aggregator', 'variable-assigner']);

function usagePath([part, ...rest]: readonly string[]): OutputPath {
  if (part === undefined) return { path: ['usage'] };
  return USAGE.has(part) ? { path: ['usage', part, ...rest] } : { missing: `usage.${part} is not kept` };
}

/** A form can be imported with one field at most. */
const isFormField = ({ data }: DifyNode, field: string): boolean =>
  textAt(data, 'inputs', 0, 'output_variable_name') === field;
