import { isJsonMediaType, isObject, type JsonObject } from '../json.ts';
import type { MessageView } from './channels.ts';
import { entriesOf, itemsOf, textOf } from './document.ts';
import { type EventView, readEvents, writeEvents } from './event-streams.ts';
import { type OperationView, operationsOf } from './operations.ts';
import { type SampleContext, samplesOf } from './samples/operation-samples.ts';

/** What the reader's view of an OpenAPI document is made with. */
export interface OpenApiView extends SampleContext {
  readonly operations: readonly OperationView[];
  /** The messages of the API's AsyncAPI document, for examples of streams. */
  readonly messages: readonly MessageView[];
  /** Where that document is shown, from the page of this one. */
  readonly messagesHref?: string;
}

/** Members that are data, in which nothing is a schema or a response. */
const DATA = new Set(['example', 'examples', 'default', 'const', 'enum', 'x-codeSamples']);

const paragraphs = (...parts: (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('\n\n');

const codeList = (values: readonly unknown[]): string =>
  values.map((value) => `\`${String(value)}\``).join(' ');

/** An example of a stream: one event of each kind, as the AsyncAPI document shows it. */
function streamExample(events: readonly EventView[], { messages, values }: OpenApiView): string {
  return writeEvents(events, ({ payload }) => {
    if (!payload) return 'text';
    const message = messages.find(({ schema }) => schema !== undefined && schema === payload.name);
    return JSON.stringify(message ? message.example : values.ofSchema(payload.schema));
  });
}

/** A schema of text that holds JSON, as the schema of what it holds: renderers do not look inside. */
function decoded(schema: JsonObject, { text }: OpenApiView): JsonObject {
  const { contentMediaType, contentSchema, description } = schema;
  if (!isObject(contentSchema) || !isJsonMediaType(textOf(contentMediaType) ?? '')) return schema;
  return { ...contentSchema, description: paragraphs(textOf(description), text.jsonText) };
}

const isOptionalParameter = ({ name, in: place, required, schema, content }: JsonObject): boolean =>
  typeof name === 'string' &&
  typeof place === 'string' &&
  place !== 'path' &&
  required !== true &&
  (schema !== undefined || content !== undefined);

/**
 * An optional parameter with examples that the try-it form does not send by itself: an old `Last-Event-ID`
 * or a used `Idempotency-Key` would spoil the first try. `x-disabled` is the renderer's own.
 */
function unsent(parameter: JsonObject, { values, document }: OpenApiView): JsonObject {
  if (!isOptionalParameter(parameter)) return parameter;
  const value = parameter.example ?? values.saidOf(parameter.schema);
  const named = entriesOf(parameter.examples ?? (value === undefined ? {} : { example: { value } }));
  const examples = named.map(([name, example]) => [
    name,
    { ...document.follow(example), 'x-disabled': true },
  ]);
  return { ...parameter, example: undefined, examples: Object.fromEntries(examples) };
}

function present(value: unknown, view: OpenApiView): unknown {
  if (Array.isArray(value)) return value.map((item) => present(item, view));
  if (!isObject(value)) return value;
  const members = entriesOf(unsent(decoded(value, view), view)).map(([key, member]) => [
    key,
    DATA.has(key) ? member : present(member, view),
  ]);
  const shown: Record<string, unknown> = Object.fromEntries(members);
  if (Array.isArray(value['x-error-codes'])) {
    const codes = `${view.text.errorCodes}: ${codeList(value['x-error-codes'])}`;
    shown.description = paragraphs(textOf(value.description), codes);
  }
  if (value.itemSchema !== undefined && value.example === undefined && value.examples === undefined)
    shown.example = streamExample(readEvents(value.itemSchema, view.document), view);
  return shown;
}

function presentOperation(place: unknown, operation: OperationView, view: OpenApiView): JsonObject {
  const { text, messagesHref } = view;
  const { permissions } = operation.security;
  const shown = view.document.follow(present(view.document.follow(place), view));
  const link = operation.events && messagesHref !== undefined;
  return {
    ...shown,
    description: paragraphs(
      operation.description,
      permissions.length > 0 ? `${text.permissions}: ${codeList(permissions)}` : '',
      link ? `[${text.streamedMessages}](${messagesHref})` : '',
    ),
    'x-codeSamples': [...itemsOf(shown['x-codeSamples']), ...samplesOf(operation, view)],
  };
}

function presentPathItem(path: string, place: unknown, view: OpenApiView): JsonObject {
  const pathItem = view.document.follow(place);
  const shown: Record<string, unknown> = { ...view.document.follow(present(pathItem, view)) };
  const additional: Record<string, unknown> = {};
  for (const [method, operationPlace] of operationsOf(pathItem)) {
    const operation = view.operations.find((entry) => entry.path === path && entry.method === method);
    if (!operation) continue;
    const isFixed = Object.hasOwn(pathItem, method.toLowerCase());
    (isFixed ? shown : additional)[isFixed ? method.toLowerCase() : method] = presentOperation(
      operationPlace,
      operation,
      view,
    );
  }
  if (Object.keys(additional).length > 0) shown.additionalOperations = additional;
  return shown;
}

/**
 * An OpenAPI document as the renderer is given it: with samples, with the error codes and permissions that
 * extensions name, and with the events of its streams.
 */
export function presentOpenApi(view: OpenApiView): JsonObject {
  const { root } = view.document;
  const paths = entriesOf(root.paths).map(([path, place]) => [path, presentPathItem(path, place, view)]);
  const rest = entriesOf(root).filter(([key]) => key !== 'paths');
  return {
    ...Object.fromEntries(rest.map(([key, member]) => [key, present(member, view)])),
    paths: Object.fromEntries(paths),
  };
}
