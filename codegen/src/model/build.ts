import { basename } from 'node:path';
import { type Cursor, child, entries, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import type { ApiModel, NamedSchema } from './api.ts';
import { readChannels } from './channels.ts';
import { readOperations } from './operations.ts';
import { createSchemaTable, type SchemaTable } from './schemas.ts';
import { readSecuritySchemes } from './security.ts';

/**
 * What the schema of a `text/event-stream` answer describes: the whole event, as OpenAPI 3.2 says; the
 * decoded JSON of its data; or an event whose data is an object instead of JSON in a string.
 */
export type EventStreamConvention = 'spec' | 'payload' | 'object';

/** What the parts of the model are built with. */
export interface ModelContext {
  readonly documents: Documents;
  readonly table: SchemaTable;
  /** The document whose operations are read. */
  readonly root: Cursor;
  /** Told of the schema of each message that a stream carries. */
  readonly onPayload: (payload: Cursor) => void;
  readonly eventStreams: EventStreamConvention;
  /** What a warning was given for that is not repeated at each place. */
  readonly warned: Set<string>;
}

/** The documents of one API, of which there is at least one. */
export interface Roots {
  readonly openapi: Cursor | undefined;
  readonly asyncapi: Cursor | undefined;
}

/** Builds the model of one API from its documents, and lists the messages that its streams carry. */
export function buildModel(
  name: string,
  { openapi, asyncapi }: Roots,
  documents: Documents,
  eventStreams: EventStreamConvention,
): { readonly model: Omit<ApiModel, 'sources'>; readonly payloads: readonly Cursor[] } {
  const root = openapi ?? asyncapi;
  if (!root) throw new TypeError('an API has an OpenAPI or an AsyncAPI document');
  const table = createSchemaTable(documents);
  const payloads: Cursor[] = [];
  const onPayload = (payload: Cursor): void => {
    payloads.push(payload);
  };
  const context = { documents, table, root, onPayload, eventStreams, warned: new Set<string>() };
  const operations = openapi ? readOperations(context) : [];
  const operationIds = openapi && operations.map(({ operationId }) => operationId);
  const channels = asyncapi ? readChannels({ documents, table, root: asyncapi, operationIds }) : [];
  const model = {
    name,
    title: text(child(root, 'info', 'title')) ?? basename(root.document.source.absoluteRef),
    version: text(child(root, 'info', 'version')) ?? '0.0.0',
    schemas: table.all(),
    securitySchemes: readAllSchemes([asyncapi, openapi], documents),
    operations,
    channels,
  };
  return { model, payloads };
}

/** The security schemes of both documents; where a name is in both, that of the last counts. */
const readAllSchemes = (
  roots: readonly (Cursor | undefined)[],
  documents: Documents,
): ApiModel['securitySchemes'] =>
  Object.assign({}, ...roots.map((root) => (root ? readSecuritySchemes(root, documents) : {})));

/** Names the root of a JSON Schema document and each of its `$defs`. */
export function readSchemas(
  root: Cursor,
  documents: Documents,
): { readonly root: NamedSchema | undefined; readonly schemas: readonly NamedSchema[] } {
  const table = createSchemaTable(documents);
  const reference = (pointer: string): Cursor => ({ ...root, value: { $ref: `#${pointer}` } });
  const name = table.named(reference(''), '');
  for (const [, definition] of entries(child(root, '$defs'))) table.named(reference(definition.pointer), '');
  const schemas = table.all();
  return { root: schemas.find((schema) => schema.name === name), schemas };
}
