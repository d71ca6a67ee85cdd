import type { WorkflowNode } from '../../../definition/types.ts';
import { isObject, listIn, member, numberIn, textIn } from '../../foreign.ts';
import { type AstronNode, type AstronValue, readValue } from '../flow.ts';
import type { Desk, Handler, Piece } from '../handler.ts';
import { emptyOf } from '../schema.ts';
import { type Operand, toCondition } from './condition.ts';

const MAX_ROUNDS = 100;
const DEFAULT_ROUNDS = 10;
/** Outputs of our loop beside its variables. */
const RESERVED: ReadonlySet<string> = new Set(['round', 'rounds', 'answer']);

/** The one node that ends each time that the graph inside runs. */
function endOf(desk: Desk, type: string): AstronNode | undefined {
  const ends = desk.inner().filter((node) => node.type === type);
  if (ends.length !== 1)
    desk.problem(`${ends.length} nodes of the type ${type} are inside of it; there must be one`);
  return ends[0];
}

/** The node that reads what a round comes to. */
const valuesId = (containerId: string | undefined): string => `${containerId ?? ''}_values`;

export const iteration: Handler = {
  name: 'iteration',
  output: ({ outputs }, id, name) =>
    outputs.length > 1 ? `${id}_lists.${name}` : outputs[0]?.name === name ? `${id}.output` : undefined,
  build(node, desk) {
    const [items] = node.inputs;
    const end = endOf(desk, 'iteration-node-end');
    const collected = (end?.inputs ?? []).map(({ name }) => name);
    const missing = node.outputs.find(({ name }) => !collected.includes(name));
    if (missing)
      desk.problem(`its output ${missing.name.slice(0, 60)} is no input of its iteration-node-end`);
    if (!items) desk.problem('it has no input, so there is no list to go through');
    const names = node.outputs.map(({ name }) => name);
    const reference = (name: string): string => `{{ ${valuesId(desk.id)}.${name} }}`;
    const one: WorkflowNode = {
      id: desk.id,
      type: 'iteration',
      ...desk.title,
      items: items ? desk.value(items) : [],
      body: desk.body(),
      output:
        names.length === 1 && names[0] !== undefined
          ? reference(names[0])
          : Object.fromEntries(names.map((name) => [name, reference(name)])),
    };
    return { nodes: names.length > 1 ? [one, listsOf(names, desk)] : [one] };
  },
};

/** Makes one list for each output of the list of all outputs. */
function listsOf(names: readonly string[], desk: Desk): WorkflowNode {
  return {
    id: `${desk.id}_lists`,
    type: 'code',
    ...desk.title,
    language: 'javascript',
    source: `const names = ${JSON.stringify(names)};

function main(inputs) {
  const listOf = (name) => inputs.items.map((item) => item[name]);
  return Object.fromEntries(names.map((name) => [name, listOf(name)]));
}
`,
    inputs: { items: `{{ ${desk.id}.output }}` },
    output_schema: {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, { type: 'array' }])),
    },
  };
}

export const iterationStart: Handler = {
  name: 'iteration_start',
  inside: 'iteration',
  output: ({ inputs }, id, name) => (inputs[0]?.name === name ? `${id}.item` : undefined),
  build: () => ({ nodes: [] }),
};

export const iterationEnd: Handler = {
  name: 'iteration_end',
  inside: 'iteration',
  output: () => undefined,
  build: (node, desk) => ({ nodes: [readerOf(node, desk)] }),
};

/** Takes the values of an end, so that what runs before it can be told from what does not. */
function readerOf({ inputs }: AstronNode, desk: Desk): WorkflowNode {
  const id = valuesId(desk.container?.id);
  const groups = Object.fromEntries(inputs.map((input) => [input.name, [desk.value(input)]]));
  if (inputs.length === 0) return { id, type: 'aggregator', ...desk.title, values: [''] };
  return { id, type: 'aggregator', ...desk.title, groups };
}

interface LoopVariable {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly value: AstronValue;
}

function variablesOf({ param, inputs }: AstronNode): readonly LoopVariable[] {
  return listIn(param, 'loopVariables')
    .filter(isObject)
    .map((variable) => {
      const [id, name] = [textIn(variable, 'id'), textIn(variable, 'name')];
      const type = textIn(member(variable, 'schema'), 'type');
      const given = ['value', 'initialValue', 'defaultValue'].map((key) => member(variable, key));
      const set = given.find((value) => value !== undefined && value !== null);
      if (set !== undefined) return { id, name, type, value: toValue(set) };
      const input = inputs.find((one) => one.name === name);
      return { id, name, type, value: input?.value ?? { kind: 'literal', content: emptyOf(type) } };
    });
}

/** `{type, content}`, or the value itself. */
const toValue = (value: unknown): AstronValue =>
  isObject(value) && 'content' in value ? readValue(value) : { kind: 'literal', content: value };

export const loop: Handler = {
  name: 'loop',
  output: (node, id, name) =>
    variablesOf(node).some((one) => one.name === name) ? `${id}.${name}` : undefined,
  build(node, desk) {
    const variables = variablesOf(node);
    endOf(desk, 'loop-node-end');
    for (const { name } of variables.filter((one) => RESERVED.has(one.name))) {
      desk.problem(`a variable of a loop cannot be called ${name}; rename it`);
    }
    const rounds = Math.floor(numberIn(node.param, 'maxLoopCount') ?? DEFAULT_ROUNDS);
    const values = variables.map(({ name, type, value }) => [name, desk.first(value, type)] as const);
    return {
      nodes: [
        {
          id: desk.id,
          type: 'loop',
          ...desk.title,
          variables: Object.fromEntries(values),
          body: desk.body(),
          ...untilOf(node, variables, desk),
          max_rounds: Math.min(Math.max(rounds, 1), MAX_ROUNDS),
        },
      ],
    };
  },
};

function untilOf({ param }: AstronNode, variables: readonly LoopVariable[], desk: Desk) {
  const termination = member(param, 'termination');
  const operandOf = (index: string): Operand => {
    const variable = variables.find(({ id, name }) => id === index || name === index);
    if (!variable) return { value: desk.plain(index), type: '' };
    return { value: `{{ ${desk.id}.${variable.name} }}`, type: variable.type };
  };
  const conditions = listIn(termination, 'conditions')
    .filter((test) => textIn(test, 'leftVarIndex') !== '')
    .map((test) => {
      const given = member(test, 'rightValue');
      const right = (): Operand =>
        given === undefined || given === null
          ? operandOf(textIn(test, 'rightVarIndex'))
          : { value: desk.first(toValue(given), ''), type: '' };
      return toCondition(
        textIn(test, 'compareOperator'),
        operandOf(textIn(test, 'leftVarIndex')),
        right,
        desk,
      );
    })
    .filter((test) => test !== undefined);
  if (conditions.length === 0) return {};
  desk.note('the end is looked for after each round, so that there is always a first one');
  const logic = textIn(termination, 'logicalOperator') === 'or' ? ('or' as const) : ('and' as const);
  return { until: { logic, conditions } };
}

export const loopStart: Handler = {
  name: 'loop_start',
  inside: 'loop',
  output: (node, id, name) => loop.output(node, id, name),
  build: () => ({ nodes: [] }),
};

/** Sets the loop's variables to what the round came to. What is called like none of them counts for nothing. */
function assignments(node: AstronNode, desk: Desk): readonly WorkflowNode[] {
  const variables = desk.container ? variablesOf(desk.container.node) : [];
  const inputs = node.inputs.filter((input) => variables.some(({ name }) => name === input.name));
  if (inputs.length === 0) return [];
  // Read together first: a variable that is set must not change what the next one is set to.
  const reader = `${desk.id}_values`;
  const groups = Object.fromEntries(inputs.map((input) => [input.name, [desk.value(input)]]));
  const items = inputs.map(({ name }) => ({
    target: `${desk.container?.id ?? ''}.${name}`,
    operation: 'set' as const,
    value: `{{ ${reader}.${name} }}`,
  }));
  return [
    { id: reader, type: 'aggregator', ...desk.title, groups },
    { id: desk.id, type: 'assign', ...desk.title, items },
  ];
}

export const loopEnd: Handler = {
  name: 'loop_end',
  inside: 'loop',
  output: () => undefined,
  build(node, desk): Piece {
    const nodes = assignments(node, desk);
    return {
      nodes: nodes.length > 0 ? nodes : [{ id: desk.id, type: 'aggregator', ...desk.title, values: [''] }],
    };
  },
};

export const loopExit: Handler = {
  name: 'loop_exit',
  inside: 'loop',
  output: () => undefined,
  build: (node, desk) => ({
    nodes: [...assignments(node, desk), { id: `${desk.id}_break`, type: 'break', ...desk.title }],
  }),
};
