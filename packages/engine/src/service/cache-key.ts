import { createHash } from 'node:crypto';
import type { JsonObject } from '../events.ts';

/** The same for runs that do the same: of one version, with the same subflows and inputs in any order of members. */
export function cacheKeyOf(
  version: number,
  subflows: Readonly<Record<string, number>>,
  inputs: JsonObject,
): string {
  return createHash('sha256')
    .update(canonical([version, subflows, inputs]))
    .digest('base64url');
}

/** JSON text with the members of objects in order of their names. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}
