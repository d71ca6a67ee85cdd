import { parseReferences } from '../../definition/references.ts';
import { shorten } from '../../definition/subject.ts';
import type { WorkflowNode } from '../../definition/types.ts';
import type { AstronInput, AstronNode, AstronValue } from './flow.ts';
import { stepsToList } from './schema.ts';

/** What reading references takes of the whole flow. */
export interface Sources {
  find(nodeId: string): AstronNode | undefined;
  /** What stands for an output here, without braces; undefined where there is no such output. */
  outputOf(node: AstronNode, output: string): string | undefined;
  problem(message: string): void;
}

/** References of one node, as ours and without braces; undefined, with a problem told, where it has none. */
export interface References {
  /** Of an input; undefined for a literal. Where its name goes through a list, a further node reads it. */
  ofInput(input: AstronInput): string | undefined;
  /** Of any value; of a list that its name goes through only the first item. */
  ofFirst(value: AstronValue): string | undefined;
  /** The further nodes, which have to run before this one. */
  readonly before: readonly WorkflowNode[];
}

/** What becomes of the steps that follow a list. */
type Pluck = (list: string, steps: readonly string[]) => string;

const MAX_QUOTE = 60;
const HEAD = /^([^.[\]]{1,128})(.*)$/s;

/** The output that a dotted name begins with, and the way into its value. */
export function splitName(name: string): { readonly head: string; readonly rest: string } {
  const [, head = '', rest = ''] = HEAD.exec(name) ?? [];
  return { head, rest };
}

export const quote = (text: string): string => JSON.stringify(shorten(text, MAX_QUOTE));

export function createReferences(id: string, sources: Sources): References {
  const before: WorkflowNode[] = [];
  const found = new Map<AstronInput, string | undefined>();
  const pluckFirst: Pluck = (list, steps) => `${list}[0].${steps.join('.')}`;
  const pluckAll: Pluck = (list, steps) => {
    const plucker = pluckerOf(`${id}_list_${before.length + 1}`, list, steps);
    before.push(plucker);
    return `${plucker.id}.values`;
  };
  return {
    before,
    ofInput(input) {
      if (!found.has(input)) found.set(input, read(input.value, pluckAll, sources));
      return found.get(input);
    },
    ofFirst: (value) => read(value, pluckFirst, sources),
  };
}

function read(value: AstronValue, pluck: Pluck, sources: Sources): string | undefined {
  if (value.kind === 'literal') return undefined;
  const { nodeId, name } = value;
  const refuse = (message: string): undefined => void sources.problem(message);
  if (nodeId === '') return refuse('an input refers to nothing');
  const source = sources.find(nodeId);
  if (!source) return refuse(`it refers to ${quote(nodeId)}, which does not exist`);
  const { head, rest } = splitName(name);
  const path = sources.outputOf(source, head);
  if (path === undefined)
    return refuse(`it refers to ${quote(`${nodeId}.${name}`)}, which is no output there`);
  const steps = rest.startsWith('.') ? rest.slice(1).split('.') : [];
  const split = stepsToList(source.outputs.find((output) => output.name === head)?.schema, steps);
  const whole =
    split === undefined ? path + rest : pluck([path, ...steps.slice(0, split)].join('.'), steps.slice(split));
  return isReference(whole) ? whole : refuse(`the name ${quote(name)} cannot be referred to here; rename it`);
}

function isReference(path: string): boolean {
  const [segment, second] = parseReferences(`{{ ${path} }}`);
  return segment?.type === 'reference' && second === undefined;
}

/** A node that takes a member of every item of a list. */
const pluckerOf = (id: string, list: string, steps: readonly string[]): WorkflowNode => ({
  id,
  type: 'code',
  language: 'javascript',
  source: `function take(value, steps) {
  if (steps.length === 0 || value === null || typeof value !== 'object') return value ?? null;
  if (Array.isArray(value)) return value.map((item) => take(item, steps));
  return take(value[steps[0]], steps.slice(1));
}

function main(inputs) {
  return { values: take(inputs.list, ${JSON.stringify(steps)}) };
}
`,
  inputs: { list: `{{ ${list} }}` },
  output_schema: { type: 'object', properties: { values: {} } },
});
