import type { Operation, Parameter } from '@flowwire/contract';
import {
  createFinalURL,
  defaultPathSerializer,
  serializeArrayParam,
  serializeObjectParam,
  serializePrimitiveParam,
} from 'openapi-fetch';

type Values = Readonly<Record<string, unknown>>;

/**
 * The URL of a request: parameters are written as their `style` and `explode` say (OpenAPI 3.2 section
 * 4.12). This file alone knows the library that does it.
 *
 * Throws TypeError for a path parameter that would change the path: none, '.' or '..'.
 */
export function buildUrl(baseUrl: string, operation: Operation, path: Values, query: Values): string {
  const parameters = operation.parameters.filter((parameter) => parameter.in === 'query');
  return createFinalURL(pathTemplate(operation), {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    params: { path: checkedPath(operation, path), query },
    pathSerializer: defaultPathSerializer,
    querySerializer: () => writeQuery(parameters, query),
  });
}

/** The value of a header or cookie parameter (style `simple`). */
export function writeSimple(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(',') : String(value);
}

/** `{name}` in the path with the marks by which the library knows a parameter's style. */
function pathTemplate(operation: Operation): string {
  return operation.parameters.reduce((path, { in: place, name, style, explode }) => {
    if (place !== 'path') return path;
    const prefix = style === 'label' ? '.' : style === 'matrix' ? ';' : '';
    return path.replace(`{${name}}`, `{${prefix}${name}${explode ? '*' : ''}}`);
  }, operation.path);
}

function checkedPath(operation: Operation, values: Values): Record<string, unknown> {
  for (const { in: place, name } of operation.parameters) {
    if (place !== 'path') continue;
    const text = String(values[name] ?? '');
    // URL parsers resolve dot segments, also percent-encoded ones: they cannot be sent as data.
    if (text === '' || text === '.' || text === '..') {
      throw new TypeError(`${operation.operationId}: path parameter ${name} cannot be '${text}'`);
    }
  }
  return { ...values };
}

function writeQuery(parameters: readonly Parameter[], values: Values): string {
  return parameters
    .map((parameter) => writeQueryParameter(parameter, values[parameter.name]))
    .filter((text) => text !== '')
    .join('&');
}

function writeQueryParameter({ name, style, explode }: Parameter, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) {
    const arrayStyle = style === 'spaceDelimited' || style === 'pipeDelimited' ? style : 'form';
    return value.length === 0 ? '' : serializeArrayParam(name, value, { style: arrayStyle, explode });
  }
  if (typeof value !== 'object') return serializePrimitiveParam(name, String(value));
  // The library leaves property names as they are.
  const members = Object.entries(value).map(([key, member]) => [encodeURIComponent(key), member]);
  const objectStyle = style === 'deepObject' ? style : 'form';
  return serializeObjectParam(name, Object.fromEntries(members), { style: objectStyle, explode });
}
