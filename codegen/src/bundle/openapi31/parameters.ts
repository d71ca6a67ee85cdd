import { isObject, type JsonObject } from '../../json.ts';
import { type Node, without } from '../rewrite.ts';
import type { Context, Converter } from './context.ts';
import { keep, keptName } from './kept.ts';

const FORM = 'application/x-www-form-urlencoded';
const SCALARS = ['string', 'number', 'integer', 'boolean', 'null'];

type Resolve = Context['resolve'];

function isScalar(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  if (schema.type === undefined) return 'enum' in schema || 'const' in schema;
  return [schema.type].flat().every((type) => typeof type === 'string' && SCALARS.includes(type));
}

/** Whether a value is written alike whichever rules are followed: a scalar, or a list of such. */
function isFlat(value: unknown, resolve: Resolve): boolean {
  const schema = resolve(value);
  if (!isObject(schema) || schema.type !== 'array') return isScalar(schema);
  return isScalar(resolve(schema.items));
}

/** The form of a parameter that is a whole query string, when single parameters can say the same. */
function flatForm({ content }: JsonObject, resolve: Resolve): JsonObject | undefined {
  if (!isObject(content) || Object.keys(content).length > 1) return undefined;
  const form = content[FORM];
  if (!isObject(form) || 'encoding' in form) return undefined;
  const schema = resolve(form.schema);
  if (!isObject(schema) || !isObject(schema.properties)) return undefined;
  const combined = ['allOf', 'anyOf', 'oneOf', '$ref'].some((key) => key in schema);
  const flat = Object.values(schema.properties).every((property) => isFlat(property, resolve));
  return flat && !combined ? form : undefined;
}

/** An object in a query of the style `form`, exploded, is written as such a form is. */
const asQuery = (node: Node, { schema, example, examples }: JsonObject): Node => ({
  ...without(node, 'content'),
  in: 'query',
  style: 'form',
  explode: true,
  schema,
  ...(example !== undefined && { example }),
  ...(examples !== undefined && { examples }),
});

/** `in: querystring`, `style: cookie`, and `allowReserved` outside of queries. */
export const convertParameter: Converter = (node, context) => {
  const { resolve } = context;
  if (node.in === 'querystring') {
    const form = flatForm(node, resolve);
    return form ? asQuery(node, form) : node;
  }
  if (node.style === 'cookie') {
    if (!isScalar(resolve(node.schema)))
      context.note('style: cookie: `form` puts `&` between values where this style puts `; `.');
    return { ...keep(node, 'style'), style: 'form' };
  }
  return 'allowReserved' in node && node.in !== 'query' ? keep(node, 'allowReserved') : node;
};

/** Whether a parameter of OpenAPI 3.2 has none in OpenAPI 3.1 that means the same. */
export const isLost = (parameter: unknown, resolve: Resolve): boolean => {
  const resolved = resolve(parameter);
  return isObject(resolved) && resolved.in === 'querystring' && flatForm(resolved, resolve) === undefined;
};

/** Takes query strings that are no parameters in OpenAPI 3.1 out of the parameters of an operation or a path. */
export const setQuerystringApart: Converter = (node, context) => {
  if (!Array.isArray(node.parameters)) return node;
  const list: unknown[] = node.parameters;
  const querystring = list.find((parameter) => isLost(parameter, context.resolve));
  if (querystring === undefined) return node;
  context.note('in: querystring: no parameter stands for a whole query string.');
  const parameters = list.filter((parameter) => parameter !== querystring);
  const rest = parameters.length > 0 ? { ...node, parameters } : without(node, 'parameters');
  return { ...rest, [keptName('querystring')]: querystring };
};
