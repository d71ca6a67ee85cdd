/** A place of the file and what stands there, which may be anything. */
export interface Place {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
}

/** The place below, by own keys only. Its value is undefined where there is none. */
export function at(place: Place, ...keys: readonly (string | number)[]): Place {
  let { value } = place;
  for (const key of keys) value = ownValue(value, key);
  return { value, path: [...place.path, ...keys] };
}

function ownValue(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

export const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The items of a list; none of anything else. */
export function itemsAt(place: Place, ...keys: readonly (string | number)[]): readonly Place[] {
  const list = at(place, ...keys);
  if (!Array.isArray(list.value)) return [];
  return list.value.map((value: unknown, index) => ({ value, path: [...list.path, index] }));
}

/** The members of a map; none of anything else. */
export function entriesAt(place: Place, ...keys: readonly (string | number)[]): readonly [string, Place][] {
  const map = at(place, ...keys);
  if (!isMap(map.value)) return [];
  return Object.keys(map.value).map((key) => [key, at(map, key)]);
}

/** The text at a place. Numbers and booleans, which YAML reads where quotes are missing, count as text. */
export function textAt(place: Place, ...keys: readonly (string | number)[]): string | undefined {
  const { value } = at(place, ...keys);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The number at a place, also when it is written as text. */
export function numberAt(place: Place, ...keys: readonly (string | number)[]): number | undefined {
  const text = textAt(place, ...keys);
  if (text === undefined || text.trim() === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

export const isTrueAt = (place: Place, ...keys: readonly (string | number)[]): boolean =>
  textAt(place, ...keys) === 'true';

/** The parts of a selector, such as `[llm, text]`; undefined for what is none. */
export function selectorAt(
  place: Place,
  ...keys: readonly (string | number)[]
): readonly string[] | undefined {
  const parts: string[] = [];
  for (const item of itemsAt(place, ...keys)) {
    const part = textAt(item);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts.length > 0 ? parts : undefined;
}
