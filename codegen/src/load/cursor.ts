import { relative } from 'node:path';
import { type Document, getLineColLocation } from '@redocly/openapi-core';
import { isObject } from '../json.ts';
import type { Problem } from '../problems.ts';

/** A value together with its place in a document, so that whoever reads it can say what is wrong where. */
export interface Cursor {
  readonly document: Document;
  /** JSON pointer (RFC 6901); empty for the whole document. */
  readonly pointer: string;
  readonly value: unknown;
}

const escapeKey = (key: string | number): string => String(key).replaceAll('~', '~0').replaceAll('/', '~1');
const unescapeKey = (key: string): string =>
  decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');

const member = (value: unknown, key: string | number): unknown => {
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
};

/** The place below `cursor`; its value is undefined when there is nothing. */
export const child = (cursor: Cursor, ...keys: readonly (string | number)[]): Cursor => ({
  document: cursor.document,
  pointer: cursor.pointer + keys.map((key) => `/${escapeKey(key)}`).join(''),
  value: keys.reduce(member, cursor.value),
});

/** The members of an object, each with its key; nothing for other values. */
export const entries = (cursor: Cursor): [string, Cursor][] =>
  isObject(cursor.value) ? Object.keys(cursor.value).map((key) => [key, child(cursor, key)]) : [];

/** The items of an array; nothing for other values. */
export const items = (cursor: Cursor): Cursor[] =>
  Array.isArray(cursor.value) ? cursor.value.map((_, index) => child(cursor, index)) : [];

export const text = (cursor: Cursor): string | undefined =>
  typeof cursor.value === 'string' ? cursor.value : undefined;

/** Equal for two cursors at the same place, however they were reached. */
export const placeOf = (cursor: Cursor): string => `${cursor.document.source.absoluteRef}#${cursor.pointer}`;

/** The place that a JSON pointer names within a document. */
export const at = (document: Document, pointer: string): Cursor =>
  child({ document, pointer: '', value: document.parsed }, ...pointer.split('/').slice(1).map(unescapeKey));

/** Describes a fault at the cursor's key. */
export function problemAt(cursor: Cursor, message: string): Problem {
  const { source } = cursor.document;
  const { start } = getLineColLocation({ source, pointer: `#${cursor.pointer}`, reportOnKey: true });
  return { file: relative(process.cwd(), source.absoluteRef), line: start.line, column: start.col, message };
}
