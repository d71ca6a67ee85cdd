import type { Operation, Parameter } from '@flowwire/contract';
import type { Context } from 'koa';

const INTEGER = /^-?\d+$/;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

const SEPARATOR: Readonly<Partial<Record<Parameter['style'], string>>> = {
  simple: ',',
  form: ',',
  spaceDelimited: ' ',
  pipeDelimited: '|',
};

type Text = string | readonly string[];

/** Text that is not of its type stays text, so that the validator says what is wrong with it. */
const readScalar = (type: Parameter['type'], text: string): unknown => {
  switch (type) {
    case 'integer':
      return INTEGER.test(text) ? Number(text) : text;
    case 'number':
      return NUMBER.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    default:
      return text;
  }
};

const splitList = ({ in: where, style, explode }: Parameter, text: string): string[] => {
  if (where === 'query' && explode) return [text];
  if (text === '') return [];
  const parts = text.split(SEPARATOR[style] ?? ',');
  return where === 'header' ? parts.map((part) => part.trim()) : parts;
};

const readArray = (parameter: Parameter, text: Text): unknown[] => {
  const parts = typeof text === 'string' ? splitList(parameter, text) : text;
  return parts.map((part) => readScalar(parameter.items ?? 'string', part));
};

/** Reads a parameter's text by its declared type (OpenAPI 3.2 section 4.12.6). A repeated scalar stays a list. */
export const readParameter = (parameter: Parameter, text: Text): unknown => {
  if (parameter.type === 'array') return readArray(parameter, text);
  return typeof text === 'string' ? readScalar(parameter.type, text) : text;
};

type Source = (ctx: Context, parameter: Parameter) => Text | undefined;

const SOURCES: Readonly<Record<Parameter['in'], Source>> = {
  path: (ctx, { name }) => ctx.params[name],
  query: (ctx, { name }) => ctx.query[name],
  header: (ctx, { name }) => ctx.req.headers[name.toLowerCase()],
  cookie: (ctx, { name }) => ctx.cookies.get(name),
};

export type Values = Readonly<Record<string, unknown>>;

const NONE: Values = Object.freeze({});

/**
 * Prepares the reading of an operation's parameters of one kind. Names that are not declared are left out.
 *
 * @throws Error for a parameter that cannot be read: an object, or of style `label` or `matrix`.
 */
export const parameterReader = (operation: Operation, where: Parameter['in']): ((ctx: Context) => Values) => {
  const parameters = operation.parameters.filter((parameter) => parameter.in === where);
  const unreadable = parameters.find(({ type, style }) => type === 'object' || !(style in SEPARATOR));
  if (unreadable !== undefined) {
    throw new Error(
      `${operation.operationId}: the ${where} parameter ${unreadable.name} (${unreadable.style} ${unreadable.type}) cannot be read`,
    );
  }
  if (parameters.length === 0) return () => NONE;
  const source = SOURCES[where];
  return (ctx) => {
    const values: Record<string, unknown> = {};
    for (const parameter of parameters) {
      const text = source(ctx, parameter);
      if (text !== undefined) values[parameter.name] = readParameter(parameter, text);
    }
    return values;
  };
};
