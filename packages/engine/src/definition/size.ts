// JSON values never change once they are made, so each object is measured once.
const sizes = new WeakMap<object, number>();

/**
 * Roughly the characters of a value's JSON text (UTF-16 units), exactly the length for a text. Parts
 * that are shared count wherever they appear, in time linear in what was not measured before.
 */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  let size = 2;
  for (const [key, item] of Object.entries(value)) size += key.length + 6 + sizeOf(item);
  sizes.set(value, size);
  return size;
}
