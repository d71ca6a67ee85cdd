import { isJsonMediaType, isObject, type JsonObject } from '../../json.ts';
import { type BundledDocument, entriesOf, itemsOf, textOf } from '../document.ts';
import type { ExampleValues } from '../example-values.ts';
import type { ContentView, OperationView } from '../operations.ts';
import type { Credential } from '../security.ts';

/** One property of a form. */
export interface PartSample {
  readonly name: string;
  /** Whether it may come several times; the sample has one of them. */
  readonly isList: boolean;
  /** Undefined for a file. */
  readonly value?: unknown;
}

export type BodySample =
  | { readonly kind: 'json'; readonly mediaType: string; readonly value: unknown }
  | { readonly kind: 'form' | 'multipart'; readonly mediaType: string; readonly parts: readonly PartSample[] }
  | { readonly kind: 'raw'; readonly mediaType: string; readonly text?: string };

/** One request as it goes on the wire, but for the credential. */
export interface RequestSample {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly credentials: readonly Credential[];
  readonly body?: BodySample;
}

/** Characters that a path or query may hold as they are are left alone, so that the URL stays readable. */
const encode = (value: unknown): string =>
  encodeURIComponent(String(value)).replace(/%(3A|2C|40)/g, decodeURIComponent);

const isScalarList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** The query of one parameter by its style (OpenAPI 3.2 section 4.12.2.3); objects as `form` or `deepObject`. */
function queryOf(parameter: JsonObject, value: unknown): string[] {
  const name = textOf(parameter.name) ?? '';
  if (parameter.content !== undefined) return [`${encode(name)}=${encode(JSON.stringify(value))}`];
  if (isScalarList(value)) {
    if (parameter.explode !== false) return value.map((item) => `${encode(name)}=${encode(item)}`);
    return [`${encode(name)}=${value.map(encode).join(',')}`];
  }
  if (!isObject(value)) return [`${encode(name)}=${encode(value)}`];
  return entriesOf(value).map(([key, member]) => {
    const label = parameter.style === 'deepObject' ? `${encode(name)}[${encode(key)}]` : encode(key);
    return `${label}=${encode(member)}`;
  });
}

export const asText = (value: unknown): string => {
  if (isScalarList(value)) return value.map(String).join(',');
  return isObject(value) ? JSON.stringify(value) : String(value);
};

/** Whether a form's property is a file: bytes, which JSON cannot hold (OpenAPI 3.2 section 4.14.5). */
export function isFile(schema: JsonObject, document: BundledDocument): boolean {
  if (schema.type === 'array') return isFile(document.follow(schema.items), document);
  if (schema.format === 'binary') return true;
  const mediaType = textOf(schema.contentMediaType);
  return mediaType !== undefined && schema.contentEncoding === undefined && !isJsonMediaType(mediaType);
}

/** The parts of a form: what is required, what the example has, and every file. */
export function partsOf(
  { content }: ContentView,
  document: BundledDocument,
  values: ExampleValues,
): PartSample[] {
  const schema = document.follow(content.schema);
  const example = values.of(content);
  const given = isObject(example) ? example : {};
  return entriesOf(schema.properties).flatMap(([name, place]): PartSample[] => {
    const isList = document.follow(place).type === 'array';
    if (isFile(document.follow(place), document)) return [{ name, isList }];
    const isWanted = itemsOf(schema.required).includes(name) || Object.hasOwn(given, name);
    const value = given[name] ?? values.ofSchema(place);
    return isWanted ? [{ name, isList, value: isList ? itemsOf(value)[0] : value }] : [];
  });
}

function readBody(
  body: ContentView,
  document: BundledDocument,
  values: ExampleValues,
  overrides: JsonObject,
): BodySample {
  const { mediaType, content } = body;
  if (isJsonMediaType(mediaType)) {
    const value = values.of(content);
    return { kind: 'json', mediaType, value: isObject(value) ? { ...value, ...overrides } : value };
  }
  if (/^multipart\//i.test(mediaType))
    return { kind: 'multipart', mediaType, parts: partsOf(body, document, values) };
  if (/^application\/x-www-form-urlencoded/i.test(mediaType))
    return { kind: 'form', mediaType, parts: partsOf(body, document, values) };
  const value = values.of(content);
  return /^text\//i.test(mediaType)
    ? { kind: 'raw', mediaType, text: String(value) }
    : { kind: 'raw', mediaType };
}

/** The parameters that a request cannot go without, with a value for each. */
export const requiredParameters = (
  { parameters }: OperationView,
  values: ExampleValues,
): { readonly parameter: JsonObject; readonly name: string; readonly value: unknown }[] =>
  parameters
    .filter((parameter) => parameter.required === true || parameter.in === 'path')
    .map((parameter) => ({
      parameter,
      name: textOf(parameter.name) ?? '',
      value: valueOfParameter(parameter, values),
    }));

function valueOfParameter(parameter: JsonObject, values: ExampleValues): unknown {
  const [content] = entriesOf(parameter.content).map(([, media]) => media);
  return values.of(content ?? parameter);
}

/** Makes a request of an operation's examples. `overrides` are members of a JSON body. */
export function sampleRequest(
  operation: OperationView,
  document: BundledDocument,
  values: ExampleValues,
  accept: string | undefined,
  overrides: JsonObject = {},
): RequestSample {
  const required = requiredParameters(operation, values);
  const within = (place: string) => required.filter(({ parameter }) => parameter.in === place);
  const path = within('path').reduce(
    (text, { name, value }) => text.replaceAll(`{${name}}`, encode(asText(value))),
    operation.path,
  );
  const query = [
    ...within('query').flatMap(({ parameter, value }) => queryOf(parameter, value)),
    ...within('querystring').flatMap(({ value }) =>
      entriesOf(value).map(([k, v]) => `${encode(k)}=${encode(v)}`),
    ),
  ].join('&');
  const cookies = within('cookie').map(({ name, value }) => `${name}=${encode(asText(value))}`);
  const body = operation.body && readBody(operation.body, document, values, overrides);
  return {
    method: operation.method,
    url: `${operation.serverUrl}${path}${query === '' ? '' : `?${query}`}`,
    headers: [
      ...(accept === undefined ? [] : [['Accept', accept] as const]),
      ...within('header').map(({ name, value }) => [name, asText(value)] as const),
      ...(cookies.length === 0 ? [] : [['Cookie', cookies.join('; ')] as const]),
    ],
    credentials: operation.security.credentials,
    ...(body && { body }),
  };
}
