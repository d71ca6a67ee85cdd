import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Files } from '../src/emit/api.ts';
import { type ApiSource, generateApi, generateSchemas, loadApi } from '../src/generate.ts';
import type { ApiModel, OperationModel } from '../src/model/api.ts';
import { DocumentError, type Problem } from '../src/problems.ts';

async function createFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flowwire-codegen-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

/** A folder that lasts as long as the test. */
export async function temporaryFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await createFolder(files);
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Documents by file name; `openapi.yaml` and `asyncapi.yaml` are taken up when they are there. */
export type Documents = Readonly<Record<string, string>>;

async function within<T>(files: Documents, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await createFolder(files);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Settings of a source that the documents do not say. */
type Settings = Partial<Pick<ApiSource, 'eventStreams' | 'name' | 'runtime'>>;

const sourceIn = (folder: string, documents: Documents, settings: Settings = {}): ApiSource => ({
  // Without any document the first is the one that is missing.
  ...(('openapi.yaml' in documents || !('asyncapi.yaml' in documents)) && {
    openapi: join(folder, 'openapi.yaml'),
  }),
  ...('asyncapi.yaml' in documents && { asyncapi: join(folder, 'asyncapi.yaml') }),
  out: join(folder, 'chat-api'),
  ...settings,
});

export const modelOf = (documents: Documents, settings: Settings = {}): Promise<ApiModel> =>
  within(documents, async (folder) => (await loadApi(sourceIn(folder, documents, settings))).model);

export const filesOf = (documents: Documents, settings: Settings = {}): Promise<Files> =>
  within(documents, async (folder) => (await generateApi(sourceIn(folder, documents, settings))).files);

export const schemaFilesOf = (document: string): Promise<Files> =>
  within({ 'schemas.yaml': document }, async (folder) => {
    const { files } = await generateSchemas({ schemas: join(folder, 'schemas.yaml'), out: folder });
    return files;
  });

const brief = ({ file, line, message }: Problem): string => `${basename(file)}:${line} ${message}`;

/** The problems of documents as `file:line message`; generation goes on in spite of warnings. */
async function problemsOf(documents: Documents, settings: Settings): Promise<readonly Problem[]> {
  try {
    return await within(
      documents,
      async (folder) => (await generateApi(sourceIn(folder, documents, settings))).warnings,
    );
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return error.problems;
  }
}

/** The faults of documents, which keep anything from being generated, as `file:line message`. */
export async function faultsOf(documents: Documents, settings: Settings = {}): Promise<string[]> {
  const problems = await problemsOf(documents, settings);
  return problems.filter(({ severity }) => severity === 'error').map(brief);
}

/** The warnings about documents as `file:line message`. */
export async function warningsOf(documents: Documents, settings: Settings = {}): Promise<string[]> {
  const problems = await problemsOf(documents, settings);
  return problems.filter(({ severity }) => severity === 'warning').map(brief);
}

/** An OpenAPI document of one operation, whose own lines begin at line 6. */
export const operationDocument = (
  operation: string,
  components = '{}',
  version = '3.2.0',
): string => `openapi: ${version}
info: { title: Test, version: 1.0.0 }
paths:
  /things/{id}:
    post:
${operation.replaceAll(/^/gm, '      ')}
      operationId: doThing
components:
  schemas:
${components.replaceAll(/^/gm, '    ')}
`;

/** The model of a document's operation, or of its only one. */
export async function operationOf(documents: Documents, operationId?: string): Promise<OperationModel> {
  const { operations } = await modelOf(documents);
  const found = operations.find(
    (operation) => operationId === undefined || operation.operationId === operationId,
  );
  if (!found) throw new Error(`there is no operation ${operationId}`);
  return found;
}

/** Imports JavaScript source as a module. */
export async function importSource(source: string): Promise<Readonly<Record<string, unknown>>> {
  const folder = await temporaryFolder({ 'module.mjs': source });
  return import(/* @vite-ignore */ join(folder, 'module.mjs'));
}
