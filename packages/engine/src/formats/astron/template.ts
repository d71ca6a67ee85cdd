import type { JsonValue } from '../../events.ts';
import { isObject } from '../foreign.ts';

// Every name is bounded, so that matching stays linear in hostile text.
const PLACEHOLDER =
  /\{\{([A-Za-z0-9_-]{1,128})((?:\[-?\d{1,9}\]){0,8}(?:\.[A-Za-z0-9_-]{1,128}(?:\[-?\d{1,9}\]){0,8}){0,16})\}\}/g;
const STEP = /\.([A-Za-z0-9_-]+)|\[(\d+)\]/g;

/** Text that no reference of ours can be read out of: `{{` becomes `{ {`. */
export const breakBraces = (text: string): string => text.replace(/\{(?=\{)/g, '{ ');

/** A value in which every text is made plain. */
export function plainValue(value: unknown, plain: (text: string) => string): JsonValue {
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value)) return value.map((item) => plainValue(item, plain));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item, plain)]));
  }
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** What stands in place of a placeholder: text, or one of our references. */
export type Replacement = { readonly literal: string } | { readonly reference: string };

/**
 * Replaces the `{{name}}` and `{{name.path[0]}}` of a template. What `replace` answers undefined for, and
 * every other `{{`, is text that `plain` makes plain.
 */
export function replacePlaceholders(
  template: string,
  replace: (name: string, path: string) => Replacement | undefined,
  plain: (text: string) => string,
): string {
  let text = '';
  // Made plain as a whole, so that texts that meet cannot make a reference together.
  let literal = '';
  let end = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const [source, name = '', path = ''] = match;
    const replacement = replace(name, path);
    if (replacement === undefined) continue;
    literal += template.slice(end, match.index);
    end = match.index + source.length;
    if ('literal' in replacement) {
      literal += replacement.literal;
      continue;
    }
    text += plain(literal) + replacement.reference;
    literal = '';
  }
  return text + plain(literal + template.slice(end));
}

/** The text of a part of a literal value, as a template shows it. */
export function literalText(value: unknown, path: string): string {
  let part: unknown = value;
  for (const [, name, index] of path.matchAll(STEP)) {
    const step = name ?? Number(index);
    part =
      typeof part === 'object' && part !== null && Object.hasOwn(part, step)
        ? Reflect.get(part, step)
        : undefined;
  }
  if (typeof part === 'string') return part;
  return part === undefined || part === null ? '' : JSON.stringify(part);
}
