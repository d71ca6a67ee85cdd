import type { Operation } from '@flowwire/contract';
import { createFinalURL } from 'openapi-fetch';
import { writeQuery, writeQuerystring, writeSegment } from './styles.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * The URL of a request: parameters are written as their `style` and `explode` say (OpenAPI 3.2 section
 * 4.12). This file alone knows the library that puts it together; the library's own writing of parameters
 * knows fewer styles, and leaves names unescaped.
 *
 * Throws TypeError for a path parameter that would change the path: none, '.' or '..'.
 */
export function buildUrl(
  baseUrl: string,
  operation: Operation,
  path: Values,
  query: Values,
  querystring?: unknown,
): string {
  return createFinalURL(operation.path, {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    params: { path: { ...path }, query },
    pathSerializer: (template) => fillPath(template, operation, path),
    querySerializer: () =>
      operation.parameters
        .map((parameter) => {
          if (parameter.in === 'querystring') return writeQuerystring(parameter, querystring);
          return parameter.in === 'query' ? writeQuery(parameter, query[parameter.name]) : '';
        })
        .filter((text) => text !== '')
        .join('&'),
  });
}

function fillPath(template: string, { operationId, parameters }: Operation, values: Values): string {
  return parameters.reduce((path, parameter) => {
    const { in: place, name } = parameter;
    if (place !== 'path') return path;
    const text = writeSegment(parameter, values[name]);
    // URL parsers resolve dot segments, also percent-encoded ones: they cannot be sent as data.
    if (/^(?:\.|%2E){0,2}$/i.test(text)) {
      throw new TypeError(`${operationId}: path parameter ${name} cannot be '${String(values[name] ?? '')}'`);
    }
    // By a function, as a replacement text has marks of its own.
    return path.replace(`{${name}}`, () => text);
  }, template);
}

/** The value of a header that the document does not declare. */
export function writeSimple(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(',') : String(value);
}
