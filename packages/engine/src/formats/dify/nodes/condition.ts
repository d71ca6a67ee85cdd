import type { ConditionCase } from '../../../definition/types.ts';
import { readConditions } from '../conditions.ts';
import type { Conversion, Convert } from '../conversion.ts';
import { at, itemsAt, type Place, textAt } from '../place.ts';

const MAX_CASE_ID = 64;

/**
 * The cases of an if-else node. The oldest files have the conditions of the one case `true` in the node
 * itself.
 */
export const casesOf = (data: Place): readonly { readonly id: string; readonly place: Place }[] => {
  const cases = itemsAt(data, 'cases');
  if (cases.length === 0) return [{ id: 'true', place: data }];
  return cases.map((place) => ({ id: textAt(place, 'case_id') ?? textAt(place, 'id') ?? '', place }));
};

export const convertCondition: Convert = (conversion) => {
  const cases = casesOf(conversion.data).map(({ id, place }) => readCase(id, place, conversion));
  return [{ ...conversion.head, type: 'condition', cases }];
};

function readCase(id: string, place: Place, conversion: Conversion): ConditionCase {
  if (id === '' || id === 'else' || id.length > MAX_CASE_ID) {
    conversion.problem('a case has no usable id', place);
  }
  const conditions = readConditions(at(place, 'conditions'), conversion);
  if (itemsAt(place, 'conditions').length === 0) conversion.problem('a case has no conditions', place);
  const isOr = textAt(place, 'logical_operator') === 'or';
  return { id, ...(isOr && { logic: 'or' as const }), conditions };
}
