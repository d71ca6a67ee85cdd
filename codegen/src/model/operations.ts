import type { HttpMethod } from '@flowwire/contract';
import { type Cursor, child, entries, text } from '../load/cursor.ts';
import { readAliases } from './aliases.ts';
import type { OperationModel } from './api.ts';
import { readBody } from './bodies.ts';
import type { ModelContext } from './build.ts';
import { nameOperations } from './operation-names.ts';
import { groupParameters } from './parameter-groups.ts';
import { type ParameterModel, readParameters } from './parameters.ts';
import { readReplies } from './replies.ts';
import { readSecurity } from './security.ts';
import { readStreamSwitch } from './stream-switch.ts';
import { warnOfUnused } from './unused.ts';

/** The members of a path item that are operations (OpenAPI 3.2 section 4.9). */
const METHODS: Readonly<Record<string, HttpMethod>> = {
  get: 'GET',
  head: 'HEAD',
  post: 'POST',
  put: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  options: 'OPTIONS',
  trace: 'TRACE',
  query: 'QUERY',
};

/** An operation and where it is. */
interface Place {
  readonly method: HttpMethod;
  readonly path: string;
  readonly pathItem: Cursor;
  readonly aliases: readonly string[];
  readonly operation: Cursor;
}

const hasHeader = (parameters: readonly ParameterModel[], name: string): boolean =>
  parameters.some(({ parameter }) => parameter.in === 'header' && parameter.name.toLowerCase() === name);

function readOperation(operationId: string, place: Place, context: ModelContext): OperationModel {
  const { method, path, aliases, pathItem, operation } = place;
  const { documents, table, root } = context;
  warnOfUnused(operation, 'callbacks', documents);
  warnOfUnused(operation, 'servers', documents);
  const parameters = readParameters(pathItem, operation, documents);
  const groups = groupParameters(operationId, operation, parameters, table);
  const body = readBody(operationId, method, operation, context);
  const replies = readReplies(operationId, operation, context);
  const streamSwitch = readStreamSwitch(operation, body, replies, context);
  const summary = text(child(operation, 'summary'));
  const description = text(child(operation, 'description'));
  return {
    operationId,
    method,
    path,
    aliases,
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

/** The operations under `additionalOperations`, whose keys are methods as they are sent. */
function additionalOperations(pathItem: Cursor, { documents }: ModelContext): [string, Cursor][] {
  return entries(child(pathItem, 'additionalOperations')).filter(([method, operation]) => {
    const key = method.toLowerCase();
    if (!Object.hasOwn(METHODS, key)) return true;
    documents.report(operation, `Write the method ${method} as ${key}, beside additionalOperations.`);
    return false;
  });
}

function operationsOf(
  path: string,
  entry: Cursor,
  takenAliases: Set<string>,
  context: ModelContext,
): Place[] {
  const { documents } = context;
  const pathItem = documents.follow(entry);
  if (pathItem !== entry && entries(entry).length > 1)
    documents.warn(entry, 'What stands beside the $ref of a path is left out.');
  const members = entries(pathItem).flatMap(([key, operation]): [string, Cursor][] => {
    const method = Object.hasOwn(METHODS, key) ? METHODS[key] : undefined;
    return method === undefined ? [] : [[method, operation]];
  });
  warnOfUnused(pathItem, 'servers', documents);
  const aliases = readAliases(path, pathItem, takenAliases, context);
  return [...members, ...additionalOperations(pathItem, context)].map(([method, operation]) => ({
    method,
    path,
    pathItem,
    aliases,
    operation: documents.follow(operation),
  }));
}

/** Reads every operation of the document, in its order (OpenAPI 3.2 sections 4.8 to 4.10). */
export function readOperations(context: ModelContext): OperationModel[] {
  const { documents, root } = context;
  warnOfUnused(root, 'webhooks', documents);
  const takenAliases = new Set<string>();
  const places = entries(child(root, 'paths')).flatMap(([path, entry]) =>
    path.startsWith('x-') ? [] : operationsOf(path, entry, takenAliases, context),
  );
  const names = nameOperations(places, documents);
  return places.map((place, index) => readOperation(names[index] ?? '', place, context));
}
