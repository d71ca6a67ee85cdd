import type { AssignNode } from '../../../definition/types.ts';
import type { Conversion, Convert } from '../conversion.ts';
import { parseJsonText } from '../json-text.ts';
import { at, isTrueAt, itemsAt, type Place, selectorAt, textAt } from '../place.ts';

type Item = AssignNode['items'][number];

const OPERATIONS: ReadonlyMap<string, Item['operation']> = new Map<string, Item['operation']>([
  ['over-write', 'set'],
  ['overwrite', 'set'],
  ['set', 'set'],
  ['clear', 'clear'],
  ['append', 'append'],
  ['extend', 'extend'],
  ['remove-first', 'remove_first'],
  ['remove-last', 'remove_last'],
  ['+=', 'add'],
  ['-=', 'subtract'],
  ['*=', 'multiply'],
  ['/=', 'divide'],
]);
const WITHOUT_VALUE: ReadonlySet<Item['operation']> = new Set(['clear', 'remove_first', 'remove_last']);

/** The first value that exists, or one for each group. */
export const convertAggregator: Convert = (conversion) => {
  const { data, head } = conversion;
  if (!isTrueAt(data, 'advanced_settings', 'group_enabled')) {
    return [{ ...head, type: 'aggregator', values: readValues(at(data, 'variables'), conversion) }];
  }
  const groups = new Map<string, string[]>();
  for (const group of itemsAt(data, 'advanced_settings', 'groups')) {
    groups.set(textAt(group, 'group_name') ?? '', readValues(at(group, 'variables'), conversion));
  }
  if (groups.size === 0 || groups.has('')) conversion.problem('it has no groups with names');
  return [{ ...head, type: 'aggregator', groups: Object.fromEntries(groups) }];
};

function readValues(variables: Place, conversion: Conversion): string[] {
  const values = itemsAt(variables).map(conversion.reference);
  if (values.length === 0) conversion.problem('it has no variables', variables);
  return values;
}

/** Changes variables: a list of items, or in the first version one variable. */
export const convertAssigner: Convert = (conversion) => {
  const { data, head, problem } = conversion;
  const items = itemsAt(data, 'items');
  const read =
    items.length > 0 ? items.map((item) => readItem(item, conversion)) : [readFirstVersion(conversion)];
  const valid = read.flatMap((item) => item ?? []);
  if (valid.length === 0) problem('it assigns nothing');
  return [{ ...head, type: 'assign', items: valid }];
};

function readItem(item: Place, conversion: Conversion): Item | undefined {
  const operation = readOperation(at(item, 'operation'), conversion);
  const target = readTarget(at(item, 'variable_selector'), conversion);
  if (!operation || !target) return undefined;
  if (WITHOUT_VALUE.has(operation)) return { target, operation };
  const value = at(item, 'value');
  const isVariable = textAt(item, 'input_type') === 'variable';
  return {
    target,
    operation,
    value: isVariable ? conversion.reference(value) : readConstant(value, conversion),
  };
}

function readFirstVersion(conversion: Conversion): Item | undefined {
  const { data } = conversion;
  const operation = readOperation(at(data, 'write_mode'), conversion);
  const target = readTarget(at(data, 'assigned_variable_selector'), conversion);
  if (!operation || !target) return undefined;
  if (WITHOUT_VALUE.has(operation)) return { target, operation };
  return { target, operation, value: conversion.reference(at(data, 'input_variable_selector')) };
}

function readOperation(place: Place, { problem }: Conversion): Item['operation'] | undefined {
  const spelled = textAt(place) ?? '';
  const operation = OPERATIONS.get(spelled);
  if (!operation) problem(`there is no operation ${JSON.stringify(spelled.slice(0, 40))}`, place);
  return operation;
}

/** Only variables of the conversation and of loops change. */
function readTarget(place: Place, conversion: Conversion): string | undefined {
  const [root = '', name, ...rest] = selectorAt(place) ?? [];
  const isVariable = root === 'conversation' || conversion.file.byId.get(root)?.type === 'loop';
  if (!isVariable || name === undefined || rest.length > 0) {
    conversion.problem('only variables of the conversation and of a loop can be assigned', place);
    return undefined;
  }
  const reference = conversion.reference(place);
  return /^\{\{ (\S+) \}\}$/.exec(reference)?.[1];
}

/** Objects are written as JSON text. */
function readConstant({ value }: Place, { constant }: Conversion): unknown {
  const isObject = typeof value === 'string' && /^\s*\{/.test(value);
  return constant((isObject ? parseJsonText(value) : undefined) ?? value ?? null);
}
