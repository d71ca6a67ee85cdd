import { isJsonMediaType, type JsonObject } from '../json.ts';
import { type BundledDocument, entriesOf, itemsOf, textOf } from './document.ts';
import { type EventView, readEvents } from './event-streams.ts';
import { readSecurity, type SecurityView } from './security.ts';

/** One media type of a body. */
export interface ContentView {
  readonly mediaType: string;
  /** The Media Type Object. */
  readonly content: JsonObject;
}

/** What the documentation needs of an operation (OpenAPI 3.2 section 4.10). */
export interface OperationView {
  /** Its operationId; method and path where it has none. */
  readonly id: string;
  readonly operationId?: string;
  /** In the spelling that goes on the wire. */
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters: readonly JsonObject[];
  readonly body?: ContentView;
  /** The kinds of event, when it can answer with a stream. */
  readonly events?: readonly EventView[];
  /** Whether it can answer with something else than a stream, and with what. */
  readonly answers: readonly ContentView[];
  /** The body's field that chooses between the two (`x-stream-switch`). */
  readonly streamSwitch?: { readonly field: string; readonly stream: unknown; readonly single: unknown };
  readonly security: SecurityView;
  /** Absolute, without a slash at its end. */
  readonly serverUrl: string;
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']);

const EVENT_STREAM = 'text/event-stream';

/** The operations of a path item by method, those of OpenAPI 3.2's `additionalOperations` included. */
export const operationsOf = (pathItem: JsonObject): [string, unknown][] => [
  ...entriesOf(pathItem)
    .filter(([key]) => METHODS.has(key))
    .map(([key, operation]): [string, unknown] => [key.toUpperCase(), operation]),
  ...entriesOf(pathItem.additionalOperations),
];

const contentsOf = (holder: JsonObject, { follow }: BundledDocument): ContentView[] =>
  entriesOf(holder.content).map(([mediaType, content]) => ({ mediaType, content: follow(content) }));

/** A body in JSON is the easiest to read and to change. */
const preferred = (contents: readonly ContentView[]): ContentView | undefined =>
  contents.find(({ mediaType }) => isJsonMediaType(mediaType)) ?? contents[0];

function readServerUrl(servers: unknown, { follow }: BundledDocument): string {
  const server = follow(itemsOf(servers)[0]);
  const url = (textOf(server.url) ?? '/').replace(/\{([^}]+)\}/g, (whole, name: string) => {
    return textOf(follow(follow(server.variables)[name]).default) ?? whole;
  });
  return new URL(url, 'https://example.com').href.replace(/\/$/, '');
}

function readParameters(pathItem: JsonObject, operation: JsonObject, { follow }: BundledDocument) {
  const all = [...itemsOf(pathItem.parameters), ...itemsOf(operation.parameters)].map(follow);
  return [...new Map(all.map((parameter) => [`${parameter.in} ${parameter.name}`, parameter])).values()];
}

function readSwitch(operation: JsonObject, { follow }: BundledDocument): OperationView['streamSwitch'] {
  const { field, stream, single } = follow(operation['x-stream-switch']);
  return typeof field === 'string' ? { field, stream, single } : undefined;
}

function readOperation(
  [method, place]: [string, unknown],
  path: string,
  pathItem: JsonObject,
  document: BundledDocument,
): OperationView {
  const { root, follow } = document;
  const operation = follow(place);
  const operationId = textOf(operation.operationId);
  const body = preferred(contentsOf(follow(operation.requestBody), document));
  const successes = entriesOf(operation.responses).filter(([status]) => /^(2|default)/.test(status));
  const contents = successes.flatMap(([, response]) => contentsOf(follow(response), document));
  const stream = contents.find(({ mediaType }) => mediaType.startsWith(EVENT_STREAM));
  const streamSwitch = readSwitch(operation, document);
  return {
    id: operationId ?? `${method} ${path}`,
    ...(operationId !== undefined && { operationId }),
    method,
    path,
    summary: textOf(operation.summary) ?? operationId ?? `${method} ${path}`,
    description: textOf(operation.description) ?? '',
    tags: itemsOf(operation.tags).flatMap((tag) => textOf(tag) ?? []),
    parameters: readParameters(pathItem, operation, document),
    ...(body && { body }),
    ...(stream && { events: readEvents(stream.content.itemSchema ?? stream.content.schema, document) }),
    answers: contents.filter((content) => content !== stream),
    ...(streamSwitch && { streamSwitch }),
    security: readSecurity(operation, document),
    serverUrl: readServerUrl(operation.servers ?? pathItem.servers ?? root.servers, document),
  };
}

/** Lists the operations of an OpenAPI document in its order. */
export function readOperations(document: BundledDocument): OperationView[] {
  return entriesOf(document.root.paths).flatMap(([path, place]) => {
    const pathItem = document.follow(place);
    return operationsOf(pathItem).map((entry) => readOperation(entry, path, pathItem, document));
  });
}
