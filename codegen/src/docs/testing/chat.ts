import { fileURLToPath } from 'node:url';
import { readBundled } from '../../bundle/read.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { type ApiDocs, type ApiView, createApiDocs } from '../api-docs.ts';
import { type BundledDocument, createBundledDocument, itemsOf } from '../document.ts';
import type { CodeSample } from '../samples/operation-samples.ts';

const path = (file: string): string => fileURLToPath(new URL(`./chat/${file}`, import.meta.url));

/** An API that has one of everything that the documentation shows. */
export const CHAT = {
  name: 'chat',
  openapi: path('openapi.yaml'),
  asyncapi: path('asyncapi.yaml'),
};

const open = async (file: string): Promise<BundledDocument> =>
  createBundledDocument((await readBundled(file)).document.root);

export async function readChat(): Promise<ApiDocs> {
  const [openapi, asyncapi] = await Promise.all([open(CHAT.openapi), open(CHAT.asyncapi)]);
  return createApiDocs({ name: CHAT.name, openapi, asyncapi }, {});
}

/** A document written as an object. */
export const documentOf = (root: JsonObject): BundledDocument => createBundledDocument(root);

/** The operation that the renderer is given. */
export function shownOperation({ http }: ApiView, operationId: string): JsonObject {
  const pathItems = Object.values(http?.document.follow(http.shown.paths) ?? {});
  const operations = pathItems
    .filter(isObject)
    .flatMap((pathItem) => Object.values(pathItem).filter(isObject));
  const found = operations.find((operation) => operation.operationId === operationId);
  if (!found) throw new Error(`${operationId} is not shown`);
  return found;
}

const isSample = (value: unknown): value is CodeSample =>
  isObject(value) && typeof value.label === 'string' && typeof value.source === 'string';

/** The samples of an operation by their labels. */
export function samplesByLabel(view: ApiView, operationId: string): Readonly<Record<string, string>> {
  const samples = itemsOf(shownOperation(view, operationId)['x-codeSamples']).filter(isSample);
  return Object.fromEntries(samples.map(({ label, source }) => [label, source]));
}

/** Every sample of an API with the operation that it calls. */
export function allSamples({ http }: ApiView): (CodeSample & { operationId: string })[] {
  return (http?.operations ?? []).flatMap(({ operationId }) =>
    operationId === undefined || !http
      ? []
      : itemsOf(shownOperation({ title: '', version: '', about: '', http }, operationId)['x-codeSamples'])
          .filter(isSample)
          .map((sample) => ({ ...sample, operationId })),
  );
}
