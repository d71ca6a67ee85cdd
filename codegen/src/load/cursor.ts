import { isObject } from '../json.ts';
import type { SourceDocument } from './source.ts';

/** A value together with its place in a document, so that whoever reads it can say what is wrong where. */
export interface Cursor {
  readonly document: SourceDocument;
  /** JSON pointer (RFC 6901), not percent-encoded; empty for the whole document. */
  readonly pointer: string;
  readonly value: unknown;
}

const escapeKey = (key: string | number): string | number =>
  typeof key === 'string' && /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;

const unescapeKey = (key: string): string =>
  key.includes('~') ? key.replaceAll('~1', '/').replaceAll('~0', '~') : key;

/** The keys that a JSON pointer names, one after the other. */
export const keysOf = (pointer: string): string[] => pointer.split('/').slice(1).map(unescapeKey);

/** The JSON pointer that names `keys` one after the other. */
export const pointerTo = (keys: readonly (string | number)[]): string =>
  keys.map((key) => `/${escapeKey(key)}`).join('');

/** The member of an object or array; undefined when there is none. */
export const member = (value: unknown, key: string | number): unknown => {
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
};

/** The place below `cursor`; its value is undefined when there is nothing. */
export function child(cursor: Cursor, ...keys: readonly (string | number)[]): Cursor {
  let { pointer, value } = cursor;
  for (const key of keys) {
    pointer += `/${escapeKey(key)}`;
    value = member(value, key);
  }
  return { document: cursor.document, pointer, value };
}

/** The members of an object, each with its key; nothing for other values. */
export const entries = (cursor: Cursor): [string, Cursor][] =>
  isObject(cursor.value) ? Object.keys(cursor.value).map((key) => [key, child(cursor, key)]) : [];

/** The items of an array; nothing for other values. */
export const items = (cursor: Cursor): Cursor[] =>
  Array.isArray(cursor.value) ? cursor.value.map((_, index) => child(cursor, index)) : [];

export const text = (cursor: Cursor): string | undefined =>
  typeof cursor.value === 'string' ? cursor.value : undefined;

/** Equal for two cursors at the same place, however they were reached. */
export const placeOf = (cursor: Pick<Cursor, 'document' | 'pointer'>): string =>
  `${cursor.document.source.absoluteRef}#${cursor.pointer}`;

/** The place that a JSON pointer names within a document. */
export const at = (document: SourceDocument, pointer: string): Cursor =>
  child({ document, pointer: '', value: document.parsed }, ...keysOf(pointer));
