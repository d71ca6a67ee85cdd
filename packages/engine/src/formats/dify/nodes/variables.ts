import type { ValueMap } from '../../../definition/types.ts';
import type { Conversion } from '../conversion.ts';
import { at, itemsAt, type Place, textAt } from '../place.ts';

/** Values by name, from a list of `{variable, value_selector}`. */
export function readVariables(list: Place, conversion: Conversion): ValueMap {
  const values = new Map<string, string>();
  for (const item of itemsAt(list)) {
    const name = textAt(item, 'variable') ?? '';
    if (name === '') conversion.problem('a variable has no name', item);
    else values.set(name, conversion.reference(at(item, 'value_selector')));
  }
  return Object.fromEntries(values);
}
