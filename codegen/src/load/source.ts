import { readFile, stat } from 'node:fs/promises';
import type { Source } from '@redocly/openapi-core';
import { isObject } from '../json.ts';
import { keysOf, member } from './cursor.ts';
import { createJsonPlaces } from './json-places.ts';

/** Which schemas a document writes. */
export type Dialect =
  /** OpenAPI 3.0: JSON Schema of 2009 with changes of its own, such as `nullable`. */
  | 'openapi-3.0'
  /** JSON Schema 2020-12 and what older drafts spell otherwise: OpenAPI 3.1 and 3.2, AsyncAPI 3, bare schemas. */
  | 'json-schema';

/** From 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One file, read once. */
export interface SourceDocument {
  /** The file's text by its absolute path, as Redocly keeps it. */
  readonly source: Source;
  readonly parsed: unknown;
  readonly dialect: Dialect;
  /** Where the value that a JSON pointer names stands, or with `onKey` its key. */
  locate(pointer: string, onKey: boolean): Position;
}

/** A file that cannot be read, with the place where reading stopped. */
export class ReadError extends Error {
  readonly position: Position;

  constructor(message: string, position: Position = { line: 1, column: 1 }) {
    super(message);
    this.position = position;
  }
}

/** What the document says itself; schemas of a file that says nothing are written as in whatever refers to it. */
function dialectOf(parsed: unknown, referrer: Dialect): Dialect {
  if (!isObject(parsed)) return referrer;
  if (typeof parsed.openapi === 'string') {
    return parsed.openapi.startsWith('3.0.') ? 'openapi-3.0' : 'json-schema';
  }
  return 'asyncapi' in parsed || '$schema' in parsed ? 'json-schema' : referrer;
}

/** Turns offsets into lines and columns. The lines are counted when the first is asked for. */
function createLines(body: string): (offset: number) => Position {
  let starts: number[] | undefined;
  const countLines = (): number[] => {
    const found = [0];
    for (let end = body.indexOf('\n'); end !== -1; end = body.indexOf('\n', end + 1)) found.push(end + 1);
    return found;
  };
  return (offset) => {
    starts ??= countLines();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** The value of a text that is JSON; undefined for any other. */
function parseJson(body: string): { readonly value: unknown } | undefined {
  if (!/^\s*[{[]/.test(body)) return undefined;
  try {
    return { value: JSON.parse(body) };
  } catch {
    // It may still be YAML, whose parser says better what is wrong.
    return undefined;
  }
}

async function readText(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new ReadError('There is no such file.');
  if (found.isDirectory()) throw new ReadError('This is a folder, not a file.');
  const content = await readFile(path, 'utf8');
  return content.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}

async function parseText(path: string, body: string, referrer: Dialect): Promise<SourceDocument> {
  const { getLineColLocation, parseYaml, Source, YamlParseError } = await import('@redocly/openapi-core');
  const source = new Source(path, body);
  const json = parseJson(body);
  if (json) {
    const [offsetOf, positionOf] = [createJsonPlaces(body), createLines(body)];
    const locate = (pointer: string, onKey: boolean): Position => positionOf(offsetOf(pointer, onKey));
    return { source, parsed: json.value, dialect: dialectOf(json.value, referrer), locate };
  }
  try {
    const parsed: unknown = parseYaml(body, { filename: path });
    const locate = (pointer: string, reportOnKey: boolean): Position => {
      // Redocly takes pointers for parts of URLs, so that a `%` of a key must be written as one.
      const encoded = `#${pointer.replaceAll('%', '%25')}`;
      // An empty value has no place of its own.
      const onKey = reportOnKey || keysOf(pointer).reduce<unknown>(member, parsed) === null;
      const { start } = getLineColLocation({ source, pointer: encoded, reportOnKey: onKey });
      return { line: start.line, column: start.col };
    };
    return { source, parsed, dialect: dialectOf(parsed, referrer), locate };
  } catch (error) {
    const { message, line, col } = new YamlParseError(error instanceof Error ? error : new Error(), source);
    const reason = message.replace(` in "${path}"`, '').replace(/ \(\d+:\d+\)$/, '');
    throw new ReadError(reason, { line: line || 1, column: col || 1 });
  }
}

/**
 * Reads a JSON or YAML file. JSON goes to `JSON.parse`, which is ten times as fast as a parser of YAML.
 * `referrer` is the dialect of whatever refers to the file.
 */
export async function readSource(path: string, referrer: Dialect): Promise<SourceDocument | ReadError> {
  try {
    return await parseText(path, await readText(path), referrer);
  } catch (error) {
    if (error instanceof ReadError) return error;
    return new ReadError(error instanceof Error ? error.message : String(error));
  }
}
