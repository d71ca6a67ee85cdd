import type { DocumentPair } from '../commands/sources.ts';
import { type ApiSource, loadApi } from '../generate.ts';
import type { Cursor } from '../load/cursor.ts';
import { createDocuments, type Documents } from '../load/documents.ts';
import type { ApiModel } from '../model/api.ts';
import { DocumentError, inReadingOrder } from '../problems.ts';
import { type MessageExamples, readMessageExamples } from './examples/asyncapi.ts';
import { readBasePaths } from './examples/openapi.ts';
import { loadValidators, type SchemaValidators } from './schema-validators.ts';
import { createValues, type Values } from './values/values.ts';

/** What a mock is made of: the model of an API, and its documents, for the examples in them. */
export interface MockSource {
  readonly model: ApiModel;
  readonly validators: SchemaValidators;
  readonly values: Values;
  readonly documents: Documents;
  readonly openapi: Cursor | undefined;
  readonly messages: readonly MessageExamples[];
  /** The paths that the document's servers put before its own. */
  readonly basePaths: readonly string[];
}

export interface ReadOptions {
  readonly seed: number;
  readonly eventStreams?: ApiSource['eventStreams'];
}

/** Reads the documents of one API. @throws DocumentError */
export async function readMockSource(pair: DocumentPair, options: ReadOptions): Promise<MockSource> {
  const { eventStreams } = options;
  const { model } = await loadApi({ ...pair, out: pair.name, ...(eventStreams && { eventStreams }) });
  const documents = createDocuments();
  const openapi = pair.openapi === undefined ? undefined : await documents.open(pair.openapi);
  const asyncapi = pair.asyncapi === undefined ? undefined : await documents.open(pair.asyncapi);
  if (documents.failed) throw new DocumentError(inReadingOrder(documents.problems));
  return {
    model,
    validators: await loadValidators(model),
    values: createValues(model.schemas, options.seed),
    documents,
    openapi,
    messages: asyncapi ? readMessageExamples(asyncapi, documents) : [],
    basePaths: openapi ? readBasePaths(openapi) : [],
  };
}
