import { unescape as lenientUnescape } from 'node:querystring';
import type { Parameter } from '@flowwire/contract';
import { PROTO_FAULT } from './json.ts';
import { readScalar } from './scalar.ts';

/** Undoes the escaping of a piece of text, after it was taken apart. */
export type Decode = (text: string) => string;

/** Text that is not properly escaped is read as far as it goes. */
export const decodePercent: Decode = (text) => (text.includes('%') ? lenientUnescape(text) : text);

/** In a query a plus is a space. */
export const decodeQuery: Decode = (text) => decodePercent(text.replaceAll('+', ' '));

/** Read in place of a value: what is wrong with its text. */
export class Unreadable {
  readonly code: string;
  /** The end of a sentence without its stop. */
  readonly message: string;

  constructor(code: string, message: string) {
    this.code = code;
    this.message = message;
  }
}

const misshapen = ({ style, type }: Parameter): Unreadable =>
  new Unreadable('type', `must be ${type} in the style ${style}`);

type Member = readonly [name: string, text: string];

const SPACE = /%20|\+| /;

/** Escaped bars separate, too, as some clients write them, unless there are bars that are not. */
const barOf = (text: string): string | RegExp => (text.includes('|') ? '|' : /%7C/i);

const separatorOf = ({ style, explode }: Parameter, text: string): string | RegExp => {
  switch (style) {
    case 'label':
      return explode ? '.' : ',';
    case 'matrix':
      return explode ? ';' : ',';
    case 'spaceDelimited':
      return SPACE;
    case 'pipeDelimited':
      return barOf(text);
    default:
      return ',';
  }
};

const split = (parameter: Parameter, text: string): string[] => {
  if (text === '') return [];
  const parts = text.split(separatorOf(parameter, text));
  return parameter.in === 'header' ? parts.map((part) => part.trim()) : parts;
};

/** `name=text`, taken apart at the first equals sign; undefined without one. */
export const splitMember = (text: string): Member | undefined => {
  const at = text.indexOf('=');
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + 1)];
};

/** Reads the texts of a list. */
export const readList = (parameter: Parameter, texts: readonly string[], decode: Decode): unknown[] =>
  texts.map((text) => readScalar(parameter.items ?? 'string', decode(text)));

/**
 * Reads the members of an object. A member that comes twice is a list, whatever the document says, so that
 * the validator says what is wrong with it.
 */
export const readObject = (
  { properties = {} }: Parameter,
  members: Iterable<Member>,
  decode: Decode,
): unknown => {
  const object: Record<string, unknown> = {};
  for (const [key, escaped] of members) {
    const name = decode(key);
    if (name === '__proto__') return new Unreadable('propertyNames', PROTO_FAULT);
    const text = decode(escaped);
    const type = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const before = Object.hasOwn(object, name) ? object[name] : undefined;
    if (Array.isArray(before)) before.push(text);
    else if (before !== undefined) object[name] = [before, text];
    else object[name] = type === 'array' ? [text] : readScalar(type ?? 'string', text);
  }
  return object;
};

/** The members in `name=text` pieces, or in alternating names and texts; undefined where they are neither. */
const membersOf = (pieces: readonly string[], explode: boolean): Member[] | undefined => {
  const members: Member[] = [];
  const step = explode ? 1 : 2;
  for (let i = 0; i < pieces.length; i += step) {
    const [first, second] = [pieces[i], pieces[i + 1]];
    const member = explode
      ? splitMember(first ?? '')
      : second !== undefined && ([first ?? '', second] as const);
    if (!member) return undefined;
    members.push(member);
  }
  return members;
};

/** Reads a value whose pieces stand in one text, without the name of the parameter. */
export const readJoined = (parameter: Parameter, text: string, decode: Decode): unknown => {
  const { type, explode } = parameter;
  if (type !== 'array' && type !== 'object') return readScalar(type, decode(text));
  const pieces = split(parameter, text);
  if (type === 'array') return readList(parameter, pieces, decode);
  const members = membersOf(pieces, explode);
  return members === undefined ? misshapen(parameter) : readObject(parameter, members, decode);
};

/** Reads `;name=text` (RFC 6570 section 3.2.7). */
const readMatrix = (parameter: Parameter, text: string, decode: Decode): unknown => {
  const { name, type, explode } = parameter;
  // Without an equals sign the text is empty.
  const members = text.split(';').map((piece): Member => splitMember(piece) ?? [piece, '']);
  if (type === 'object' && explode) return readObject(parameter, members, decode);
  const own = members.filter(([key]) => decode(key) === name).map(([, value]) => value);
  if (own.length < members.length) return misshapen(parameter);
  if (type === 'array' && explode) return readList(parameter, own, decode);
  const [value] = own;
  return value === undefined || own.length > 1 ? misshapen(parameter) : readJoined(parameter, value, decode);
};

const PREFIXES: Readonly<Partial<Record<Parameter['style'], string>>> = { label: '.', matrix: ';' };

/** Reads a segment of a path, as it was sent (OpenAPI 3.2 section 4.12.6). */
export const readSegment = (parameter: Parameter, text: string): unknown => {
  const prefix = PREFIXES[parameter.style] ?? '';
  if (!text.startsWith(prefix)) return misshapen(parameter);
  const rest = text.slice(prefix.length);
  return parameter.style === 'matrix'
    ? readMatrix(parameter, rest, decodePercent)
    : readJoined(parameter, rest, decodePercent);
};
