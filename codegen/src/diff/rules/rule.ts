import type { Severity } from '../change.ts';
import type { Facts } from '../facts.ts';
import type { Difference } from '../redocly.ts';

/** What is thought of a difference. */
export interface Judgement {
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
}

/** Says what Redocly does not say, or says otherwise. */
export interface Rule {
  readonly id: string;
  /**
   * A judgement that replaces Redocly's; `drop` for a difference that another one tells already;
   * undefined where the rule has nothing to say.
   */
  judge(difference: Difference, facts: Facts): Judgement | 'drop' | undefined;
}

/** A modified member, with its two values. */
export const isModified = (
  { kind, property, typeName }: Difference,
  type: string | RegExp,
  ...properties: readonly string[]
): boolean =>
  kind === 'modified' &&
  (typeof type === 'string' ? type === typeName : type.test(typeName)) &&
  property !== undefined &&
  properties.includes(property);

/** The texts of a list that was spelled as text to be compared. */
export function readSpelledList(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  const list: unknown = JSON.parse(value);
  return Array.isArray(list) ? list.map(String) : [];
}

export const quoted = (names: readonly (string | number)[]): string =>
  names.map((name) => `\`${name}\``).join(', ');
