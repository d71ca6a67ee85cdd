/** Levels of nesting that node outputs and run inputs may have. Everything that walks them recurses. */
export const MAX_DEPTH = 200;

/** Whether a JSON value nests deeper than `limit` levels. Looks no deeper than that. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  for (const item of Object.values(value)) if (isDeeperThan(item, limit - 1)) return true;
  return false;
}
