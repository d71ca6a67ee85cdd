import type { Conversion, Convert } from '../conversion.ts';
import { at, isTrueAt, itemsAt, numberAt, type Place, textAt } from '../place.ts';

const OPERATORS: ReadonlySet<string> = new Set([
  'contains',
  'not contains',
  'start with',
  'end with',
  'is',
  'is not',
  'in',
  'not in',
  'empty',
  'not empty',
  '=',
  '≠',
  '<',
  '>',
  '≤',
  '≥',
]);

/** Filters, picks one, sorts and cuts off, in the order in which Dify does. */
const SOURCE = `function main({ list, filters, serial, order, limit }) {
  const isIn = (item, values) =>
    Array.isArray(values) ? values.map(String).includes(String(item)) : String(values).includes(item);
  const tests = {
    contains: (item, value) => String(item).includes(value),
    'start with': (item, value) => String(item).startsWith(value),
    'end with': (item, value) => String(item).endsWith(value),
    is: (item, value) => String(item) === String(value),
    in: isIn,
    empty: (item) => item === '',
    '=': (item, value) => Number(item) === Number(value),
    '<': (item, value) => Number(item) < Number(value),
    '>': (item, value) => Number(item) > Number(value),
    'not contains': (item, value) => !tests.contains(item, value),
    'is not': (item, value) => !tests.is(item, value),
    'not in': (item, value) => !isIn(item, value),
    'not empty': (item) => item !== '',
    '≠': (item, value) => !tests['='](item, value),
    '≤': (item, value) => !tests['>'](item, value),
    '≥': (item, value) => !tests['<'](item, value),
  };
  const passes = (item) => filters.every(({ operator, value }) => tests[operator](item, value));
  let result = (list ?? []).filter(passes);
  if (serial !== null) {
    const index = Number(serial) - 1;
    if (!(index in result)) throw new Error('there is no item ' + serial);
    result = [result[index]];
  }
  if (order !== null) {
    const sign = order === 'desc' ? -1 : 1;
    result = [...result].sort((a, b) => sign * (a < b ? -1 : Number(a > b)));
  }
  if (limit > 0) result = result.slice(0, limit);
  return { result, first_record: result[0] ?? null, last_record: result.at(-1) ?? null };
}`;

/**
 * A list operator becomes a code node. Of files only limits and single items are known: they have no
 * properties.
 */
export const convertListOperator: Convert = (conversion) => {
  const { data, head, note, problem, reference, text } = conversion;
  const isFiles = textAt(data, 'var_type') === 'array[file]' || textAt(data, 'item_var_type') === 'file';
  const isSorted = isTrueAt(data, 'order_by', 'enabled');
  const filters = readFilters(conversion);
  if (isFiles && (filters.length > 0 || isSorted)) {
    problem('files have no properties here to filter or sort by; do it in a code node');
  }
  note('a code node does it');
  const inputs = {
    list: reference(at(data, 'variable')),
    filters,
    serial: isTrueAt(data, 'extract_by', 'enabled') ? text(data, 'extract_by', 'serial') : null,
    order: isSorted ? (textAt(data, 'order_by', 'value') ?? 'asc') : null,
    limit: isTrueAt(data, 'limit', 'enabled') ? (numberAt(data, 'limit', 'size') ?? 0) : 0,
  };
  const properties = { result: { type: 'array' }, first_record: {}, last_record: {} };
  const outputs = { type: 'object' as const, properties, required: Object.keys(properties) };
  return [{ ...head, type: 'code', language: 'javascript', source: SOURCE, inputs, output_schema: outputs }];
};

function readFilters(conversion: Conversion): readonly { operator: string; value: unknown }[] {
  const { data } = conversion;
  if (!isTrueAt(data, 'filter_by', 'enabled')) return [];
  return itemsAt(data, 'filter_by', 'conditions').map((condition) => readFilter(condition, conversion));
}

function readFilter(condition: Place, { problem, text }: Conversion): { operator: string; value: unknown } {
  const operator = textAt(condition, 'comparison_operator') ?? 'contains';
  if (!OPERATORS.has(operator)) {
    problem(`there is no operator ${JSON.stringify(operator.slice(0, 40))}`, condition);
  }
  const value = at(condition, 'value');
  return {
    operator,
    value: Array.isArray(value.value) ? itemsAt(value).map((item) => text(item)) : text(value),
  };
}
