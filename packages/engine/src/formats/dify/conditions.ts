import type { Condition } from '../../definition/types.ts';
import type { Conversion } from './conversion.ts';
import { at, itemsAt, type Place, selectorAt, textAt } from './place.ts';

type Operator = Condition['operator'];

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['contains', 'contains'],
  ['not contains', 'not contains'],
  ['start with', 'starts with'],
  ['end with', 'ends with'],
  ['is', 'is'],
  ['is not', 'is not'],
  ['empty', 'empty'],
  ['not empty', 'not empty'],
  ['in', 'in'],
  ['not in', 'not in'],
  ['all of', 'all of'],
  ['=', '='],
  ['≠', '≠'],
  ['!=', '≠'],
  ['>', '>'],
  ['<', '<'],
  ['≥', '≥'],
  ['>=', '≥'],
  ['≤', '≤'],
  ['<=', '≤'],
  ['null', 'null'],
  ['not null', 'not null'],
  ['exists', 'exists'],
  ['not exists', 'not exists'],
]);
const UNARY: ReadonlySet<Operator> = new Set([
  'empty',
  'not empty',
  'null',
  'not null',
  'exists',
  'not exists',
]);

/** The conditions at a place. */
export const readConditions = (place: Place, conversion: Conversion): Condition[] =>
  itemsAt(place).flatMap((item) => readCondition(item, conversion) ?? []);

function readCondition(place: Place, conversion: Conversion): Condition | undefined {
  const spelled = textAt(place, 'comparison_operator') ?? '';
  const operator = OPERATORS.get(spelled);
  if (!operator) {
    conversion.problem(`there is no operator ${JSON.stringify(spelled.slice(0, 40))}`, place);
    return undefined;
  }
  if (itemsAt(place, 'sub_variable_condition', 'conditions').length > 0) {
    conversion.problem(
      'conditions on the properties of files cannot be imported; test them in a code node',
      place,
    );
    return undefined;
  }
  const left = conversion.reference(at(place, 'variable_selector'));
  const type = textAt(place, 'varType') ?? '';
  if (operator.endsWith('empty') && ['number', 'boolean'].includes(type)) {
    conversion.note('0 and false are not empty, as they are in Dify');
  }
  if (UNARY.has(operator)) return { left, operator };
  if (isSuccess(place, conversion)) return successCondition(place, left, operator);
  return { left, operator, right: readRight(at(place, 'value'), type, conversion) };
}

function readRight(place: Place, type: string, conversion: Conversion): unknown {
  const { value } = place;
  if (Array.isArray(value)) return itemsAt(place).map((item) => conversion.text(item));
  if (typeof value === 'boolean') return value;
  const text = conversion.text(place);
  const isNumber = type === 'number' && text.trim() !== '' && Number.isFinite(Number(text));
  return isNumber ? Number(text) : text;
}

/** Whether a condition is about an extractor's success: 1 or 0 in Dify, true or false here. */
function isSuccess(place: Place, { file }: Conversion): boolean {
  const [id = '', field] = selectorAt(place, 'variable_selector') ?? [];
  return field === '__is_success' && file.byId.get(id)?.type === 'parameter-extractor';
}

function successCondition(place: Place, left: string, operator: Operator): Condition {
  const isNegated = operator === '≠' || operator === 'is not';
  return { left, operator: isNegated ? 'is not' : 'is', right: textAt(place, 'value') !== '0' };
}
