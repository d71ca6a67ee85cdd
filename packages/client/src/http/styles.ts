import type { Parameter } from '@flowwire/contract';
import { isJson } from './media-type.ts';

/** Escapes a name or a text so that it is told from what separates it. */
type Encode = (text: string) => string;

/** @throws TypeError for half of a surrogate pair, which is no text. */
export function escapeText(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw new TypeError('a text with half of a surrogate pair cannot be sent');
  }
}

/**
 * Leaves reserved characters as they are (RFC 6570 section 3.2.3), but for those that mean something else in a
 * query: `&`, `#`, `+` and brackets.
 */
function escapeReserved(text: string): string {
  return escapeText(text).replace(/%(?:3A|2F|3F|40|24|3B|2C|3D)/g, decodeURIComponent);
}

/** The styles whose texts stand beside the name of the parameter. */
const NAMED = ['form', 'matrix', 'spaceDelimited', 'pipeDelimited', 'deepObject', 'cookie'];

/** What stands between the pieces of one text, where it is no comma. */
const SEPARATORS: Readonly<Record<string, string>> = { spaceDelimited: '%20', pipeDelimited: '|' };

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function textOf({ name }: Parameter, value: unknown): string {
  if (isObject(value)) {
    throw new TypeError(`parameter ${name}: OpenAPI does not say how a list or object in another is written`);
  }
  return String(value);
}

/** The members of an object; those of a list in it each by itself. */
function membersOf(parameter: Parameter, value: object): [name: string, text: string][] {
  const repeats = parameter.explode || parameter.style === 'deepObject';
  return Object.entries(value).flatMap(([name, member]): [string, string][] => {
    if (member === undefined || member === null) return [];
    const list: unknown[] = Array.isArray(member) && repeats ? member : [member];
    return list.map((item) => [name, textOf(parameter, item)]);
  });
}

/**
 * Writes a parameter as its `style` and `explode` say (OpenAPI 3.2 section 4.12.6): the pieces that `&`, `;`,
 * a comma or a dot stands between, whatever the place has. None for an empty list or object.
 *
 * @throws TypeError for a value that has no such form.
 */
export function writePieces(
  parameter: Parameter,
  value: unknown,
  encode: Encode,
  encodeName: Encode = encode,
): string[] {
  const { style, explode } = parameter;
  const name = encodeName(parameter.name);
  const prefix = NAMED.includes(style) ? `${name}=` : '';
  const join = (texts: string[]): string[] =>
    texts.length === 0 ? [] : [prefix + texts.join(SEPARATORS[style] ?? ',')];
  if (Array.isArray(value)) {
    const texts = value.map((item) => encode(textOf(parameter, item)));
    return explode ? texts.map((text) => prefix + text) : join(texts);
  }
  if (!isObject(value)) return [prefix + encode(textOf(parameter, value))];
  const members = membersOf(parameter, value).map(([key, text]) => [encodeName(key), encode(text)]);
  if (style === 'deepObject') return members.map(([key, text]) => `${name}[${key}]=${text}`);
  return explode ? members.map(([key, text]) => `${key}=${text}`) : join(members.flat());
}

/** The text of a parameter that is one value of a media type. @throws TypeError for what has no JSON. */
function contentText({ name, contentType = '' }: Parameter, value: unknown): string {
  return isJson(contentType) ? toJson(value, `parameter ${name}`) : String(value);
}

/** @throws TypeError for what has no JSON, such as a BigInt, a cycle or a function: it would throw or go unsent. */
export function toJson(value: unknown, what: string): string {
  let cause: unknown;
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (error) {
    cause = error;
  }
  throw new TypeError(`${what} cannot be written as JSON`, { cause });
}

/** Writes the segment, or the part of it, that a path parameter is. */
export function writeSegment(parameter: Parameter, value: unknown): string {
  const { style, explode, contentType } = parameter;
  if (value === undefined) return '';
  if (contentType !== undefined) return escapeText(contentText(parameter, value));
  if (value === null) return '';
  const isLabel = style === 'label';
  const separator = isLabel ? '.' : style === 'matrix' ? ';' : ',';
  // A dot separates here, and a URL keeps it as it is.
  const encode = (text: string) =>
    isLabel && explode ? escapeText(text).replaceAll('.', '%2E') : escapeText(text);
  const pieces = writePieces(parameter, value, encode);
  return (separator === ',' ? '' : separator) + pieces.join(separator);
}

/** Writes the part of a query that a parameter is; empty where it has no value. */
export function writeQuery(parameter: Parameter, value: unknown): string {
  const { name, style, explode, contentType, allowReserved } = parameter;
  if (value === undefined) return '';
  if (contentType !== undefined) return `${escapeText(name)}=${escapeText(contentText(parameter, value))}`;
  if (value === null) return '';
  if (!allowReserved) return writePieces(parameter, value, escapeText).join('&');
  const isJoined = isObject(value) && !explode && style !== 'deepObject';
  const encode = (text: string) =>
    isJoined ? escapeReserved(text).replaceAll(',', '%2C') : escapeReserved(text);
  return writePieces(parameter, value, encode, escapeText).join('&');
}

/** Writes the whole query from the value of a parameter in `querystring`. */
export function writeQuerystring(parameter: Parameter, value: unknown): string {
  if (value === undefined) return '';
  const { contentType = '' } = parameter;
  return isObject(value) && !isJson(contentType)
    ? writePieces({ ...parameter, style: 'form', explode: true }, value, escapeText).join('&')
    : escapeText(contentText(parameter, value));
}

/** Writes the value of a header. Its texts are sent as they are; JSON as ASCII, which a header can carry. */
export function writeHeader(parameter: Parameter, value: unknown): string {
  if (parameter.contentType === undefined) return writePieces(parameter, value, (text) => text).join(',');
  return contentText(parameter, value).replace(
    /[^ -~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Writes the cookies that a parameter is. In style `cookie` its texts are sent as they are. */
export function writeCookies(parameter: Parameter, value: unknown): string[] {
  const { name, style, contentType } = parameter;
  if (contentType !== undefined) return [`${name}=${escapeText(contentText(parameter, value))}`];
  if (style !== 'cookie') return writePieces(parameter, value, escapeText);
  return writePieces(parameter, value, (text) => {
    if (!text.includes(';')) return text;
    throw new TypeError(`parameter ${name}: a cookie cannot hold a semicolon`);
  });
}
