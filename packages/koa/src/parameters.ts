import type { Operation, Parameter } from '@flowwire/contract';
import type { Context } from 'koa';
import { pointerTo } from './body/fields.ts';
import { readJson } from './json.ts';
import { essenceOf } from './media-type.ts';
import { type Pairs, pairsReader, parsePairs } from './pairs.ts';
import type { InputFinding } from './problem.ts';
import { segmentsReader } from './routes.ts';
import {
  type Decode,
  decodePercent,
  decodeQuery,
  readJoined,
  readList,
  readSegment,
  Unreadable,
} from './styles.ts';

type Text = string | readonly string[];

const asIs: Decode = (text) => text;

/** Reads a parameter's text by its declared type (OpenAPI 3.2 section 4.12.6). A repeated scalar stays a list. */
export const readParameter = (parameter: Parameter, text: Text): unknown => {
  const { in: where, type, explode } = parameter;
  if (typeof text !== 'string') return type === 'array' ? readList(parameter, text, asIs) : text;
  if (type === 'array' && where === 'query' && explode) return readList(parameter, [text], asIs);
  return readJoined(parameter, text, asIs);
};

type Source = (ctx: Context, parameter: Parameter) => Text | undefined;

/** The texts of parameters as Koa and its router have read them. */
const SOURCES: Readonly<Record<Exclude<Parameter['in'], 'querystring'>, Source>> = {
  path: (ctx, { name }) => ctx.params[name],
  query: (ctx, { name }) => ctx.query[name],
  header: (ctx, { name }) => ctx.req.headers[name.toLowerCase()],
  cookie: (ctx, { name, style }) => {
    const text = ctx.cookies.get(name);
    return text === undefined || style === 'cookie' ? text : decodePercent(text);
  },
};

type Place = keyof typeof SOURCES;

/** Pieces can only be told apart before their escapes are undone, which Koa does with all of a text. */
const isPieced = ({ in: where, type, style, explode }: Parameter): boolean => {
  if (where === 'header') return false;
  if (style === 'label' || style === 'matrix' || type === 'object') return true;
  return type === 'array' && !(where === 'query' && explode);
};

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = /^(?:application|text)\/json$|\+json$/;

/** Reads a parameter that is one value of a media type (OpenAPI 3.2 section 4.12.2.3). */
const readContent = (contentType: string, text: Text): unknown => {
  if (!JSON_TYPE.test(essenceOf(contentType))) return text;
  if (typeof text !== 'string') return new Unreadable('contentMediaType', 'must come once');
  const { value, fault } = readJson(text);
  return fault === undefined ? value : new Unreadable('contentMediaType', fault);
};

/** Reads one parameter; undefined where the request has none. The pairs are there if some parameter is pieced. */
type Read = (ctx: Context, pairs: Pairs) => unknown;

const createRead = (parameter: Parameter, where: Place, isMember: (name: string) => boolean): Read => {
  const source = SOURCES[where];
  const { contentType } = parameter;
  if (contentType !== undefined) {
    return (ctx) => {
      const text = source(ctx, parameter);
      return text === undefined ? undefined : readContent(contentType, text);
    };
  }
  if (!isPieced(parameter)) {
    return (ctx) => {
      const text = source(ctx, parameter);
      return text === undefined ? undefined : readParameter(parameter, text);
    };
  }
  if (where === 'path') {
    return (_ctx, pairs) => {
      const pair = pairs.find(([name]) => name === parameter.name);
      return pair && readSegment(parameter, pair[1]);
    };
  }
  const decode = where === 'query' ? decodeQuery : parameter.style === 'cookie' ? asIs : decodePercent;
  const read = pairsReader(parameter, isMember, decode);
  return (_ctx, pairs) => read(pairs);
};

/** Prepares what takes a request's parameters of one place apart, as they were sent. */
const createPairs = (operation: Operation, where: Place): ((ctx: Context) => Pairs) => {
  if (where === 'query') return (ctx) => parsePairs(ctx.querystring, '&');
  if (where === 'cookie') return (ctx) => parsePairs(ctx.req.headers.cookie ?? '', ';');
  const readSegments = segmentsReader([operation.path, ...(operation.aliases ?? [])]);
  return (ctx) => readSegments(ctx.path);
};

const isSpread = ({ type, style, explode }: Parameter): boolean =>
  type === 'object' && explode && style !== 'deepObject';

/**
 * Tells the members of an object that stand side by side with other parameters: its declared ones, and what
 * nothing else claims, unless there are several such objects and it says itself what it has.
 */
const memberTest = (
  parameter: Parameter,
  all: readonly Parameter[],
  keys: readonly string[],
): ((name: string) => boolean) => {
  const own = Object.keys(parameter.properties ?? {});
  const others = all.filter((other) => other !== parameter);
  const claimed = others.flatMap((other) =>
    isSpread(other) ? Object.keys(other.properties ?? {}) : other.name,
  );
  if (own.length > 0 && others.some(isSpread)) return (name) => own.includes(name);
  const taken = new Set([...keys, ...claimed]);
  return (name) => !taken.has(name);
};

export type Values = Readonly<Record<string, unknown>>;

/** Reads parameters; what is wrong with a text itself is added to the findings. */
export type ParametersReader = (ctx: Context, findings: InputFinding[]) => Values;

const NONE: Values = Object.freeze({});
const NO_PAIRS: Pairs = [];

/** What a finding says of a parameter that cannot be read. */
const findingOf = (
  where: InputFinding['in'],
  pointer: string,
  { code, message }: Unreadable,
): InputFinding => ({
  in: where,
  pointer,
  code,
  message,
});

/**
 * Prepares the reading of an operation's parameters of one place. Names that are not declared are left out,
 * except as members of an object that stand side by side with other parameters; `keys` names what else is
 * none of these.
 */
export const parametersReader = (
  operation: Operation,
  where: Place,
  keys: readonly string[] = [],
): ParametersReader => {
  const parameters = operation.parameters.filter((parameter) => parameter.in === where);
  if (parameters.length === 0) return () => NONE;
  const readers = parameters.map((parameter) => ({
    name: parameter.name,
    read: createRead(parameter, where, memberTest(parameter, parameters, keys)),
  }));
  const isAnyPieced = parameters.some(
    (parameter) => parameter.contentType === undefined && isPieced(parameter),
  );
  const toPairs = isAnyPieced ? createPairs(operation, where) : undefined;

  return (ctx, findings) => {
    const pairs = toPairs === undefined ? NO_PAIRS : toPairs(ctx);
    const values: Record<string, unknown> = {};
    for (const { name, read } of readers) {
      const value = read(ctx, pairs);
      if (value instanceof Unreadable) findings.push(findingOf(where, pointerTo(name), value));
      else if (value !== undefined) values[name] = value;
    }
    return values;
  };
};

/** Reads the one parameter that is the whole query; undefined where there is no query. */
export interface QuerystringReader {
  readonly required: boolean;
  read(ctx: Context, findings: InputFinding[]): unknown;
}

/** Prepares the reading of a parameter in `querystring`; undefined for an operation without one. */
export const querystringReader = ({ parameters }: Operation): QuerystringReader | undefined => {
  const parameter = parameters.find(({ in: where }) => where === 'querystring');
  if (parameter === undefined) return undefined;
  const { required, contentType = FORM } = parameter;
  const isForm = essenceOf(contentType) === FORM;
  const readMembers = pairsReader(
    { ...parameter, style: 'form', explode: true, type: 'object' },
    () => true,
    decodeQuery,
  );
  return {
    required,
    read: ({ querystring }, findings) => {
      if (querystring === '') return undefined;
      const value = isForm
        ? readMembers(parsePairs(querystring, '&'))
        : readContent(contentType, decodePercent(querystring));
      if (!(value instanceof Unreadable)) return value;
      findings.push(findingOf('query', '', value));
      return undefined;
    },
  };
};
