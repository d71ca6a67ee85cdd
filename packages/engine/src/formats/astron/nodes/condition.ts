import type { Condition, ConditionCase } from '../../../definition/types.ts';
import type { JsonValue } from '../../../events.ts';
import { isObject, listIn, numberIn, textIn } from '../../foreign.ts';
import type { AstronInput } from '../flow.ts';
import type { Desk, Handler } from '../handler.ts';

/** All the operators there are, by their names there. */
const OPERATORS: ReadonlyMap<string, Condition['operator']> = new Map([
  ['contains', 'contains'],
  ['not_contains', 'not contains'],
  ['empty', 'empty'],
  ['not_empty', 'not empty'],
  ['is', 'is'],
  ['is_not', 'is not'],
  ['start_with', 'starts with'],
  ['end_with', 'ends with'],
  ['eq', '='],
  ['ne', '≠'],
  ['gt', '>'],
  ['ge', '≥'],
  ['lt', '<'],
  ['le', '≤'],
  ['null', 'null'],
  ['not_null', 'not null'],
  ['length_ge', 'length ≥'],
  ['length_le', 'length ≤'],
  ['length_eq', 'length ='],
  ['length_gt', 'length >'],
  ['length_lt', 'length <'],
  ['regex_contains', 'matches'],
  ['regex_not_contains', 'not matches'],
]);

const UNARY: ReadonlySet<string> = new Set(['empty', 'not_empty', 'null', 'not_null']);

const DEFAULT_LEVEL = 999;
const MAX_QUOTE = 60;

const ALWAYS: Condition = { left: '', operator: 'empty' };
const NEVER: Condition = { left: '', operator: 'not empty' };

/** One side of a condition. */
export interface Operand {
  readonly value: JsonValue;
  readonly type: string;
}

/** A condition of ours; undefined, with a problem told, for an operator that there is not. */
export function toCondition(
  name: string,
  left: Operand,
  right: () => Operand | undefined,
  desk: Desk,
): Condition | undefined {
  const operator = OPERATORS.get(name);
  if (!operator) {
    desk.problem(`there is no operator ${JSON.stringify(name.slice(0, MAX_QUOTE))}`);
    return undefined;
  }
  if (name === 'empty' || name === 'not_empty') return toEmptiness(operator, left, desk);
  if (UNARY.has(name)) return { left: left.value, operator };
  return { left: left.value, operator, right: right()?.value ?? '' };
}

/** Zero and false are empty there. */
function toEmptiness(operator: Condition['operator'], { value, type }: Operand, desk: Desk): Condition {
  const isNegated = operator === 'not empty';
  if (type === 'integer' || type === 'number') {
    return { left: value, operator: isNegated ? '≠' : '=', right: 0 };
  }
  if (type === 'boolean') return { left: value, operator: isNegated ? 'is not' : 'is', right: 'false' };
  if (type === 'string') desk.note('text of white space only is not empty here');
  return { left: value, operator };
}

export const condition: Handler = {
  name: 'condition',
  output: () => undefined,
  build(node, desk) {
    const inputs = new Map(node.inputs.map((input) => [input.id, input]));
    const branches = new Map<string, string>();
    const cases: ConditionCase[] = [];
    for (const one of listIn(node.param, 'cases').filter(isObject)) {
      const handle = textIn(one, 'id');
      // The default ends the list there, whatever follows it.
      if (numberIn(one, 'level') === DEFAULT_LEVEL) {
        branches.set(handle, 'else');
        break;
      }
      const id = `case_${cases.length + 1}`;
      branches.set(handle, id);
      const logic = textIn(one, 'logicalOperator') === 'or' ? 'or' : 'and';
      const conditions = listIn(one, 'conditions')
        .filter(isObject)
        .map((test) => readCondition(test, inputs, desk))
        .filter((test) => test !== undefined);
      const none = logic === 'or' ? NEVER : ALWAYS;
      cases.push({ id, logic, conditions: conditions.length > 0 ? conditions : [none] });
    }
    return { nodes: [{ id: desk.id, type: 'condition', ...desk.title, cases }], branches };
  },
};

function readCondition(
  test: object,
  inputs: ReadonlyMap<string, AstronInput>,
  desk: Desk,
): Condition | undefined {
  const operand = (side: 'leftVarIndex' | 'rightVarIndex'): Operand | undefined => {
    const id = textIn(test, side);
    const input = inputs.get(id);
    if (input) return { value: desk.first(input.value, input.type), type: input.type };
    desk.problem(`${side} names the input ${JSON.stringify(id.slice(0, MAX_QUOTE))}, and there is none`);
    return undefined;
  };
  const left = operand('leftVarIndex');
  if (!left) return undefined;
  return toCondition(textIn(test, 'compareOperator'), left, () => operand('rightVarIndex'), desk);
}
