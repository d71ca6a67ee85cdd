import { basename } from 'node:path';
import { type Cursor, child, entries, text } from '../load/cursor.ts';
import type { Documents } from '../load/documents.ts';
import type { ApiModel, NamedSchema } from './api.ts';
import { readOperations } from './operations.ts';
import { createSchemaTable, type SchemaTable } from './schemas.ts';
import { readSecuritySchemes } from './security.ts';

/** What the parts of the model are built with. */
export interface ModelContext {
  readonly documents: Documents;
  readonly table: SchemaTable;
  /** The OpenAPI document. */
  readonly root: Cursor;
  /** Told of the schema of each message that a stream carries. */
  readonly onPayload: (payload: Cursor) => void;
}

/** Builds the model of one API from its OpenAPI document, and lists the messages that its streams carry. */
export function buildModel(
  name: string,
  root: Cursor,
  documents: Documents,
): { readonly model: Omit<ApiModel, 'sources'>; readonly payloads: readonly Cursor[] } {
  const table = createSchemaTable(documents);
  const payloads: Cursor[] = [];
  const onPayload = (payload: Cursor): void => {
    payloads.push(payload);
  };
  const operations = readOperations({ documents, table, root, onPayload });
  const model = {
    name,
    title: text(child(root, 'info', 'title')) ?? basename(root.document.source.absoluteRef),
    version: text(child(root, 'info', 'version')) ?? '0.0.0',
    schemas: table.all(),
    securitySchemes: readSecuritySchemes(root, documents),
    operations,
  };
  return { model, payloads };
}

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
