import { type Node, rename } from '../rewrite.ts';

/** The name under which a member that OpenAPI 3.1 does not have is kept. */
export const keptName = (key: string): string => `x-oas32-${key.replace(/^\$/, '')}`;

/** The object with extensions instead of those members, as far as they are there. */
export const keep = (node: Node, ...keys: readonly string[]): Node =>
  rename(node, Object.fromEntries(keys.map((key) => [key, keptName(key)])));
