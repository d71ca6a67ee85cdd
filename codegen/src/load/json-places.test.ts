import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pointerTo } from './cursor.ts';
import { createJsonPlaces } from './json-places.ts';

/** Every place of a value, with the key or index that it has. */
function* placesIn(value: unknown, keys: readonly (string | number)[] = []): Generator<(string | number)[]> {
  yield [...keys];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield* placesIn(inner, [...keys, Array.isArray(value) ? Number(key) : key]);
  }
}

const valueAt = (value: unknown, keys: readonly (string | number)[]): unknown =>
  keys.reduce<unknown>((here, key) => Object.getOwnPropertyDescriptor(here, key)?.value, value);

test('every place of a text is found, at its key and at its value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, margin) => {
      const body = JSON.stringify(value, null, margin);
      const offsetOf = createJsonPlaces(body);
      for (const keys of placesIn(value)) {
        const text = JSON.stringify(valueAt(value, keys), null, margin).split('\n')[0] ?? '';
        expect(body.slice(offsetOf(pointerTo(keys), false))).toMatch(startsWith(text));
        const key = keys.at(-1);
        if (typeof key !== 'string') continue;
        expect(body.slice(offsetOf(pointerTo(keys), true))).toMatch(startsWith(JSON.stringify(key)));
      }
    }),
    { numRuns: 300 },
  );
});

const startsWith = (text: string): RegExp =>
  new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}`);

test('a place that is not there is as near as there is', () => {
  const offsetOf = createJsonPlaces('{ "a": { "b": 1 } }');
  expect(offsetOf('/a/c/d', true)).toBe(2);
  expect(offsetOf('/x', true)).toBe(0);
});
