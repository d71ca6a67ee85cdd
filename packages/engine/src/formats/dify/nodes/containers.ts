import type { Condition, IterationNode } from '../../../definition/types.ts';
import { readConditions } from '../conditions.ts';
import type { Conversion, Convert } from '../conversion.ts';
import { parseJsonText } from '../json-text.ts';
import { loopVariableName } from '../outputs.ts';
import { at, isTrueAt, itemsAt, numberAt, type Place, textAt } from '../place.ts';

const MAX_PARALLEL = 16;
const DEFAULT_PARALLEL = 10;
const MAX_ROUNDS = 1_000;
const EMPTY = { nodes: [], edges: [] };
const ITEM_ERRORS: ReadonlyMap<string, IterationNode['on_item_error']> = new Map<
  string,
  IterationNode['on_item_error']
>([
  ['terminated', undefined],
  ['continue-on-error', 'null'],
  ['remove-abnormal-output', 'drop'],
]);

export const convertIteration: Convert = (conversion) => {
  const { data, head, body, reference } = conversion;
  const mode = textAt(data, 'error_handle_mode') ?? 'terminated';
  const onItemError = ITEM_ERRORS.get(mode);
  if (!ITEM_ERRORS.has(mode))
    conversion.problem(`there is no error mode ${JSON.stringify(mode.slice(0, 40))}`);
  if (!body || body.nodes.length === 0) conversion.problem('there is nothing inside of it');
  const node: IterationNode = {
    ...head,
    type: 'iteration',
    items: reference(at(data, 'iterator_selector')),
    body: body ?? EMPTY,
    output: reference(at(data, 'output_selector')),
    ...readParallel(conversion),
    ...(onItemError && { on_item_error: onItemError }),
    // Dify joins lists unless it is told not to.
    ...(textAt(data, 'flatten_output') !== 'false' && { flatten: true }),
  };
  return [node];
};

function readParallel({ data, note }: Conversion): Pick<IterationNode, 'parallel'> {
  if (!isTrueAt(data, 'is_parallel')) return {};
  const wanted = Math.max(1, Math.trunc(numberAt(data, 'parallel_nums') ?? DEFAULT_PARALLEL));
  if (wanted > MAX_PARALLEL) note(`at most ${MAX_PARALLEL} items are under way at once`);
  return { parallel: Math.min(wanted, MAX_PARALLEL) };
}

export const convertLoop: Convert = (conversion) => {
  const { data, head, body, problem } = conversion;
  if (!body || body.nodes.length === 0) problem('there is nothing inside of it');
  const rounds = Math.trunc(numberAt(data, 'loop_count') ?? 0);
  if (rounds < 1 || rounds > MAX_ROUNDS)
    problem(`loop_count must be 1 to ${MAX_ROUNDS}`, at(data, 'loop_count'));
  const variables = readLoopVariables(conversion);
  const conditions = readConditions(at(data, 'break_conditions'), conversion);
  return [
    {
      ...head,
      type: 'loop',
      ...(variables.size > 0 && { variables: Object.fromEntries(variables) }),
      max_rounds: Math.min(Math.max(rounds, 1), MAX_ROUNDS),
      ...(conditions.length > 0 && { until: readUntil(conditions, conversion) }),
      body: body ?? EMPTY,
    },
  ];
};

function readUntil(conditions: Condition[], { data, note }: Conversion) {
  note('the conditions to stop are looked at after each round, not before the first');
  const isOr = textAt(data, 'logical_operator') === 'or';
  return { ...(isOr && { logic: 'or' as const }), conditions };
}

function readLoopVariables(conversion: Conversion): ReadonlyMap<string, unknown> {
  const variables = new Map<string, unknown>();
  for (const variable of itemsAt(conversion.data, 'loop_variables')) {
    const name = textAt(variable, 'label') ?? '';
    if (name === '') conversion.problem('a loop variable has no label', variable);
    const isReference = textAt(variable, 'value_type') === 'variable';
    const value = at(variable, 'value');
    variables.set(
      loopVariableName(name),
      isReference ? conversion.reference(value) : readConstant(variable, conversion),
    );
  }
  return variables;
}

/** A constant with its type: files have numbers, lists and objects as text. */
function readConstant(variable: Place, { constant, problem }: Conversion): unknown {
  const { value } = at(variable, 'value');
  if (typeof value !== 'string' || textAt(variable, 'var_type') === 'string') return constant(value ?? null);
  if (value.trim() === '') return null;
  const parsed = parseJsonText(value);
  if (parsed === undefined) problem('a loop variable has a value that is not of its type', variable);
  return constant(parsed ?? null);
}

export const convertLoopEnd: Convert = ({ head, note }) => {
  note('the other nodes of the round still end before the loop does');
  return [{ ...head, type: 'break' }];
};
