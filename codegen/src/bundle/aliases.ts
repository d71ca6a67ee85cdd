import { isObject, type JsonObject } from '../json.ts';
import { pointerTo } from '../load/cursor.ts';

const aliasesOf = (pathItem: unknown): string[] => {
  const aliases = isObject(pathItem) ? pathItem['x-path-aliases'] : undefined;
  return Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === 'string') : [];
};

/**
 * Gives each path that `x-path-aliases` names a path item of its own, right after the one that lists it. It
 * is a reference, so that there is still one operation of each operationId.
 */
export function expandAliases(root: JsonObject): JsonObject {
  if (!isObject(root.paths)) return root;
  const written = root.paths;
  const paths = Object.entries(written).flatMap(([path, item]) => [
    [path, item],
    ...aliasesOf(item)
      .filter((alias) => !Object.hasOwn(written, alias))
      .map((alias) => [alias, { $ref: `#${pointerTo(['paths', path])}` }]),
  ]);
  return { ...root, paths: Object.fromEntries(paths) };
}
