import type { HttpMethod } from '@flowwire/contract';
import { isJsonMediaType, isObject } from '../json.ts';
import { type Cursor, child, entries, text } from '../load/cursor.ts';
import type { OperationModel, ReplyModel } from './api.ts';
import type { ModelContext } from './build.ts';
import { isIdentifier, pascalCase } from './names.ts';
import { groupParameters, type ParameterModel, readParameters } from './parameters.ts';
import { readReplies } from './replies.ts';
import { readSecurity } from './security.ts';

const METHODS: Readonly<Record<string, HttpMethod>> = {
  get: 'GET',
  head: 'HEAD',
  post: 'POST',
  put: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  options: 'OPTIONS',
  trace: 'TRACE',
};

function readBody(
  operationId: string,
  operation: Cursor,
  { documents, table }: ModelContext,
): OperationModel['body'] {
  const cursor = child(operation, 'requestBody');
  if (cursor.value === undefined) return undefined;
  const body = documents.follow(cursor);
  const content = entries(child(body, 'content'));
  for (const [mediaType, entry] of content) {
    if (!isJsonMediaType(mediaType))
      documents.report(entry, `Not supported yet: a request body of ${mediaType}. Use JSON.`);
  }
  const json = content.filter(([mediaType]) => isJsonMediaType(mediaType));
  const [first] = json;
  if (!first) return undefined;
  const schema = child(documents.follow(first[1]), 'schema');
  if (schema.value === undefined) {
    documents.report(first[1], 'A request body needs a schema.');
    return undefined;
  }
  return {
    required: child(body, 'required').value === true,
    mediaTypes: json.map(([mediaType]) => mediaType),
    schema: table.named(schema, pascalCase(`${operationId}-body`)),
  };
}

/** Reads `x-stream-switch`: the body field that chooses between one JSON answer and a stream. */
function readStreamSwitch(
  operation: Cursor,
  replies: readonly ReplyModel[],
  { documents }: ModelContext,
): OperationModel['streamSwitch'] {
  const cursor = child(operation, 'x-stream-switch');
  const offersBoth = replies.some(({ json, stream }) => json !== undefined && stream !== undefined);
  if (cursor.value === undefined) {
    if (offersBoth) {
      const advice = 'x-stream-switch: { field, stream, single }';
      documents.report(operation, `An answer that is JSON or a stream needs ${advice} on the operation.`);
    }
    return undefined;
  }
  const field = text(child(cursor, 'field'));
  if (
    !offersBoth ||
    field === undefined ||
    !isObject(cursor.value) ||
    !('stream' in cursor.value && 'single' in cursor.value)
  ) {
    documents.report(
      cursor,
      'x-stream-switch is { field, stream, single } on an answer that is JSON or a stream.',
    );
    return undefined;
  }
  const media = entries(child(documents.follow(child(operation, 'requestBody')), 'content'))[0]?.[1];
  const schema = media && documents.follow(child(documents.follow(media), 'schema'));
  if (!schema || child(schema, 'properties', field).value === undefined) {
    documents.report(child(cursor, 'field'), `The request body has no property ${field} of its own.`);
  } else if (
    child(schema, 'additionalProperties').value !== undefined &&
    child(schema, 'additionalProperties').value !== false
  ) {
    documents.report(child(cursor, 'field'), 'The request body must not allow additional properties.');
  }
  return { field, stream: cursor.value.stream, single: cursor.value.single };
}

const hasHeader = (parameters: readonly ParameterModel[], name: string): boolean =>
  parameters.some(({ parameter }) => parameter.in === 'header' && parameter.name.toLowerCase() === name);

function readOperation(
  method: HttpMethod,
  path: string,
  pathItem: Cursor,
  operation: Cursor,
  context: ModelContext,
): OperationModel {
  const { documents, table, root } = context;
  const operationId = text(child(operation, 'operationId')) ?? '';
  if (!isIdentifier(operationId)) {
    documents.report(
      child(operation, 'operationId'),
      `${operationId} cannot name a method. Use letters and digits.`,
    );
  }
  const callbacks = child(operation, 'callbacks');
  if (callbacks.value !== undefined) documents.report(callbacks, 'Not supported yet: callbacks.');
  const parameters = readParameters(pathItem, operation, documents);
  const groups = groupParameters(operationId, operation, parameters, table);
  const body = readBody(operationId, operation, context);
  const replies = readReplies(operationId, operation, context);
  const streamSwitch = readStreamSwitch(operation, replies, context);
  const summary = text(child(operation, 'summary'));
  const description = text(child(operation, 'description'));
  return {
    operationId,
    method,
    path,
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    deprecated: child(operation, 'deprecated').value === true,
    parameters: parameters.map(({ parameter }) => parameter),
    groups,
    ...(body && { body }),
    replies,
    security: readSecurity(root, operation, documents),
    ...(streamSwitch && { streamSwitch }),
    resumable: hasHeader(parameters, 'last-event-id'),
    idempotencyKey: hasHeader(parameters, 'idempotency-key'),
  };
}

/** Reads every operation of the document, in its order (OpenAPI 3.2 sections 4.8 to 4.10). */
export function readOperations(context: ModelContext): OperationModel[] {
  const { documents, root } = context;
  const webhooks = child(root, 'webhooks');
  if (webhooks.value !== undefined) documents.report(webhooks, 'Not supported yet: webhooks.');
  return entries(child(root, 'paths')).flatMap(([path, entry]) => {
    const pathItem = documents.follow(entry);
    for (const feature of ['additionalOperations', 'query']) {
      const used = child(pathItem, feature);
      if (used.value !== undefined) documents.report(used, `Not supported yet: ${feature} of a path.`);
    }
    return entries(pathItem).flatMap(([key, operation]) => {
      const method = METHODS[key];
      return method ? [readOperation(method, path, pathItem, documents.follow(operation), context)] : [];
    });
  });
}
