import { basename } from 'node:path';
import type { Files } from './emit/api.ts';
import { createDocuments } from './load/documents.ts';
import type { ApiModel } from './model/api.ts';
import { DocumentError, inReadingOrder } from './problems.ts';

/** Which documents describe an API, and where what is generated from them goes. */
export interface ApiSource {
  /** Path of the OpenAPI 3.2 (or 3.1) document. */
  readonly openapi: string;
  /** Path of the AsyncAPI 3 document that lists the messages of its streams. */
  readonly asyncapi?: string;
  /** Folder for the generated files. It belongs to the generator. */
  readonly out: string;
  /** Names the contract; the last part of `out` when absent. */
  readonly name?: string;
  /** Module that generated files import types from; `@flowwire/contract` when absent. */
  readonly runtime?: string;
}

/** A JSON Schema document whose root and `$defs` become types, and whose root becomes a validator. */
export interface SchemaSource {
  readonly schemas: string;
  readonly out: string;
}

const DEFAULT_RUNTIME = '@flowwire/contract';

/** Reads the documents of an API into a model. Throws `DocumentError` with every fault that they have. */
export async function loadApi(source: ApiSource): Promise<ApiModel> {
  const documents = createDocuments();
  const openapi = await documents.open(source.openapi);
  const asyncapi = source.asyncapi === undefined ? undefined : await documents.open(source.asyncapi);
  if (!openapi || documents.problems.length > 0) throw new DocumentError(inReadingOrder(documents.problems));
  const { buildModel } = await import('./model/build.ts');
  const { compareMessages } = await import('./model/messages.ts');
  const { model, payloads } = buildModel(source.name ?? basename(source.out), openapi, documents);
  if (asyncapi) compareMessages(asyncapi, payloads, documents);
  if (documents.problems.length > 0) throw new DocumentError(inReadingOrder(documents.problems));
  const sources = [source.openapi, source.asyncapi].flatMap((file) =>
    file === undefined ? [] : [basename(file)],
  );
  return { ...model, sources };
}

/** Generates the files of one API. Throws `DocumentError` when its documents have faults. */
export async function generateApi(source: ApiSource): Promise<Files> {
  const model = await loadApi(source);
  const { emitApi } = await import('./emit/api.ts');
  return emitApi(model, source.runtime ?? DEFAULT_RUNTIME);
}

/** Generates types.ts and a validator for a JSON Schema document. Throws `DocumentError` when it has faults. */
export async function generateSchemas({ schemas }: SchemaSource): Promise<Files> {
  const documents = createDocuments();
  const root = await documents.open(schemas);
  if (!root || documents.problems.length > 0) throw new DocumentError(inReadingOrder(documents.problems));
  const { readSchemas } = await import('./model/build.ts');
  const model = readSchemas(root, documents);
  if (documents.problems.length > 0) throw new DocumentError(inReadingOrder(documents.problems));
  const { emitSchemas } = await import('./emit/schemas.ts');
  return emitSchemas(model.root, model.schemas, [basename(schemas)]);
}
