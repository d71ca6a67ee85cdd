import type { Making, Site } from './maker.ts';
import type { Part } from './schemas.ts';

/** As many as show that it is a list. */
const USUAL_LENGTH = 2;

/** Tries to make an item that a list does not have yet. */
const UNIQUE_TRIES = 12;

/** More are never made, whatever `minItems` asks for. */
const MAX_LENGTH = 1000;

function lengthOf({ facets, random, isTight }: Making, needed: number): number {
  const { limits, items, prefixItems } = facets;
  const least = Math.max(limits.get('minItems') ?? 0, needed);
  const isClosed = items.some(({ schema }) => schema === false);
  const most = Math.min(
    limits.get('maxItems') ?? Infinity,
    isClosed ? prefixItems.length : Infinity,
    MAX_LENGTH,
  );
  if (isTight) return Math.min(least, most);
  const usual = Math.max(prefixItems.length, random.integer(1, USUAL_LENGTH));
  return Math.min(Math.max(least, usual), most);
}

/** A list for what its schema says of its items. */
export function listOf(making: Making): unknown[] {
  const { facets, site, make, hasEnd, refusals } = making;
  const { items, prefixItems, contains, limits, isUnique } = facets;
  const needed = contains.length > 0 ? (limits.get('minContains') ?? 1) : 0;
  const isEndless = prefixItems.length === 0 && !hasEnd(items);
  const length = lengthOf(isEndless ? { ...making, isTight: true } : making, needed);
  const firstContained = Math.max(0, length - needed);
  const seen = new Set<string>();
  const list: unknown[] = [];
  for (let index = 0; index < length; index += 1) {
    const parts: Part[] = [...(prefixItems[index] ?? items), ...(index >= firstContained ? contains : [])];
    const inner = (variation: number): Site => ({
      path: `${site.path}/${list.length}`,
      depth: site.depth + 1,
      variation: site.variation + refusals + variation,
    });
    let item = make(parts, inner(index));
    for (let attempt = 1; isUnique && seen.has(JSON.stringify(item)) && attempt <= UNIQUE_TRIES; attempt += 1)
      item = make(parts, inner(index + attempt * length));
    if (item === undefined) continue;
    // Without enough different items a shorter list may do.
    if (isUnique && seen.has(JSON.stringify(item)) && list.length >= (limits.get('minItems') ?? 0)) continue;
    seen.add(JSON.stringify(item));
    list.push(item);
  }
  return list;
}
