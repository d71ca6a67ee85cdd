import { textOf } from '../../definition/references.ts';
import type { JsonObject, JsonValue } from '../../events.ts';
import { isObject } from '../http/body.ts';
import {
  dereference,
  type FoundOperation,
  invalidTool,
  itemsOf,
  member,
  membersOf,
  textMember,
} from './document.ts';

/** Where parameters may be, with the styles that are understood there; the first is the default. */
const STYLES = {
  path: ['simple'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
} as const;

// OpenAPI 3.1 section 4.8.12.1: parameters of these names have no meaning.
const IGNORED_HEADERS = new Set(['accept', 'authorization', 'content-type']);
// The parts of a list that stands in one query parameter.
const DELIMITERS: Readonly<Record<string, string>> = { spaceDelimited: '%20', pipeDelimited: '%7C' };

/** A parameter as its document describes it (OpenAPI 3.1 section 4.8.12). */
export interface Parameter {
  readonly name: string;
  readonly in: keyof typeof STYLES;
  readonly required: boolean;
  readonly style: string;
  readonly explode: boolean;
  /** Whether its value is JSON text, as `content` says. */
  readonly isJson: boolean;
  readonly description: string | undefined;
  /** Of the document. */
  readonly schema: unknown;
}

/**
 * The parameters of an operation: its own and those of its path. Throws NodeError `invalid_tool` for what
 * cannot be sent.
 */
export function readParameters(document: unknown, { pathItem, operation }: FoundOperation): Parameter[] {
  const parameters = new Map<string, Parameter>();
  for (const level of [pathItem, operation]) {
    for (const item of itemsOf(member(level, 'parameters'))) {
      const parameter = readParameter(dereference(document, item));
      const isIgnored = parameter.in === 'header' && IGNORED_HEADERS.has(parameter.name.toLowerCase());
      if (!isIgnored) parameters.set(`${parameter.in} ${parameter.name}`, parameter);
    }
  }
  return [...parameters.values()];
}

function readParameter(raw: unknown): Parameter {
  const [name, place, description] = ['name', 'in', 'description'].map((key) => textMember(raw, key));
  if (name === undefined || !isPlace(place)) {
    throw invalidTool('a parameter needs a name, and `in` as path, query, header or cookie');
  }
  const style = textMember(raw, 'style') ?? STYLES[place][0];
  if (!STYLES[place].some((known) => known === style)) {
    const known = STYLES[place].join(', ');
    throw invalidTool(
      `the ${place} parameter ${name} has the style ${style}, which is not supported; use ${known}`,
    );
  }
  const [content] = membersOf(member(raw, 'content'));
  const explode = member(raw, 'explode');
  // Every request has a key of its own.
  const isGiven = place === 'header' && name.toLowerCase() === 'idempotency-key';
  return {
    name,
    in: place,
    required: place === 'path' || (member(raw, 'required') === true && !isGiven),
    style,
    explode: typeof explode === 'boolean' ? explode : style === 'form',
    isJson: content !== undefined && /[/+]json\b/.test(content[0]),
    description,
    schema: content ? member(content[1], 'schema') : member(raw, 'schema'),
  };
}

const isPlace = (place: string | undefined): place is Parameter['in'] =>
  place !== undefined && Object.hasOwn(STYLES, place);

/** A path parameter in its place, percent-encoded. */
export const pathValue = (parameter: Parameter, value: JsonValue): string =>
  joinParts(content(parameter, value), parameter.explode, ',', percentEncode);

/** A header's value. */
export const headerValue = (parameter: Parameter, value: JsonValue): string =>
  joinParts(content(parameter, value), parameter.explode, ',', (text) => text);

/** A cookie's value, percent-encoded. */
export const cookieValue = (parameter: Parameter, value: JsonValue): string =>
  joinParts(content(parameter, value), false, '%2C', percentEncode);

/** Parts of a query, percent-encoded: `name=value`. Empty lists have none. */
export function queryParts(parameter: Parameter, given: JsonValue): string[] {
  const value = content(parameter, given);
  const name = percentEncode(parameter.name);
  if (parameter.style === 'deepObject' && isObject(value)) return deepParts(name, value);
  if (!parameter.explode) {
    const delimiter = DELIMITERS[parameter.style] ?? ',';
    return [`${name}=${joinParts(value, false, delimiter, percentEncode)}`];
  }
  if (Array.isArray(value)) return value.map((item) => `${name}=${percentEncode(textOf(item))}`);
  if (!isObject(value)) return [`${name}=${percentEncode(textOf(value))}`];
  return Object.entries(value).map(([key, item]) => `${percentEncode(key)}=${percentEncode(textOf(item))}`);
}

/** `name[key]=value`, and so on for objects inside; lists repeat their name, as nothing else is agreed on. */
function deepParts(name: string, value: JsonObject): string[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const inner = `${name}%5B${percentEncode(key)}%5D`;
    if (isObject(item)) return deepParts(inner, item);
    const items = Array.isArray(item) ? item : [item];
    return items.map((one) => `${inner}=${percentEncode(textOf(one))}`);
  });
}

const content = ({ isJson }: Parameter, value: JsonValue): JsonValue =>
  isJson ? JSON.stringify(value) : value;

/** Items of a list, or names and values of an object, in one text. */
function joinParts(
  value: JsonValue,
  explode: boolean,
  delimiter: string,
  encode: (text: string) => string,
): string {
  if (Array.isArray(value)) return value.map((item) => encode(textOf(item))).join(delimiter);
  if (!isObject(value)) return encode(textOf(value));
  const pairs = Object.entries(value).map(([key, item]) => [encode(key), encode(textOf(item))]);
  return pairs.map((pair) => pair.join(explode ? '=' : delimiter)).join(delimiter);
}

/** RFC 3986 section 2.1. Through bytes, as half a surrogate pair has no encoding of its own. */
const percentEncode = (text: string): string => encodeURIComponent(Buffer.from(text).toString());
