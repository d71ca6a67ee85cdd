import { basename } from 'node:path';
import type { Files } from './emit/api.ts';
import { isObject } from './json.ts';
import type { Documents } from './load/documents.ts';
import type { ApiModel } from './model/api.ts';
import type { EventStreamConvention, Roots } from './model/build.ts';
import { DocumentError, inReadingOrder, type Problem } from './problems.ts';

// What is heavy is loaded when it is needed: a command that only parses its options pays for none of it,
// and documents with faults do not pay for the emitters.

/** Which documents describe an API, and where what is generated from them goes. One document at least. */
export interface ApiSource {
  /** Path of the OpenAPI 3.2, 3.1 or 3.0 document. */
  readonly openapi?: string;
  /** Path of the AsyncAPI 3 document that lists the messages of its streams and sockets. */
  readonly asyncapi?: string;
  /** Folder for the generated files. It belongs to the generator. */
  readonly out: string;
  /** Names the contract; the last part of `out` when absent. */
  readonly name?: string;
  /** Module that generated files import types from; `@flowwire/contract` when absent. */
  readonly runtime?: string;
  /** What the schemas of event streams describe; `spec` when absent. */
  readonly eventStreams?: EventStreamConvention;
}

/** A JSON Schema document whose root and `$defs` become types, and whose root becomes a validator. */
export interface SchemaSource {
  readonly schemas: string;
  readonly out: string;
}

/** What reading documents has brought to light beside what was asked for. */
interface Findings {
  /** What is left out of what is generated, in reading order. */
  readonly warnings: readonly Problem[];
  /** Absolute paths of every document that was read. */
  readonly inputs: readonly string[];
}

/** The model of an API. */
export interface LoadedApi extends Findings {
  readonly model: ApiModel;
}

/** Files to be written. */
export interface GeneratedFiles extends Findings {
  readonly files: Files;
}

const DEFAULT_RUNTIME = '@flowwire/contract';

/** Throws `DocumentError` with everything that was found, when some of it makes generating impossible. */
function refuseFaults(documents: Documents): void {
  if (documents.failed) throw new DocumentError(inReadingOrder(documents.problems));
}

const findingsOf = (documents: Documents): Findings => ({
  warnings: inReadingOrder(documents.problems),
  inputs: documents.files,
});

const KINDS = { openapi: 'OpenAPI', asyncapi: 'AsyncAPI' } as const;

/** Opens a document that has to be of a kind; undefined where none was asked for, or it cannot be read at all. */
async function openAs(kind: keyof typeof KINDS, path: string | undefined, documents: Documents) {
  const root = path === undefined ? undefined : await documents.open(path);
  if (!root || (isObject(root.value) && kind in root.value)) return root;
  if (!documents.failed) documents.report(root, `This is no ${KINDS[kind]} document: it lacks ${kind}.`);
  return undefined;
}

/** Builds the model of an API from its opened documents; faults in them are left with the documents. */
async function buildApi(source: ApiSource, roots: Roots, documents: Documents): Promise<ApiModel> {
  const { buildModel } = await import('./model/build.ts');
  const { compareMessages } = await import('./model/messages.ts');
  const name = source.name ?? basename(source.out);
  const { model, payloads } = buildModel(name, roots, documents, source.eventStreams ?? 'spec');
  const { openapi, asyncapi } = roots;
  if (openapi && asyncapi) compareMessages(asyncapi, payloads, documents);
  const files = [source.openapi, source.asyncapi].filter((file) => file !== undefined);
  return { ...model, sources: files.map((file) => basename(file)) };
}

/** Reads the documents of an API into a model. Throws `DocumentError` with every fault that they have. */
export async function loadApi(source: ApiSource): Promise<LoadedApi> {
  const { createDocuments } = await import('./load/documents.ts');
  const documents = createDocuments();
  const openapi = await openAs('openapi', source.openapi, documents);
  const asyncapi = await openAs('asyncapi', source.asyncapi, documents);
  const isUnread = (source.openapi && !openapi) || (source.asyncapi && !asyncapi);
  if (isUnread) refuseFaults(documents);
  try {
    // Other faults do not hide those that the model finds: all of them are said at once.
    const model = await buildApi(source, { openapi, asyncapi }, documents);
    refuseFaults(documents);
    return { model, ...findingsOf(documents) };
  } catch (error) {
    // A broken document may break the reading of it anywhere. Its known faults say more than where it did.
    refuseFaults(documents);
    throw error;
  }
}

/** Generates the files of one API. Throws `DocumentError` when its documents have faults. */
export async function generateApi(source: ApiSource): Promise<GeneratedFiles> {
  const { model, ...findings } = await loadApi(source);
  const { emitApi } = await import('./emit/api.ts');
  return { files: await emitApi(model, source.runtime ?? DEFAULT_RUNTIME), ...findings };
}

/** Generates types.ts and a validator for a JSON Schema document. Throws `DocumentError` when it has faults. */
export async function generateSchemas({ schemas }: SchemaSource): Promise<GeneratedFiles> {
  const { createDocuments } = await import('./load/documents.ts');
  const documents = createDocuments();
  const root = await documents.open(schemas);
  refuseFaults(documents);
  const { readSchemas } = await import('./model/build.ts');
  const model = root && readSchemas(root, documents);
  refuseFaults(documents);
  const { emitSchemas } = await import('./emit/schemas.ts');
  const files = await emitSchemas(model?.root, model?.schemas ?? [], [basename(schemas)]);
  return { files, ...findingsOf(documents) };
}
