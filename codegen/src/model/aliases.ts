import { type Cursor, child, items, text } from '../load/cursor.ts';
import type { ModelContext } from './build.ts';

const parametersOf = (path: string): string => (path.match(/\{[^{}]*\}/g) ?? []).sort().join(' ');

/**
 * Reads `x-path-aliases`: further paths that mean the same operations and have the same parameters. `taken`
 * are the aliases of other paths; those that are found join them.
 */
export function readAliases(
  path: string,
  pathItem: Cursor,
  taken: Set<string>,
  { documents, root }: ModelContext,
): string[] {
  const cursor = child(pathItem, 'x-path-aliases');
  if (cursor.value === undefined) return [];
  if (!Array.isArray(cursor.value)) documents.report(cursor, 'x-path-aliases is a list of paths.');
  return items(cursor).flatMap((entry) => {
    const alias = text(entry);
    if (alias === undefined || !/^\/[^?#]*$/.test(alias))
      documents.report(entry, 'An alias is a path: it starts with / and has no query.');
    else if (parametersOf(alias) !== parametersOf(path))
      documents.report(entry, `The alias ${alias} has other parameters than ${path}.`);
    else if (taken.has(alias) || child(root, 'paths', alias).value !== undefined)
      documents.report(entry, `The path ${alias} is taken already.`);
    else {
      taken.add(alias);
      return [alias];
    }
    return [];
  });
}
